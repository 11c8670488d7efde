package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/auth"
	"caracal/catalog"
	"caracal/connect"
	"caracal/fault"
	"caracal/views"
)

// tryTimeout ends what a page waits for, before the server would cut the answer off.
const tryTimeout = 25 * time.Second

// OperationRead tries an operation that changes nothing and shows what came, or hands it over as a file.
func (h *Handlers) OperationRead(w http.ResponseWriter, r *http.Request) error {
	p, call, ok, err := h.operationCall(w, r)
	if err != nil || !ok {
		return err
	}
	if !p.Op.Reads() {
		return fault.New(fault.Invalid, "This operation changes something; look at the change first, then send it.")
	}
	if typed := p.Values["max"]; typed != "" {
		n, ok := entries(typed)
		if !ok {
			p.Errors = map[string]string{"max": "wrong"}
			p.Error = fmt.Sprintf("Entries to read must be a number from 1 to %d.", connect.MaxEntries)
			return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
		}
		p.Limit = n
	}
	answer, problem, err := h.try(r, p, call)
	if err != nil {
		return err
	}
	as := r.PostForm.Get("as")
	if problem == nil && as != "" {
		return h.download(w, r, p.Op, answer, as)
	}
	p.Answer = h.answerProps(r, p, answer, problem)
	return h.operationPage(w, r, http.StatusOK, p)
}

// operationCall reads the form of a call. ok is false when the form was drawn again with what is wrong.
func (h *Handlers) operationCall(w http.ResponseWriter, r *http.Request) (p views.OperationProps, call catalog.Call, ok bool, err error) {
	op, values, err := h.operationValues(w, r)
	if err != nil {
		return p, call, false, err
	}
	if p, err = h.operationProps(r, op, values); err != nil {
		return p, call, false, err
	}
	call, problems := p.Form.Request(func(key string) string { return values[key] })
	p.Errors = map[string]string{}
	maps.Copy(p.Errors, problems)
	if p.App.ID == "" {
		p.Errors["application"] = "Choose the application whose org this goes to."
	}
	if len(p.Errors) > 0 {
		return p, call, false, h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	return p, call, true, nil
}

// try makes the call. A refusal that a person can read is the problem; err is one of our own.
func (h *Handlers) try(r *http.Request, p views.OperationProps, call catalog.Call) (connect.Answer, *fault.Error, error) {
	ctx, cancel := context.WithTimeout(r.Context(), tryTimeout)
	defer cancel()
	answer, err := h.Connect.Try(ctx, p.App.ID, p.Op, call, p.Limit, user(r))
	if problem := fault.As(err); problem != nil && problem.Kind != fault.Internal {
		return answer, problem, nil
	}
	if err == nil && !user(r).May(auth.ApplicationManage) { // who may only look sees no secret that an org holds
		answer.Body = maskIf(answer)
		for i, entry := range answer.Entries {
			answer.Entries[i] = catalog.Mask(entry)
		}
	}
	return answer, nil, err
}

func maskIf(a connect.Answer) []byte {
	if json.Valid(a.Body) {
		return catalog.Mask(a.Body)
	}
	return a.Body
}

// OperationAsk shows a change as it will be sent. Nothing is sent yet.
func (h *Handlers) OperationAsk(w http.ResponseWriter, r *http.Request) error {
	p, call, ok, err := h.operationCall(w, r)
	if err != nil || !ok {
		return err
	}
	if p.Op.Reads() {
		return fault.New(fault.Invalid, "This operation changes nothing; read it at once from its page.")
	}
	sealed, err := h.Connect.Ask(p.App.ID, call, user(r))
	if err != nil {
		return err
	}
	base := h.Connect.Hosts.URL(p.App.Domain)
	address := base + call.Path
	if len(call.Query) > 0 {
		address += "?" + call.Query.Encode()
	}
	c := views.OperationConfirmProps{Op: p.Op, App: p.App, Method: call.Method, Address: address, Curl: call.Curl(base),
		Sealed: sealed, Kept: kept(p), Erases: p.Op.Method == http.MethodPut && call.Body != nil}
	if call.Body != nil {
		c.Body = call.ShownBody()
	}
	if c.Rules, err = h.operationRules(r, p); err != nil {
		return err
	}
	c.Shell = h.shell(r, "operations")
	return h.render(w, r, http.StatusOK, views.OperationConfirmPage(c))
}

// kept returns what was filled in, for going back to it, without what is secret.
func kept(p views.OperationProps) map[string]string {
	out := maps.Clone(p.Values)
	p.Form.All(func(in catalog.Input) {
		if in.Kind == catalog.SecretInput {
			delete(out, in.Key)
		}
	})
	if strings.Contains(string(catalog.Mask([]byte(out[catalog.KeyRaw]))), catalog.Hidden) || p.Op.Body != nil && p.Op.Body.File != "" {
		delete(out, catalog.KeyRaw)
	}
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	return out
}

// OperationSend sends a change that was shown, once, and shows what Okta answered.
func (h *Handlers) OperationSend(w http.ResponseWriter, r *http.Request) error {
	op, values, err := h.operationValues(w, r)
	if err != nil {
		return err
	}
	c, err := h.Connect.Confirmed(r.PostForm.Get("sealed"), user(r))
	if err != nil {
		return err
	}
	if c.Call.Operation != op.ID || op.Reads() {
		return fault.New(fault.Invalid, "What you confirmed belongs to another operation, so nothing was sent; look at the change again.")
	}
	app, err := h.DB.Application(r.Context(), c.Application)
	if err != nil {
		return err
	}
	p := views.OperationProps{Op: op, App: app, Limit: 1}
	// What was confirmed is carried out even when the browser goes away meanwhile: half a change helps nobody.
	answer, problem, err := h.try(r.WithContext(context.WithoutCancel(r.Context())), p, c.Call)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.OperationSentPage(views.OperationSentProps{
		Op: op, Answer: *h.answerProps(r, p, answer, problem), Kept: values, Shell: h.shell(r, "operations")}))
}

