// A small MCP server on the Go SDK, served by net/http.
//
// The settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_SECONDS and MCP_STATELESS.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type echoArguments struct {
	Message string `json:"message"`
}

type sleepArguments struct {
	Milliseconds int `json:"milliseconds"`
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}

func echo(_ context.Context, _ *mcp.CallToolRequest, args echoArguments) (*mcp.CallToolResult, any, error) {
	return text(args.Message), nil, nil
}

func sleep(ctx context.Context, _ *mcp.CallToolRequest, args sleepArguments) (*mcp.CallToolResult, any, error) {
	select {
	case <-time.After(time.Duration(args.Milliseconds) * time.Millisecond):
		return text(fmt.Sprintf("slept %d ms", args.Milliseconds)), nil, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// verify knows the tokens of two users.
func verify(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
	users := map[string]string{"alice-secret": "alice", "bob-secret": "bob"}
	user, ok := users[token]
	if !ok {
		return nil, auth.ErrInvalidToken
	}
	return &auth.TokenInfo{UserID: user, Expiration: time.Now().Add(time.Hour)}, nil
}

func main() {
	jsonResponse := flag.Bool("json-response", false, "answer in JSON instead of SSE")
	authenticate := flag.Bool("auth", false, "ask for the bearer token of Alice or Bob")
	stateless := flag.Bool("stateless", os.Getenv("MCP_STATELESS") == "true", "serve without sessions")
	resumable := flag.Bool("resumable", false, "keep the events of streams, in memory")
	flag.Parse()

	var sessionTimeout time.Duration
	if seconds, ok := os.LookupEnv("MCP_IDLE_TIMEOUT_SECONDS"); ok {
		var err error
		if sessionTimeout, err = time.ParseDuration(seconds + "s"); err != nil {
			log.Fatal(err)
		}
	}

	server := mcp.NewServer(&mcp.Implementation{Name: "go-sdk-target", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: "Answers with the message"}, echo)
	mcp.AddTool(server, &mcp.Tool{Name: "sleep", Description: "Answers after the given time"}, sleep)

	var events mcp.EventStore
	if *resumable {
		events = mcp.NewMemoryEventStore(nil)
	}

	var handler http.Handler = mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{
			Stateless:      *stateless,
			JSONResponse:   *jsonResponse,
			EventStore:     events,
			SessionTimeout: sessionTimeout,
		})
	if *authenticate {
		handler = auth.RequireBearerToken(verify, nil)(handler)
	}

	mux := http.NewServeMux()
	mux.Handle("/mcp", handler)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("MCP_PORT"), mux))
}
