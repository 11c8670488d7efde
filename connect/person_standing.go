package connect

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"caracal/auth"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// What Standing reads takes these scopes (Okta API: getUser, listUserGroups, listGroups).
const (
	usersScope  org.Scope = "okta.users.read"
	groupsScope org.Scope = "okta.groups.read"
)

// noSignIn are the statuses of a user who can't sign in and whom somebody made so (Okta API: User, status).
var noSignIn = []string{"DEPROVISIONED", "SUSPENDED"}

// Standing asks the org at which a person signs in whether they are still active and in which of these groups they still
// are. known is false when that can't be told: no application is connected to that org, it may not read users, or the
// person's subject is no name that the org has.
func (s *Service) Standing(ctx context.Context, u auth.User, groups []string) (st auth.Standing, known bool, err error) {
	app, ok, err := s.signInOrg(ctx, u.Issuer)
	if err != nil || !ok {
		return st, false, err
	}
	client, _, err := s.Client(ctx, app.ID)
	if err != nil {
		return st, false, err
	}
	var found struct{ ID, Status string }
	err = client.Get(ctx, okta.Path("/api/v1/users/%s", u.Subject), nil, &found)
	if fault.Is(err, fault.NotFound) {
		// Who was found before is deleted. Who never was may be somebody whom the connection's admin role does not let it
		// see, or have a subject that the org does not know: everybody would be locked out.
		st.Gone = !u.CheckedAt.IsZero()
		return st, st.Gone, nil
	}
	if err != nil {
		return st, false, err
	}
	if st.Gone = slices.Contains(noSignIn, found.Status); st.Gone || len(groups) == 0 {
		return st, true, nil
	}
	missing := slices.Clone(groups)
	err = client.Each(ctx, okta.Path("/api/v1/users/%s/groups", found.ID), url.Values{"limit": {"200"}}, 0, func(raw json.RawMessage) error {
		name, err := groupName(raw)
		missing = slices.DeleteFunc(missing, func(g string) bool { return g == name })
		return err
	})
	if err != nil {
		return st, false, err
	}
	for _, g := range missing {
		there, err := hasGroup(ctx, client, app, g)
		if err != nil {
			return st, false, err
		}
		if there {
			st.Left = append(st.Left, g)
		}
	}
	return st, true, nil
}

// signInOrg returns the active application of the org that an issuer is of, if there is one that may read users.
func (s *Service) signInOrg(ctx context.Context, issuer string) (org.Application, bool, error) {
	at, err := url.Parse(issuer)
	if err != nil || at.Host == "" {
		return org.Application{}, false, nil
	}
	list, err := s.DB.Applications(ctx)
	for _, a := range list {
		if a.Status == org.Active && a.Domain == at.Host && a.Has(usersScope) {
			return a, true, err
		}
	}
	return org.Application{}, false, err
}

// hasGroup reports whether the org has a group of this name that the application may see. A name that it has not comes from
// the provider's claim alone, and says nothing about who is in it.
func hasGroup(ctx context.Context, client *okta.Client, app org.Application, name string) (bool, error) {
	if !app.Has(groupsScope) {
		return false, nil
	}
	var list []json.RawMessage
	if err := client.Get(ctx, "/api/v1/groups", url.Values{"search": {equal("profile.name", name)}, "limit": {"10"}}, &list); err != nil {
		return false, err
	}
	for _, raw := range list {
		if got, err := groupName(raw); err != nil || got == name {
			return got == name, err
		}
	}
	return false, nil
}

func groupName(raw json.RawMessage) (string, error) {
	var g struct{ Profile struct{ Name string } }
	err := json.Unmarshal(raw, &g)
	return g.Profile.Name, err
}
