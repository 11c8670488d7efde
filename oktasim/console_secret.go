package oktasim

import (
	"encoding/json"
	"net/http"
)

// secretRow is a secret of a catalog integration as the API gives it: masked.
type secretRow struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Created string `json:"created"`
	Secret  string `json:"client_secret"`
}

func secretsPath(c *client) string {
	return "/integrations/api/v1/api-services/" + pathSegment(c.id) + "/credentials/secrets"
}

// integration finds the catalog integration of the address, or answers 404.
func (v *visit) integration() *client {
	c := v.client()
	if c != nil && c.kind != integrationClient {
		v.notFound()
		return nil
	}
	return c
}

// refuseAPI shows why the org's own API refused a change.
func (v *visit) refuseAPI(what string, answer json.RawMessage) {
	var e struct {
		ErrorCauses []struct{ ErrorSummary string }
	}
	if err := json.Unmarshal(answer, &e); err == nil && len(e.ErrorCauses) > 0 {
		what += " " + e.ErrorCauses[0].ErrorSummary
	}
	v.o.errorPage(v.w, http.StatusConflict, what)
}

// consoleSecretNew makes a second secret and shows it in the answer itself: once.
func consoleSecretNew(v *visit) {
	c := v.integration()
	if c == nil {
		return
	}
	status, answer := v.o.do(http.MethodPost, secretsPath(c), nil)
	var made secretRow
	if err := json.Unmarshal(answer, &made); err != nil || status >= 300 {
		v.refuseAPI("No secret was made.", answer)
		return
	}
	v.show("listing", c.name, listingView{Listing: &Listing{Name: c.name}, ID: c.id, Secret: made.Secret, Base: v.o.base(v.r)})
}

func consoleSecretChange(v *visit) {
	c := v.integration()
	if c == nil {
		return
	}
	method, path, done := http.MethodPost, secretsPath(c)+"/"+pathSegment(v.r.PathValue("secret")), "saved"
	switch v.r.PostForm.Get("to") {
	case "activate":
		path += "/lifecycle/activate"
	case "deactivate":
		path += "/lifecycle/deactivate"
	case "delete":
		method, done = http.MethodDelete, "deleted"
	default:
		v.notFound()
		return
	}
	if status, answer := v.o.do(method, path, nil); status >= 300 {
		v.refuseAPI("The secret was not changed.", answer)
		return
	}
	v.back("/admin/apps/"+c.id, done)
}
