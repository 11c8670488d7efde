package okta

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
)

// newSDK makes the typed API over a client's transport. The configuration is built by hand and not by the
// SDK's NewConfiguration, which reads ~/.okta/okta.yaml and OKTA_* variables, may replace our HTTP client by
// a proxy's, and drops the port of the address.
func newSDK(c *Client) *sdk.APIClient {
	scheme, address, _ := strings.Cut(c.host.base, "://")
	cfg := &sdk.Configuration{
		Host:             address,
		Scheme:           scheme,
		DefaultHeader:    map[string]string{},
		UserAgent:        c.clients.opts.UserAgent,
		Servers:          sdk.ServerConfigurations{{URL: c.host.base}},
		OperationServers: map[string]sdk.ServerConfigurations{},
		HTTPClient:       &http.Client{Transport: typedTransport{c}},
		Context:          context.Background(),
	}
	cfg.Okta.Client.OrgUrl = c.host.base
	cfg.Okta.Client.AuthorizationMode = "Bearer"
	cfg.Okta.Client.Token = "set-by-the-transport"
	return sdk.NewAPIClient(cfg)
}

// typedTransport carries the SDK's requests through send. It never hands the SDK an answer that is not 2xx,
// so that neither the SDK's retries nor its error types come into play.
type typedTransport struct{ client *Client }

// RoundTrip sends a request of the SDK's.
func (t typedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	out := outgoing{method: req.Method, header: http.Header{}}
	for _, name := range []string{"Accept", "Content-Type", "Prefer"} {
		if v := req.Header.Values(name); len(v) > 0 {
			out.header[name] = v
		}
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if closing := req.Body.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return nil, opaque(err)
		}
		if len(body) > 0 {
			out.body = body
		}
	}
	var err error
	if out.url, err = t.client.ownURL(req.URL.String()); err != nil {
		note(req.Context(), nil, err)
		return nil, opaque(err)
	}
	resp, err := t.client.send(req.Context(), out)
	if err != nil {
		return nil, opaque(err)
	}
	return resp.HTTP(req), nil
}

// opaque keeps an error's text and nothing of its chain: the SDK repeats a request without end, a write too,
// when io.EOF is anywhere in it.
func opaque(err error) error { return errors.New(err.Error()) }

// Typed runs one call of the typed API and returns the answer it got. Its errors are faults with Okta's code
// and request id, as those of Do. An answer that was fine but that the SDK's model cannot hold (the models
// are stricter than Okta in places) is returned beside a fault of kind Upstream, so that a caller who needs
// only the fact, or the raw body, can go on.
func (c *Client) Typed(ctx context.Context, call func(ctx context.Context, api *sdk.APIClient) error) (*Response, error) {
	inner, record := WithRecord(ctx)
	err := call(inner, c.SDK())
	resp, failed := record.last()
	note(ctx, resp, failed, record.Changes()...)
	noteReads(ctx, record.Reads()...)
	switch {
	case failed != nil:
		return nil, failed
	case err == nil:
		return resp, nil
	case resp == nil:
		return nil, fault.New(fault.Invalid, "The values do not fit what Okta's API takes; check the step's fields.").Because(err)
	}
	f := fault.New(fault.Upstream, "Okta answered in a form that Caracal cannot read; give your administrator the request id %s.", resp.RequestID).Because(err)
	f.Request, f.Status = resp.RequestID, resp.Status
	return resp, f
}