// OperationCurrent fills the form with what is there now, so that a replacement erases nothing by mistake.
func (h *Handlers) OperationCurrent(w http.ResponseWriter, r *http.Request) error {
	op, values, err := h.operationValues(w, r)
	if err != nil {
		return err
	}
	reading, ok := h.Catalog.Now().Counterpart(op)
	if !ok {
		return fault.New(fault.Invalid, "Okta has no operation that reads what this one replaces; fill the form in yourself.")
	}
	p, err := h.operationProps(r, op, values)
	if err != nil {
		return err
	}
	if p.App.ID == "" {
		p.Errors["application"] = "Choose the application whose org this is about."
		return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	call, problems := h.Catalog.Now().Form(reading, catalog.Choose{}).Request(func(key string) string {
		if strings.HasPrefix(key, "path.") {
			return values[key]
		}
		return ""
	})
	if len(problems) > 0 {
		p.Errors = problems
		return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	loading := p
	loading.Op = reading
	answer, problem, err := h.try(r, loading, call)
	if err != nil {
		return err
	}
	if problem == nil {
		err = h.fillForm(r, &p, answer.Body)
	}
	if problem != nil || err != nil {
		p.Error = "The present values could not be read."
		if problem != nil {
			p.Error = problem.Message
		}
		return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	p.Notes = append(p.Notes, "These are the values of now. Change what you mean to; all else stays as it is. Secrets are never given out by Okta, so they are empty.")
	return h.operationPage(w, r, http.StatusOK, p)
}

// fillForm puts an object's values into the form, of the kind that the object is.
func (h *Handlers) fillForm(r *http.Request, p *views.OperationProps, object []byte) error {
	values := maps.Clone(p.Values)
	clearBody(values)
	delete(values, catalog.KeyMode)
	delete(values, catalog.KeyRaw)
	if variant := p.Form.VariantOf(object); variant != "" {
		values[catalog.KeyVariant] = variant
	}
	again, err := h.operationProps(r, p.Op, values)
	if err != nil {
		return err
	}
	filled, err := again.Form.Fill(object)
	if err != nil {
		return err
	}
	if again.Form.Raw != "" {
		values[catalog.KeyRaw] = string(catalog.Pretty(object))
	}
	maps.Copy(values, filled)
	*p = again
	return nil
}

// How much of an answer a page shows; downloads hold all of it.
const (
	rowsShown    = 200
	columnsShown = 8
	nodesShown   = 1500
	jsonShown    = 60 << 10
)

// answerProps shapes an answer for the page.
func (h *Handlers) answerProps(_ *http.Request, p views.OperationProps, a connect.Answer, problem *fault.Error) *views.OperationAnswer {
	out := &views.OperationAnswer{App: p.App, Status: a.Status, Request: a.Request, Took: a.Took, List: a.List, Count: len(a.Entries), More: a.More}
	if problem != nil {
		out.Status, out.Problem, out.Code = problem.Status, problem.Message, problem.Code
		return out
	}
	body := a.Body
	if a.List {
		shown := a.Entries[:min(len(a.Entries), rowsShown)]
		out.Cut = len(a.Entries) > len(shown)
		whole := catalog.TableOf(shown)
		out.Columns, out.Table = len(whole.Columns), whole.Narrow(columnsShown)
		body = joined(shown)
	}
	out.Empty = len(body) == 0
	if json.Valid(body) && !out.Empty {
		out.Tree = catalog.Tree(body, nodesShown)
		out.JSON = string(catalog.Pretty(body))
	} else {
		out.JSON = strings.ToValidUTF8(string(body), "\uFFFD")
	}
	if len(out.JSON) > jsonShown {
		end := jsonShown
		for end > 0 && !utf8.RuneStart(out.JSON[end]) {
			end--
		}
		out.JSON, out.Cut = out.JSON[:end]+"\n…", true
	}
	return out
}

// joined writes entries as one JSON list.
func joined(entries []json.RawMessage) []byte {
	parts := make([]string, len(entries))
	for i, e := range entries {
		parts[i] = string(e)
	}
	return []byte("[" + strings.Join(parts, ",\n") + "]")
}

// download hands all that was read over as a file.
func (h *Handlers) download(w http.ResponseWriter, r *http.Request, op catalog.Operation, a connect.Answer, as string) error {
	body, kind, ending := a.Body, "application/json", "json"
	switch {
	case as == "csv":
		entries := a.Entries
		if !a.List {
			entries = []json.RawMessage{a.Body}
		}
		var text strings.Builder
		if err := catalog.TableOf(entries).WriteCSV(&text); err != nil {
			return err
		}
		body, kind, ending = []byte(text.String()), "text/csv; charset=utf-8", "csv"
	case a.List:
		body = joined(a.Entries)
	case !json.Valid(a.Body):
		kind, ending = "text/plain; charset=utf-8", "txt"
	}
	if ending == "json" {
		body = catalog.Pretty(body)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", op.ID+"-"+h.Clock().UTC().Format("20060102-150405")+"."+ending))
	if _, err := w.Write(body); err != nil {
		h.Log.Debug("the browser went away", "path", r.URL.Path, "err", err)
	}
	return nil
}
