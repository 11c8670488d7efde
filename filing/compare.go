package filing

import (
	"context"

	"caracal/db"
	"caracal/workflow"
)

// Compare fills in what each file changes.
func (o *Options) Compare(ctx context.Context, d *db.DB, reports []Report) (wrong bool, err error) {
	names, err := ApplicationNames(ctx, d)
	if err != nil {
		return false, err
	}
	if wrong, err = o.meet(ctx, d, reports); err != nil || wrong {
		return wrong, err
	}
	for i := range reports {
		r := &reports[i]
		was := r.was.Draft
		if o.Published {
			was = workflow.Definition{}
			if r.was.Published > 0 {
				v, err := d.WorkflowVersion(ctx, r.was.ID, r.was.Published)
				if err != nil {
					return false, err
				}
				was = v.Definition
			}
		}
		if err := r.differ(was, names, o.Registry); err != nil {
			return false, err
		}
	}
	return false, nil
}

// differ says what differs, in words and as YAML.
func (r *Report) differ(was workflow.Definition, names map[string]string, registry *workflow.Registry) error {
	r.Outcome = "same"
	for _, c := range workflow.Diff(was, r.definition, registry) {
		if c.What == "Application" {
			c.Before, c.After = names[c.Before], names[c.After]
		}
		r.Changes = append(r.Changes, c.String())
	}
	before, err := AsFile(was, names, registry)
	if err != nil {
		return err
	}
	after, err := AsFile(r.definition, names, registry)
	if err != nil {
		return err
	}
	for _, l := range workflow.DiffText(before, after) {
		r.YAML += l.Mark + " " + l.Text + "\n"
	}
	if r.YAML != "" || len(r.Changes) > 0 {
		r.Outcome = "different"
	}
	return nil
}

// AsFile writes a definition as export does; one that is not there is empty.
func AsFile(d workflow.Definition, names map[string]string, registry *workflow.Registry) (string, error) {
	if d.Equal(workflow.Definition{}) {
		return "", nil
	}
	raw, err := workflow.WriteYAML(d, registry, workflow.WriteOptions{Application: names[d.ApplicationID]})
	return string(raw), err
}

// ApplicationNames returns every application's name by id.
func ApplicationNames(ctx context.Context, d *db.DB) (map[string]string, error) {
	apps, err := d.Applications(ctx)
	names := map[string]string{}
	for _, a := range apps {
		names[a.ID] = a.Name
	}
	return names, err
}
