package oktasim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	jose "github.com/go-jose/go-jose/v4"
)

type keyView struct{ ID, Name, Private, Public, Pasted string }

func consoleKeyNew(v *visit) {
	if c := v.client(); c != nil {
		v.showKeyForm(c, http.StatusOK, "", "")
	}
}

func (v *visit) showKeyForm(c *client, status int, problem, pasted string) {
	v.showWith(status, "key_new", "Add a public key", problem, keyView{ID: c.id, Name: c.name, Pasted: pasted})
}

// consoleKeyGenerate makes a pair of keys and shows both in the answer. The
// org keeps neither: Done sends the public one back to be saved.
func consoleKeyGenerate(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	private, public, err := generateKeys(v.r.PostForm.Get("type"))
	if err != nil {
		v.showKeyForm(c, http.StatusInternalServerError, err.Error(), "")
		return
	}
	v.show("key_new", "Add a public key", keyView{ID: c.id, Name: c.name, Private: private, Public: public})
}

func generateKeys(kind string) (private, public string, err error) {
	var key crypto.Signer
	alg := "RS256"
	if kind == "EC" {
		alg = "ES256"
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		return "", "", fmt.Errorf("generate the key: %w", err)
	}
	jwk := jose.JSONWebKey{Key: key, KeyID: randomToken(32), Algorithm: alg, Use: "sig"}
	texts := make([]string, 2)
	for i, k := range []jose.JSONWebKey{jwk, jwk.Public()} {
		data, err := json.MarshalIndent(k, "", "  ")
		if err != nil {
			return "", "", fmt.Errorf("write the key: %w", err)
		}
		texts[i] = string(data)
	}
	return texts[0], texts[1], nil
}

func consoleKeySave(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	pasted := v.r.PostForm.Get("jwk")
	keys, err := parseKeys([]byte(pasted))
	if err != nil {
		v.showKeyForm(c, http.StatusUnprocessableEntity, "The public key was not saved: "+err.Error()+".", pasted)
		return
	}
	for _, k := range keys {
		if k.KeyID != "" && slices.ContainsFunc(c.keys, func(old *clientKey) bool { return old.jwk.KeyID == k.KeyID }) {
			v.showKeyForm(c, http.StatusUnprocessableEntity, "A key with this kid is saved already.", pasted)
			return
		}
		c.keys = append(c.keys, v.o.newKey(k))
	}
	v.o.usePrivateKey(c)
	v.back(credentialsPath(c), "key")
}

func consoleKeyChange(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	i := slices.IndexFunc(c.keys, func(k *clientKey) bool { return k.id == v.r.PathValue("key") })
	if i < 0 {
		v.notFound()
		return
	}
	k, done := c.keys[i], "saved"
	k.updated = v.o.now()
	switch v.r.PostForm.Get("to") {
	case "activate":
		k.active = true
	case "deactivate":
		k.active = false
	case "delete":
		if k.active {
			v.o.errorPage(v.w, http.StatusConflict, "Deactivate the key before deleting it.")
			return
		}
		c.keys, done = slices.Delete(c.keys, i, i+1), "deleted"
	}
	v.o.followClient(c)
	v.back(credentialsPath(c), done)
}
