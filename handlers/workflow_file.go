package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"caracal/fault"
	"caracal/form"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// WorkflowSchema serves the JSON Schema of workflow files, for editors. It is public: editors do not sign in,
// and it holds nothing of an org.
func (h *Handlers) WorkflowSchema(w http.ResponseWriter, _ *http.Request) error {
	schema, err := workflow.Schema(h.Registry)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/schema+json")
	_, err = w.Write(schema)
	return err
}

// WorkflowExport sends what the overview shows as a file: the published definition, or the draft when there is
// none or when it is asked for.
func (h *Handlers) WorkflowExport(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.workflowFor(r)
	if err != nil {
		return err
	}
	if flow.Published == 0 || r.URL.Query().Has("draft") {
		return h.sendFile(w, r, flow.Draft, "draft")
	}
	v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
	if err != nil {
		return err
	}
	return h.sendFile(w, r, v.Definition, "v"+strconv.Itoa(v.Number))
}

// WorkflowVersionExport sends one version as a file.
func (h *Handlers) WorkflowVersionExport(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.historyOf(r)
	if err != nil {
		return err
	}
	v, err := h.versionFor(r, flow.ID)
	if err != nil {
		return err
	}
	return h.sendFile(w, r, v.Definition, "v"+strconv.Itoa(v.Number))
}

func (h *Handlers) sendFile(w http.ResponseWriter, r *http.Request, d workflow.Definition, which string) error {
	raw, err := h.asYAML(r, d, h.PublicURL+workflow.SchemaPath)
	if err != nil {
		return err
	}
	name := workflow.Slug(d.Name)
	if name == "" {
		name = "workflow"
	}
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + "-" + which + ".yaml"}))
	_, err = w.Write(raw)
	return err
}

// asYAML writes a definition with its application by name.
func (h *Handlers) asYAML(r *http.Request, d workflow.Definition, schema string) ([]byte, error) {
	names, err := h.applicationNames(r.Context())
	if err != nil {
		return nil, err
	}
	return workflow.WriteYAML(d, h.actions(r.Context()), workflow.WriteOptions{Application: names[d.ApplicationID], Schema: schema})
}

// yamlDiff compares two definitions as files.
func (h *Handlers) yamlDiff(r *http.Request, from, to workflow.Definition) ([]workflow.DiffLine, error) {
	before, err := h.asYAML(r, from, "")
	if err != nil {
		return nil, err
	}
	after, err := h.asYAML(r, to, "")
	if err != nil {
		return nil, err
	}
	return workflow.DiffText(string(before), string(after)), nil
}

// maxImport is what an imported file may weigh: with what a form puts around it, it stays below what any
// request may.
const maxImport = 200 << 10

// WorkflowImport makes a draft out of a file, or out of text that was pasted.
func (h *Handlers) WorkflowImport(w http.ResponseWriter, r *http.Request) error {
	text, err := importedText(r)
	if err != nil {
		return err
	}
	apps, err := h.applicationChoices(r.Context())
	if err != nil {
		return err
	}
	refuse := func(mistakes ...workflow.Mistake) error {
		return h.workflowNewPage(w, r, http.StatusUnprocessableEntity, form.New(newWorkflowFields(apps)), apps, views.ImportProps{Text: text, Mistakes: mistakes})
	}
	switch {
	case text == "":
		return refuse(workflow.Mistake{Message: "Choose a file, or paste its text."})
	case len(text) > maxImport:
		text = "" // it is kept on the person's disk; to send it back would only be slow
		return refuse(workflow.Mistake{Message: fmt.Sprintf("The file is larger than %d kB; use caracal workflow apply on the server.", maxImport>>10)})
	}
	file, err := workflow.ReadYAML([]byte(text), h.actions(r.Context()))
	var mistakes workflow.Mistakes
	if errors.As(err, &mistakes) {
		return refuse(mistakes...)
	}
	if err != nil {
		return err
	}
	names, err := h.applicationNames(r.Context())
	if err != nil {
		return err
	}
	apps = slices.DeleteFunc(apps, func(a ui.Link) bool { return names[a.Href] != file.Application })
	application, note := "", ""
	switch {
	case len(apps) == 1:
		application = apps[0].Href
	case len(apps) > 1:
		note = fmt.Sprintf(" Several applications are called %q; choose one.", file.Application)
	case file.Application != "":
		note = fmt.Sprintf(" No application is called %q here; choose one.", file.Application)
	}
	made, err := h.DB.CreateWorkflow(r.Context(), h.nameObjects(r.Context(), file.Adopt(workflow.Definition{}, application)), user(r))
	if err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "The file was imported as a draft of its own."+note)
	return h.redirect(w, r, "/workflows/"+made.ID+"/edit")
}

// importedText reads the file of a form, or else the text beside it.
func importedText(r *http.Request) (string, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "multipart/form-data" {
		if err := r.ParseForm(); err != nil {
			return "", unreadable(err)
		}
		return r.PostForm.Get("text"), nil
	}
	if err := r.ParseMultipartForm(maxImport * 2); err != nil {
		return "", unreadable(err)
	}
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return r.PostForm.Get("text"), nil
	}
	if err != nil {
		return "", unreadable(err)
	}
	raw, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fault.New(fault.Invalid, "The file could not be read; choose it again.").Because(err)
	}
	if len(raw) == 0 {
		return r.PostForm.Get("text"), nil
	}
	return string(raw), nil
}
