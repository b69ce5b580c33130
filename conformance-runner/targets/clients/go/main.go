// A client on the Go SDK, driven by steps (../README.md).
package main

import (
	"context"
	"errors"
	"strings"

	"dev.mcpsession/clients/steps"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	steps.Drive(connect)
}

func connect(ctx context.Context, url string, options steps.Options) (steps.Client, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: func(_ context.Context, request *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: steps.Answer(request.Params.RequestedSchema)}, nil
		},
	})
	transport := &mcp.StreamableClientTransport{Endpoint: url}
	if options.Token != "" {
		transport.HTTPClient = options.HTTPClient()
	}
	var session *mcp.ClientSessionOptions
	if options.Legacy() {
		session = &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"}
	}
	connected, err := client.Connect(ctx, transport, session)
	if err != nil {
		return nil, err
	}
	return goClient{connected}, nil
}

type goClient struct {
	session *mcp.ClientSession
}

func (c goClient) List(ctx context.Context) ([]string, error) {
	listed, err := c.session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, tool := range listed.Tools {
		names = append(names, tool.Name)
	}
	return names, nil
}

func (c goClient) Call(ctx context.Context, name string, arguments map[string]any) (string, error) {
	result, err := c.session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		return "", err
	}
	var said []string
	for _, part := range result.Content {
		if text, ok := part.(*mcp.TextContent); ok {
			said = append(said, text.Text)
		}
	}
	if result.IsError {
		return "", errors.New("the tool failed: " + strings.Join(said, " "))
	}
	return strings.Join(said, " "), nil
}

func (c goClient) Ping(ctx context.Context) error {
	return c.session.Ping(ctx, nil)
}

func (c goClient) Resources(ctx context.Context) error {
	listed, err := c.session.ListResources(ctx, nil)
	if err != nil {
		return err
	}
	for _, resource := range listed.Resources {
		if _, err := c.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: resource.URI}); err != nil {
			return err
		}
	}
	return nil
}

func (c goClient) Prompts(ctx context.Context) error {
	listed, err := c.session.ListPrompts(ctx, nil)
	if err != nil {
		return err
	}
	for _, prompt := range listed.Prompts {
		if _, err := c.session.GetPrompt(ctx, &mcp.GetPromptParams{Name: prompt.Name}); err != nil {
			return err
		}
	}
	return nil
}

func (c goClient) Close() error {
	return c.session.Close()
}
