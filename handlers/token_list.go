package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/views"
	"caracal/views/ui"
)

// TokenList shows every API token, and the form for a new one.
func (h *Handlers) TokenList(w http.ResponseWriter, r *http.Request) error {
	fields, err := h.tokenFields(r)
	if err != nil {
		return err
	}
	f := form.New(fields)
	f.Values["person"] = user(r).ID
	return h.tokenPage(w, r, http.StatusOK, f, "")
}

// tokenFields are the fields of a new token: for whom, for which workflows, for how long.
func (h *Handlers) tokenFields(r *http.Request) ([]form.Field, error) {
	people, err := h.DB.Users(r.Context())
	if err != nil {
		return nil, err
	}
	var who []form.Option
	for _, u := range people {
		if trigger.MayGive(user(r), u) {
			who = append(who, form.Option{Value: u.ID, Label: u.Label()})
		}
	}
	slices.SortStableFunc(who, func(a, b form.Option) int { return compareFold(a.Label, b.Label) })
	flows, err := h.DB.WorkflowNames(r.Context(), nil)
	if err != nil {
		return nil, err
	}
	which := []form.Option{{Value: "all", Label: "Every workflow that the person may run"}}
	for _, f := range flows {
		which = append(which, form.Option{Value: f.ID, Label: f.Name})
	}
	var days []form.Option
	for _, n := range []int{7, 30, 90, 180, 365} {
		days = append(days, form.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n) + " days"})
	}
	return []form.Field{
		{Name: "name", Label: "Name", Help: "What will use it, such as the deploy job.", Kind: form.Text, Required: true, Max: trigger.MaxName},
		{Name: "person", Label: "In whose name", Help: "Runs are started by this person and need what their roles allow.", Kind: form.Choice, Required: true, Options: who},
		{Name: "workflow", Label: "For", Kind: form.Choice, Required: true, Default: "all", Options: which},
		{Name: "days", Label: "Ends after", Kind: form.Choice, Required: true, Default: "90", Options: days},
		{Name: "changes", Label: "May change workflows and triggers", Help: "Save and publish them, and set what starts them, as far as the person may. A trigger goes on by itself after the token has ended.", Kind: form.YesNo},
	}, nil
}

func (h *Handlers) tokenPage(w http.ResponseWriter, r *http.Request, status int, f *form.Form, secret string) error {
	list, err := h.DB.Tokens(r.Context())
	if err != nil {
		return err
	}
	standing, err := h.DB.StandingByToken(r.Context())
	if err != nil {
		return err
	}
	p := views.TokensProps{Now: h.Clock(), Form: f, Secret: secret, PublicURL: h.PublicURL}
	flows, err := h.DB.WorkflowNames(r.Context(), nil)
	if err != nil {
		return err
	}
	people, err := h.DB.Users(r.Context())
	if err != nil {
		return err
	}
	byID := map[string]auth.User{}
	for _, u := range people {
		byID[u.ID] = u
	}
	named := func(id string) string {
		if id == db.CommandLine.ID {
			return db.CommandLine.Name
		}
		return cmp.Or(byID[id].Label(), id)
	}
	for _, t := range list {
		row := views.TokenRow{Token: t, Person: named(t.PersonID), By: named(t.CreatedBy), Usable: t.Usable(p.Now) == nil, Standing: standing[t.ID]}
		person, err := t.In(byID[t.PersonID], h.Proof, p.Now)
		for _, role := range person.Roles {
			row.Roles = append(row.Roles, role.Title())
		}
		if row.Usable && err != nil {
			row.Problem = fault.Message(err)
		}
		for _, id := range t.Workflows {
			name := "a workflow that is gone"
			for _, f := range flows {
				if f.ID == id {
					name = f.Name
				}
			}
			row.Workflows = append(row.Workflows, name)
		}
		p.Rows = append(p.Rows, row)
	}
	p.Shell = h.shell(r, "tokens")
	return h.render(w, r, status, views.TokensPage(p))
}

// TokenCreate makes a token and shows it this once.
func (h *Handlers) TokenCreate(w http.ResponseWriter, r *http.Request) error {
	fields, err := h.tokenFields(r)
	if err != nil {
		return err
	}
	f, err := decode(fields, r)
	if err != nil {
		return err
	}
	if f.OK() && f.Values["changes"] == "true" {
		if err := h.mayBeGivenChanges(r, f); err != nil {
			return err
		}
	}
	if !f.OK() {
		return h.tokenPage(w, r, http.StatusUnprocessableEntity, f, "")
	}
	days, err := strconv.Atoi(f.Values["days"])
	if err != nil {
		return err
	}
	t := trigger.Token{Name: f.Values["name"], PersonID: f.Values["person"], Changes: f.Values["changes"] == "true",
		ExpiresAt: h.now().Add(time.Duration(days) * 24 * time.Hour)}
	if id := f.Values["workflow"]; id != "all" {
		t.Workflows = []string{id}
	}
	text := trigger.NewToken()
	if _, err := h.DB.CreateToken(r.Context(), t, trigger.Hash(text), user(r)); err != nil {
		return err
	}
	empty := form.New(fields)
	empty.Values["person"] = user(r).ID
	return h.tokenPage(w, r, http.StatusOK, empty, text)
}

// mayBeGivenChanges refuses the right to change for a person who may not: the token could do nothing with it.
func (h *Handlers) mayBeGivenChanges(r *http.Request, f *form.Form) error {
	person, err := h.DB.User(r.Context(), f.Values["person"])
	if err == nil && !person.May(auth.WorkflowEdit) {
		f.Reject("changes", "%s may not change workflows, and a token never does more than its person; leave this off, or choose a builder or an admin.", person.Label())
	}
	return err
}

// TokenRevoke ends a token. Whoever builds may end any: a token that is out must not wait for its maker.
func (h *Handlers) TokenRevoke(w http.ResponseWriter, r *http.Request) error {
	err := h.DB.RevokeToken(r.Context(), r.PathValue("id"), user(r))
	if errors.Is(err, db.ErrNotFound) {
		return fault.New(fault.NotFound, "There is no such token, or it was revoked already; reload the page.")
	}
	if err != nil {
		return err
	}
	text := "The token is revoked; nothing can be started with it any more."
	standing, err := h.DB.StandingByToken(r.Context())
	if err != nil {
		return err
	}
	if n := standing[r.PathValue("id")]; n > 0 {
		text += " What it set up goes on by itself: " + ui.Count(n, "trigger") + "; look under Triggers of the workflows."
	}
	h.flash(w, r, ui.Good, text)
	return h.redirect(w, r, "/tokens")
}
