// A client on mcp-go (mark3labs), driven by steps (../README.md).
package main

import (
	"context"
	"errors"
	"strings"

	"dev.mcpsession/clients/steps"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

func main() {
	steps.Drive(connect)
}

func connect(ctx context.Context, url string, options steps.Options) (steps.Client, error) {
	var headers []transport.StreamableHTTPCOption
	if options.Token != "" {
		headers = append(headers, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + options.Token}))
	}
	stream, err := transport.NewStreamableHTTP(url, headers...)
	if err != nil {
		return nil, err
	}
	settings := []client.ClientOption{client.WithElicitationHandler(user{})}
	if options.Legacy() {
		settings = append(settings, client.WithLegacyProtocolOnly())
	}
	c := client.NewClient(stream, settings...)
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	request := mcp.InitializeRequest{}
	request.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	request.Params.ClientInfo = mcp.Implementation{Name: "mcp-go", Version: "1"}
	if _, err := c.Initialize(ctx, request); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return goClient{c}, nil
}

// user answers questions.
type user struct{}

func (user) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{
		Action:  mcp.ElicitationResponseActionAccept,
		Content: steps.Answer(request.Params.RequestedSchema),
	}}, nil
}

type goClient struct {
	client *client.Client
}

func (c goClient) List(ctx context.Context) ([]string, error) {
	listed, err := c.client.ListTools(ctx, mcp.ListToolsRequest{})
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
	request := mcp.CallToolRequest{}
	request.Params.Name = name
	request.Params.Arguments = arguments
	result, err := c.client.CallTool(ctx, request)
	if err != nil {
		return "", err
	}
	var said []string
	for _, part := range result.Content {
		if text, ok := mcp.AsTextContent(part); ok {
			said = append(said, text.Text)
		}
	}
	if result.IsError {
		return "", errors.New("the tool failed: " + strings.Join(said, " "))
	}
	return strings.Join(said, " "), nil
}

func (c goClient) Ping(ctx context.Context) error {
	return c.client.Ping(ctx)
}

func (c goClient) Resources(ctx context.Context) error {
	listed, err := c.client.ListResources(ctx, mcp.ListResourcesRequest{})
	if err != nil {
		return err
	}
	for _, resource := range listed.Resources {
		request := mcp.ReadResourceRequest{}
		request.Params.URI = resource.URI
		if _, err := c.client.ReadResource(ctx, request); err != nil {
			return err
		}
	}
	return nil
}

func (c goClient) Prompts(ctx context.Context) error {
	listed, err := c.client.ListPrompts(ctx, mcp.ListPromptsRequest{})
	if err != nil {
		return err
	}
	for _, prompt := range listed.Prompts {
		request := mcp.GetPromptRequest{}
		request.Params.Name = prompt.Name
		if _, err := c.client.GetPrompt(ctx, request); err != nil {
			return err
		}
	}
	return nil
}

func (c goClient) Close() error {
	return c.client.Close()
}
