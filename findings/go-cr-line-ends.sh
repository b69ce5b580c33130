#!/usr/bin/env bash
# Packages: github.com/modelcontextprotocol/go-sdk v1.8.0 and github.com/mark3labs/mcp-go v1.2.1 (Go modules)
# Expected: a line of an event stream ends with LF, CR LF, or CR (HTML Standard, Server-sent events, Parsing an event
#           stream; MCP takes the format from there: 2025-11-25, Transports, Streamable HTTP).
# Observed: both clients know LF and CR LF only. A whole and valid answer with CR is read as a stream that ended
#           without one, and the message does not lead to the cause.
# Output:   LF: go-sdk v1.8.0: connects | mcp-go v1.2.1: connects
#           CR: go-sdk v1.8.0: calling "initialize": request terminated without response |
#               mcp-go v1.2.1: transport error: unexpected nil response
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/check" && cd "$dir/check"
export GOMODCACHE=$dir/modules GOFLAGS=-modcacherw
cat > go.mod <<'MOD'
module findings/check

go 1.25.0

require (
	github.com/mark3labs/mcp-go v1.2.1
	github.com/modelcontextprotocol/go-sdk v1.8.0
)
MOD
cat > main.go <<'GO'
// A server whose path says how the lines of its event streams end, and two clients.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	mark "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func serve(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     any
		Method string
	}
	json.NewDecoder(r.Body).Decode(&request)
	switch {
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusOK)
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case request.ID == nil:
		w.WriteHeader(http.StatusAccepted)
	case request.Method != "initialize":
		w.WriteHeader(http.StatusBadRequest)
	default:
		answer, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": request.ID, "result": map[string]any{
			"protocolVersion": "2025-11-25", "capabilities": map[string]any{},
			"serverInfo": map[string]any{"name": "s", "version": "1"}}})
		end := map[string]string{"/LF": "\n", "/CR": "\r"}[r.URL.Path]
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Mcp-Session-Id", "session-1")
		fmt.Fprint(w, "event: message", end, "data: ", string(answer), end, end)
	}
}

func official(ctx context.Context, url string) error {
	session, err := mcp.NewClient(&mcp.Implementation{Name: "c", Version: "1"}, nil).
		Connect(ctx, &mcp.StreamableClientTransport{Endpoint: url}, nil)
	if err == nil {
		err = session.Close()
	}
	return err
}

func other(ctx context.Context, url string) error {
	c, err := client.NewStreamableHttpClient(url)
	if err != nil {
		return err
	}
	if err = c.Start(ctx); err != nil {
		return err
	}
	request := mark.InitializeRequest{}
	request.Params.ProtocolVersion = mark.LATEST_PROTOCOL_VERSION
	request.Params.ClientInfo = mark.Implementation{Name: "c", Version: "1"}
	_, err = c.Initialize(ctx, request)
	return err
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(serve))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	say := func(err error) string {
		if err == nil {
			return "connects"
		}
		return err.Error()
	}
	still := true
	for _, end := range []string{"LF", "CR"} {
		a, b := say(official(ctx, server.URL+"/"+end)), say(other(ctx, server.URL+"/"+end))
		fmt.Printf("%s: go-sdk v1.8.0: %s | mcp-go v1.2.1: %s\n", end, a, b)
		if end == "LF" {
			still = still && a == "connects" && b == "connects"
		} else {
			still = still && strings.Contains(a, "without response") && strings.Contains(b, "nil response")
		}
	}
	if !still {
		os.Exit(1)
	}
}
GO
go build -mod=mod -o check . > go.log 2>&1 || { cat go.log >&2; exit 1; }
timeout 60 ./check
echo "still so"
