package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Person is someone who can sign in at the org. The sign-in page lists them
// with Note, so that whoever tries a demo knows whom to be.
type Person struct {
	First, Last string
	// Login is also the e-mail address, unless Email is given.
	Login, Email string
	Password     string
	Title        string
	Department   string
	// Groups are joined by name, and created if there are none.
	Groups []string
	// AdminRole is a standard role in the org, such as SUPER_ADMIN; "" is none.
	AdminRole string
	// Note is what the sign-in page says beside the name ("Caracal admin").
	Note string
	// Unlisted keeps the person off the sign-in page.
	Unlisted bool
}

// AddPerson creates an active user with a password and returns the user's id.
func (o *Org) AddPerson(p Person) (id string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.Email == "" {
		p.Email = p.Login
	}
	profile := map[string]any{"firstName": p.First, "lastName": p.Last, "login": p.Login, "email": p.Email}
	if p.Title != "" {
		profile["title"] = p.Title
	}
	if p.Department != "" {
		profile["department"] = p.Department
	}
	user, err := o.create("/api/v1/users?activate=true", map[string]any{"profile": profile,
		"credentials": map[string]any{"password": map[string]any{"value": p.Password}}})
	if err != nil {
		return "", fmt.Errorf("add %s: %w", p.Login, err)
	}
	for _, name := range p.Groups {
		if err := o.join(user, name); err != nil {
			return "", fmt.Errorf("add %s to %s: %w", p.Login, name, err)
		}
	}
	if p.AdminRole != "" {
		if _, err := o.create("/api/v1/users/"+user+"/roles", map[string]any{"type": p.AdminRole}); err != nil {
			return "", fmt.Errorf("make %s %s: %w", p.Login, p.AdminRole, err)
		}
	}
	if !p.Unlisted {
		p.Password = "" // the page shows no passwords, so the list need not hold them
		o.seats.people = append(o.seats.people, p)
	}
	return user, nil
}

// SetAdminPassword gives the org's first admin a password, so that someone can
// sign in at the console, and returns the admin's login.
func (o *Org) SetAdminPassword(password string) (login string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	status, answer := o.do(http.MethodPost, "/api/v1/users/"+o.adminID, map[string]any{
		"credentials": map[string]any{"password": map[string]any{"value": password}}})
	if status >= 300 {
		return "", fmt.Errorf("set the first admin's password: %d %s", status, strings.TrimSpace(string(answer)))
	}
	return o.userActor(o.adminID).AlternateID, nil
}

// create posts to the org's own API and returns the new object's id.
func (o *Org) create(path string, body any) (id string, err error) {
	status, answer := o.do(http.MethodPost, path, body)
	if status >= 300 {
		return "", fmt.Errorf("%s: %d %s", path, status, strings.TrimSpace(string(answer)))
	}
	var made struct{ ID string }
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &made); err != nil {
			return "", fmt.Errorf("%s: read the answer: %w", path, err)
		}
	}
	return made.ID, nil
}

// join adds a user to a group by name, which is created if there is none.
func (o *Org) join(user, groupName string) error {
	group := o.groupNamed(groupName)
	if group == "" {
		var err error
		if group, err = o.create("/api/v1/groups", map[string]any{"profile": map[string]any{"name": groupName}}); err != nil {
			return err
		}
	}
	if status, answer := o.do(http.MethodPut, "/api/v1/groups/"+group+"/users/"+user, nil); status >= 300 {
		return fmt.Errorf("%d %s", status, answer)
	}
	return nil
}

// groupNamed finds a group's id by its exact name.
func (o *Org) groupNamed(name string) string {
	var groups []struct {
		ID      string
		Profile struct{ Name string }
	}
	status, body := o.do(http.MethodGet, "/api/v1/groups?limit=10000", nil)
	if status != http.StatusOK || json.Unmarshal(body, &groups) != nil {
		return ""
	}
	for _, g := range groups {
		if g.Profile.Name == name {
			return g.ID
		}
	}
	return ""
}
