package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
)

// patience is how long a person who asked an org for something waits for it, when it takes the connection and answers
// nothing; the server gives up on the page itself after 30 seconds.
const patience = 20 * time.Second

// Connected is a new application, with what was changed of what the person typed.
type Connected struct {
	Application org.Application
	Notes       []string
}

// Connect checks a form, asks the org for a token and stores the application. What is wrong is put beside the
// field it is about, and then nothing is stored and ok is false; err is a failure of our own side.
func (s *Service) Connect(ctx context.Context, m org.Method, f *form.Form, by auth.User) (done Connected, ok bool, err error) {
	app := org.Application{ID: db.NewID("app", s.Clock()), Method: m, Status: org.Active, CreatedAt: s.Clock(), CreatedBy: by.ID}
	domain, cred, err := s.read(ctx, &app, f, by)
	if err != nil || !f.OK() {
		return done, false, err
	}
	done.Notes = domain.Notes
	if blamed, err := s.tryOut(ctx, &app, f, cred); blamed || err != nil {
		return done, false, err
	}
	if err := s.use(&app, cred); err != nil {
		return done, false, err
	}
	if note, err := s.nameIt(ctx, &app, f.Values[FieldName]); err != nil {
		return done, false, err
	} else if note != "" {
		done.Notes = append(done.Notes, note)
	}
	if missing := without(app.Scopes, app.Granted); len(missing) > 0 {
		done.Notes = append(done.Notes, fmt.Sprintf("Okta did not grant %s; the health checks say where to grant it.", org.JoinScopes(missing)))
	}
	if err := s.DB.CreateApplication(ctx, app, by); err != nil {
		return done, false, err
	}
	app.Revision = 1
	done.Application = app
	return done, true, nil
}

// read checks all fields before anything is sent, so that a person sees every mistake at once.
func (s *Service) read(ctx context.Context, app *org.Application, f *form.Form, by auth.User) (org.Domain, credential, error) {
	var domain org.Domain
	var cred credential
	for _, step := range []struct {
		field string
		read  func() error
	}{
		{FieldDomain, func() (err error) { domain, err = org.ParseDomain(f.Values[FieldDomain], s.Hosts); return }},
		{FieldClientID, func() error { return checkClientID(f.Values[FieldClientID]) }},
		{FieldSecret, func() (err error) { cred, err = s.readCredential(ctx, *app, f, by); return }},
		{FieldScopes, func() (err error) {
			app.Scopes, err = s.Catalog.Now().ParseScopes(FieldScopes, f.Values[FieldScopes])
			return
		}},
	} {
		if f.Errors[step.field] != "" {
			continue
		}
		err := step.read()
		if e := fault.As(err); e != nil && e.Kind == fault.Invalid {
			f.Reject(step.field, "%s", e.Message)
		} else if err != nil {
			return domain, cred, err
		}
	}
	app.Domain, app.Cell, app.ClientID = domain.Host, domain.Cell, f.Values[FieldClientID]
	return domain, cred, nil
}

// tryOut asks the org who it is and for a token. A refusal is put beside its field.
func (s *Service) tryOut(ctx context.Context, app *org.Application, f *form.Form, cred credential) (blamed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	info, err := s.Clients.Organization(ctx, app.Domain)
	if err != nil {
		return f.Blame(about(FieldDomain, s.lookedOn(err))), unblamed(err)
	}
	app.OrgID = info.ID
	if err := s.tryCredential(ctx, app, cred); err != nil {
		return f.Blame(about(fieldOf(err), s.lookedOn(err))), unblamed(err)
	}
	return false, nil
}

// tryCredential asks for a token with a credential that is not yet in use, and notes what it was granted.
func (s *Service) tryCredential(ctx context.Context, app *org.Application, cred credential) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	trial := *app
	trial.ID = "" // so that it never shares a token with the connection in use
	trial.KeyID = cred.keyID
	client, err := s.Clients.Open(trial, cred.text)
	if err != nil {
		return err
	}
	token, err := client.Token(ctx)
	if err != nil {
		return err
	}
	app.Granted, app.TokenAt, app.TokenDPoP, app.TokenError = token.Scopes, token.At, token.DPoP, ""
	return nil
}

// nameIt gives the application the name that was asked for, or one after its domain, and says when the same
// org is connected already.
func (s *Service) nameIt(ctx context.Context, app *org.Application, wanted string) (note string, err error) {
	others, err := s.DB.Applications(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, o := range others {
		if o.Status == org.Disconnected {
			continue
		}
		taken[strings.ToLower(o.Name)] = true
		if o.OrgID == app.OrgID && app.OrgID != "" && note == "" {
			note = fmt.Sprintf("This org is already connected as %s; both connections work side by side.", o.Name)
		}
	}
	base := wanted
	if base == "" {
		base, _, _ = strings.Cut(app.Domain, ".")
		if s.Hosts.IsLoopback(app.Domain) {
			base = "Simulated org"
		}
	}
	app.Name = base
	for n := 2; taken[strings.ToLower(app.Name)]; n++ {
		app.Name = fmt.Sprintf("%s (%d)", base, n)
	}
	return note, nil
}

func checkClientID(id string) error {
	if strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		return fault.In(FieldClientID, "A client ID is letters and digits, like 0oa1b2c3d4e5f6g7h8i9; copy it from the top of the app's page in Okta.")
	}
	return nil
}

// without returns the scopes that were asked for and not granted.
func without(asked, granted []org.Scope) (missing []org.Scope) {
	for _, s := range asked {
		if !org.Holds(granted, s) {
			missing = append(missing, s)
		}
	}
	return missing
}
