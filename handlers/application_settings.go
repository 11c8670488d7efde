package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"caracal/auth"
	"caracal/connect"
	"caracal/db"
	"caracal/form"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
)

var renameFields = []form.Field{{Name: connect.FieldName, Label: "Name", Kind: form.Text, Required: true, Max: 80}}

var rateShareFields = []form.Field{{Name: "rate_share", Label: "Caracal may use, in percent", Kind: form.Number, Max: 3}}

// scopesFields is the scopes field of the connect form, alone.
func scopesFields() (out []form.Field) {
	for _, f := range connect.Fields(org.CustomApp) {
		if f.Name == connect.FieldScopes {
			out = append(out, f)
		}
	}
	return out
}

// ApplicationSettings is the Settings tab of an application.
func (h *Handlers) ApplicationSettings(w http.ResponseWriter, r *http.Request) error {
	return h.settingsPage(w, r, http.StatusOK, settingsForms{})
}

// ApplicationRename gives an application another name.
func (h *Handlers) ApplicationRename(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(renameFields, r)
	if err != nil {
		return err
	}
	ok := false
	if f.OK() {
		if ok, err = h.Connect.Rename(r.Context(), r.PathValue("id"), f, user(r)); err != nil {
			return err
		}
	}
	if !ok {
		return h.settingsPage(w, r, refused(f), settingsForms{rename: f})
	}
	return h.settled(w, r, "Renamed.")
}

// ApplicationScopes changes what the application asks Okta for.
func (h *Handlers) ApplicationScopes(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(scopesFields(), r)
	if err != nil {
		return err
	}
	ok := false
	if f.OK() {
		if ok, err = h.Connect.EditScopes(r.Context(), r.PathValue("id"), f, user(r)); err != nil {
			return err
		}
	}
	if !ok {
		return h.settingsPage(w, r, refused(f), settingsForms{scopes: f})
	}
	return h.settled(w, r, "Scopes saved. Run the health checks to prove them.")
}

// ApplicationRateShare sets how much of each of Okta's limits Caracal may use.
func (h *Handlers) ApplicationRateShare(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(rateShareFields, r)
	if err != nil {
		return err
	}
	percent, bad := 0, error(nil)
	if text := f.Values["rate_share"]; text != "" && f.OK() {
		if percent, bad = strconv.Atoi(text); bad != nil || percent < 1 || percent > 100 {
			f.Reject("rate_share", "Enter a whole number from 1 to 100, or nothing for what the configuration says.")
		}
	}
	if f.OK() {
		if err := stale(f, h.Connect.SetRateShare(r.Context(), r.PathValue("id"), percent, db.Seen(f.Seen), user(r))); err != nil {
			return err
		}
	}
	if !f.OK() {
		return h.settingsPage(w, r, refused(f), settingsForms{rateShare: f})
	}
	return h.settled(w, r, "Saved. It counts from the next call on.")
}

// ApplicationResume ends a pause and lets the runs that waited go on.
func (h *Handlers) ApplicationResume(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := h.Connect.Resume(r.Context(), id, user(r)); err != nil {
		return err
	}
	if err := h.Engine.WakeApplication(r.Context(), id); err != nil {
		return err
	}
	return h.settled(w, r, "Resumed. Runs that waited go on.")
}

// ApplicationPauseAsk says what a pause would make wait.
func (h *Handlers) ApplicationPauseAsk(w http.ResponseWriter, r *http.Request) error {
	p, err := h.stopProps(r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.PausePage(p))
}

// ApplicationPause stops all use of an application until it is resumed.
func (h *Handlers) ApplicationPause(w http.ResponseWriter, r *http.Request) error {
	if err := h.Connect.Pause(r.Context(), r.PathValue("id"), user(r)); err != nil {
		return err
	}
	return h.settled(w, r, "Paused. Runs wait until you resume it.")
}

// ApplicationDisconnectAsk says what a disconnect would stop.
func (h *Handlers) ApplicationDisconnectAsk(w http.ResponseWriter, r *http.Request) error {
	p, err := h.stopProps(r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.DisconnectPage(p))
}

