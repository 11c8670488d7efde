package okta

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"caracal/fault"
)

// over is what answers a client's calls in place of the network.
type over struct {
	transport http.RoundTripper
	clock     func() time.Time
}

// Over returns a client for the same application whose calls a transport answers: nothing of them is sent, and
// neither tokens nor the rate budget are touched. Its time is clock's, and what it pauses for has happened at
// once. An error of the transport that is a fault reaches the caller as it is.
func (c *Client) Over(transport http.RoundTripper, clock func() time.Time) *Client {
	laid := newClient(c.clients, c.host, c.source, c.share)
	laid.over = &over{transport, clock}
	return laid
}

// answer makes one call of a client that is laid over something.
func (c *Client) answer(ctx context.Context, out outgoing) (*Response, error) {
	req, err := c.request(ctx, out, &token{})
	if err != nil {
		return nil, err
	}
	req.Header.Del("Authorization")
	r, err := c.over.transport.RoundTrip(req)
	if err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return nil, f
		}
		return nil, fault.New(fault.Internal, "The rehearsal could not answer this call; start it again.").Because(err)
	}
	defer r.Body.Close()
	resp := &Response{Status: r.StatusCode, Header: r.Header, RequestID: r.Header.Get("X-Okta-Request-Id")}
	if resp.Body, err = io.ReadAll(io.LimitReader(r.Body, maxBody)); err != nil {
		return nil, fault.New(fault.Internal, "The rehearsal could not answer this call; start it again.").Because(err)
	}
	if resp.Status < 200 || resp.Status >= 300 {
		return nil, apiFault(resp, c.host.name, c.over.clock())
	}
	return resp, nil
}

// Bucket names the rate-limit bucket that a call counts in, as Headroom does.
func Bucket(method, path string) string { return bucketOf(method, path) }

// HTTP returns an answer as an http.Response, for a transport that hands it on.
func (r *Response) HTTP(req *http.Request) *http.Response {
	return &http.Response{
		Status: http.StatusText(r.Status), StatusCode: r.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.Header.Clone(),
		Body: io.NopCloser(bytes.NewReader(r.Body)), ContentLength: int64(len(r.Body)), Request: req,
	}
}

// Base returns the org's address, without a slash at its end.
func (c *Client) Base() string { return c.host.base }
