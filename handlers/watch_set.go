package handlers

import (
	"net/http"
	"strconv"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/health"
	"caracal/org"
	"caracal/views/ui"
)

func watchFields() []form.Field {
	return []form.Field{
		{Name: "every", Label: "Check", Kind: form.Choice, Required: true, Default: "off",
			Options: []form.Option{{Value: "off", Label: "only when somebody asks"}, {Value: org.Hourly, Label: "every hour"}, {Value: org.Daily, Label: "every day"}}},
		{Name: "at", Label: "At", Kind: form.Text, Max: 5, Default: "08:00", Help: "Of a daily check: the time of day, such as 08:30."},
		{Name: "zone", Label: "Time zone", Kind: form.Text, Max: 64, Default: "UTC", Help: "Of a daily check, such as Europe/Berlin or UTC."},
		{Name: "first_age", Label: "Warn of keys and secrets first after, in days", Kind: form.Number, Max: 4, Default: strconv.Itoa(org.DefaultFirstAge),
			Help: "Nothing or 0 is not at all."},
		{Name: "max_age", Label: "They are old after, in days", Kind: form.Number, Required: true, Max: 4, Default: strconv.Itoa(org.DefaultMaxAge),
			Help: "Then you are told, and again each time its age has grown by as much."},
	}
}

func watchForm(w org.Watch) *form.Form {
	f := form.New(watchFields())
	f.Seen = string(db.SeenWatch(w))
	if w.Every != "" {
		f.Values["every"] = w.Every
	}
	if w.At != "" {
		f.Values["at"], f.Values["zone"] = w.At, w.Zone
	}
	if w.MaxAge > 0 {
		f.Values["first_age"] = strconv.Itoa(w.FirstAge)
		f.Values["max_age"] = strconv.Itoa(w.MaxAge)
	}
	return f
}

// ApplicationWatch sets when the health of an application is checked by itself.
func (h *Handlers) ApplicationWatch(w http.ResponseWriter, r *http.Request) error {
	f, err := decode(watchFields(), r)
	if err != nil {
		return err
	}
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	watch := org.Watch{ApplicationID: app.ID, Every: f.Values["every"], At: f.Values["at"], Zone: f.Values["zone"]}
	if watch.Every == "off" {
		watch.Every = ""
	}
	if f.Errors["max_age"] == "" {
		if watch.MaxAge, err = strconv.Atoi(f.Values["max_age"]); err != nil || watch.MaxAge < 1 || watch.MaxAge > 3650 {
			f.Reject("max_age", "Enter a whole number of days from 1 to 3650.")
		}
	}
	if text := f.Values["first_age"]; text != "" && f.Errors["first_age"] == "" {
		if watch.FirstAge, err = strconv.Atoi(text); err != nil || watch.FirstAge < 0 || watch.MaxAge > 0 && watch.FirstAge >= watch.MaxAge {
			f.Reject("first_age", "Enter a whole number of days below the one at which it is old, or nothing.")
		}
	}
	if f.OK() {
		watch.DueAt, err = health.NextCheck(watch, h.Clock())
		if bad := fault.As(err); bad != nil && bad.Field != "" {
			f.Reject(bad.Field, "%s", bad.Message)
		} else if err != nil {
			return err
		}
	}
	if f.OK() {
		if err := stale(f, h.DB.SetWatch(r.Context(), watch, db.Seen(f.Seen), user(r))); err != nil {
			return err
		}
	}
	if !f.OK() {
		return h.settingsPage(w, r, refused(f), settingsForms{watch: f})
	}
	return h.settled(w, r, "Saved. What changes is told on the first page, on API Integration, and where its notices go.")
}

// NoticesSeen marks what was told of an application as seen.
func (h *Handlers) NoticesSeen(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := h.DB.SeeNotices(r.Context(), id, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "Marked as seen.")
	return h.redirect(w, r, "/applications/"+id+"/health")
}
