package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"caracal/batch"
	"caracal/fault"
	"caracal/handlers"
)

const batchHelp = `Goes on with a CSV that was uploaded, on the pages or by "caracal run WORKFLOW --csv", by the API of a running Caracal.

  caracal run batch BATCH                              print how its rows stand
  caracal run batch BATCH --rehearse                   show what starting its rows would change in Okta
  caracal run batch BATCH --yes [--skip] [--plan ID]   start its rows, held to the plan of such a rehearsal
  caracal run batch BATCH --again [--yes] …            take the rows that did not succeed once more
  caracal run batch BATCH --results FILE               write the file, with what came of each row

BATCH is its id, as in its address. A row that is held to a plan stops before it changes anything that is not in it, and its page
shows the difference. --again makes a new batch of the rows that failed or were cancelled, checks them, and goes on with that one.
It exits with 1 where a row is wrong and nothing was started, where the rehearsal says that a row would fail, and with --wait where
one did. The address and the token are given as to "caracal run".`

// runBatch goes on with an uploaded CSV over the API.
func runBatch(ctx context.Context, p process, args []string) int {
	o := &runOptions{inputs: inputFlags{}, every: time.Second}
	fs := newFlags(p, "run batch", batchHelp)
	o.rows.defineStart(fs)
	o.reach(p, fs)
	again := fs.Bool("again", false, "go on with a new batch of the rows that did not succeed")
	fs.BoolVar(&o.show, "rehearse", false, "show what starting the rows that are right would change, and change nothing")
	fs.StringVar(&o.plan, "plan", "", "with --yes: `ID` of a rehearsal of these rows; they are held to its plan")
	fs.StringVar(&o.results, "results", "", "write the rows with what came of each to this new `FILE`")
	fs.BoolVar(&o.yes, "yes", false, "start the rows when all are right")
	fs.BoolVar(&o.skip, "skip", false, "with --yes: start those that are right, and leave out the others")
	fs.BoolVar(&o.wait, "wait", false, "wait until the rows have ended")
	fs.BoolVar(&o.json, "json", false, "print the batch, with --rehearse the plan, as JSON")
	names, code, done := fs.parseWithFiles(args)
	switch {
	case done:
		return code
	case len(names) != 1:
		return complainUsage(p, "Name one batch: caracal run batch BATCH.")
	case o.show && o.yes:
		return complainUsage(p, "--rehearse changes nothing and --yes does; give one of them.")
	case !o.yes && (o.skip || o.plan != "" || o.rows.given()):
		return complainUsage(p, "--skip, --plan, --at-once, --stop-after and --confirm go with --yes.")
	}
	b, err := o.batch(ctx, names[0], *again)
	if err != nil {
		return complain(p, err)
	}
	return o.goOn(ctx, p, b)
}

// batch returns a batch whose rows are checked; again makes a new one of those rows that did not succeed.
func (o *runOptions) batch(ctx context.Context, id string, again bool) (b handlers.BatchJSON, err error) {
	if err := o.check(); err != nil {
		return b, err
	}
	o.key = cmp.Or(o.key, rand.Text())
	path := "/batches/" + url.PathEscape(id)
	if again {
		err = o.ask(ctx, http.MethodPost, path+"/again", nil, &b)
	} else {
		err = o.ask(ctx, http.MethodGet, path, nil, &b)
	}
	if err != nil {
		return b, err
	}
	return o.checked(ctx, b)
}

// checked waits until the rows of a batch are checked.
func (o *runOptions) checked(ctx context.Context, b handlers.BatchJSON) (handlers.BatchJSON, error) {
	for b.State == string(batch.Checking) {
		select {
		case <-ctx.Done():
			return b, fault.New(fault.Busy, "Stopped waiting; the rows are checked further: %s", b.URL)
		case <-time.After(o.every):
		}
		var now handlers.BatchJSON
		if err := o.ask(ctx, http.MethodGet, "/batches/"+url.PathEscape(b.ID), nil, &now); err != nil {
			return b, err
		}
		b = now
	}
	if b.State != string(batch.Checked) && b.State != string(batch.Started) {
		return b, fault.New(fault.Invalid, "%s Look at %s.", cmp.Or(b.Problem, "The rows could not be checked."), b.URL)
	}
	return b, nil
}

// goOn says what is wrong with the rows of a checked batch, and rehearses or starts them, as was asked for.
func (o *runOptions) goOn(ctx context.Context, p process, b handlers.BatchJSON) int {
	for _, row := range b.Problems {
		fmt.Fprintf(p.stderr, "line %d: %s\n", row.Line, row.Words)
	}
	path := "/batches/" + url.PathEscape(b.ID)
	if o.show {
		code, err := o.rehearseRows(ctx, p, b)
		if err != nil {
			return complain(p, err)
		}
		return code
	}
	wrong := b.Bad + b.Doubled + b.Unsafe
	if o.yes && (wrong == 0 || o.skip) && b.State == string(batch.Checked) {
		body, err := json.Marshal(o.rows.start(o.skip, o.plan))
		if err == nil {
			err = o.ask(ctx, http.MethodPost, path+"/start", body, &b)
		}
		if err != nil {
			return complain(p, err)
		}
	}
	var run handlers.RunJSON
	if o.wait && b.Run != "" {
		err := o.ask(ctx, http.MethodGet, "/runs/"+url.PathEscape(b.Run), nil, &run)
		if err == nil {
			run, err = o.follow(ctx, run, p.stderr)
		}
		if err == nil {
			err = o.ask(ctx, http.MethodGet, path, nil, &b)
		}
		if err != nil {
			return complain(p, err)
		}
	}
	if o.results != "" {
		if err := o.writeResults(ctx, path+"/rows.csv"); err != nil {
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

// rehearseRows prints what starting the rows that are right would change, and how they are started so.
func (o *runOptions) rehearseRows(ctx context.Context, p process, b handlers.BatchJSON) (code int, err error) {
	var r handlers.RehearsalJSON
	if err := o.ask(ctx, http.MethodPost, "/batches/"+url.PathEscape(b.ID)+"/rehearsals", nil, &r); err != nil {
		return exitFail, err
	}
	if r, err = o.followRehearsal(ctx, r); err != nil {
		return exitFail, err
	}
	if code, err = o.printRehearsal(p, r); err != nil || o.json || r.Hash == "" {
		return code, err
	}
	skip := ""
	if b.Bad+b.Doubled+b.Unsafe > 0 {
		skip = " --skip"
	}
	_, err = fmt.Fprintf(p.stdout, "\nTo start the rows, held to this plan: caracal run batch %s --yes%s --plan %s\n", b.ID, skip, r.ID)
	return code, err
}

// writeResults writes the rows with their results to a file that is not there yet.
func (o *runOptions) writeResults(ctx context.Context, path string) (err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+"/api/v1"+path, nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+o.token)
	r.Header.Set("User-Agent", "caracal/"+version())
	answer, err := o.client.Do(r)
	if err != nil {
		return fault.New(fault.Upstream, "Caracal at %s does not answer; look at the address and whether it runs.", o.url).Because(err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		return errors.Join(refusal(answer, raw), err)
	}
	file, err := os.OpenFile(o.results, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New(fault.Invalid, "The file %s can't be made; name one that is not there, in a folder that you may write to.", o.results).Because(err)
	}
	if _, err = io.Copy(file, answer.Body); err != nil {
		err = fault.New(fault.Upstream, "The results broke off, so %s is not whole; remove it and try again.", o.results).Because(err)
	}
	return errors.Join(err, file.Close())
}
