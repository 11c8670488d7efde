package app

import (
	"crypto/rand"
	"fmt"
	"strings"

	"caracal/auth"
	"caracal/handlers"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
	"caracal/web"
)

// DemoOrg is a simulated org made ready for Caracal: a web app to sign in with, people for each role, and
// credentials of both kinds to connect.
type DemoOrg struct {
	SignIn   web.SignIn
	Demo     *handlers.Demo
	Password string // of every person in People; new each time
	OINApp   string // client IDs, to grant and revoke scopes
	Custom   string
	WebApp   string
}

// demoPeople are those who can sign in to the demo.
var demoPeople = []struct {
	first, last, login string
	role               auth.Role // "" has none, to see what such a person sees
}{
	{"Ada", "Admin", "ada.admin", auth.Admin},
	{"Ben", "Builder", "ben.builder", auth.Builder},
	{"Olga", "Operator", "olga.operator", auth.Operator},
	{"Anton", "Approver", "anton.approver", auth.Approver},
	{"Aisha", "Auditor", "aisha.auditor", auth.Auditor},
	{"Emil", "Employee", "emil.employee", auth.Employee},
	{"Nora", "Newcomer", "nora.newcomer", ""},
}

// demoDomain is reserved for documentation (RFC 2606), so that no mail ever reaches anybody.
const demoDomain = "@caracal.example"

// roleGroup names the group of the org that gives a role in Caracal.
func roleGroup(r auth.Role) string { return "caracal-" + string(r) }

// PrepareDemo makes a simulated org at orgURL ready for a Caracal at appURL.
func PrepareDemo(sim *oktasim.Org, orgURL, appURL string) (*DemoOrg, error) {
	d := &DemoOrg{
		Password: newPassword(),
		Demo:     &handlers.Demo{OrgURL: orgURL},
		SignIn: web.SignIn{
			Issuer: orgURL, Scopes: []string{"profile", "email", "groups"}, GroupsClaim: "groups", Roles: map[string]auth.Role{},
		},
	}
	for _, r := range auth.Roles {
		d.SignIn.Roles[roleGroup(r)] = r
	}
	if err := d.addPeople(sim); err != nil {
		return nil, err
	}
	if err := d.addSignIn(sim, appURL); err != nil {
		return nil, err
	}
	return d, d.addCredentials(sim, strings.TrimPrefix(orgURL, "http://"))
}

// addPeople creates who can sign in. The admin of Caracal is also the org's super admin, so that one person can
// follow a setup guide to its end.
func (d *DemoOrg) addPeople(sim *oktasim.Org) error {
	for _, p := range demoPeople {
		person := oktasim.Person{
			First: p.first, Last: p.last, Login: p.login + demoDomain, Password: d.Password,
			Title: p.role.Title(), Department: "IT", Note: "no role in Caracal",
		}
		shown := "no role"
		if p.role != "" {
			person.Groups = []string{roleGroup(p.role)}
			person.Note = "Caracal " + string(p.role)
			shown = p.role.Title()
		}
		if p.role == auth.Admin {
			person.AdminRole = "SUPER_ADMIN"
			person.Note += ", super admin of this org"
		}
		if _, err := sim.AddPerson(person); err != nil {
			return fmt.Errorf("prepare the demo: %w", err)
		}
		d.Demo.People = append(d.Demo.People, handlers.DemoPerson{Name: p.first + " " + p.last, Login: person.Login, Role: shown})
	}
	return nil
}

// addSignIn registers Caracal as a web app of the org.
func (d *DemoOrg) addSignIn(sim *oktasim.Org, appURL string) error {
	id, clientSecret, err := sim.AddWebApp(oktasim.WebApp{
		Name:           "Caracal",
		RedirectURIs:   []string{appURL + "/sign-in/callback"},
		PostLogoutURIs: []string{appURL + "/sign-in"},
		GroupsFilter:   "^caracal-.*",
	})
	if err != nil {
		return fmt.Errorf("register Caracal with the demo's org: %w", err)
	}
	d.WebApp = id
	d.SignIn.ClientID, d.SignIn.ClientSecret = id, secret.NewText(clientSecret)
	return nil
}

// addCredentials makes an application of each kind that the connect form can be filled with.
func (d *DemoOrg) addCredentials(sim *oktasim.Org, domain string) error {
	scopes := make([]string, len(org.DefaultScopes))
	for i, s := range org.DefaultScopes {
		scopes[i] = string(s)
	}
	// The roles that the setup guide names where the app shall not be Super Administrator.
	roles := []oktasim.Role{{Type: "USER_ADMIN"}, {Type: "ORG_ADMIN"}, {Type: "APP_ADMIN"}}
	id, clientSecret, err := sim.AddIntegration(oktasim.Integration{Name: "Caracal (demo)", Scopes: scopes, Roles: roles})
	if err != nil {
		return fmt.Errorf("install the demo's catalog integration: %w", err)
	}
	d.OINApp = id
	d.Demo.OIN = handlers.Credentials{Domain: domain, ClientID: id, Secret: secret.NewText(clientSecret), Scopes: org.JoinScopes(org.DefaultScopes)}

	key, err := okta.GenerateKey(okta.RS256)
	if err != nil {
		return fmt.Errorf("make the demo's key: %w", err)
	}
	private, err := key.Private()
	if err != nil {
		return fmt.Errorf("make the demo's key: %w", err)
	}
	id, err = sim.AddServiceApp(oktasim.ServiceApp{
		Name: "Caracal service app (demo)", JWKS: key.PublicJWK(), DPoP: true, Scopes: scopes, Roles: roles,
	})
	if err != nil {
		return fmt.Errorf("create the demo's service app: %w", err)
	}
	d.Custom = id
	d.Demo.Custom = handlers.Credentials{Domain: domain, ClientID: id, Secret: private, Scopes: org.JoinScopes(org.DefaultScopes)}
	return nil
}

// newPassword makes a password that Okta's default policy takes (upper and lower case, a digit, no part of the
// login) and that can be read out loud.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	return "Try-" + text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-7"
}
