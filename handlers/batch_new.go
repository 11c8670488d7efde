package handlers

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// MaxUpload is what the form with a CSV may weigh: the file, and a little around it.
const MaxUpload = batch.MaxBytes + batch.MaxPasted + 64<<10

// BatchNew is the page on which a CSV is uploaded for a workflow.
func (h *Handlers) BatchNew(w http.ResponseWriter, r *http.Request) error {
	v, _, err := h.uploadable(r)
	if err != nil {
		return err
	}
	return h.batchNewPage(w, r, http.StatusOK, v, form.New(views.BatchFields()))
}

func (h *Handlers) batchNewPage(w http.ResponseWriter, r *http.Request, status int, v workflow.Version, f *form.Form) error {
	p := views.BatchNewProps{Now: h.Clock(), Version: v, Form: f}
	filter := db.BatchFilter{WorkflowID: v.WorkflowID, After: r.URL.Query().Get("after"), Limit: 10}
	if !user(r).May(auth.RunRead) {
		filter.CreatedBy = user(r).ID
	}
	list, next, err := h.DB.Batches(r.Context(), filter)
	if err != nil {
		return err
	}
	p.Paging = ui.Paging{Next: nextPage(r, next)}
	if filter.After != "" {
		p.Paging.Prev = nextPage(r, "-")
	}
	var people []string
	for _, b := range list {
		people = append(people, b.CreatedBy)
	}
	names, err := h.DB.UserNames(r.Context(), people...)
	if err != nil {
		return err
	}
	for _, b := range list {
		row := views.BatchRow{ID: b.ID, Name: b.Name, By: cmp.Or(names[b.CreatedBy], b.CreatedBy), Rows: b.Rows, At: b.CreatedAt, Note: b.Problem}
		run := workflow.Run{}
		if b.RunID != "" {
			if run, err = h.DB.Run(r.Context(), b.RunID); err != nil {
				return err
			}
			row.Rows, row.Note = b.Chosen, run.Error
		}
		row.Look = views.BatchLook(b, run)
		p.Batches = append(p.Batches, row)
	}
	p.Shell = h.batchShell(r)
	return h.render(w, r, status, views.BatchNewPage(p))
}

// batchShell is around the pages of a batch.
func (h *Handlers) batchShell(r *http.Request) views.Shell {
	if user(r).May(auth.WorkflowEdit) {
		return h.shell(r, "workflows")
	}
	return h.shell(r, "forms")
}

// BatchTemplate is an empty file with a column for each input.
func (h *Handlers) BatchTemplate(w http.ResponseWriter, r *http.Request) error {
	v, _, err := h.uploadable(r)
	if err != nil {
		return err
	}
	var heads []string
	for _, in := range v.Definition.Inputs {
		heads = append(heads, in.Label)
	}
	return h.sendCSV(w, downloadName(v.Definition.Name, "rows"), func(out *batch.Writer) error {
		out.Row(heads...)
		return nil
	})
}

// sendCSV answers with a file for spreadsheets.
func (h *Handlers) sendCSV(w http.ResponseWriter, name string, write func(*batch.Writer) error) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	out := batch.NewWriter(w)
	err := write(out)
	if e := out.Close(); err == nil && e != nil {
		h.Log.Debug("the browser went away", "err", e)
		return nil
	}
	return err
}

// BatchCreate takes an uploaded or pasted CSV, and leads to the page on which its columns are mapped.
func (h *Handlers) BatchCreate(w http.ResponseWriter, r *http.Request) error {
	v, _, err := h.uploadable(r)
	if err != nil {
		return err
	}
	sent, err := readUpload(r)
	if err != nil {
		return err
	}
	f := form.DecodeFrom(views.BatchFields(), sent.values.Get)
	raw, name := sent.file, sent.name
	if len(raw) == 0 {
		raw, name = []byte(f.Values["csv"]), "pasted rows"
	} else {
		f.Values["csv"] = "" // a file was chosen: what was pasted besides does not count
		delete(f.Errors, "csv")
	}
	if len(raw) == 0 && f.OK() {
		f.Reject("csv", "Choose a file, or paste rows.")
	}
	b := batch.Batch{WorkflowID: v.WorkflowID, Version: v.Number, Name: name}
	if f.OK() {
		survey, err := batch.Look(raw, dialectOf(f))
		f.Blame(err)
		b.Dialect, b.Columns, b.Rows = survey.Dialect, survey.Columns, survey.Rows
	}
	if !f.OK() {
		return h.batchNewPage(w, r, http.StatusUnprocessableEntity, v, f)
	}
	b.Mapping = batch.Guess(b.Columns, v.Definition.RunFields())
	id, _, err := h.DB.CreateBatch(r.Context(), b, raw, user(r), db.StartKey{}, nil)
	if f.Blame(err) {
		return h.batchNewPage(w, r, http.StatusConflict, v, f)
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, views.BatchPath(id))
}

// dialectOf reads how a file is written from a form.
func dialectOf(f *form.Form) batch.Dialect {
	d := batch.Dialect{Delimiter: f.Values["delimiter"], Encoding: batch.Encoding(f.Values["encoding"]), NoHeader: f.Values["no_header"] == "true"}
	if d.Delimiter == "tab" {
		d.Delimiter = "\t"
	}
	return d
}

// fillDialect puts how a file is written into a form.
func fillDialect(f *form.Form, d batch.Dialect) {
	f.Values["delimiter"], f.Values["encoding"] = d.Delimiter, string(d.Encoding)
	if d.Delimiter == "\t" {
		f.Values["delimiter"] = "tab"
	}
	f.Values["no_header"] = "false"
	if d.NoHeader {
		f.Values["no_header"] = "true"
	}
}

// upload is a form with a file.
type upload struct {
	values url.Values
	file   []byte
	name   string
}

// readUpload reads a multipart form part by part, so that a file is held once and nothing of it lies on the disk.
func readUpload(r *http.Request) (u upload, err error) {
	u.values = url.Values{}
	parts, err := r.MultipartReader()
	if err != nil {
		return u, unreadable(err)
	}
	for range 20 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return u, nil
		}
		if err != nil {
			return u, unreadable(err)
		}
		most := int64(batch.MaxPasted) * 4 // characters are up to four bytes
		if part.FormName() == "file" {
			most = batch.MaxBytes + 1
		}
		text, err := io.ReadAll(io.LimitReader(part, most))
		if err != nil {
			return u, unreadable(err)
		}
		if part.FormName() == "file" {
			u.file, u.name = text, fileName(part.FileName())
		} else {
			u.values.Add(part.FormName(), string(text))
		}
	}
	return u, fault.New(fault.Invalid, "The browser sent a form that cannot be read; reload the page and try again.")
}

// maxFileName is how many characters of a file's name are kept.
const maxFileName = 80

// fileName is what pages call an uploaded file.
func fileName(sent string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(sent, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, name))
	if r := []rune(name); len(r) > maxFileName {
		name = string(r[:maxFileName-1]) + "…"
	}
	if name == "" || name == "." || name == "/" {
		return "rows.csv"
	}
	return name
}

// guardWords says the guard rails of the rows in words, with how many may begin in an hour.
func guardWords(t trigger.Trigger) (words []string, perHour int) {
	g := t.Guards
	perHour = g.PerHour
	g.PerHour = 0
	return g.Words(), perHour
}
