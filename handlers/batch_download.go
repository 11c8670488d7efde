package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"caracal/batch"
	"caracal/db"
	"caracal/workflow"
)

// downloadTime is how long a download may take, and downloadRows how many rows of it are read at once.
const (
	downloadTime = 5 * time.Minute
	downloadRows = 500
)

// maxDownloadName is how many letters of a file's name are kept.
const maxDownloadName = 100

// BatchDownload is the file with results: its own columns, and what came of each row. Of a batch that was not started it
// is what is wrong with each; ?rows=bad leaves the others out.
func (h *Handlers) BatchDownload(w http.ResponseWriter, r *http.Request) error {
	b, err := h.batchFor(r)
	if err != nil {
		return err
	}
	v, err := h.DB.WorkflowVersion(r.Context(), b.WorkflowID, b.Version)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	d := download{h: h, batch: b, definition: v.Definition, registry: h.actions(r.Context())}
	if b.State != batch.Started {
		what := "checked"
		if r.URL.Query().Get("rows") == string(db.BadRow) {
			what = "problems"
		}
		return h.sendCSV(w, downloadName(b.Name, what), func(out *batch.Writer) error { return d.checked(r, out) })
	}
	return h.sendCSV(w, downloadName(b.Name, "results"), func(out *batch.Writer) error { return d.results(r, out) })
}

// downloadName is what a file is saved as that was made of another: hires-results.csv of hires.csv. Who downloads several tells them
// apart. Nothing of a name leads to a folder or to a device.
func downloadName(of, what string) string {
	if ext := path.Ext(of); strings.EqualFold(ext, ".csv") || strings.EqualFold(ext, ".txt") || strings.EqualFold(ext, ".tsv") {
		of = strings.TrimSuffix(of, ext)
	}
	of = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|%`, r) {
			return '-'
		}
		return r
	}, of)
	if of = strings.Trim(of, " .-"); of == "" {
		of = "caracal"
	}
	if letters := []rune(of); len(letters) > maxDownloadName {
		of = string(letters[:maxDownloadName])
	}
	return of + "-" + what + ".csv"
}

// download writes one batch.
type download struct {
	h          *Handlers
	batch      batch.Batch
	definition workflow.Definition
	registry   *workflow.Registry
}

// each hands over the rows of the batch, some at a time.
func (d download) each(r *http.Request, kind db.RowKind, do func([]db.RunRow) error) error {
	from := 0
	for {
		list, next, err := d.h.DB.BatchRows(r.Context(), d.batch, db.RowFilter{Kind: kind, From: from, Limit: downloadRows})
		if err == nil {
			err = do(list)
		}
		if err != nil || next == 0 {
			return err
		}
		from = next
	}
}

// checked writes the rows with what is wrong with each.
func (d download) checked(r *http.Request, out *batch.Writer) error {
	kind := db.AnyRow
	if r.URL.Query().Get("rows") == string(db.BadRow) {
		kind = db.BadRow
	}
	out.Row(append(slices.Clone(d.batch.Columns), "Caracal line", "Caracal problem")...)
	return d.each(r, kind, func(list []db.RunRow) error {
		for _, row := range list {
			out.Row(append(slices.Clone(row.Cells), strconv.Itoa(row.Line), d.findings(row.Row))...)
		}
		return nil
	})
}

// findings says in one cell what there is to know about a row that did not run.
func (d download) findings(row batch.Row) string {
	var words []string
	for _, p := range row.Problems {
		if i := d.definition.InputIndex(p.Input); p.Input != "" && i >= 0 {
			words = append(words, d.definition.Inputs[i].Label+": "+p.Text)
			continue
		}
		words = append(words, p.Text)
	}
	if row.DoubleOf > 0 {
		words = append(words, fmt.Sprintf("It says the same as row %d.", row.DoubleOf))
	}
	if row.Unsafe != "" {
		words = append(words, row.Unsafe)
	}
	return strings.Join(words, " ")
}

// outputColumn is a value that a step of each run gives.
type outputColumn struct{ title, step, output string }

// outputs are the columns for what the runs give: what the workflow tells people, and each value of each step that is
// no list, no object and no secret.
func (d download) outputs() (out []outputColumn) {
	for _, s := range d.definition.Steps {
		if s.In != "" {
			continue // is carried out for each of several items
		}
		switch s.Action {
		case workflow.FlowNote:
			out = append(out, outputColumn{s.Title, s.ID, ""})
		case workflow.FlowGive:
			out = append(out, outputColumn{s.Title, s.ID, "value"})
		}
		spec, _ := d.registry.Get(s.Action)
		for _, o := range spec.Outputs {
			if !o.Secret && !o.List && len(o.Fields) == 0 && len(out) < maxOutputs {
				out = append(out, outputColumn{s.Title + ": " + o.Label, s.ID, o.Name})
			}
		}
	}
	return out
}

// maxOutputs keeps a file with results from having more columns than anybody looks at.
const maxOutputs = 60

// results writes every row with its run.
func (d download) results(r *http.Request, out *batch.Writer) error {
	columns := d.outputs()
	head := append(slices.Clone(d.batch.Columns), "Caracal state", "Caracal error", "Caracal run")
	for _, c := range columns {
		head = append(head, c.title)
	}
	out.Row(head...)
	return d.each(r, db.AnyRow, func(list []db.RunRow) error {
		var ids []string
		for _, row := range list {
			if row.Run.ID != "" {
				ids = append(ids, row.Run.ID)
			}
		}
		gave, err := d.h.DB.RowOutputs(r.Context(), ids)
		if err != nil {
			return err
		}
		for _, row := range list {
			cells := append(slices.Clone(row.Cells), d.state(row), d.what(row), row.Run.ID)
			for _, c := range columns {
				cells = append(cells, c.of(gave[row.Run.ID]))
			}
			out.Row(cells...)
		}
		return nil
	})
}

func (d download) state(row db.RunRow) string {
	switch {
	case row.Run.ID != "":
		return string(row.Run.State)
	case row.Chosen:
		return string(workflow.RunQueued)
	}
	return "left out"
}

// what says why a row failed, waits or was left out.
func (d download) what(row db.RunRow) string {
	switch {
	case row.Run.Error != "":
		return row.Run.Error
	case row.Run.ID != "":
		return row.Run.WaitReason
	}
	return d.findings(row.Row)
}

// of returns the value of the column in a run, as one cell.
func (c outputColumn) of(steps []workflow.RunStep) string {
	i := slices.IndexFunc(steps, func(s workflow.RunStep) bool { return s.StepID == c.step })
	if i < 0 {
		return ""
	}
	if c.output == "" {
		return steps[i].Input["text"]
	}
	switch v := steps[i].Output[c.output].(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(raw)
	}
}
