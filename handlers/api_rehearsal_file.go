package handlers

import (
	"errors"
	"net/http"

	"caracal/fault"
	"caracal/org"
	"caracal/plan"
	"caracal/workflow"
)

// codeFile is the code of the refusal of a file that is wrong as a workflow.
const codeFile = "file"

// APIRehearsalFile rehearses a workflow that is not stored here: {"file": "name: …", "inputs": {…}}, against the application
// that the file names, or "application" by its name.
func (h *Handlers) APIRehearsalFile(w http.ResponseWriter, r *http.Request) error {
	made, fields, err := h.apiRehearse(r, h.fileSubject)
	if err != nil {
		return h.problem(w, r, err, fields)
	}
	w.Header().Set("Location", "/api/v1/rehearsals/"+made.ID)
	return answerJSON(w, http.StatusCreated, h.rehearsalJSON(made))
}

// fileSubject reads the workflow that a program sent as a file, and refuses one that could not be published.
func (h *Handlers) fileSubject(r *http.Request, body rehearsalBody) (s plan.Subject, fields map[string]string, err error) {
	switch {
	case !tokenOf(r).Covers(""):
		return s, nil, fault.New(fault.Forbidden, "This token is for some workflows, and a file is none of them; rehearse files with a token for all workflows.")
	case body.File == "" || body.Draft:
		return s, nil, badBody(`Send the text of the file as "file", with "application" and "inputs" as far as they are needed.`)
	case len(body.File) > maxImport:
		return s, nil, fault.New(fault.Invalid, "The file is larger than %d kB, which is more than a workflow may be.", maxImport>>10)
	}
	bad := fault.New(fault.Invalid, "The file is wrong as a workflow, so nothing was rehearsed.")
	bad.Code, fields = codeFile, map[string]string{}
	registry := h.actions(r.Context())
	file, err := workflow.ReadYAML([]byte(body.File), registry)
	var mistakes workflow.Mistakes
	if errors.As(err, &mistakes) {
		return s, mistakeFields(mistakes), bad
	}
	if err != nil {
		return s, nil, err
	}
	if body.Application != "" {
		file.Application = body.Application
	}
	app, err := h.applicationNamed(r, file.Application)
	if err != nil {
		return s, nil, err
	}
	flow := workflow.Workflow{Draft: file.Adopt(workflow.Definition{}, app.ID)}
	problems, _ := h.check(r.Context(), flow, registry, &app)
	for _, p := range workflow.Blocking(problems) {
		addMistake(fields, workflow.Mistake{Line: file.Line(p), Message: p.Message})
	}
	if len(fields) > 0 {
		return s, fields, bad
	}
	return plan.Subject{Kind: plan.Draft, Definition: flow.Draft}, nil, nil
}

// applicationNamed returns the one connected application of a name.
func (h *Handlers) applicationNamed(r *http.Request, name string) (found org.Application, err error) {
	if name == "" {
		return found, fault.New(fault.Invalid, `The file names no application; say which to rehearse it against as "application".`)
	}
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return found, err
	}
	n := 0
	for _, a := range apps {
		if a.Name == name && a.Status != org.Disconnected {
			found = a
			n++
		}
	}
	switch n {
	case 0:
		return found, fault.New(fault.NotFound, "No connected application is called %q; look at its name under Applications.", name)
	case 1:
		return found, nil
	}
	return found, fault.New(fault.Conflict, "Several applications are called %q; rename one under Applications.", name)
}
