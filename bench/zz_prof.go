package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	"caracal/batch"
	"caracal/db"
	"caracal/engine"
	"caracal/form"
	"caracal/workflow"
)

func init() { measures = append(measures, measure{"rowsprof", rowsProf}) }

func rowsProf(ctx context.Context, dir string, runs, workers int) ([]line, error) {
	os.MkdirAll(dir, 0o700)
	f, err := start(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer f.close()
	w, err := f.app.DB.CreateWorkflow(ctx, workflow.Definition{Name: "G", ApplicationID: f.live, Inputs: []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "one", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.label }}", "description": "made"}}}}, f.ada)
	if err != nil {
		return nil, err
	}
	v, err := f.app.DB.Publish(ctx, w.ID, w.Revision, "", f.ada)
	if err != nil {
		return nil, err
	}
	d := f.app.DB
	id, _, err := d.CreateBatch(ctx, batch.Batch{WorkflowID: w.ID, Version: 1, Name: "p.csv", Columns: []string{"label"}, Rows: runs}, []byte("label\n"), f.ada, db.StartKey{}, func(*sql.Tx, string) error { return nil })
	if err != nil {
		return nil, err
	}
	_, no, _, err := d.BeginCheck(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []batch.Row
	for i := range runs {
		n := fmt.Sprintf("row-%05d", i)
		list = append(list, batch.Row{No: i + 1, Line: i + 2, Cells: []string{n}, Label: n, Input: map[string]string{"label": n}})
	}
	if _, err := d.KeepRows(ctx, id, no, list); err != nil {
		return nil, err
	}
	if _, err := d.EndCheck(ctx, id, no, runs); err != nil {
		return nil, err
	}
	b, err := d.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := f.app.Start(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	run, err := f.app.Engine.StartBatch(ctx, engine.BatchStart{Batch: b, Version: v, AtOnce: 10, By: f.ada})
	if err != nil {
		return nil, err
	}
	for {
		c, err := d.ChildCounts(ctx, run, 0)
		if err != nil {
			return nil, err
		}
		if c[workflow.RunSucceeded] == runs {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return []line{{what: "rows", figure: rate(runs, time.Since(began))}}, nil
}
