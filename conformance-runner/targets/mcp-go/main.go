// A small MCP server on mcp-go, served by its own StreamableHTTPServer.
//
// The settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_SECONDS and MCP_STATELESS.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func echo(_ context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	message, err := request.RequireString("message")
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	return mcp.NewToolResultText(message), nil
}

func sleep(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	milliseconds, err := request.RequireInt("milliseconds")
	if err != nil {
		return mcp.NewToolResultError(err.Error()), nil
	}
	select {
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
		return mcp.NewToolResultText(fmt.Sprintf("slept %d ms", milliseconds)), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func main() {
	stateful := flag.Bool("stateful", false, "keep track of sessions, which the package does only if it is asked to")
	flag.Parse()

	s := server.NewMCPServer("mcp-go-target", "1.0.0", server.WithToolCapabilities(true))
	s.AddTool(mcp.NewTool("echo",
		mcp.WithDescription("Answers with the message"),
		mcp.WithString("message", mcp.Required())), echo)
	s.AddTool(mcp.NewTool("sleep",
		mcp.WithDescription("Answers after the given time"),
		mcp.WithNumber("milliseconds", mcp.Required())), sleep)

	options := []server.StreamableHTTPOption{
		server.WithStateful(*stateful),
		server.WithStateLess(os.Getenv("MCP_STATELESS") == "true"),
	}
	if seconds, ok := os.LookupEnv("MCP_IDLE_TIMEOUT_SECONDS"); ok {
		ttl, err := time.ParseDuration(seconds + "s")
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, server.WithSessionIdleTTL(ttl))
	}
	log.Fatal(server.NewStreamableHTTPServer(s, options...).Start("127.0.0.1:" + os.Getenv("MCP_PORT")))
}
