package handlers

import (
	"net/http"

	"caracal/connect"
	"caracal/fault"
	"caracal/form"
	"caracal/views"
)

// ConnectCheck says how one field of the connect form was read, while it is filled in: the domain or the client ID.
func (h *Handlers) ConnectCheck(w http.ResponseWriter, r *http.Request) error {
	field := r.URL.Query().Get("field")
	if field != connect.FieldDomain && field != connect.FieldClientID {
		return fault.New(fault.NotFound, "There is nothing to check of %q.", field)
	}
	m := methodOf(r)
	return h.connectChecked(w, r, field, h.Connect.CheckField(m, form.DecodeFrom(connect.Fields(m), r.URL.Query().Get), field))
}

// ConnectCheckSecret is ConnectCheck for the secret, which stands in no address.
func (h *Handlers) ConnectCheckSecret(w http.ResponseWriter, r *http.Request) error {
	m := methodOf(r)
	f, err := decode(connect.Fields(m), r)
	if err != nil {
		return err
	}
	return h.connectChecked(w, r, connect.FieldSecret, h.Connect.CheckField(m, f, connect.FieldSecret))
}

func (h *Handlers) connectChecked(w http.ResponseWriter, r *http.Request, field string, c connect.Checked) error {
	return h.render(w, r, http.StatusOK, views.ConnectCheckAnswer(views.FieldCheck{Field: field, Good: c.Good, Problem: c.Problem}, c.Console))
}
