package handlers

import (
	"net/http"

	"caracal/fault"
	"caracal/form"
)

// decode reads a posted form. A body that is not a form at all, or too large, is an error; what is wrong with
// its values is in the form.
func decode(fields []form.Field, r *http.Request) (*form.Form, error) {
	if err := r.ParseForm(); err != nil {
		return nil, unreadable(err)
	}
	return form.Decode(fields, r), nil
}

// unreadable says that a body could not be read as a form. The cause is kept: web answers a body that is too
// large with its own page.
func unreadable(err error) error {
	return fault.New(fault.Invalid, "The browser sent a form that cannot be read; reload the page and try again.").Because(err)
}
