package handlers

import (
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/views"
	"caracal/workflow"
)

func (h *Handlers) apiUpload(r *http.Request) (id string, created bool, fields map[string]string, err error) {
	v, _, err := h.uploadable(r)
	if err == nil && !tokenOf(r).Covers(v.WorkflowID) {
		err = errNoWorkflow
	}
	if err != nil {
		return "", false, nil, err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return "", false, nil, err
	}
	says, raw, err := uploaded(r)
	if err != nil {
		return "", false, nil, err
	}
	b, fields, err := h.readUploaded(r, v, says, raw)
	if err != nil {
		return "", false, fields, err
	}
	me, start := user(r), db.StartKey{}
	if key != "" {
		start = db.StartKey{Scope: "csv:" + me.ID + ":" + v.WorkflowID, Key: key, Body: hex.EncodeToString(trigger.Hash(readAs(says) + string(raw))), Life: trigger.KeyLife}
	}
	id, created, err = h.DB.CreateBatch(r.Context(), b, raw, me, start, h.Engine.EnqueueCheck(r.Context()))
	return id, created, nil, err
}

// uploaded reads a request with a file: as its body, or as the part "file" of a form. says is what the address and the other
// parts say of how it is read. Values come in parts alone, for an address is written to the log of every proxy on the way.
func uploaded(r *http.Request) (says url.Values, raw []byte, err error) {
	says = r.URL.Query()
	for name := range says {
		if strings.HasPrefix(name, queryFixed) {
			return nil, nil, fault.New(fault.Invalid, "The address holds %q, and what is in an address is logged on the way; send the value as a part of multipart/form-data, with the CSV as the part file.", name)
		}
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "text/csv":
		raw, err = io.ReadAll(r.Body)
		return says, raw, err
	case err == nil && kind == "multipart/form-data":
		return uploadedParts(multipart.NewReader(r.Body, params["boundary"]), says)
	}
	f := fault.New(fault.Invalid, "The body is not said to be a CSV; send it with Content-Type: text/csv, or as the part file of multipart/form-data.")
	f.Code = trigger.CodeType
	return nil, nil, f
}

// maxParts is how many parts a form with a file may have; each but the file may hold form.MaxList.
const maxParts = 500

func uploadedParts(parts *multipart.Reader, says url.Values) (url.Values, []byte, error) {
	var raw []byte
	found := false
	for range maxParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			if !found {
				err = fault.New(fault.Invalid, "The form has no part file, which holds the CSV.")
				return nil, nil, err
			}
			return says, raw, nil
		}
		if err != nil {
			return nil, nil, unreadable(err)
		}
		most := int64(form.MaxList)
		if part.FormName() == filePart {
			most = batch.MaxBytes + 1 // which says itself that it is too large
		}
		text, err := io.ReadAll(io.LimitReader(part, most+1))
		switch {
		case err != nil:
			return nil, nil, unreadable(err)
		case part.FormName() == filePart:
			raw, found = text, true
			if says.Get("name") == "" && part.FileName() != "" {
				says.Set("name", part.FileName())
			}
		case int64(len(text)) > most:
			return nil, nil, fault.New(fault.Invalid, "The part %q holds more than %d bytes; shorten it.", part.FormName(), most)
		default:
			says.Set(part.FormName(), string(text))
		}
	}
	return nil, nil, fault.New(fault.Invalid, "The form has more than %d parts; send the file and what it needs.", maxParts)
}

// filePart names the part of a form that holds the CSV.
const filePart = "file"

// readAs is what a request says about the reading of a file, which makes it another one; "" where it says nothing.
func readAs(q url.Values) string {
	q.Del("name")
	return q.Encode()
}

// What a request says about the columns of a file, before the name of an input.
const (
	queryColumn = "column." // the name or the number of the column that fills it; empty leaves it unfilled
	queryFixed  = "fixed."  // its value in every row
)

// readUploaded says how a file is to be read and what fills the inputs, by the names of its columns and by q.
// fields says what is wrong with each input.
func (h *Handlers) readUploaded(r *http.Request, v workflow.Version, q url.Values, raw []byte) (b batch.Batch, fields map[string]string, err error) {
	survey, err := batch.Look(raw, dialectOf(&form.Form{Values: form.Values{"delimiter": q.Get("delimiter"), "encoding": q.Get("encoding"), "no_header": q.Get("no_header")}}))
	if err != nil {
		return b, nil, err
	}
	f := form.New(views.MapFields(v.Definition, survey.Columns))
	for name, s := range batch.Guess(survey.Columns, v.Definition.RunFields()) {
		f.Values[views.MapPrefix+name] = strconv.Itoa(s.Column)
	}
	if err := fillMapping(f, q, survey.Columns, v.Definition.RunFields()); err != nil {
		return b, nil, err
	}
	m := batch.Map{}
	if f.OK() {
		if m, err = h.readMap(r.Context(), f, v.Definition); err != nil {
			return b, nil, err
		}
	}
	fields = map[string]string{}
	for name, problem := range f.Errors {
		name, chosen := strings.CutPrefix(name, views.MapPrefix)
		if name = strings.TrimPrefix(name, views.FixedPrefix); chosen && f.Values[views.MapPrefix+name] == "" && !q.Has(queryColumn+name) {
			problem = "No column has this name."
		}
		fields[name] = problem
	}
	if len(fields) > 0 {
		f := fault.New(fault.Invalid, "It can't be told what fills every input; name columns as the inputs are, or say which is which with %sINPUT=COLUMN in the address or as a part, and %sINPUT=VALUE as a part.", queryColumn, queryFixed)
		f.Code = codeInputs
		return b, fields, f
	}
	return batch.Batch{WorkflowID: v.WorkflowID, Version: v.Number, Name: fileName(q.Get("name")), Dialect: survey.Dialect, Columns: survey.Columns,
		Rows: survey.Rows, Mapping: m}, nil, nil
}

// fillMapping takes what a request says of the columns over into the form that maps them. What is wrong with an input is in
// the form; an error is about what has no place in it.
func fillMapping(f *form.Form, q url.Values, columns []string, asks []form.Field) error {
	for name, values := range q {
		input, from := strings.CutPrefix(name, queryColumn)
		fixed := false
		if !from {
			input, fixed = strings.CutPrefix(name, queryFixed)
		}
		switch known := slices.ContainsFunc(asks, func(a form.Field) bool { return a.Name == input }); {
		case !from && !fixed:
			if !slices.Contains([]string{"name", "delimiter", "encoding", "no_header"}, name) {
				return fault.New(fault.Invalid, "The request says %q, which is not known; it may say name, delimiter, encoding, no_header, %sINPUT and, in a part, %sINPUT.", name, queryColumn, queryFixed)
			}
		case !known:
			return fault.New(fault.Invalid, "The workflow has no input %q; ask for its inputs with GET /api/v1/workflows.", input)
		case from && q.Has(queryFixed+input):
			f.Reject(views.MapPrefix+input, "It has a column and a fixed value; choose one.")
		case fixed:
			f.Values[views.MapPrefix+input], f.Values[views.FixedPrefix+input] = views.MapFixed, values[0]
		case values[0] == "":
			f.Values[views.MapPrefix+input] = ""
		default:
			n := slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, values[0]) }) + 1
			if n == 0 {
				var err error
				if n, err = strconv.Atoi(values[0]); err != nil || n < 1 || n > len(columns) {
					f.Reject(views.MapPrefix+input, "There is no column %q.", values[0])
					continue
				}
			}
			f.Values[views.MapPrefix+input] = strconv.Itoa(n)
		}
	}
	return nil
}
