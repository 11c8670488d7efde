package connect

import (
	"context"
	"slices"

	"caracal/auth"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
)

// ReconnectFields returns the form that connects a disconnected application again: who Caracal is at Okta, and
// the proof of it. Its org, its scopes and the workflows on it are still there.
func ReconnectFields(m org.Method) []form.Field {
	wanted := []string{FieldClientID, FieldSecret, FieldKeyID}
	return slices.DeleteFunc(Fields(m), func(f form.Field) bool { return !slices.Contains(wanted, f.Name) })
}

// Reconnect gives a disconnected application a credential again, once its own org has given a token for it. A
// refusal is put beside its field, and ok is false. The caller wakes the runs that wait for it.
func (s *Service) Reconnect(ctx context.Context, id string, f *form.Form, by auth.User) (ok bool, err error) {
	app, err := s.DB.Application(ctx, id)
	if err != nil {
		return false, err
	}
	if app.Status != org.Disconnected {
		return false, fault.New(fault.Conflict, "%s is connected; to replace its credential, use Rotate credential under Settings.", app.Name)
	}
	app.ClientID, app.KeySet = f.Values[FieldClientID], ""
	if err := checkClientID(app.ClientID); err != nil {
		return false, unlessBlamed(f, err)
	}
	cred, err := s.readCredential(ctx, app, f, by)
	if err != nil {
		return false, unlessBlamed(f, err)
	}
	if err := s.trySameOrg(ctx, &app, cred); err != nil {
		return false, unlessBlamed(f, about(fieldOf(err), err))
	}
	if err := s.use(&app, cred); err != nil {
		return false, err
	}
	app.Status = org.Active
	if _, err := s.nameIt(ctx, &app, app.Name); err != nil { // another may have its name by now
		return false, err
	}
	if err := s.DB.UpdateApplication(ctx, app, by, "application.reconnected", map[string]any{"client_id": app.ClientID}); err != nil {
		return false, err
	}
	s.Clients.Forget(id)
	return true, nil
}

// trySameOrg asks for a token with a new credential, after making sure that the address still leads to the org
// that the workflows were built on.
func (s *Service) trySameOrg(ctx context.Context, app *org.Application, cred credential) error {
	info, err := s.Clients.Organization(ctx, app.Domain)
	if err != nil {
		return err
	}
	if app.OrgID != "" && info.ID != app.OrgID {
		return fault.New(fault.Conflict, "Another org answers at %s now; connect it under Applications › Connect New +.", app.Domain)
	}
	return s.tryCredential(ctx, app, cred)
}
