package handlers

import (
	"net/http"

	"caracal/fault"
	"caracal/views"
	"caracal/views/ui"
)

// PeopleList lists everyone who has signed in.
func (h *Handlers) PeopleList(w http.ResponseWriter, r *http.Request) error {
	people, err := h.DB.Users(r.Context())
	if err != nil {
		return err
	}
	counts, err := h.DB.SessionCounts(r.Context())
	if err != nil {
		return err
	}
	me := user(r)
	p := views.PeopleProps{Shell: h.shell(r, "people"), Now: h.Clock()}
	for _, u := range people {
		p.Rows = append(p.Rows, views.PersonRow{User: u, Sessions: counts[u.ID], You: u.ID == me.ID})
	}
	return h.render(w, r, http.StatusOK, views.PeoplePage(p))
}

// PeopleSessionsEnd ends every session of a person, so that their roles are read afresh or they stay out.
func (h *Handlers) PeopleSessionsEnd(w http.ResponseWriter, r *http.Request) error {
	person, err := h.DB.User(r.Context(), r.PathValue("id"))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "Nobody with this id has signed in; look under People.").Because(err)
	}
	if err != nil {
		return err
	}
	ended, err := h.DB.EndSessions(r.Context(), person.ID, user(r))
	if err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "Ended "+ui.Count(int(ended), "session")+" of "+person.Label()+".")
	return h.redirect(w, r, "/people")
}
