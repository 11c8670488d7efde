package handlers

import (
	"cmp"
	"errors"
	"net/http"

	"caracal/db"
	"caracal/form"
)

// secretStale is said to the second of two people who replace the same secret.
const secretStale = "Somebody else made or ended a secret here since you opened this page, so nothing was changed; look when it was, and replace it again if you mean it."

// stored makes a form that edits settings, filled with what is stored: values over the fields' defaults.
func stored(fields []form.Field, values form.Values, seen db.Seen) *form.Form {
	f := form.New(fields)
	for name, value := range values {
		f.Values[name] = value
	}
	f.Seen = string(seen)
	return f
}

// seen returns the mark of what the person was shown, from a form that was read.
func seen(r *http.Request) db.Seen { return db.Seen(r.PostForm.Get(form.SeenField)) }

// stale takes db.ErrStale over into the form whose save it refused, and returns any other error.
func stale(f *form.Form, err error) error {
	if f.Stale = errors.Is(err, db.ErrStale); f.Stale {
		return nil
	}
	return err
}

// refused is the status of a page that shows a form again.
func refused(f *form.Form) int {
	if f.Stale {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// shown puts the form as it is stored in the place of one that nobody typed into. A stale one keeps what was typed, and gets
// what is stored now beside it, with who stored it: the newest of the actions on the subject.
func (h *Handlers) shown(r *http.Request, typed **form.Form, now *form.Form, subject string, actions ...string) error {
	if *typed == nil {
		*typed = now
	}
	f := *typed
	if !f.Stale {
		return nil
	}
	by, at, err := h.DB.LastChange(r.Context(), subject, actions...)
	if err != nil {
		return err
	}
	names, err := h.DB.UserNames(r.Context(), by)
	f.Meet(now)
	if f.Theirs.By, f.Theirs.At = cmp.Or(names[by], by), at; by == user(r).ID {
		f.Theirs.By = "You" // in another window
	}
	return err
}
