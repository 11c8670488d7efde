package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"caracal/batch"
	"caracal/fault"
	"caracal/handlers"
)

// runCSV runs a workflow for each row of a file: it uploads it, waits for the check, prints what is wrong, and starts it
// where that was asked for.
func (o *runOptions) runCSV(ctx context.Context, p process, name string) int {
	b, err := o.checkCSV(ctx, name)
	if err != nil {
		return complain(p, err)
	}
	for _, row := range b.Problems {
		fmt.Fprintf(p.stderr, "line %d: %s\n", row.Line, row.Words)
	}
	wrong := b.Bad + b.Doubled + b.Unsafe
	start := o.yes && (wrong == 0 || o.skip) && b.State == string(batch.Checked)
	if start {
		what := "all"
		if o.skip {
			what = "good"
		}
		body, err := json.Marshal(map[string]string{"start": what})
		if err == nil {
			err = o.ask(ctx, http.MethodPost, "/batches/"+url.PathEscape(b.ID)+"/start", body, &b)
		}
		if err != nil {
			return complain(p, err)
		}
	}
	var run handlers.RunJSON
	if o.wait && b.Run != "" {
		if err = o.ask(ctx, http.MethodGet, "/runs/"+url.PathEscape(b.Run), nil, &run); err == nil {
			run, err = o.follow(ctx, run, p.stderr)
		}
		if err == nil {
			err = o.ask(ctx, http.MethodGet, "/batches/"+url.PathEscape(b.ID), nil, &b)
		}
		if err != nil {
			return complain(p, err)
		}
	}
	if err := o.printBatch(p, b, run.State); err != nil {
		return complain(p, err)
	}
	if b.Run == "" && (wrong > 0 || o.yes) || run.Ended && run.State != "succeeded" {
		return exitFail
	}
	return exitOK
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
	o.kind = "text/csv"
	err = o.ask(ctx, http.MethodPost, "/workflows/"+url.PathEscape(id)+"/batches?"+url.Values{"name": {filepath.Base(o.csv)}}.Encode(), raw, &b)
	o.kind = ""
	for err == nil && b.State == string(batch.Checking) {
		select {
		case <-ctx.Done():
			return b, fault.New(fault.Busy, "Stopped waiting; the rows are checked further: %s", b.URL)
		case <-time.After(o.every):
		}
		var now handlers.BatchJSON
		if err = o.ask(ctx, http.MethodGet, "/batches/"+url.PathEscape(b.ID), nil, &now); err == nil {
			b = now
		}
	}
	if err == nil && b.State != string(batch.Checked) && b.State != string(batch.Started) {
		err = fault.New(fault.Invalid, "%s Look at %s.", cmp.Or(b.Problem, "The rows could not be checked."), b.URL)
	}
	return b, err
}

// printBatch says how many rows there are and where to look. state is that of the run, where it was waited for.
func (o *runOptions) printBatch(p process, b handlers.BatchJSON, state string) (err error) {
	if o.json {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(b)
	}
	words := fmt.Sprintf("%d rows, %d with a problem, %d doubled, %d done in part before", b.Rows, b.Bad, b.Doubled, b.Unsafe)
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
