package connect

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"caracal/auth"
	"caracal/catalog"
	"caracal/fault"
	"caracal/okta"
)

// Answer is what an org answered to an operation that somebody tried.
type Answer struct {
	Status  int
	Request string            // Okta's request id
	Type    string            // content type
	Body    []byte            // of what is no list
	Entries []json.RawMessage // of a list, over all pages read
	List    bool
	Within  string // the property that holds the list, where an object holds it
	More    bool   // the list goes on after Entries
	Took    time.Duration
}

// The most entries and bytes of a list that are read for one answer.
const (
	MaxEntries   = 10_000
	maxListBytes = 32 << 20
)

// Try carries a call out for a person, over the client that everything uses, and puts it in the audit record: a
// change before it is sent, so that none is made that the record does not hold, and what became of it after.
// max is how many entries of a list are read, over as many pages as that takes.
func (s *Service) Try(ctx context.Context, applicationID string, op catalog.Operation, call catalog.Call, max int, by auth.User) (Answer, error) {
	client, app, err := s.Client(ctx, applicationID)
	if err != nil {
		return Answer{}, err
	}
	detail := map[string]any{"operation": op.ID, "method": call.Method, "path": call.Path}
	if !op.Reads() {
		if err := s.DB.Record(ctx, by, "operation.sent", app.ID, detail); err != nil {
			return Answer{}, err
		}
	}
	began := s.Clock()
	ctx, record := okta.WithRecord(ctx)
	answer, err := exchange(ctx, client, app.Domain, op, call, max)
	if !op.Reads() && strings.HasPrefix(op.Path, schemaPaths) {
		s.schemas.forget(app.ID)
	}
	err = s.lookedOn(op.WhyOff(err))
	answer.Took = s.Clock().Sub(began)
	if answer.Request = record.Request(); answer.Request != "" {
		detail["request"] = answer.Request
	}
	detail["status"] = answer.Status
	if f := fault.As(err); f != nil {
		detail["status"], detail["error"] = f.Status, f.Message
	}
	action := "operation.read"
	if !op.Reads() {
		action = "operation.answered"
	}
	// The person may be gone by now; what was done stays true.
	if recordErr := s.DB.Record(context.WithoutCancel(ctx), by, action, app.ID, detail); recordErr != nil {
		err = errors.Join(err, recordErr)
	}
	return answer, err
}

// exchange makes the call, or reads a list page after page.
func exchange(ctx context.Context, client *okta.Client, host string, op catalog.Operation, call catalog.Call, max int) (Answer, error) {
	if op.Reads() && op.Lists() {
		return list(max, func(each func(json.RawMessage) error) error {
			return client.Each(ctx, call.Path, call.Query, max+1, each)
		})
	}
	request := okta.Request{Method: call.Method, Path: call.Path, Query: call.Query, Header: call.Header}
	if call.Body != nil {
		request.Body = call.Body
	}
	if strings.Contains(op.Answer, "/") {
		request.Header = request.Header.Clone()
		if request.Header == nil {
			request.Header = http.Header{}
		}
		request.Header.Set("Accept", op.Answer)
	}
	resp, err := client.Do(ctx, request)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: resp.Status, Body: resp.Body, Type: resp.Header.Get("Content-Type")}
	if op.Reads() && op.Answer == "object" && len(resp.Body) == 0 {
		var nothing any
		return Answer{Status: resp.Status}, okta.Decode(resp, &nothing)
	}
	if len(resp.Body) == 0 || strings.Contains(op.Answer, "/") {
		return a, nil
	}
	if !json.Valid(resp.Body) {
		kind, _, err := mime.ParseMediaType(a.Type)
		if err != nil {
			kind = "something without a type"
		}
		f := fault.New(fault.Upstream, "%s answered with %s that is no JSON, which this page does not show; check that no proxy stands in between.", host, kind)
		f.Status, f.Request = resp.Status, resp.RequestID
		return Answer{Status: resp.Status}, f
	}
	page, ok := resp.Page()
	switch {
	case ok && op.Reads() && (page.Name == "" || page.Next != ""): // a list after all, or one in an object that goes on
		listed, err := list(max, func(each func(json.RawMessage) error) error { return client.EachOf(ctx, page, max+1, each) })
		listed.Within = page.Name
		return listed, err
	case ok && page.Name == "":
		a.List, a.Entries = true, page.Entries
	}
	return a, nil
}

// list reads entries until there are enough of them, and one more to know whether it goes on.
func list(max int, read func(each func(json.RawMessage) error) error) (Answer, error) {
	a := Answer{Status: http.StatusOK, Type: catalog.JSON, List: true}
	size := 0
	err := read(func(entry json.RawMessage) error {
		if len(a.Entries) == max {
			a.More = true
			return nil
		}
		if size += len(entry); size > maxListBytes {
			return fault.New(fault.Upstream, "The list is larger than %d MB after %d entries; set a lower limit or narrow the search.", maxListBytes>>20, len(a.Entries))
		}
		a.Entries = append(a.Entries, entry)
		return nil
	})
	if err != nil {
		return Answer{}, err
	}
	return a, nil
}
