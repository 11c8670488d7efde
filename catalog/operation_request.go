package catalog

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Call is a request that an operation's form makes, ready to be sent.
type Call struct {
	Operation string      `json:"operation"`
	Method    string      `json:"method"`
	Path      string      `json:"path"` // escaped
	Query     url.Values  `json:"query,omitempty"`
	Header    http.Header `json:"header,omitempty"`
	Body      []byte      `json:"body,omitempty"` // nil sends none
}

// The names of a form's values besides its inputs' keys.
const (
	KeyVariant = "variant"
	KeyRaw     = "raw"  // the body as a whole, where it is not made of fields
	KeyType    = "type" // its content type
	KeyMode    = "body" // ModeRaw, or nothing for fields
	ModeRaw    = "raw"
	BlankKey   = "blank:" // before an input's key: what an empty one sends
	BlankNull  = "null"
	BlankEmpty = "empty"
)

// Request makes the call that the values describe. Nothing is added and nothing left out: an input that is
// empty is absent, unless its blank is to be null or an empty value. The problems are by key; there is no call
// while there are any.
func (f Form) Request(get func(key string) string) (Call, map[string]string) {
	w := &writer{get: get, problems: map[string]string{}}
	call := Call{Operation: f.Operation.ID, Method: f.Operation.Method, Path: f.Operation.Path, Query: url.Values{}, Header: http.Header{}}
	for _, in := range f.Parameters {
		w.parameter(&call, in)
	}
	if f.Operation.Body != nil {
		w.body(&call, f)
	}
	if strings.ContainsAny(call.Path, "{}") && len(w.problems) == 0 {
		w.reject("path", "The path keeps a place that nothing fills; this operation cannot be called.")
	}
	if len(w.problems) > 0 {
		return Call{}, w.problems
	}
	return call, nil
}

// writer makes a call from values and gathers what is wrong with them.
type writer struct {
	get      func(key string) string
	problems map[string]string
}

func (w *writer) reject(key, format string, args ...any) {
	if w.problems[key] == "" {
		w.problems[key] = fmt.Sprintf(format, args...)
	}
}

// forbidden are headers that belong to the connection.
var forbidden = []string{"Authorization", "Dpop", "Host", "Content-Length", "Transfer-Encoding", "Connection", "User-Agent"}

func (w *writer) parameter(call *Call, in Input) {
	value := w.get(in.Key)
	if in.Kind != ListInput {
		value = strings.TrimSpace(value)
	}
	if value == "" {
		if in.Required && (in.In == "path" || len(in.Default) == 0) {
			w.reject(in.Key, "Enter %s.", in.Name)
		}
		return
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !(in.Kind == ListInput && (r == '\n' || r == '\r')) }) {
		w.reject(in.Key, "%s holds characters that cannot stand in an address; type it again.", in.Name)
		return
	}
	if in.Kind == NumberInput && !isNumber(in, value) {
		w.reject(in.Key, "%q is not a number.", value)
		return
	}
	if in.Kind == YesNoInput && value != "true" && value != "false" {
		w.reject(in.Key, "%s is either true or false.", in.Name)
		return
	}
	switch in.In {
	case "path":
		if strings.Trim(value, ".") == "" {
			w.reject(in.Key, "%s cannot be dots alone; choose the object again.", in.Name)
			return
		}
		call.Path = strings.ReplaceAll(call.Path, "{"+in.Name+"}", escapeSegment(value))
	case "query":
		switch {
		case in.Kind == ListInput && in.Format == "csv":
			call.Query.Set(in.Name, strings.Join(lines(value), ","))
		case in.Kind == ListInput:
			call.Query[in.Name] = lines(value)
		default:
			call.Query.Set(in.Name, value)
		}
	case "header":
		name := textproto.CanonicalMIMEHeaderKey(in.Name)
		if slices.Contains(forbidden, name) {
			w.reject(in.Key, "The header %s belongs to the connection and cannot be set here.", in.Name)
			return
		}
		call.Header.Set(name, value)
	}
}

// escapeSegment writes a value so that it stays one segment of a path (RFC 3986, section 3.3). Braces are
// escaped as well, so that a value is never taken for a place that is still to be filled.
func escapeSegment(s string) string {
	return strings.NewReplacer("{", "%7B", "}", "%7D").Replace(url.PathEscape(s))
}

// MaxFile is how much a file that is sent may weigh: the most that Okta takes anywhere (Okta API,
// uploadBrandThemeBackgroundImage: less than 2 MB).
const MaxFile = 2 << 20

