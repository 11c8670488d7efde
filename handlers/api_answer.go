package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// The codes of refusals that concern a request as a whole.
const (
	codeTooLarge = "too_large"
	codeInputs   = "inputs"
	codeToken    = "token"
	codeTooOften = "too_often"
)

// Problem is an error as programs get it.
type Problem struct {
	Status  int               `json:"status"`
	Code    string            `json:"code,omitempty"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"` // what is wrong with each input
	Request string            `json:"request"`          // names the line of the log
}

// statusOf is the HTTP status of a fault towards a program.
func statusOf(err error) int {
	f := fault.As(err)
	if f == nil {
		return http.StatusInternalServerError
	}
	switch f.Code {
	case trigger.CodeSignature, codeToken:
		return http.StatusUnauthorized
	case trigger.CodeType:
		return http.StatusUnsupportedMediaType
	case trigger.CodeBody:
		return http.StatusBadRequest
	case trigger.CodePerHour, trigger.CodeBlackout, codeTooOften:
		return http.StatusTooManyRequests
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.Busy:
		return http.StatusServiceUnavailable
	case fault.Upstream, fault.Uncertain:
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}

// problem answers a program with what went wrong. What is our own failure goes up to package web, which logs it.
func (h *Handlers) problem(w http.ResponseWriter, r *http.Request, err error, fields map[string]string) error {
	if fault.Is(err, fault.Internal) || fault.As(err) == nil {
		return err
	}
	f := fault.As(err)
	if !f.RetryAt.IsZero() {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(f.RetryAt.Sub(h.Clock())/time.Second)+1)))
	}
	h.Log.InfoContext(r.Context(), "a program's request was refused", "path", r.URL.Path, "code", f.Code, "message", f.Message)
	return h.ProblemJSON(w, r, statusOf(err), f.Code, f.Message, fields)
}

// ProblemJSON answers with an error as JSON.
func (h *Handlers) ProblemJSON(w http.ResponseWriter, _ *http.Request, status int, code, message string, fields map[string]string) error {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="caracal"`)
	}
	return answerJSON(w, status, map[string]Problem{"error": {Status: status, Code: code, Message: message, Fields: fields, Request: w.Header().Get("X-Request-Id")}})
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	out := json.NewEncoder(&body)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		return nil // the other side went away
	}
	return nil
}

// startedRun is a run that a program started, with the version it is of.
type startedRun struct {
	db.StartedRun
	version workflow.Version
}

// RunJSON is a run as programs get it. Its inputs and outputs stay on its page.
type RunJSON struct {
	ID         string     `json:"id"`
	Workflow   string     `json:"workflow"`
	Name       string     `json:"name"`
	Version    int        `json:"version"`
	State      string     `json:"state"`
	Ended      bool       `json:"ended"`
	Error      string     `json:"error,omitempty"`
	WaitReason string     `json:"wait_reason,omitempty"`
	WaitUntil  *time.Time `json:"wait_until,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	URL        string     `json:"url"`
	Undoes     string     `json:"undoes,omitempty"`   // the run that it takes back
	Replayed   bool       `json:"replayed,omitempty"` // an earlier request with the same key started it
	Steps      []StepJSON `json:"steps,omitempty"`
}

// StepJSON is one step of a run as programs get it.
type StepJSON struct {
	Step   string `json:"step"`
	Title  string `json:"title"`
	Action string `json:"action"`
	State  string `json:"state"`
	Error  string `json:"error,omitempty"`
	// What was found out where it could not be told at first whether the step was done.
	Finding  string             `json:"finding,omitempty"`
	Evidence *workflow.Evidence `json:"evidence,omitempty"` // only while the step waits for somebody's decision
}

func (h *Handlers) asJSON(run workflow.Run) RunJSON {
	out := RunJSON{ID: run.ID, Workflow: run.WorkflowID, Name: run.Name, Version: run.Version, State: string(run.State), Ended: run.State.Ended(), Error: run.Error,
		WaitReason: run.WaitReason, WaitUntil: when(run.WaitUntil), CreatedAt: run.CreatedAt, StartedAt: when(run.StartedAt), EndedAt: when(run.EndedAt), URL: h.runURL(run.ID), Undoes: run.Undoes}
	for _, s := range run.Steps {
		step := StepJSON{Step: s.StepID, Title: s.Title, Action: s.Action, State: string(s.State), Error: s.Error, Finding: s.Finding}
		if s.State == workflow.StepUncertain {
			step.Evidence = s.Evidence
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// answerRun answers with the run that a request started, or that an earlier one did.
func (h *Handlers) answerRun(w http.ResponseWriter, r *http.Request, created int, s startedRun) error {
	run, err := h.DB.Run(r.Context(), s.ID)
	if err != nil {
		return err
	}
	out := h.asJSON(run)
	out.Steps, out.Replayed = nil, !s.Created
	if !s.Created {
		created = http.StatusOK
	}
	w.Header().Set("Location", "/api/v1/runs/"+s.ID)
	return answerJSON(w, created, out)
}

// idempotencyKey reads the header of this name, "" when there is none.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get(trigger.KeyHeader)
	if len(key) > trigger.MaxKey || strings.ContainsFunc(key, func(c rune) bool { return c < 0x21 || c > 0x7e }) {
		f := fault.New(fault.Invalid, "The header %s may hold %d letters, digits and signs, without spaces; use a UUID.", trigger.KeyHeader, trigger.MaxKey)
		f.Code = trigger.CodeBody
		return "", f
	}
	return key, nil
}

// printable is a body as it may be kept and shown.
func printable(raw []byte) string {
	if !utf8.Valid(raw) {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(raw)
}

// indented writes a value as JSON to be read.
func indented(v any) string {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(raw)
}

// remote is the address a request came from, as package web worked it out.
func (h *Handlers) remote(r *http.Request) string {
	if h.RemoteAddr == nil {
		return ""
	}
	return h.RemoteAddr(r)
}
