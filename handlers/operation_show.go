package handlers

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"caracal/auth"
	"caracal/catalog"
	"caracal/connect"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/views"
)

// entriesAtFirst is how many entries of a list are read unless another number is set.
const entriesAtFirst = 200

// MaxFileForm is what the form of an operation may weigh: a file, or, when what was shown is sent, the file within
// what is sealed, which base64 makes longer twice (RFC 4648).
const MaxFileForm = catalog.MaxFile*2 + 256<<10

// OperationShow is the page of one operation. Its address may hold values of its path and query, so that a link leads
// to a form that is filled in.
func (h *Handlers) OperationShow(w http.ResponseWriter, r *http.Request) error {
	op, err := h.operation(r)
	if err != nil {
		return err
	}
	values := map[string]string{"application": r.URL.Query().Get("application"), catalog.KeyVariant: r.URL.Query().Get(catalog.KeyVariant)}
	for _, in := range op.Parameters {
		if in.Required && len(in.Default) > 0 { // Okta wants it said, so it is said what Okta would take
			values[in.In+"."+in.Name] = strings.Trim(string(in.Default), `"`)
		}
		if key := in.In + "." + in.Name; in.In != "header" && r.URL.Query().Get(key) != "" {
			values[key] = r.URL.Query().Get(key)
		}
	}
	p, err := h.operationProps(r, op, values)
	if err != nil {
		return err
	}
	chooseOnly(p)
	return h.operationPage(w, r, http.StatusOK, p)
}

// chooseOnly chooses, in the form that is shown, what has to be there and can be but one thing.
func chooseOnly(p views.OperationProps) {
	for _, in := range p.Form.Body {
		if p.Values[in.Key] == "" && in.OnlyChoice() != "" {
			p.Values[in.Key] = in.OnlyChoice()
		}
	}
}

// OperationForm draws the page again with what was filled in: another application, another kind, the body as
// JSON or as fields.
func (h *Handlers) OperationForm(w http.ResponseWriter, r *http.Request) error {
	op, values, err := h.operationValues(w, r)
	if err != nil {
		return err
	}
	p, err := h.operationProps(r, op, values)
	if err != nil {
		return err
	}
	switch r.PostForm.Get("switch") {
	case "raw":
		draft := p.Form.Draft(func(key string) string { return values[key] })
		values[catalog.KeyMode], values[catalog.KeyRaw] = catalog.ModeRaw, string(draft)
	case "fields":
		h.rawToFields(&p)
	}
	chooseOnly(p)
	return h.operationPage(w, r, http.StatusOK, p)
}

// rawToFields fills the fields with a body that was written as JSON, if it reads as one.
func (h *Handlers) rawToFields(p *views.OperationProps) {
	raw := p.Values[catalog.KeyRaw]
	filled, err := p.Form.Fill([]byte(raw))
	if err != nil && strings.TrimSpace(raw) != "" {
		p.Errors = map[string]string{catalog.KeyRaw: "Only a JSON object can be put into the fields; mend it, or go on with it as it is."}
		return
	}
	delete(p.Values, catalog.KeyMode)
	delete(p.Values, catalog.KeyRaw)
	clearBody(p.Values)
	maps.Copy(p.Values, filled)
}

// clearBody forgets what was filled into the body's fields.
func clearBody(values map[string]string) {
	maps.DeleteFunc(values, func(key, _ string) bool {
		return strings.HasPrefix(key, "body.") || strings.HasPrefix(key, catalog.BlankKey)
	})
}

// OperationRequest is the request that the form makes now, for the page to show as one fills it in.
func (h *Handlers) OperationRequest(w http.ResponseWriter, r *http.Request) error {
	op, values, err := h.operationValues(w, r)
	if err != nil {
		return err
	}
	p, err := h.operationProps(r, op, values)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.OperationRequest(h.curl(p)))
}

// curl writes the request of a form, or nothing while it is not complete.
func (h *Handlers) curl(p views.OperationProps) string {
	base := "https://your-org.okta.com"
	if p.App.ID != "" {
		base = h.Connect.Hosts.URL(p.App.Domain)
	}
	call, problems := p.Form.Request(func(key string) string { return p.Values[key] })
	if len(problems) > 0 {
		return ""
	}
	return call.Curl(base)
}

// operationPage completes and draws the page.
func (h *Handlers) operationPage(w http.ResponseWriter, r *http.Request, status int, p views.OperationProps) error {
	p.Curl = h.curl(p)
	p.Names = h.pickedNames(p)
	p.Shell = h.shell(r, "operations")
	return h.render(w, r, status, views.OperationPage(p))
}

// pickedNames returns what the ids in a form's pickers are called, as far as a list showed it a short while ago.
func (h *Handlers) pickedNames(p views.OperationProps) map[string]string {
	names := map[string]string{}
	p.Form.All(func(in catalog.Input) {
		if in.List == nil || p.Values[in.Key] == "" {
			return
		}
		ids := []string{p.Values[in.Key]}
		if in.PickKind().Several() {
			ids = form.SplitList(p.Values[in.Key])
		}
		for _, id := range ids {
			if c, ok := h.Connect.Known(p.App.ID, in.List.Kind(), id); ok {
				names[c.ID] = c.Label
			}
		}
	})
	return names
}

