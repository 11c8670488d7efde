package oktasim

import (
	"crypto/ecdsa"
	"net/http"
	"net/url"
	"strings"
)

// credentialsView is the page behind Edit of Client Credentials.
type credentialsView struct {
	ID, Name, URI string
	ByURL         bool // Use a URL to fetch keys dynamically
	ByKey         bool // Public key / Private key
	Keys          []keyRow
}

func credentialsPath(c *client) string { return "/admin/apps/" + c.id + "/credentials" }

// keyRows are a client's saved public keys as the console lists them.
func (c *client) keyRows() []keyRow {
	rows := make([]keyRow, 0, len(c.keys))
	for _, k := range c.keys {
		row := keyRow{ID: k.id, KID: k.jwk.KeyID, Type: "RSA", Created: k.created.UTC().Format("2006-01-02 15:04"), Status: statusOf(!k.active)}
		if _, ok := k.jwk.Key.(*ecdsa.PublicKey); ok {
			row.Type = "EC"
		}
		rows = append(rows, row)
	}
	return rows
}

func consoleCredentials(v *visit) {
	if c := v.service(); c != nil {
		v.showCredentials(c, http.StatusOK, "", credentialsView{URI: c.jwksURI, ByURL: c.jwksURI != "", ByKey: c.authMethod == "private_key_jwt"})
	}
}

// service finds the API Services app of the address, or answers 404.
func (v *visit) service() *client {
	c := v.client()
	if c != nil && c.kind != serviceClient {
		v.notFound()
		return nil
	}
	return c
}

func (v *visit) showCredentials(c *client, status int, problem string, view credentialsView) {
	view.ID, view.Name, view.Keys = c.id, c.name, c.keyRows()
	v.showWith(status, "credentials", "Edit client credentials", problem, view)
}

// consoleCredentialsSave chooses where the app's public keys come from.
func consoleCredentialsSave(v *visit) {
	c := v.service()
	if c == nil {
		return
	}
	f := v.r.PostForm
	view := credentialsView{URI: strings.TrimSpace(f.Get("uri")), ByURL: f.Get("keys") == "url", ByKey: f.Get("method") == "key"}
	u, err := url.Parse(view.URI)
	switch {
	case !view.ByKey:
		v.showCredentials(c, http.StatusUnprocessableEntity, "The org authorization server takes no client secret from an API Services app. Choose Public key / Private key.", view)
	case view.ByURL && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http"):
		v.showCredentials(c, http.StatusUnprocessableEntity, "The URL must be a full http or https address. Copy it from the client that holds the keys.", view)
	case !view.ByURL && len(c.keys) == 0:
		v.showCredentials(c, http.StatusUnprocessableEntity, "No key is saved yet. Press Add key, or choose Use a URL to fetch keys dynamically.", view)
	default:
		c.jwksURI = ""
		if view.ByURL {
			c.jwksURI = view.URI
		}
		v.o.usePrivateKey(c)
		v.back("/admin/apps/"+c.id, "saved")
	}
}
