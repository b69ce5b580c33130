// Package steps goes through the steps of MCP_SESSION_STEPS (../README.md) with a client that the driver makes.
package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options says how to connect.
type Options struct {
	// Revision is a revision to ask for, or empty for the library's choice.
	Revision string
	// Token is a bearer token, or empty.
	Token string
}

// Legacy says whether a revision with sessions is asked for.
func (o Options) Legacy() bool {
	return o.Revision != "" && o.Revision < "2026-07-28"
}

// HTTPClient sends the token, if there is one, with every request.
func (o Options) HTTPClient() *http.Client {
	if o.Token == "" {
		return &http.Client{}
	}
	return &http.Client{Transport: withToken(o.Token)}
}

type withToken string

func (token withToken) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(request)
}

// A Client is what a driver offers. The context of a request ends with the timeout of the steps, if they set one.
type Client interface {
	// List gives the names of the tools.
	List(ctx context.Context) ([]string, error)
	// Call gives the text of the tool's result, or an error if the tool failed.
	Call(ctx context.Context, name string, arguments map[string]any) (string, error)
	Ping(ctx context.Context) error
	// Resources lists them and reads each.
	Resources(ctx context.Context) error
	// Prompts lists them and gets each.
	Prompts(ctx context.Context) error
	Close() error
}

// Connect opens a client.
type Connect func(ctx context.Context, url string, options Options) (Client, error)

// Answer is what the user says to a question: the defaults, and yes to what has none and is yes or no.
func Answer(schema any) map[string]any {
	var form struct {
		Properties map[string]struct {
			Type    string `json:"type"`
			Default any    `json:"default"`
		} `json:"properties"`
	}
	if text, err := json.Marshal(schema); err == nil {
		_ = json.Unmarshal(text, &form)
	}
	content := map[string]any{}
	for name, property := range form.Properties {
		if property.Default != nil {
			content[name] = property.Default
		} else if property.Type == "boolean" {
			content[name] = true
		}
	}
	return content
}

// Drive goes through the steps and ends the process.
func Drive(connect Connect) {
	run := &run{
		connect: connect,
		url:     os.Args[len(os.Args)-1],
		options: Options{
			Revision: os.Getenv("MCP_CONFORMANCE_PROTOCOL_VERSION"),
			Token:    os.Getenv("MCP_SESSION_TOKEN"),
		},
	}
	failed := false
	for step := range strings.SplitSeq(os.Getenv("MCP_SESSION_STEPS"), ";") {
		if step = strings.TrimSpace(step); step != "" {
			failed = !run.take(step) || failed
		}
	}
	if run.client != nil {
		failed = !run.take("close") || failed
	}
	if failed {
		os.Exit(1)
	}
	os.Exit(0)
}

type run struct {
	connect Connect
	url     string
	options Options
	timeout time.Duration
	client  Client
	tools   []string
}

func (r *run) take(step string) bool {
	said, err := r.step(step)
	if err != nil {
		fmt.Fprintf(os.Stderr, "failed %s: %s\n", step, oneLine(fmt.Sprintf("%T %v", err, err)))
		return false
	}
	if said != "" {
		said = ": " + oneLine(said)
	}
	fmt.Printf("ok %s%s\n", step, said)
	return true
}

func (r *run) step(step string) (string, error) {
	verb, rest := split(step)
	switch verb {
	case "timeout", "sleep":
		milliseconds, err := strconv.Atoi(rest)
		span := time.Duration(milliseconds) * time.Millisecond
		if verb == "timeout" {
			r.timeout = span
		} else {
			time.Sleep(span)
		}
		return "", err
	case "server":
		if r.client != nil {
			return "", errors.New("connected already")
		}
		words := strings.Fields(rest)
		if len(words) < 2 {
			return "", errors.New("a URL and a revision are wanted")
		}
		r.url, r.timeout, r.options = words[0], 0, Options{Revision: words[1]}
		if len(words) > 2 {
			r.options.Token = words[2]
		}
		return "", nil
	case "connect":
		if r.client != nil {
			return "", errors.New("connected already")
		}
		client, err := r.connect(context.Background(), r.url, r.options)
		if err == nil {
			r.client = client
		}
		return "", err
	case "close":
		if r.client == nil {
			return "", errors.New("not connected")
		}
		client := r.client
		r.client = nil
		return "", client.Close()
	case "parallel":
		number, once := split(rest)
		count, err := strconv.Atoi(number)
		if err != nil {
			return "", err
		}
		return "", r.parallel(count, once)
	}
	return r.once(step)
}

func (r *run) parallel(count int, step string) error {
	failures := make([]error, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { _, failures[i] = r.once(step) })
	}
	all.Wait()
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	if len(failures) > 0 {
		return fmt.Errorf("%d of %d: %w", len(failures), count, failures[0])
	}
	return nil
}

func (r *run) once(step string) (string, error) {
	verb, rest := split(step)
	if r.client == nil {
		return "", errors.New("not connected")
	}
	ctx := context.Background()
	if r.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		ctx = limited
	}
	switch verb {
	case "list":
		tools, err := r.client.List(ctx)
		if err == nil {
			r.tools = tools
		}
		return strings.Join(tools, " "), err
	case "call":
		name, text := split(rest)
		arguments := map[string]any{}
		if text != "" {
			if err := json.Unmarshal([]byte(text), &arguments); err != nil {
				return "", err
			}
		}
		if name != "*" {
			return r.client.Call(ctx, name, arguments)
		}
		var said []string
		for _, each := range r.tools {
			one, err := r.client.Call(ctx, each, arguments)
			if err != nil {
				return "", err
			}
			said = append(said, one)
		}
		return strings.Join(said, " "), nil
	case "ping":
		return "", r.client.Ping(ctx)
	case "resources":
		return "", r.client.Resources(ctx)
	case "prompts":
		return "", r.client.Prompts(ctx)
	}
	return "", errors.New("no such step")
}

func split(text string) (string, string) {
	first, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	return first, strings.TrimSpace(rest)
}

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return text[:min(len(text), 500)]
}