func (h *Handlers) operation(r *http.Request) (catalog.Operation, error) {
	op, ok := h.Catalog.Now().Operation(r.PathValue("id"))
	if !ok {
		return op, fault.New(fault.NotFound, "Okta's API has no operation of this name; search for it under Operations.")
	}
	return op, nil
}

// operationValues reads what was posted. Only what belongs to a form of an operation is kept.
func (h *Handlers) operationValues(_ http.ResponseWriter, r *http.Request) (catalog.Operation, map[string]string, error) {
	op, err := h.operation(r)
	if err != nil {
		return op, nil, err
	}
	if err := r.ParseMultipartForm(MaxFileForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return op, nil, unreadable(err)
	}
	values := map[string]string{}
	for key, posted := range r.PostForm {
		prefix, _, _ := strings.Cut(strings.TrimPrefix(key, catalog.BlankKey), ".")
		named := slices.Contains([]string{"application", "max", "workflow", catalog.KeyVariant, catalog.KeyRaw, catalog.KeyType, catalog.KeyMode}, key)
		if named || strings.Contains(key, ".") && slices.Contains([]string{"path", "query", "header", "body"}, prefix) {
			values[key] = posted[0]
		}
	}
	if op.Body != nil && op.Body.File != "" {
		if values[catalog.KeyRaw], err = fileIn(r); err != nil {
			return op, nil, err
		}
	}
	return op, values, nil
}

// fileIn returns the chosen file in base64, or nothing.
func fileIn(r *http.Request) (string, error) {
	file, _, err := r.FormFile("file")
	if err != nil { // none was chosen, which the form says
		return "", nil
	}
	content, err := io.ReadAll(io.LimitReader(file, catalog.MaxFile+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return "", unreadable(err)
	}
	return base64.StdEncoding.EncodeToString(content), nil
}

// operationProps gathers what the page of an operation shows.
func (h *Handlers) operationProps(r *http.Request, op catalog.Operation, values map[string]string) (views.OperationProps, error) {
	p := views.OperationProps{Op: op, Values: values, Scopes: h.scopesOf(op), Errors: map[string]string{},
		MayChange: user(r).May(auth.ApplicationManage), Limit: entriesAtFirst, MaxLimit: connect.MaxEntries}
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return p, err
	}
	for _, app := range apps {
		if app.Status != org.Disconnected {
			p.Apps = append(p.Apps, app)
		}
		if app.ID == values["application"] || len(apps) == 1 && app.Status != org.Disconnected {
			p.App = app
		}
	}
	choose := catalog.Choose{Variant: values[catalog.KeyVariant]}
	p.Form = h.Catalog.Now().Form(op, choose)
	if choose.Free, err = h.freeFields(r, &p); err != nil {
		return p, err
	}
	if len(choose.Free) > 0 {
		p.Form = h.Catalog.Now().Form(op, choose)
	}
	if _, ok := h.Catalog.Now().Counterpart(op); ok && p.MayChange && len(p.Apps) > 0 && op.Body != nil {
		p.Loadable = true
	}
	if n, ok := entries(values["max"]); ok {
		p.Limit = n
	}
	if user(r).May(auth.WorkflowEdit) {
		p.Step, err = h.stepProps(r, op)
	}
	return p, err
}

// entries reads a number of entries that may be read.
func entries(text string) (n int, ok bool) {
	_, err := fmt.Sscanf(text, "%d", &n)
	return n, err == nil && n >= 1 && n <= connect.MaxEntries
}

// freeFields reads, from the org itself, the properties of the profiles in the form. That they cannot be read
// is a note and stops nothing: there is room for them as JSON.
func (h *Handlers) freeFields(r *http.Request, p *views.OperationProps) (map[string][]catalog.Value, error) {
	shapes := map[string]bool{}
	p.Form.All(func(in catalog.Input) {
		if in.In == "" && catalog.IsProfile(in.Shape) {
			shapes[in.Shape] = true
		}
	})
	if len(shapes) == 0 || p.App.ID == "" {
		return nil, nil
	}
	free := map[string][]catalog.Value{}
	for _, shape := range slices.Sorted(maps.Keys(shapes)) {
		fields, err := h.profileFields(r.Context(), p.App, profileOf(shape, p.Values["path.appId"], p.Values["body.type.id"], p.Values["path.userId"]))
		if fault.Is(err, fault.Internal) {
			return nil, err
		}
		p.Retype = shape == "UserProfile" && len(fields) > 0
		switch {
		case err != nil && len(fields) > 0:
			p.Notes = append(p.Notes, "The form has the profile's properties of the default user type. "+fault.Message(err))
		case err != nil:
			p.Notes = append(p.Notes, "The profile's own properties could not be read from the org: "+fault.Message(err))
		case fields == nil && !connect.MayReadSchemas(p.App):
			p.Notes = append(p.Notes, "With the scope okta.schemas.read, this form would also have your org's own profile properties as fields. Until then they can be written as other properties.")
		}
		if len(fields) > 0 {
			free[shape] = fields
		}
	}
	return free, nil
}