// ApplicationDisconnect wipes the credential, once the name was typed.
func (h *Handlers) ApplicationDisconnect(w http.ResponseWriter, r *http.Request) error {
	f, err := decode([]form.Field{{Name: "confirm", Label: "Name", Kind: form.Text}}, r)
	if err != nil {
		return err
	}
	p, err := h.stopProps(r)
	if err != nil {
		return err
	}
	if !connect.ConfirmName(f, "confirm", p.App.Name) {
		p.Error = f.Errors["confirm"]
		return h.render(w, r, http.StatusUnprocessableEntity, views.DisconnectPage(p))
	}
	if err := h.Connect.Disconnect(r.Context(), p.App.ID, user(r)); err != nil {
		return err
	}
	if err := h.Engine.WakeApplication(r.Context(), p.App.ID); err != nil { // runs that waited end with a sentence
		return err
	}
	h.flash(w, r, ui.Good, p.App.Name+" is disconnected and its credential is wiped.")
	return h.redirect(w, r, "/applications")
}

// ApplicationReconnect gives a disconnected application a credential again and lets the runs that waited go on.
func (h *Handlers) ApplicationReconnect(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := decode(connect.ReconnectFields(app.Method), r)
	if err != nil {
		return err
	}
	ok := false
	if f.OK() {
		if ok, err = h.Connect.Reconnect(r.Context(), app.ID, f, user(r)); err != nil {
			return err
		}
	}
	if !ok {
		return h.settingsPage(w, r, http.StatusUnprocessableEntity, settingsForms{reconnect: f})
	}
	if err := h.Engine.WakeApplication(r.Context(), app.ID); err != nil {
		return err
	}
	return h.settled(w, r, "Connected again. Runs that waited go on.")
}

// settled goes back to the Settings tab with a message.
func (h *Handlers) settled(w http.ResponseWriter, r *http.Request, message string) error {
	h.flash(w, r, ui.Good, message)
	return h.redirect(w, r, "/applications/"+r.PathValue("id")+"/settings")
}

func (h *Handlers) stopProps(r *http.Request) (views.StopProps, error) {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return views.StopProps{}, err
	}
	p := views.StopProps{Shell: h.shell(r, "applications"), App: app}
	if p.Workflows, err = h.workflowLinks(r, app.ID); err != nil {
		return p, err
	}
	p.Runs, err = h.runLinks(r, app.ID)
	return p, err
}

// settingsForms are the forms of the Settings tab as they were typed; one that is nil shows what is stored.
type settingsForms struct {
	rename, scopes, rateShare, watch, notify, reconnect *form.Form

	secret string // of the webhook that notices go to, just made, to be shown this once
}

func (h *Handlers) settingsPage(w http.ResponseWriter, r *http.Request, status int, typed settingsForms) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	share := form.Values{"rate_share": number(app.RateShare)}
	if err := errors.Join(
		h.shown(r, &typed.rename, stored(renameFields, form.Values{connect.FieldName: app.Name}, db.SeenName(app)), app.ID, "application.renamed"),
		h.shown(r, &typed.scopes, stored(scopesFields(), form.Values{connect.FieldScopes: org.JoinScopes(app.Scopes)}, db.SeenScopes(app)), app.ID, "application.scopes_changed"),
		h.shown(r, &typed.rateShare, stored(rateShareFields, share, db.SeenShare(app)), app.ID, "application.rate_share_changed")); err != nil {
		return err
	}
	if typed.reconnect == nil {
		typed.reconnect = form.New(connect.ReconnectFields(app.Method))
		typed.reconnect.Values[connect.FieldClientID] = app.ClientID
	}
	watch, err := h.DB.Watch(r.Context(), app.ID)
	if err != nil {
		return err
	}
	if err := h.shown(r, &typed.watch, watchForm(watch), app.ID, "application.watch_changed"); err != nil {
		return err
	}
	notify, err := h.notifyProps(r, app.ID, &typed)
	if err != nil {
		return err
	}
	p := views.SettingsProps{Shell: h.shell(r, "applications"), App: app, Rename: typed.rename, Scopes: typed.scopes, RateShare: typed.rateShare, Watch: typed.watch, NextCheck: watch.DueAt, Notify: notify, Reconnect: typed.reconnect,
		Picker:    h.scopeRows(),
		MayManage: user(r).May(auth.ApplicationManage), Now: h.Clock()}
	if p.Limits, err = h.limits(r.Context(), app); err != nil {
		return err
	}
	if p.Next, err = h.nextKey(r.Context(), app); err != nil {
		return err
	}
	return h.render(w, r, status, views.SettingsPage(p))
}

// nextKey returns the key of a rotation under way, or nil.
func (h *Handlers) nextKey(ctx context.Context, app org.Application) (*views.MadeKey, error) {
	pair, ok, err := h.Connect.NextKeyPair(ctx, app)
	if err != nil || !ok {
		return nil, err
	}
	return h.madeKey(pair), nil
}
