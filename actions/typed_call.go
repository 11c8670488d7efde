package actions

import (
	"context"
	"encoding/json"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/okta"
	"caracal/workflow"
)

// typed makes one call of the typed API. The answer is read from its JSON and not from the SDK's model: a
// change that Okta has made is not to fail because a model is stricter than Okta.
func (c *Call) typed(ctx context.Context, call func(ctx context.Context, api *sdk.APIClient) error) (*okta.Response, error) {
	resp, err := c.Typed(ctx, call)
	if resp != nil && fault.Is(err, fault.Upstream) {
		return resp, nil
	}
	return resp, err
}

// send makes one typed call whose answer holds nothing of interest.
func (c *Call) send(ctx context.Context, call func(ctx context.Context, api *sdk.APIClient) error) error {
	_, err := c.typed(ctx, call)
	return err
}

// pages makes a typed call for each page, given the cursor of the page, until there is none or each says stop.
func (c *Call) pages(ctx context.Context, call func(ctx context.Context, api *sdk.APIClient, after string) error, each func(json.RawMessage) (more bool, err error)) error {
	ctx = okta.Patient(ctx)
	for after, first := "", true; first || after != ""; first = false {
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error { return call(ctx, api, after) })
		if err != nil {
			return err
		}
		var entries []json.RawMessage
		if err := okta.Decode(resp, &entries); err != nil {
			return err
		}
		for _, entry := range entries {
			if more, err := each(entry); err != nil || !more {
				return err
			}
		}
		next := resp.After()
		if next == after {
			break // a cursor that leads to itself would never end
		}
		after = next
	}
	return nil
}

// dropEmpty leaves out outputs that hold nothing, so that a later step sees them as missing.
func dropEmpty(o workflow.Output) workflow.Output {
	for name, value := range o {
		if value == nil || value == "" {
			delete(o, name)
		}
	}
	return o
}
