package filing

import (
	"cmp"
	"context"
	"errors"

	"caracal/db"
	"caracal/fault"
	"caracal/org"
	"caracal/workflow"
)

// Apply stores the files when there is nothing wrong with any: all of them or none, with those first that others run.
func (o *Options) Apply(ctx context.Context, d *db.DB, reports []Report) (wrong bool, err error) {
	files := map[string]string{}
	for _, r := range reports {
		if other, twice := files[r.Name]; twice {
			return false, fault.New(fault.Invalid, "%s and %s are both of the workflow %q", other, r.File, r.Name)
		}
		files[r.Name] = r.File
	}
	if wrong, err = o.meet(ctx, d, reports); err != nil || wrong {
		return wrong, err
	}
	for i := range reports {
		r := &reports[i]
		if r.seen != nil && *r.seen != r.Revision {
			return false, o.changed(ctx, d, r, r.was)
		}
		if err := o.check(ctx, d, r); err != nil {
			return false, err
		}
		wrong = wrong || len(r.Mistakes) > 0
	}
	if wrong {
		return true, nil
	}
	order := inOrder(reports)
	var list []db.Filed
	for _, i := range order {
		r := &reports[i]
		list = append(list, db.Filed{ID: r.ID, Name: r.Name, Revision: r.Revision, Definition: r.definition})
	}
	at, err := d.ApplyWorkflows(ctx, list, o.Publish, o.Note, o.By)
	if err != nil {
		if at < 0 {
			return false, err
		}
		r := &reports[order[at]]
		if conflict := (*db.DraftConflict)(nil); errors.As(err, &conflict) {
			return false, o.changed(ctx, d, r, conflict.Theirs)
		}
		return false, About(r.File, err)
	}
	for n, i := range order {
		r := &reports[i]
		r.ID, r.Outcome, r.Version, r.Revision = list[n].ID, list[n].Outcome, list[n].Version, list[n].Revision
	}
	return false, nil
}

// changed says who changed a draft since it was looked at.
func (o *Options) changed(ctx context.Context, d *db.DB, r *Report, theirs workflow.Workflow) error {
	names, err := d.UserNames(ctx, theirs.UpdatedBy)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "%s: %s changed the draft of “%s” since it was looked at, so nothing was stored; look at the difference, and apply again.", r.File, cmp.Or(names[theirs.UpdatedBy], "Somebody else"), r.Name)
}

// check finds what stands against publishing, where that is asked for.
func (o *Options) check(ctx context.Context, d *db.DB, r *Report) error {
	var application *org.Application
	if r.definition.ApplicationID != "" {
		app, err := d.Application(ctx, r.definition.ApplicationID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err == nil {
			application = &app
		}
	}
	for _, q := range workflow.Check(r.definition, o.Registry, application) {
		m := workflow.Mistake{Line: r.read.Line(q), Message: q.Message}
		if o.Publish && !q.Advice {
			r.wrong(m)
		} else {
			r.Advice = append(r.Advice, m)
		}
	}
	return nil
}
