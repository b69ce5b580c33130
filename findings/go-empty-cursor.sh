#!/usr/bin/env bash
# Packages: github.com/modelcontextprotocol/go-sdk v1.8.0 and github.com/mark3labs/mcp-go v1.2.1 (Go modules)
# Expected: an empty string is a cursor like any other, and must not be taken for the end of a list (MCP 2026-07-28,
#           Pagination, Implementation Guidelines, item 3). Both clients speak that revision, and page through lists
#           by themselves: ClientSession.Tools of the one, Client.ListTools of the other.
# Observed: both end at a nextCursor of "", without an error, and show part of the list as the whole. A server that
#           pages by "the last name seen" and starts before the first one is enough.
# Output:   go-sdk v1.8.0: cursors asked for: [none], tools: [first]
#           mcp-go v1.2.1: cursors asked for: [none], tools: [first]
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
// A server of 2026-07-28 whose list of tools has two pages, the second under the cursor "", and two clients.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/client"
	mark "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var cursors []string

func serve(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     any
		Method string
		Params struct{ Cursor *string }
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
	result := map[string]any{"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
	tool := func(name string) []any {
		return []any{map[string]any{"name": name, "inputSchema": map[string]any{"type": "object"}}}
	}
	switch request.Method {
	case "server/discover":
		result["supportedVersions"] = []string{"2026-07-28"}
		result["capabilities"] = map[string]any{"tools": map[string]any{}}
		result["_meta"] = map[string]any{"io.modelcontextprotocol/serverInfo": map[string]any{"name": "s", "version": "1"}}
	case "tools/list":
		if request.Params.Cursor == nil {
			cursors = append(cursors, "none")
			result["tools"], result["nextCursor"] = tool("first"), ""
		} else {
			cursors = append(cursors, fmt.Sprintf("%q", *request.Params.Cursor))
			result["tools"] = tool("second")
		}
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
	still := true
	report := func(name string, tools []string) {
		fmt.Println(name+": cursors asked for:", fmt.Sprint(cursors)+", tools:", tools)
		still = still && len(tools) == 1 && len(cursors) == 1
		cursors = nil
	}

	session, err := mcp.NewClient(&mcp.Implementation{Name: "c", Version: "1"}, nil).
		Connect(ctx, &mcp.StreamableClientTransport{Endpoint: server.URL}, nil)
	check(err)
	var tools []string
	for tool, err := range session.Tools(ctx, nil) {
		check(err)
		tools = append(tools, tool.Name)
	}
	report("go-sdk v1.8.0", tools)

	other, err := client.NewStreamableHttpClient(server.URL)
	check(err)
	check(other.Start(ctx))
	request := mark.InitializeRequest{}
	request.Params.ProtocolVersion = mark.LATEST_PROTOCOL_VERSION
	request.Params.ClientInfo = mark.Implementation{Name: "c", Version: "1"}
	_, err = other.Initialize(ctx, request)
	check(err)
	list, err := other.ListTools(ctx, mark.ListToolsRequest{})
	check(err)
	tools = nil
	for _, tool := range list.Tools {
		tools = append(tools, tool.Name)
	}
	report("mcp-go v1.2.1", tools)
	if !still {
		os.Exit(1)
	}
}
GO
go build -mod=mod -o check . > go.log 2>&1 || { cat go.log >&2; exit 1; }
timeout 60 ./check
echo "still so"
