#!/usr/bin/env bash
# Package:  github.com/modelcontextprotocol/go-sdk v1.8.0 (Go module), client
# Expected: a value that no header can carry as it is, such as a tool's name with letters beyond ASCII, goes into Mcp-Name
#           in Base64, =?base64?…?= (MCP 2026-07-28, Streamable HTTP, Value Encoding: MUST). The client does so for
#           arguments that are mirrored into headers.
# Observed: the name goes out as bytes of UTF-8. Servers that read headers as Latin-1, as Node.js and Python do, see
#           another name in the header than in the body, which they must refuse.
# Output:   tool echo: Mcp-Name: "echo"
#           tool wörld: Mcp-Name: "w\u00f6rld" (the bytes c3 b6)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/check" && cd "$dir/check"
export GOMODCACHE=$dir/modules GOFLAGS=-modcacherw
cat > go.mod <<'MOD'
module findings/check

go 1.25.0

require github.com/modelcontextprotocol/go-sdk v1.8.0
MOD
cat > main.go <<'GO'
// A server of 2026-07-28 that keeps what Mcp-Name was, and a client that calls two tools.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var came string

func serve(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     any
		Method string
	}
	json.NewDecoder(r.Body).Decode(&request)
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if request.ID == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	result := map[string]any{"resultType": "complete"}
	switch request.Method {
	case "server/discover":
		result["ttlMs"], result["cacheScope"] = 0, "private"
		result["supportedVersions"] = []string{"2026-07-28"}
		result["capabilities"] = map[string]any{"tools": map[string]any{}}
		result["_meta"] = map[string]any{"io.modelcontextprotocol/serverInfo": map[string]any{"name": "s", "version": "1"}}
	case "tools/list":
		result["ttlMs"], result["cacheScope"] = 0, "private"
		tools := []any{}
		for _, name := range []string{"echo", "wörld"} {
			tools = append(tools, map[string]any{"name": name, "inputSchema": map[string]any{"type": "object"}})
		}
		result["tools"] = tools
	case "tools/call":
		came = r.Header.Get("Mcp-Name")
		result["content"] = []any{map[string]any{"type": "text", "text": "hello"}}
	default:
		w.WriteHeader(http.StatusNotFound)
		json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": request.ID,
			"error": map[string]any{"code": -32601, "message": "Method not found: " + request.Method}})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": request.ID, "result": result})
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
	session, err := mcp.NewClient(&mcp.Implementation{Name: "c", Version: "1"}, nil).
		Connect(ctx, &mcp.StreamableClientTransport{Endpoint: server.URL}, nil)
	check(err)
	_, err = session.ListTools(ctx, nil)
	check(err)
	still := true
	for _, name := range []string{"echo", "wörld"} {
		_, err = session.CallTool(ctx, &mcp.CallToolParams{Name: name})
		check(err)
		fmt.Printf("tool %s: Mcp-Name: %s\n", name, strconv.QuoteToASCII(came))
		still = still && came == name
	}
	if !still {
		os.Exit(1)
	}
}
GO
go build -mod=mod -o check . > go.log 2>&1 || { cat go.log >&2; exit 1; }
timeout 60 ./check
echo "still so"
