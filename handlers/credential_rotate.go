package handlers

import (
	"net/http"

	"caracal/connect"
	"caracal/db"
	"caracal/form"
	"caracal/views"
)

// CredentialRotateShow is the page that replaces a credential.
func (h *Handlers) CredentialRotateShow(w http.ResponseWriter, r *http.Request) error {
	return h.rotatePage(w, r, http.StatusOK, nil)
}

// CredentialRotate tries the new credential and, if Okta gave a token for it, puts it in the old one's place.
func (h *Handlers) CredentialRotate(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := decode(connect.RotateFields(app.Method), r)
	if err != nil {
		return err
	}
	ok := false
	if f.OK() {
		if ok, err = h.Connect.Rotate(r.Context(), app.ID, f, user(r)); err != nil {
			return err
		}
	}
	if !ok {
		return h.rotatePage(w, r, refused(f), f)
	}
	return h.settled(w, r, "The new credential works and is in use. Remove the old one in Okta.")
}

// CredentialRotateBegin makes the next key of a custom app.
func (h *Handlers) CredentialRotateBegin(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := h.Connect.BeginRotation(r.Context(), id, user(r)); err != nil {
		return err
	}
	return h.redirect(w, r, "/applications/"+id+"/rotate")
}

// CredentialRotateAbandon drops the next key; the one in use stays.
func (h *Handlers) CredentialRotateAbandon(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	if err := h.Connect.AbandonRotation(r.Context(), r.PathValue("id"), seen(r), user(r)); err != nil {
		return err
	}
	return h.settled(w, r, "The rotation is given up. The key in use stays.")
}

func (h *Handlers) rotatePage(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := h.shown(r, &f, stored(connect.RotateFields(app.Method), nil, db.SeenCredential(app)), app.ID,
		"application.rotated", "application.rotation_begun", "application.rotation_abandoned", "application.reconnected"); err != nil {
		return err
	}
	p := views.RotateProps{Shell: h.shell(r, "applications"), App: app, Form: f, Now: h.Clock()}
	if p.Next, err = h.nextKey(r.Context(), app); err != nil {
		return err
	}
	return h.render(w, r, status, views.RotatePage(p))
}
