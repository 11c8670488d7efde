package connect

import (
	"context"
	"errors"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
)

// RotateFields returns the form that replaces a credential.
func RotateFields(m org.Method) []form.Field {
	var out []form.Field
	for _, f := range Fields(m) {
		switch f.Name {
		case FieldSecret, FieldKeyID, FieldKeyPair:
			out = append(out, f)
		}
	}
	return out
}

// Rotate replaces the credential of an application by the one in the form, once Okta has given a token for it;
// until then the old one stays in use. A refusal is put beside its field, and ok is false.
func (s *Service) Rotate(ctx context.Context, id string, f *form.Form, by auth.User) (ok bool, err error) {
	app, err := s.DB.Application(ctx, id)
	if err != nil {
		return false, err
	}
	cred, err := s.readCredential(ctx, app, f, by)
	if err == nil && cred.thumbprint != "" && cred.thumbprint == app.KeyThumbprint {
		err = fault.In(FieldSecret, "This is the key that is in use; add a new key in Okta and paste that one.")
	}
	seen := db.Seen(f.Seen)
	if err == nil {
		err = seen.Still(db.SeenCredential(app), "")
	}
	if err == nil {
		err = s.tryCredential(ctx, &app, cred)
	}
	if err != nil {
		return false, unlessBlamed(f, about(fieldOf(err), err))
	}
	old := app.KeySet
	app, err = s.change(ctx, id, by, "application.rotated", func(a *org.Application) (map[string]any, error) {
		if err := seen.Still(db.SeenCredential(*a), ""); err != nil { // Okta took its time
			return nil, err
		}
		a.Granted, a.TokenAt, a.TokenDPoP, a.TokenError = app.Granted, app.TokenAt, app.TokenDPoP, ""
		return map[string]any{"key_id": cred.keyID, "thumbprint": cred.thumbprint}, s.use(a, cred)
	})
	if err != nil {
		return false, unlessBlamed(f, err)
	}
	s.Clients.Forget(id)
	if old != "" {
		err = s.DB.DropKeyPairs(ctx, old)
	}
	return true, err
}

// BeginRotation makes the next key of a custom app, which Okta can learn from the JWKS URL or by pasting,
// while the old one stays in use.
func (s *Service) BeginRotation(ctx context.Context, id string, by auth.User) error {
	app, err := s.DB.Application(ctx, id)
	if err != nil {
		return err
	}
	if app.Method != org.CustomApp {
		return fault.New(fault.Invalid, "A catalog integration has a client secret; make a new one in Okta and paste it here.")
	}
	if app.NextKey != "" {
		return nil // one is under way; a second press changes nothing
	}
	pair, err := s.MakeKey(ctx, app.KeySet, by)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, by, "application.rotation_begun", func(a *org.Application) (map[string]any, error) {
		if a.NextKey != "" {
			return nil, errRotating
		}
		a.NextKey, a.KeySet = pair.ID, pair.Set
		return map[string]any{"thumbprint": pair.Thumbprint}, nil
	})
	if err == nil {
		return nil
	}
	if dropped := s.DB.DropKeyPairs(ctx, pair.Set); dropped != nil || errors.Is(err, errRotating) {
		return dropped
	}
	return err
}

// errRotating says that somebody else began a rotation while this one's key was made.
var errRotating = errors.New("a rotation is under way")

// NextKeyPair returns the key of a rotation under way; ok is false when there is none.
func (s *Service) NextKeyPair(ctx context.Context, app org.Application) (pair org.KeyPair, ok bool, err error) {
	if app.NextKey == "" {
		return pair, false, nil
	}
	pair, err = s.DB.KeyPair(ctx, app.NextKey)
	if fault.Is(err, fault.NotFound) {
		return pair, false, nil
	}
	return pair, err == nil, err
}

// AbandonRotation drops the next key that the person was shown; the one in use stays.
func (s *Service) AbandonRotation(ctx context.Context, id string, seen db.Seen, by auth.User) error {
	app, err := s.change(ctx, id, by, "application.rotation_abandoned", func(a *org.Application) (map[string]any, error) {
		if err := seen.Still(db.SeenCredential(*a), ""); err != nil {
			return nil, err
		}
		a.NextKey = ""
		return nil, nil
	})
	if err != nil {
		return err
	}
	return s.DB.DropKeyPairs(ctx, app.KeySet)
}

// unlessBlamed puts a failure beside its field and returns it only where no field can be blamed. What somebody else saved
// meanwhile makes the form stale.
func unlessBlamed(f *form.Form, err error) error {
	if f.Stale = errors.Is(err, db.ErrStale); f.Stale {
		return nil
	}
	if f.Blame(err) {
		return nil
	}
	return err
}
