package handlers

import (
	"context"
	"net/http"

	"caracal/fault"
	"caracal/filing"
)

// MaxFiles is how many bytes the workflow files of one request may have, and maxFileCount how many they may be.
const (
	MaxFiles     = 4 << 20
	maxFileCount = 200
)

// FilesBody is workflow files as a program sends them, to be compared or applied.
type FilesBody struct {
	Files       []FileBody `json:"files"`
	Application string     `json:"application,omitempty"` // name of the one to act on, in place of the files'
	ID          string     `json:"id,omitempty"`          // of the workflow, for one file alone
	Published   bool       `json:"published,omitempty"`   // compare with what is published
	Publish     bool       `json:"publish,omitempty"`
	Note        string     `json:"note,omitempty"`
}

// FileBody is one of them.
type FileBody struct {
	Name string `json:"name"`           // what the answer calls it
	Text string `json:"text"`           // YAML
	Seen *int64 `json:"seen,omitempty"` // revision of the draft that a comparison showed
}

// FilesJSON is what came of files, in their order.
type FilesJSON struct {
	Wrong bool            `json:"wrong"` // one has mistakes, and nothing was stored
	Files []filing.Report `json:"files"`
}

// WorkflowFileJSON is a workflow as a file.
type WorkflowFileJSON struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Version  int    `json:"version"`  // 0 is the draft
	Revision int64  `json:"revision"` // of the draft
	File     string `json:"file"`     // YAML
}

const filesLike = `{"files": [{"name": "new-user.yaml", "text": "the text of the file"}]}`

// APIWorkflowFile is a workflow as a file: what is published, or the draft with ?draft=true and where nothing is.
func (h *Handlers) APIWorkflowFile(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.workflowFor(r)
	if err == nil && !tokenOf(r).Covers(flow.ID) {
		err = errNoWorkflow
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	out := WorkflowFileJSON{ID: flow.ID, Revision: flow.Revision}
	d := flow.Draft
	if flow.Published > 0 && r.URL.Query().Get("draft") != "true" {
		v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
		if err != nil {
			return err
		}
		d, out.Version = v.Definition, v.Number
	}
	raw, err := h.asYAML(r, d, "")
	if err != nil {
		return err
	}
	out.Name, out.File = d.Name, string(raw)
	return answerJSON(w, http.StatusOK, out)
}

// APIWorkflowDiff says what files would change, and stores nothing.
func (h *Handlers) APIWorkflowDiff(w http.ResponseWriter, r *http.Request) error {
	return h.overFiles(w, r, func(ctx context.Context, o *filing.Options, reports []filing.Report) (bool, error) {
		return o.Compare(ctx, h.DB, reports)
	})
}

// APIWorkflowApply makes each file the draft of the workflow of its name, or of a new one, and publishes it where that is
// asked for: all of them, or none.
func (h *Handlers) APIWorkflowApply(w http.ResponseWriter, r *http.Request) error {
	return h.overFiles(w, r, func(ctx context.Context, o *filing.Options, reports []filing.Report) (bool, error) {
		return o.Apply(ctx, h.DB, reports)
	})
}

// overFiles reads the files of a request, does something with those that are right, and answers with what came of each.
func (h *Handlers) overFiles(w http.ResponseWriter, r *http.Request, do func(context.Context, *filing.Options, []filing.Report) (bool, error)) error {
	var body FilesBody
	err := readBody(r, &body, filesLike)
	switch n := len(body.Files); {
	case err != nil:
	case n == 0:
		err = badBody("Send %s.", filesLike)
	case n > maxFileCount:
		err = fault.New(fault.Invalid, "There are %d files; send at most %d at once.", n, maxFileCount)
	case n > 1 && body.ID != "":
		err = badBody(`"id" goes with one file alone.`)
	case body.Note != "" && !body.Publish:
		err = badBody(`"note" goes with "publish".`)
	case len([]rune(body.Note)) > maxNote:
		err = fault.New(fault.Invalid, "The note has more than %d characters; shorten it.", maxNote)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	token := tokenOf(r)
	o := &filing.Options{Application: body.Application, ID: body.ID, Publish: body.Publish, Note: body.Note, Published: body.Published, Registry: h.Registry, By: user(r),
		Allowed: func(id string) error {
			switch {
			case id == "" && !token.Covers(""):
				return fault.New(fault.Forbidden, "This token is for some workflows, and a new one is none of them; use a token for all workflows.")
			case !token.Covers(id):
				return errNoWorkflow
			}
			return nil
		}}
	sources := make([]filing.Source, len(body.Files))
	for i, f := range body.Files {
		sources[i] = filing.Source{Name: f.Name, Text: []byte(f.Text), Seen: f.Seen}
	}
	reports, wrong := filing.Read(sources)
	if !wrong {
		if wrong, err = do(r.Context(), o, reports); err != nil {
			return h.problem(w, r, err, nil)
		}
	}
	return answerJSON(w, http.StatusOK, FilesJSON{Wrong: wrong, Files: reports})
}
