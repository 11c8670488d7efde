package handlers

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/plan"
	"caracal/views"
	"caracal/workflow"
)

var errNoRehearsal = fault.New(fault.NotFound, "There is no such rehearsal, or it is not open to you. They are kept for 90 days; rehearse again.")

// How much of a plan one page shows.
const (
	changesShown = 100
	stepsShown   = 100
)

// rehearsalFor returns the rehearsal that the address names, when the person may see it: one of a draft is for those
// who see drafts, and for who made it.
func (h *Handlers) rehearsalFor(r *http.Request) (plan.Rehearsal, error) {
	found, err := h.DB.Rehearsal(r.Context(), r.PathValue("id"))
	if errors.Is(err, db.ErrNotFound) {
		return found, errNoRehearsal
	}
	if err == nil && found.Subject.Kind == plan.Draft && !seesDrafts(user(r)) && found.By != user(r).ID {
		err = errNoRehearsal
	}
	return found, err
}

// RehearsalShow is the page of one rehearsal. HTMX asks it again for its body while it is under way.
func (h *Handlers) RehearsalShow(w http.ResponseWriter, r *http.Request) error {
	found, err := h.rehearsalFor(r)
	if err != nil {
		return err
	}
	return h.rehearsalPage(w, r, http.StatusOK, found, "")
}

// rehearsalPage draws a rehearsal; bad is what is wrong with what was typed to start its run.
func (h *Handlers) rehearsalPage(w http.ResponseWriter, r *http.Request, status int, found plan.Rehearsal, bad string) error {
	p := views.RehearsalProps{Rehearsal: found, Now: h.Clock(), Seen: seenOf(r), Application: "an application that is gone"}
	if err := h.fillRehearsal(r, &p); err != nil {
		return err
	}
	p.Start.Bad = bad
	w.Header().Add("Vary", hxRequestType)
	if wantsPart(r) {
		return h.render(w, r, status, views.RehearsalBody(p))
	}
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, status, views.RehearsalPage(p))
}

func (h *Handlers) fillRehearsal(r *http.Request, p *views.RehearsalProps) error {
	ctx, found := r.Context(), p.Rehearsal
	names, err := h.DB.UserNames(ctx, found.By)
	if err != nil {
		return err
	}
	p.By = cmp.Or(names[found.By], "somebody who is gone")
	app, err := h.applicationOf(ctx, found.Subject.Definition)
	if err != nil {
		return err
	}
	if app != nil {
		p.Application = app.Name
	}
	if p.Start, err = h.mayStart(r, found); err != nil || found.State != plan.Ready {
		return err
	}
	if !found.Subject.Many {
		p.Names = h.namesOf(ctx, found.Subject.Definition, found.Subject.Rows[0])
	}
	filter := db.ChangeFilter{Kind: p.Seen.Kind, Follows: p.Seen.Follows, Query: p.Seen.Query, From: p.Seen.From, Limit: changesShown}
	if p.Changes, p.Next, err = h.DB.RehearsalChanges(ctx, found.ID, filter); err != nil {
		return err
	}
	var makers []int
	for _, c := range p.Changes {
		makers = append(makers, c.By[:min(len(c.By), 3)]...)
	}
	if p.Makers, err = h.DB.RehearsalMakers(ctx, found.ID, makers); err != nil {
		return err
	}
	p.Steps, p.More, err = h.DB.RehearsalSteps(ctx, found.ID, p.Seen.Failing, p.Seen.Step, stepsShown)
	return err
}

// seenOf reads which part of a plan an address shows.
func seenOf(r *http.Request) views.RehearsalSeen {
	q := r.URL.Query()
	number := func(name string) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil {
			return 0
		}
		return max(0, n)
	}
	s := views.RehearsalSeen{Query: strings.TrimSpace(q.Get("q")), From: number("from"), Step: number("step"), Failing: q.Get("steps") == "failing"}
	if kind := q.Get("kind"); kind == "follows" {
		s.Follows = true
	} else {
		s.Kind = plan.Kind(kind)
	}
	return s
}

// mayStart says whether this person can start the run that was rehearsed.
func (h *Handlers) mayStart(r *http.Request, found plan.Rehearsal) (s views.RehearsalStart, err error) {
	me, subject := user(r), found.Subject
	if subject.WorkflowID == "" || subject.Many {
		return s, nil // where it was asked for says how it goes on
	}
	flow, err := h.DB.Workflow(r.Context(), subject.WorkflowID)
	if errors.Is(err, db.ErrNotFound) {
		return s, nil
	}
	if err != nil || flow.Archived {
		return s, err
	}
	if subject.Kind == plan.Draft {
		s.Again = me.May(auth.WorkflowEdit)
		s.Why = "This is a draft: publish it, and rehearse the version to start a run from its plan."
		return s, nil
	}
	s.Again = mayRun(me, subject.Definition) && me.May(auth.WorkflowRead)
	switch {
	case !s.Again || found.State != plan.Ready:
	case flow.Published != subject.Version:
		s.Why = "Version " + strconv.Itoa(flow.Published) + " was published since; rehearse that one to start a run from its plan."
	default:
		s.May, s.Once = true, rand.Text()
		if workflow.Worst(subject.Definition, h.actions(r.Context())) == workflow.Destroys {
			s.Confirm = subject.Definition.Name
		}
	}
	return s, nil
}
