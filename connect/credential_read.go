package connect

import (
	"context"
	"strings"

	"caracal/auth"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/secret"
)

// credential is what authenticates a connection, read and checked but not yet tried.
type credential struct {
	text       secret.Text // a client secret, or a private JWK
	keyID      string
	thumbprint string
	keySet     string // of the key pair, when Caracal made it
	publicJWK  string
}

// readCredential reads the secret of a form. For a custom app it is a private key in any usual form, or one
// that Caracal made and the form names.
func (s *Service) readCredential(ctx context.Context, app org.Application, f *form.Form, by auth.User) (credential, error) {
	text := strings.TrimSpace(f.Values[FieldSecret])
	if app.Method == org.Integration {
		if problem := secretProblem(app.Method, text); problem != nil {
			return credential{}, problem
		}
		return credential{text: secret.NewText(text)}, nil
	}
	if id := f.Values[FieldKeyPair]; id != "" && text == "" {
		return s.madeKey(ctx, id, app, by)
	}
	if text == "" {
		return credential{}, fault.In(FieldSecret, "Paste the private key, or let Caracal make one.")
	}
	if problem := secretProblem(app.Method, text); problem != nil {
		return credential{}, problem
	}
	key, err := okta.ParseKey(text)
	if err != nil {
		return credential{}, err
	}
	if id := f.Values[FieldKeyID]; id != "" {
		key = key.WithKeyID(id)
	}
	return fromKey(key)
}

func fromKey(key okta.Key) (credential, error) {
	private, err := key.Private()
	if err != nil {
		return credential{}, err
	}
	return credential{text: private, keyID: key.KeyID(), thumbprint: key.Thumbprint(), publicJWK: key.PublicJWK()}, nil
}

// looksLikeKey reports whether the text means to be a key: JSON or PEM.
func looksLikeKey(text string) bool {
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || strings.Contains(text, "-----BEGIN") || strings.HasPrefix(text, `"kty"`)
}

// use puts a credential into an application, sealed for it.
func (s *Service) use(app *org.Application, c credential) error {
	sealed, err := s.Keys.Seal(c.text, org.CredentialPlace(app.ID))
	if err != nil {
		return err
	}
	app.Credential, app.CredentialSet = sealed, s.Clock()
	app.KeyID, app.KeyThumbprint = c.keyID, c.thumbprint
	app.NextKey = ""
	if c.keySet != "" {
		app.KeySet = c.keySet
	}
	return nil
}
