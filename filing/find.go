package filing

import (
	"context"

	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

// find sets which workflow a file is of, and the application it is to act on. A workflow that is not there is a new one.
func (o *Options) find(ctx context.Context, d *db.DB, r *Report) error {
	var err error
	if o.ID != "" {
		r.was, err = d.Workflow(ctx, o.ID)
	} else {
		r.was, err = ByName(ctx, d, r.Name)
	}
	if err != nil {
		return err
	}
	r.ID, r.Revision = r.was.ID, r.was.Revision
	if o.Allowed != nil {
		if err := o.Allowed(r.ID); err != nil {
			return err
		}
	}
	name, application := o.Application, r.was.Draft.ApplicationID
	if name == "" {
		name = r.read.Application
	}
	if name != "" {
		apps, err := d.Applications(ctx)
		if err != nil {
			return err
		}
		application = ""
		for _, a := range apps {
			if a.Name == name && application != "" {
				return fault.New(fault.Conflict, "Several applications are called %q; rename one under Applications.", name)
			}
			if a.Name == name {
				application = a.ID
			}
		}
		if application == "" {
			return fault.New(fault.NotFound, "No application is called %q here; name one with --application.", name)
		}
	}
	r.application = application
	return nil
}

// ByName returns the one workflow of a name that is not archived, or none at all.
func ByName(ctx context.Context, d *db.DB, name string) (found workflow.Workflow, err error) {
	list, _, err := d.WorkflowList(ctx, db.WorkflowFilter{Query: name, Limit: 1000})
	if err != nil {
		return found, err
	}
	for _, w := range list {
		if w.Draft.Name != name {
			continue
		}
		if found.ID != "" {
			return found, fault.New(fault.Conflict, "Several workflows are called %q; say which with --id, as it stands in the address of its page.", name)
		}
		found = w
	}
	return found, nil
}
