package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"caracal/fault"
	"caracal/handlers"
	"caracal/workflow"
)

// rowOptions are the flags about the rows of a file.
type rowOptions struct {
	columns                      inputFlags
	delimiter, encoding, confirm string
	noHeader                     bool
	atOnce, stopAfter            int
}

func (o *rowOptions) define(fs *flags) {
	o.columns = inputFlags{}
	fs.Var(o.columns, "column", "with --csv: `INPUT=COLUMN` that fills it, by its name or number; may stand several times")
	fs.StringVar(&o.delimiter, "delimiter", "", "with --csv: the `SIGN` between cells, or tab (default: told from the file)")
	fs.StringVar(&o.encoding, "encoding", "", "with --csv: utf-8 or windows-1252 (default: told from the file)")
	fs.BoolVar(&o.noHeader, "no-header", false, "with --csv: the first line is a row like the others")
	o.defineStart(fs)
}

// defineStart defines those that say how the rows are started.
func (o *rowOptions) defineStart(fs *flags) {
	o.stopAfter = -1
	fs.IntVar(&o.atOnce, "at-once", 0, "with --yes: how `MANY` rows are carried out at once (default: 10, or as many as may be)")
	fs.IntVar(&o.stopAfter, "stop-after", -1, "with --yes: how `MANY` rows may fail before it pauses, 0 for any number (default: 20)")
	fs.StringVar(&o.confirm, "confirm", "", "with --yes: `NAME` of the workflow, where it does what can't be taken back")
}

func (o *rowOptions) given() bool {
	return len(o.columns) > 0 || o.delimiter != "" || o.encoding != "" || o.noHeader || o.atOnce != 0 || o.stopAfter >= 0 || o.confirm != ""
}

// body is the file as a form, with how it is read and what fills the inputs: values of people have no place in an address.
func (o *rowOptions) body(name string, raw []byte, fixed inputFlags) (body []byte, kind string, err error) {
	parts := map[string]string{"delimiter": o.delimiter, "encoding": o.encoding}
	if o.noHeader {
		parts["no_header"] = "true"
	}
	for input, column := range o.columns {
		parts["column."+input] = column
	}
	for input, value := range fixed {
		parts["fixed."+input] = value
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if parts[name] == "" && !strings.HasPrefix(name, "column.") && !strings.HasPrefix(name, "fixed.") {
			continue
		}
		if err := w.WriteField(name, parts[name]); err != nil {
			return nil, "", err
		}
	}
	file, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = file.Write(raw)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, "", fmt.Errorf("write the form with the file: %w", err)
	}
	return out.Bytes(), w.FormDataContentType(), nil
}

// start is the body that starts the rows.
func (o *rowOptions) start(skip bool, plan string) map[string]any {
	body := map[string]any{"start": "all", "confirm": o.confirm, "at_once": o.atOnce}
	if skip {
		body["start"] = "good"
	}
	if plan != "" {
		body["plan"] = plan
	}
	if o.stopAfter >= 0 {
		body["stop_after"] = o.stopAfter
	}
	return body
}

// runCSV runs a workflow for each row of a file: it uploads it, waits for the check, prints what is wrong, and rehearses or
// starts it where that was asked for.
func (o *runOptions) runCSV(ctx context.Context, p process, name string) int {
	b, err := o.checkCSV(ctx, name)
	if err != nil {
		return complain(p, err)
	}
	return o.goOn(ctx, p, b)
}

// checkCSV uploads the file and waits until its rows are checked.
func (o *runOptions) checkCSV(ctx context.Context, name string) (b handlers.BatchJSON, err error) {
	if err := o.check(); err != nil {
		return b, err
	}
	raw, err := os.ReadFile(o.csv)
	if err != nil {
		return b, fault.New(fault.Invalid, "The file %s can't be read; look at its name and who may read it.", o.csv).Because(err)
	}
	id, err := o.find(ctx, name)
	if err != nil {
		return b, err
	}
	o.key = cmp.Or(o.key, rand.Text())
	body, kind, err := o.rows.body(filepath.Base(o.csv), raw, o.inputs)
	if err != nil {
		return b, err
	}
	o.kind = kind
	err = o.ask(ctx, http.MethodPost, "/workflows/"+url.PathEscape(id)+"/batches", body, &b)
	o.kind = ""
	if err != nil {
		return b, err
	}
	return o.checked(ctx, b)
}

// printBatch says how many rows there are and where to look. state is that of the run, where it was waited for.
func (o *runOptions) printBatch(p process, b handlers.BatchJSON, state string) (err error) {
	if o.json {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(b)
	}
	words := fmt.Sprintf("%s, %d with a problem, %d doubled, %d done in part before", workflow.CountOf(b.Rows, "row"), b.Bad, b.Doubled, b.Unsafe)
	if b.Run == "" {
		words += "; nothing was started"
	} else {
		words += fmt.Sprintf("; %d started", b.Started)
	}
	if state != "" {
		words += ": " + state
	}
	_, err = fmt.Fprintln(p.stdout, b.URL+" "+words)
	return err
}
