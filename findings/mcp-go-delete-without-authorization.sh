#!/usr/bin/env bash
# Package:  github.com/mark3labs/mcp-go v1.2.1 (Go module), client
# Expected: each HTTP request of a client carries its Authorization header, also within one session (MCP 2025-11-25,
#           Authorization, Token Requirements, item 1: MUST). transport.WithHTTPHeaders is the way to give one.
# Observed: all POSTs carry it, and the DELETE that ends the session does not. A server that asks for the header answers
#           401, Close returns no error, and the session stays.
# Output:   initialize: Bearer token
#           notifications/initialized: Bearer token
#           ping: Bearer token
#           DELETE: none
#           Close: <nil>
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/check" && cd "$dir/check"
export GOMODCACHE=$dir/modules GOFLAGS=-modcacherw
cat > go.mod <<'MOD'
module findings/check

go 1.25.0

require github.com/mark3labs/mcp-go v1.2.1
MOD
cat > main.go <<'GO'
// A server that asks for authorization, and prints which requests have it; and a client that is given it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

var (
	lock sync.Mutex
	seen []string
)

func serve(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     any
		Method string
	}
	json.NewDecoder(r.Body).Decode(&request)
	name, given := request.Method, r.Header.Get("Authorization")
	if r.Method != http.MethodPost {
		name = r.Method
	}
	if given == "" {
		given = "none"
	}
	lock.Lock()
	seen = append(seen, name+": "+given)
	lock.Unlock()
	switch {
	case given == "none":
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusOK)
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case request.ID == nil:
		w.WriteHeader(http.StatusAccepted)
	default:
		result := map[string]any{}
		if request.Method == "initialize" {
			result = map[string]any{"protocolVersion": "2025-11-25", "capabilities": map[string]any{},
				"serverInfo": map[string]any{"name": "s", "version": "1"}}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Mcp-Session-Id", "session-1")
		json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": request.ID, "result": result})
	}
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(serve))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	stream, err := transport.NewStreamableHTTP(server.URL,
		transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer token"}))
	check(err)
	c := client.NewClient(stream, client.WithLegacyProtocolOnly())
	check(c.Start(ctx))
	request := mcp.InitializeRequest{}
	request.Params.ProtocolVersion = "2025-11-25"
	request.Params.ClientInfo = mcp.Implementation{Name: "c", Version: "1"}
	_, err = c.Initialize(ctx, request)
	check(err)
	check(c.Ping(ctx))
	closed := c.Close()
	lock.Lock()
	defer lock.Unlock()
	still, deleted := true, false
	for _, line := range seen {
		fmt.Println(line)
		if strings.HasPrefix(line, "DELETE: ") {
			deleted = true
			still = still && line == "DELETE: none"
		} else {
			still = still && strings.HasSuffix(line, ": Bearer token")
		}
	}
	fmt.Println("Close:", closed)
	if !still || !deleted || closed != nil {
		os.Exit(1)
	}
}
GO
go build -mod=mod -o check . > go.log 2>&1 || { cat go.log >&2; exit 1; }
timeout 60 ./check
echo "still so"
