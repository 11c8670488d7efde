package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// codeStale is the code of the refusal to go over what somebody else saved.
const codeStale = "stale"

// readBody reads a JSON object into a struct by its json tags, and refuses keys that it has not. like is how the object
// looks, for the message. No body at all is an empty object.
func readBody(r *http.Request, into any, like string) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	if _, err := trigger.ReadBody(r.Header.Get("Content-Type"), raw); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		why := strings.TrimPrefix(err.Error(), "json: ")
		return badBody("The body can't be used (%s); send %s.", why, like)
	}
	return nil
}

// mistakeFields are mistakes of a file as an answer to a program has them: by their line.
func mistakeFields(list workflow.Mistakes) map[string]string {
	fields := map[string]string{}
	for _, m := range list {
		addMistake(fields, m)
	}
	return fields
}

func addMistake(fields map[string]string, m workflow.Mistake) {
	at := fmt.Sprintf("line %d", m.Line)
	if m.Line == 0 {
		at = "file"
	}
	if fields[at] != "" {
		m.Message = fields[at] + " " + m.Message
	}
	fields[at] = m.Message
}

// coded is a fault with a code.
func coded(kind fault.Kind, code, format string, args ...any) error {
	f := fault.New(kind, format, args...)
	f.Code = code
	return f
}
