// A client that talks to nobody and says what it is asked to do: see ../test.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"dev.mcpsession/clients/steps"
)

var atOnce atomic.Int32

type fake string

func (fake) List(context.Context) ([]string, error) { return []string{"one", "two"}, nil }

func (fake) Call(ctx context.Context, name string, arguments map[string]any) (string, error) {
	switch name {
	case "broken":
		return "", errors.New("it broke")
	case "meet":
		atOnce.Add(1)
		for i := 0; i < 500 && atOnce.Load() < 3; i++ {
			time.Sleep(10 * time.Millisecond)
		}
		if atOnce.Load() < 3 {
			return "", errors.New("alone")
		}
	default:
		given, _ := json.Marshal(arguments)
		var timeout time.Duration
		if deadline, limited := ctx.Deadline(); limited {
			timeout = time.Until(deadline).Round(500 * time.Millisecond)
		}
		fmt.Printf("did call %s %s %d\n", name, given, timeout.Milliseconds())
	}
	return name + "\n  said", nil
}

func (f fake) Ping(context.Context) error {
	if strings.Contains(string(f), "without") {
		return errors.New("the library does not offer it")
	}
	fmt.Println("did ping")
	return nil
}

func (fake) Resources(context.Context) error { fmt.Println("did resources"); return nil }

func (fake) Prompts(context.Context) error { fmt.Println("did prompts"); return nil }

func (f fake) Close() error {
	fmt.Println("did close")
	if strings.Contains(string(f), "clings") {
		return errors.New("it clings")
	}
	return nil
}

func main() {
	steps.Drive(func(_ context.Context, url string, options steps.Options) (steps.Client, error) {
		era, token := "modern", options.Token
		if options.Legacy() || options.Revision == "" {
			era = "legacy"
		}
		if token == "" {
			token = "no-token"
		}
		fmt.Println("did connect", url, era, token)
		if strings.Contains(url, "refuses") {
			return nil, errors.New("refused")
		}
		return fake(url), nil
	})
}
