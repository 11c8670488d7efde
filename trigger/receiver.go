package trigger

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/url"
	"strings"

	"caracal/fault"
	"caracal/workflow"
)

// Receiver is what a person sets about a webhook.
type Receiver struct {
	Proof  Proof             `json:"proof"`
	Window int               `json:"window,omitempty"` // minutes that a signature is good for; DefaultWindow when 0
	Limit  int               `json:"limit,omitempty"`  // KB of a body; DefaultLimit when 0
	Map    map[string]string `json:"map,omitempty"`    // text with {{ body… }} by the workflow's input
	Sample string            `json:"sample,omitempty"` // a body to try the mapping with
}

// Proof is how a sender proves to know the secret.
type Proof string

// The proofs.
const (
	Signed Proof = "hmac"   // a signature over time and body
	Bearer Proof = "bearer" // the secret itself, in the Authorization header
)

// The defaults and bounds of a Receiver.
const (
	DefaultWindow = 5
	MaxWindow     = 60
	DefaultLimit  = 64
	MaxLimit      = 256
	MaxSample     = 16 << 10 // bytes
)

// Minutes returns how long a signature is good for, before and after its time.
func (r Receiver) Minutes() int {
	if r.Window <= 0 {
		return DefaultWindow
	}
	return r.Window
}

// KB returns how large a body may be.
func (r Receiver) KB() int {
	if r.Limit <= 0 {
		return DefaultLimit
	}
	return r.Limit
}

// Check says what is wrong with the settings, as a fault about one of the form's fields, or nil.
func (r Receiver) Check() error {
	switch {
	case r.Proof != Signed && r.Proof != Bearer:
		return fault.In("proof", "Choose how the sender proves to know the secret.")
	case r.Window < 0 || r.Window > MaxWindow:
		return fault.In("window", "Enter minutes from 1 to %d.", MaxWindow)
	case r.Limit < 0 || r.Limit > MaxLimit:
		return fault.In("limit", "Enter KB from 1 to %d.", MaxLimit)
	case len(r.Sample) > MaxSample:
		return fault.In("sample", "The sample is larger than %d KB; shorten it.", MaxSample>>10)
	}
	if r.Sample != "" {
		if _, err := ReadBody("application/json", []byte(r.Sample)); err != nil {
			return fault.In("sample", "%s", fault.Message(err))
		}
	}
	for name, text := range r.Map {
		if err := workflow.CheckMapping(workflow.BodyRoot, text); err != nil {
			return fault.In(MapField(name), "This can't be read: %s.", err)
		}
	}
	return nil
}

// MapField names the form's field for the mapping of an input.
func MapField(input string) string { return "map_" + input }

// Codes of what is wrong with a body.
const (
	CodeType = "content_type"
	CodeBody = "body"
)

// ReadBody reads a delivery's body by its content type: JSON, or the fields of a form. The error is a fault with one of
// the codes above.
func ReadBody(contentType string, body []byte) (any, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = ""
	}
	switch {
	case media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"):
		return readJSON(body)
	case media == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, bodyFault("The body is no form; send its fields as name=value, joined by &.").Because(err)
		}
		out := map[string]any{}
		for name, list := range values {
			if out[name] = list[0]; len(list) > 1 {
				many := make([]any, len(list))
				for i, v := range list {
					many[i] = v
				}
				out[name] = many
			}
		}
		return out, nil
	}
	f := fault.New(fault.Invalid, "The content type is %q; send application/json, or application/x-www-form-urlencoded.", media)
	f.Code = CodeType
	return nil, f
}

func readJSON(body []byte) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // an id of 19 digits must stay what it is
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, bodyFault("The body is no JSON: %s.", strings.TrimPrefix(err.Error(), "json: ")).Because(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, bodyFault("The body holds more than one JSON value; send one.")
	}
	return v, nil
}

func bodyFault(format string, args ...any) *fault.Error {
	f := fault.New(fault.Invalid, format, args...)
	f.Code = CodeBody
	return f
}
