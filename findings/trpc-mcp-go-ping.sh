#!/usr/bin/env bash
# Package:  trpc.group/trpc-go/trpc-mcp-go v0.0.20 (Go module)
# Expected: whoever receives a ping answers it promptly with an empty result (MCP 2025-03-26, the revision that this
#           client asks for, Utilities, Ping: MUST), also a client that declares no capabilities. And each POST of a
#           client lists application/json and text/event-stream in Accept (Transports, Sending Messages to the
#           Server, item 2: MUST).
# Observed: the client answers a ping of the server with the error "Method not found", although it answers
#           roots/list; and these answers are the one kind of POST that it sends without Accept, so that strict
#           servers refuse them.
# Output:   ping -> {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found: ping"}}, Accept: ""
#           roots/list -> {"jsonrpc":"2.0","id":2,"result":{"roots":[]}}, Accept: ""
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/check" && cd "$dir/check"
export GOMODCACHE=$dir/modules GOFLAGS=-modcacherw
cat > go.mod <<'MOD'
module findings/check

go 1.25.0

require trpc.group/trpc-go/trpc-mcp-go v0.0.20
MOD
cat > main.go <<'GO'
// A server of 2025-03-26 that asks its client for two things over the GET stream, and prints the answers.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	mcp "trpc.group/trpc-go/trpc-mcp-go"
)

type answer struct{ body, accept string }

var answers = make(chan answer, 10)

func serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n")
		fmt.Fprint(w, "data: {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"roots/list\"}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case bytes.Contains(body, []byte(`"initialize"`)):
		var request struct{ ID any }
		json.Unmarshal(body, &request)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Mcp-Session-Id", "session-1")
		json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": request.ID, "result": map[string]any{
			"protocolVersion": "2025-03-26", "capabilities": map[string]any{},
			"serverInfo": map[string]any{"name": "s", "version": "1"}}})
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusAccepted)
		if !bytes.Contains(body, []byte(`"method"`)) {
			answers <- answer{strings.TrimSpace(string(body)), r.Header.Get("Accept")}
		}
	default:
		w.WriteHeader(http.StatusOK)
	}
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(serve))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := mcp.NewClient(server.URL, mcp.Implementation{Name: "c", Version: "1"},
		mcp.WithClientGetSSEEnabled(true))
	if err == nil {
		_, err = client.Initialize(ctx, &mcp.InitializeRequest{})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	still := true
	for range 2 {
		select {
		case a := <-answers:
			name := "ping"
			expected := strings.Contains(a.body, "Method not found: ping")
			if strings.Contains(a.body, `"id":2`) {
				name = "roots/list"
				expected = strings.Contains(a.body, `"roots"`)
			}
			fmt.Printf("%s -> %s, Accept: %q\n", name, a.body, a.accept)
			still = still && expected && a.accept == ""
		case <-ctx.Done():
			fmt.Println("no answer")
			os.Exit(1)
		}
	}
	if !still {
		os.Exit(1)
	}
}
GO
go build -mod=mod -o check . > go.log 2>&1 || { cat go.log >&2; exit 1; }
go list -m trpc.group/trpc-go/trpc-mcp-go
timeout 60 ./check
echo "still so"