func (w *writer) body(call *Call, f Form) {
	body := f.Operation.Body
	if f.Raw == "" && w.get(KeyMode) != ModeRaw {
		w.fields(call, f)
		return
	}
	raw := w.get(KeyRaw)
	if strings.TrimSpace(raw) == "" {
		if body.Required {
			w.reject(KeyRaw, "Enter the body that is sent.")
		}
		return
	}
	kind := body.ContentTypes()[0]
	if chosen := w.get(KeyType); chosen != "" {
		if !slices.Contains(body.ContentTypes(), chosen) {
			w.reject(KeyType, "Okta does not take %q here; choose one of %s.", chosen, strings.Join(body.ContentTypes(), ", "))
			return
		}
		kind = chosen
	}
	switch {
	case body.File != "":
		w.file(call, body.File, raw)
		return
	case kind == JSON:
		if problem := jsonProblem(raw); problem != "" {
			w.reject(KeyRaw, "%s", problem)
			return
		}
	default:
		call.Header.Set("Content-Type", kind)
	}
	call.Body = []byte(raw)
}

// file writes a multipart body with one part (RFC 7578). raw is the file in base64.
func (w *writer) file(call *Call, name, raw string) {
	content, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		w.reject(KeyRaw, "Choose the file again; what came is not base64.")
		return
	}
	if len(content) > MaxFile {
		w.reject(KeyRaw, "The file has more than %d MB, which Okta takes nowhere; make it smaller and choose it again.", MaxFile>>20)
		return
	}
	const boundary = "caracal-7d1f4b0a2c9e6835" // fixed, so that one form makes one request
	if strings.Contains(string(content), boundary) {
		w.reject(KeyRaw, "This file cannot be sent from here.")
		return
	}
	head := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=%q; filename=%q\r\nContent-Type: %s\r\n\r\n",
		boundary, name, "upload", http.DetectContentType(content))
	call.Body = slices.Concat([]byte(head), content, []byte("\r\n--"+boundary+"--\r\n"))
	call.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
}

// fields writes the body of the form's fields.
func (w *writer) fields(call *Call, f Form) {
	if len(f.Variants) > 0 && f.Variant == "" {
		if f.Operation.Body.Required {
			w.reject(KeyVariant, "Choose which kind it is; its fields follow.")
		}
		return
	}
	var own []member
	if f.By != "" {
		own = append(own, member{f.By, quote(f.Variant)})
	}
	members := append(own, w.members(f.Body)...)
	if len(members) == 0 && !f.Operation.Body.Required {
		return
	}
	call.Body = writeObject(members)
}

// member is one property as it is written.
type member struct {
	name  string
	value string // JSON
}

