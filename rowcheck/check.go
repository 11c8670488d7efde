// Package rowcheck looks at every row of an uploaded batch before anything runs: it reads the file, asks the org for the
// users, groups and apps that the rows name, and stores each row as the input of a run or with what is wrong with it. It
// also makes a new batch of the rows of another that failed.
package rowcheck

import (
	"context"
	"errors"
	"slices"

	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/workflow"
)

// Service checks batches. Every field is set by internal/app. Safe for concurrent use.
type Service struct {
	DB *db.DB
	// LookUp says what names mean in the org of an application, at most so many at once.
	LookUp func(ctx context.Context, applicationID string, kind form.Kind, typed []string) (map[string]batch.Found, error)
	Most   int
	Spec   func(actionID string) (workflow.ActionSpec, bool)
}

// rowsAtOnce is how many rows are stored in one transaction: others write in between.
const rowsAtOnce = 500

// errOvertaken says that the batch was mapped anew or thrown away meanwhile.
var errOvertaken = errors.New("another check has begun")

// Check carries a batch from being mapped to being checked. It can be cut off at any moment and called again: what was
// looked up in the org is not asked for twice. A fault of the kind Busy says that Okta puts it off; whatever a person
// has to mend gives the batch back to be mapped, with a sentence, and is no error.
func (s *Service) Check(ctx context.Context, id string) error {
	b, no, ok, err := s.DB.BeginCheck(ctx, id)
	if err != nil || !ok {
		return err
	}
	c := checking{Service: s, batch: b, no: no}
	err = c.all(ctx)
	f := fault.As(err)
	switch {
	case err == nil, errors.Is(err, errOvertaken):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case f == nil, f.Kind == fault.Internal:
		return err
	case f.Kind == fault.Busy:
		return errors.Join(err, s.DB.NoteCheck(ctx, id, no, f.Message))
	}
	_, err = s.DB.FailCheck(ctx, id, no, f.Message)
	return err
}

// checking is one check under way.
type checking struct {
	*Service
	batch  batch.Batch
	no     int64
	raw    []byte
	fields []form.Field
}

func (c *checking) all(ctx context.Context) error {
	v, err := c.DB.WorkflowVersion(ctx, c.batch.WorkflowID, c.batch.Version)
	if err != nil {
		return err
	}
	c.fields = v.Definition.RunFields()
	if c.raw, err = c.DB.BatchRaw(ctx, c.batch.ID); err != nil {
		return err
	}
	if slices.ContainsFunc(c.fields, func(f form.Field) bool { return f.Kind.Object() }) {
		if err := c.name(ctx); err != nil {
			return err
		}
		if err := c.lookUp(ctx, v.Definition.ApplicationID); err != nil {
			return err
		}
	}
	return c.store(ctx)
}

// each hands over every row of the file, with what is wrong with it as a whole.
func (c *checking) each(do func(row batch.Row, bad string) error) error {
	text, _, err := batch.Decode(c.raw, c.batch.Dialect.Encoding)
	if err != nil {
		return err
	}
	r, _, err := batch.NewReader(text, c.batch.Dialect)
	if err != nil {
		return err
	}
	for no := 1; ; no++ {
		cells, line, bad, err := r.Next()
		if err != nil || cells == nil {
			return err
		}
		if err := do(batch.Row{No: no, Line: line, Cells: cells}, bad); err != nil {
			return err
		}
	}
}

// name stores which users, groups and apps the rows name.
func (c *checking) name(ctx context.Context) error {
	var refs []batch.Ref
	seen := map[batch.Ref]bool{}
	if err := c.each(func(row batch.Row, bad string) error {
		if bad != "" {
			return nil
		}
		for _, r := range c.batch.Mapping.Refs(c.fields, row.Cells) {
			if !seen[r] {
				seen[r] = true
				refs = append(refs, r)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return going(c.DB.KeepRefs(ctx, c.batch.ID, c.no, refs))
}

// lookUp asks the org for them, some at a time, and stores what it says.
func (c *checking) lookUp(ctx context.Context, applicationID string) error {
	for {
		open, err := c.DB.OpenRefs(ctx, c.batch.ID, c.Most)
		if err != nil || len(open) == 0 {
			return err
		}
		var typed []string
		for _, r := range open {
			typed = append(typed, r.Typed)
		}
		answers, err := c.LookUp(ctx, applicationID, open[0].Kind, typed)
		if err != nil {
			return err
		}
		found := map[batch.Ref]batch.Found{}
		for _, r := range open {
			if found[r] = answers[r.Typed]; found[r] == (batch.Found{}) {
				found[r] = batch.Found{Problem: "It could not be told what “" + r.Typed + "” is; check the cell."}
			}
		}
		if err := going(c.DB.KeepFound(ctx, c.batch.ID, c.no, found)); err != nil {
			return err
		}
	}
}

// store checks the rows with all that is known now, and stores them.
func (c *checking) store(ctx context.Context) error {
	refs, err := c.DB.Refs(ctx, c.batch.ID)
	if err != nil {
		return err
	}
	before, err := c.before(ctx)
	if err != nil {
		return err
	}
	check := batch.Checker{Fields: c.fields, Map: c.batch.Mapping, Found: func(r batch.Ref) (batch.Found, bool) { f, ok := refs[r]; return f, ok }}
	var list []batch.Row
	count := 0
	flush := func() error {
		err := going(c.DB.KeepRows(ctx, c.batch.ID, c.no, list))
		list = list[:0]
		return err
	}
	if err := c.each(func(row batch.Row, bad string) error {
		row = check.Check(row, bad)
		if count < len(before) {
			row.Unsafe = before[count]
		}
		count++
		if list = append(list, row); len(list) == rowsAtOnce {
			return flush()
		}
		return nil
	}); err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	return going(c.DB.EndCheck(ctx, c.batch.ID, c.no, count))
}

func going(overtaken bool, err error) error {
	if err == nil && overtaken {
		return errOvertaken
	}
	return err
}
