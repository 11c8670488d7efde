package handlers

import (
	"errors"
	"net/http"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/notify"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
)

func (h *Handlers) notifyFields() []form.Field {
	help := "One on each line, at most 10."
	if !h.Notify.Mails() {
		help = "Caracal has no mail server yet; whoever runs it sets CARACAL_SMTP_HOST."
	}
	return []form.Field{
		{Name: notify.FieldEmails, Label: "Mail them to", Kind: form.LongText, Max: 3000, Help: help},
		{Name: notify.FieldURL, Label: "Call this webhook", Kind: form.Text, Max: 500, Placeholder: "https://hooks.example.com/caracal",
			Help: "An https address that anybody can reach. Each call is signed by a secret that Caracal makes."},
	}
}

// notifyProps is where the notices of an application go, as the Settings tab shows it.
func (h *Handlers) notifyProps(r *http.Request, applicationID string, typed *settingsForms) (views.NotifyProps, error) {
	to, err := h.DB.Notify(r.Context(), applicationID)
	if err != nil {
		return views.NotifyProps{}, err
	}
	now := stored(h.notifyFields(), form.Values{notify.FieldEmails: strings.Join(to.Emails, "\n"), notify.FieldURL: to.URL}, db.SeenNotify(to))
	err = h.shown(r, &typed.notify, now, applicationID, "application.notify_changed")
	return views.NotifyProps{Form: typed.notify, To: to, SecretSeen: string(db.SeenSecret(to.SecretAt, to.OldAt)), Secret: typed.secret, Now: h.Clock()}, err
}

// NotifySave sets where the notices of an application go besides the pages. The first webhook gets a secret, shown this
// once.
func (h *Handlers) NotifySave(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(h.notifyFields(), r)
	if err != nil {
		return err
	}
	app, err := h.connected(r)
	if err != nil {
		return err
	}
	made := ""
	if f.OK() {
		var wrong []*fault.Error
		made, wrong, err = h.Notify.Set(r.Context(), app.ID, f.Values[notify.FieldEmails], f.Values[notify.FieldURL], db.Seen(f.Seen), user(r))
		if err = stale(f, err); err != nil {
			return err
		}
		for _, one := range wrong {
			f.Blame(one)
		}
	}
	switch {
	case !f.OK():
		return h.settingsPage(w, r, refused(f), settingsForms{notify: f})
	case made != "":
		return h.settingsPage(w, r, http.StatusOK, settingsForms{secret: made})
	}
	return h.notified(w, r, ui.Good, "Saved. Send a test notice to see whether it arrives.")
}

// connected returns the application of a request, unless it is disconnected: then nothing is told of it any more.
func (h *Handlers) connected(r *http.Request) (org.Application, error) {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err == nil && app.Status == org.Disconnected {
		err = fault.New(fault.Conflict, "%s is disconnected, so nothing is told of it; connect it again first.", app.Name)
	}
	return app, err
}

// NotifyTest sends a notice that says it is a test to one of the places, and says what came of it.
func (h *Handlers) NotifyTest(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	app, err := h.connected(r)
	if err != nil {
		return err
	}
	to := org.Place{Kind: org.Way(r.PostForm.Get("kind")), At: r.PostForm.Get("place")}
	err = h.Notify.Test(r.Context(), app, to, user(r))
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		return h.notified(w, r, ui.Bad, "The test notice did not arrive. "+f.Message)
	} else if err != nil {
		return err
	}
	if to.Kind == org.ByEmail {
		return h.notified(w, r, ui.Good, "The mail server took the test notice for "+to.At+"; look whether it arrives.")
	}
	return h.notified(w, r, ui.Good, "The "+to.Label()+" took the test notice.")
}

// NotifySecret makes a new secret for the webhook that notices go to, and shows it this once.
func (h *Handlers) NotifySecret(w http.ResponseWriter, r *http.Request) error {
	app, err := h.connected(r)
	if err != nil {
		return err
	}
	overlap, err := overlapOf(r)
	if err != nil {
		return err
	}
	made, err := h.Notify.MakeSecret(r.Context(), app.ID, overlap, seen(r), user(r))
	if errors.Is(err, db.ErrStale) {
		return h.notified(w, r, ui.Bad, secretStale)
	}
	if err != nil {
		return err
	}
	return h.settingsPage(w, r, http.StatusOK, settingsForms{secret: made})
}

// NotifySecretEnd lets the replaced secret sign nothing any more.
func (h *Handlers) NotifySecretEnd(w http.ResponseWriter, r *http.Request) error {
	if err := h.DB.EndOldNotifySecret(r.Context(), r.PathValue("id"), user(r)); err != nil {
		return err
	}
	return h.notified(w, r, ui.Good, "Nothing is signed by the old secret any more.")
}

// NoticeAgain lets a notice that was given up be sent once more.
func (h *Handlers) NoticeAgain(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := h.DB.SendAgain(r.Context(), id, r.PathValue("delivery"), user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "It is sent again within a minute.")
	return h.redirect(w, r, "/applications/"+id+"/health#notices")
}

// notified goes back to where notices go, with a message.
func (h *Handlers) notified(w http.ResponseWriter, r *http.Request, tone ui.Tone, message string) error {
	h.flash(w, r, tone, message)
	return h.redirect(w, r, "/applications/"+r.PathValue("id")+"/settings#notify")
}
