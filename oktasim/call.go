package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request of the Management API. Its handler runs with the org's
// lock held. Handlers return their answer; they write nothing but headers.
type call struct {
	o         *Org
	r         *http.Request
	w         http.ResponseWriter // for headers only
	principal *principal
	route     *route
	params    map[string]string
	raw       []byte // the request's body
	requestID string
	query     url.Values
}

// rawBody is an answer that is not JSON: metadata, a certificate, a picture.
type rawBody struct {
	contentType string
	data        []byte
}

// p returns a path parameter.
func (c *call) p(name string) string { return c.params[name] }

// q returns a query parameter, the first if there are several.
func (c *call) q(name string) string { return c.query.Get(name) }

// qBool reads a query parameter as a yes or no.
func (c *call) qBool(name string, absent bool) bool {
	switch strings.ToLower(c.query.Get(name)) {
	case "":
		return absent
	case "true":
		return true
	}
	return false
}

// decode reads the JSON body into v. An empty or broken body is E0000003.
// Numbers keep their spelling when v holds them as any (json.Number).
func (c *call) decode(v any) *apiError {
	d := json.NewDecoder(bytes.NewReader(c.raw))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return errMalformed()
	}
	if _, err := d.Token(); err != io.EOF {
		return errMalformed()
	}
	return nil
}

// decodeOptional is decode, but a request without body leaves v as it is.
func (c *call) decodeOptional(v any) *apiError {
	if len(bytes.TrimSpace(c.raw)) == 0 {
		return nil
	}
	return c.decode(v)
}

// url returns an absolute link into this org. Each argument is escaped as one path segment.
func (c *call) url(format string, args ...any) string {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = url.PathEscape(s)
		}
	}
	return c.o.base(c.r) + fmt.Sprintf(format, args...)
}

// now is the org's time.
func (c *call) now() time.Time { return c.o.now() }

// stamp writes a time as Okta's API does: UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// link is {"href": …} with the allowed methods as hints, when any are given.
func link(href string, allow ...string) map[string]any {
	l := map[string]any{"href": href}
	if len(allow) > 0 {
		l["hints"] = map[string]any{"allow": allow}
	}
	return l
}