func writeObject(members []member) []byte {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = quote(m.name) + ":" + m.value
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// members writes the inputs that are filled, in the form's order.
func (w *writer) members(inputs []Input) []member {
	var out []member
	for _, in := range inputs {
		if in.Rest {
			out = w.rest(out, in)
			continue
		}
		before := len(w.problems)
		value, there := w.value(in)
		if !there {
			if in.Required && len(w.problems) == before {
				w.reject(in.Key, "Enter %s, or write the body as JSON to leave it out.", in.Name)
			}
			continue
		}
		out = append(out, member{in.Name, value})
	}
	return out
}

// rest adds the properties of a free object that have no input.
func (w *writer) rest(out []member, in Input) []member {
	raw := strings.TrimSpace(w.get(in.Key))
	if raw == "" {
		return out
	}
	names, values, err := topLevel(raw)
	if err != nil {
		w.reject(in.Key, `Write a JSON object, such as {"costCenter": "42"}.`)
		return out
	}
	for i, name := range names {
		if slices.ContainsFunc(out, func(m member) bool { return m.name == name }) {
			w.reject(in.Key, "%q is filled in twice; it has a field of its own.", name)
			return out
		}
		out = append(out, member{name, values[i]})
	}
	return out
}

// value writes one input; there is false when it is absent.
func (w *writer) value(in Input) (value string, there bool) {
	if in.Kind == GroupInput {
		return w.group(in)
	}
	text := strings.ReplaceAll(w.get(in.Key), "\r\n", "\n")
	if text == "" {
		switch w.get(BlankKey + in.Key) {
		case BlankNull:
			return "null", true
		case BlankEmpty:
			return emptyOf(in), true
		}
		return "", false
	}
	if !utf8.ValidString(text) {
		w.reject(in.Key, "%s holds bytes that are not text; type it again.", in.Name)
		return "", false
	}
	switch in.Kind {
	case YesNoInput:
		if text != "true" && text != "false" {
			w.reject(in.Key, "%s is either true or false.", in.Name)
		}
		return text, true
	case NumberInput:
		text = strings.TrimSpace(text)
		if !isNumber(in, text) {
			w.reject(in.Key, "%q is not a number.", text)
		}
		return text, true
	case ListInput:
		return w.list(in, text)
	case JSONInput:
		if problem := jsonProblem(text); problem != "" {
			w.reject(in.Key, "%s", problem)
		}
		return strings.TrimSpace(text), true
	case ChoiceInput:
		if !in.Open && !slices.Contains(in.Options, text) {
			w.reject(in.Key, "%q is not one of the choices.", text)
		}
	}
	if n := uint64(utf8.RuneCountInString(text)); in.MaxLength > 0 && n > in.MaxLength {
		w.reject(in.Key, "%s has %d characters; Okta takes %d.", in.Name, n, in.MaxLength)
	}
	return quote(text), true
}

// emptyOf is what stands for "there, and empty".
func emptyOf(in Input) string {
	switch {
	case in.Type == "array":
		return "[]"
	case in.Kind == JSONInput:
		return "{}"
	}
	return `""`
}

func (w *writer) group(in Input) (string, bool) {
	if w.get(BlankKey+in.Key) == BlankNull && !w.filled(in.Inputs) {
		return "null", true
	}
	if !in.Required && !w.filled(in.Inputs) {
		return "", false // what it requires is required only when it is there
	}
	return string(writeObject(w.members(in.Inputs))), true
}

// filled reports whether any input holds something that is sent.
func (w *writer) filled(inputs []Input) bool {
	return slices.ContainsFunc(inputs, func(in Input) bool {
		return in.Kind != GroupInput && w.get(in.Key) != "" || w.get(BlankKey+in.Key) != "" || w.filled(in.Inputs)
	})
}

func (w *writer) list(in Input, text string) (string, bool) {
	entries := lines(text)
	if in.List != nil {
		entries = ids(text)
	}
	for i, entry := range entries {
		switch in.Items.Type {
		case "integer", "number":
			if !isNumber(Input{Value: *in.Items}, entry) {
				w.reject(in.Key, "%q is not a number.", entry)
			}
		case "boolean":
			if entry != "true" && entry != "false" {
				w.reject(in.Key, "%q is neither true nor false.", entry)
			}
		default:
			entries[i] = quote(entry)
		}
	}
	return "[" + strings.Join(entries, ",") + "]", true
}

// lines splits a list that has an entry on each line.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// ids splits a list of ids, which a picker writes with commas and a person on lines.
func ids(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// isNumber reports whether text is a JSON number of the input's type; it is sent as it was typed.
func isNumber(in Input, text string) bool {
	var n json.Number
	if json.Unmarshal([]byte(text), &n) != nil || strings.HasPrefix(text, `"`) || n.String() != text {
		return false
	}
	if in.Type == "integer" {
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	}
	return true
}

// jsonProblem says what is wrong with JSON, and where.
func jsonProblem(text string) string {
	var v json.RawMessage
	err := json.Unmarshal([]byte(text), &v)
	if err == nil {
		return ""
	}
	if syntax, ok := err.(*json.SyntaxError); ok {
		before := text[:min(max(0, int(syntax.Offset)-1), len(text))]
		return fmt.Sprintf("This is no JSON: line %d, character %d (%s).", 1+strings.Count(before, "\n"), len(before)-strings.LastIndexByte(before, '\n'), syntax)
	}
	return "This is no JSON."
}

func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// topLevel returns the names and values of a JSON object, in their order.
func topLevel(text string) (names, values []string, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, fmt.Errorf("no object: %w", err)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, nil, err
		}
		names, values = append(names, t.(string)), append(values, string(v))
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	if d.More() {
		return nil, nil, fmt.Errorf("more after the object")
	}
	return names, values, nil
}

// Draft writes the JSON body of what is filled in so far, whether or not it is complete.
func (f Form) Draft(get func(key string) string) []byte {
	w := &writer{get: get, problems: map[string]string{}}
	var members []member
	if f.By != "" && f.Variant != "" {
		members = append(members, member{f.By, quote(f.Variant)})
	}
	return Pretty(writeObject(append(members, w.members(f.Body)...)))
}
