package oktasim

import (
	"fmt"
	"maps"
)

// UserInfo is what a test or a demo wants to know of a user.
type UserInfo struct {
	ID, Login, Email, Status string
	Profile                  map[string]any
	Groups                   []string // names, in the order of the groups' creation
	Roles                    []string // types of the admin roles
	HasPassword              bool
}

// GroupInfo is what a test or a demo wants to know of a group.
type GroupInfo struct {
	ID, Name, Description, Type string
	Members                     int
}

func (o *Org) userInfo(u *user) UserInfo {
	info := UserInfo{ID: u.id, Login: u.login(), Email: u.text("email"), Status: u.status, Profile: maps.Clone(u.profile), HasPassword: u.hasPassword}
	for _, g := range o.groupsOf(u.id) {
		info.Groups = append(info.Groups, g.name())
	}
	for _, a := range u.roles {
		info.Roles = append(info.Roles, a.kind)
	}
	return info
}

func (g *group) info() GroupInfo {
	return GroupInfo{ID: g.id, Name: g.name(), Description: asText(g.profile["description"]), Type: g.kind, Members: len(g.members)}
}

// FindUser finds a user by id or login.
func (o *Org) FindUser(ref string) (UserInfo, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	u := o.users.find(ref)
	if u == nil {
		return UserInfo{}, false
	}
	return o.userInfo(u), true
}

// Users lists everybody in the order of creation.
func (o *Org) Users() []UserInfo {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]UserInfo, len(o.users.list))
	for i, u := range o.users.list {
		out[i] = o.userInfo(u)
	}
	return out
}

// FindGroup finds a group by id or name.
func (o *Org) FindGroup(ref string) (GroupInfo, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g := o.group(ref)
	if g == nil {
		return GroupInfo{}, false
	}
	return g.info(), true
}

func (o *Org) group(ref string) *group {
	if g := o.groups.byID[ref]; g != nil {
		return g
	}
	return o.groups.find(ref)
}

// Groups lists the groups in the order of creation.
func (o *Org) Groups() []GroupInfo {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]GroupInfo, len(o.groups.list))
	for i, g := range o.groups.list {
		out[i] = g.info()
	}
	return out
}

// Members lists the logins in a group, by id or name, in the order of the users' creation.
func (o *Org) Members(ref string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	g := o.group(ref)
	if g == nil {
		return nil
	}
	out := []string{}
	for _, u := range o.membersOf(g) {
		out = append(out, u.login())
	}
	return out
}

// AddAppGroup adds a group that an app's import brought; the API cannot change it.
func (o *Org) AddAppGroup(appID, name, description string) (id string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if name == "" {
		return "", fmt.Errorf("add the group of app %s: it has no name", appID)
	}
	return o.createAppGroup(appID, map[string]any{"name": name, "description": description}).id, nil
}
