package oktasim

import (
	"maps"
	"time"
)

// timeOrNull writes a time as Okta does, and one that never was as null.
func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// userJSON is "User" in Okta's API reference.
type userJSON struct {
	ID              string         `json:"id"`
	Status          string         `json:"status"`
	Created         string         `json:"created"`
	Activated       any            `json:"activated"`
	StatusChanged   any            `json:"statusChanged"`
	LastLogin       any            `json:"lastLogin"`
	LastUpdated     string         `json:"lastUpdated"`
	PasswordChanged any            `json:"passwordChanged"`
	RealmID         string         `json:"realmId"`
	Type            map[string]any `json:"type"`
	Profile         map[string]any `json:"profile"`
	Credentials     map[string]any `json:"credentials"`
	Links           map[string]any `json:"_links"`
}

// userView is the user as GET answers them; a list only links to the user itself.
func (c *call) userView(u *user, inList bool) userJSON {
	v := userJSON{
		ID: u.id, Status: u.status, Created: stamp(u.created), Activated: timeOrNull(u.activated),
		StatusChanged: timeOrNull(u.statusChanged), LastLogin: timeOrNull(u.lastLogin),
		LastUpdated: stamp(u.lastUpdated), PasswordChanged: timeOrNull(u.passwordChanged),
		RealmID: c.o.users.realmID, Type: map[string]any{"id": u.typeID},
		// These six are always there, the others only when they have a value.
		Profile:     map[string]any{"firstName": nil, "lastName": nil, "mobilePhone": nil, "secondEmail": nil, "login": nil, "email": nil},
		Credentials: u.credentialsView(),
	}
	maps.Copy(v.Profile, u.profile)
	if inList {
		v.Links = map[string]any{"self": link(c.url("/api/v1/users/%s", u.id))}
	} else {
		v.Links = c.userLinks(u)
	}
	return v
}

func (c *call) userViews(list []*user) []userJSON {
	out := make([]userJSON, len(list))
	for i, u := range list {
		out[i] = c.userView(u, true)
	}
	return out
}

func (u *user) credentialsView() map[string]any {
	out := map[string]any{"provider": map[string]any{"type": u.provider, "name": u.provider}}
	if u.hasPassword {
		out["password"] = map[string]any{}
		emails := []any{map[string]any{"value": u.text("email"), "status": "VERIFIED", "type": "PRIMARY"}}
		if second := u.text("secondEmail"); second != "" {
			emails = append(emails, map[string]any{"value": second, "status": "VERIFIED", "type": "SECONDARY"})
		}
		out["emails"] = emails
	}
	if u.question != "" {
		out["recovery_question"] = map[string]any{"question": u.question}
	}
	return out
}

// userLinkNames are the operations that Okta offers in each status. The names are
// the keys of `_links`.
var userLinkNames = map[string][]string{
	statusStaged:          {"activate", "resetFactors"},
	statusProvisioned:     {"suspend", "resetPassword", "reactivate", "resetFactors", "deactivate"},
	statusActive:          {"suspend", "resetPassword", "resetFactors", "deactivate"},
	statusRecovery:        {"suspend", "resetPassword", "reactivate", "resetFactors", "deactivate"},
	statusPasswordExpired: {"suspend", "resetPassword", "resetFactors", "deactivate"},
	statusLockedOut:       {"unlock", "suspend", "resetPassword", "resetFactors", "deactivate"},
	statusSuspended:       {"unsuspend", "resetFactors", "deactivate"},
	statusDeprovisioned:   {"activate", "resetFactors", "delete"},
}

var userLinkPaths = map[string]string{
	"activate": "lifecycle/activate", "reactivate": "lifecycle/reactivate", "deactivate": "lifecycle/deactivate",
	"suspend": "lifecycle/suspend", "unsuspend": "lifecycle/unsuspend", "unlock": "lifecycle/unlock",
	"resetPassword": "lifecycle/reset_password", "resetFactors": "lifecycle/reset_factors",
	"expirePassword": "lifecycle/expire_password", "changePassword": "credentials/change_password",
	"forgotPassword": "credentials/forgot_password", "changeRecoveryQuestion": "credentials/change_recovery_question",
}

func (c *call) userLinks(u *user) map[string]any {
	self := c.url("/api/v1/users/%s", u.id)
	typ := c.o.schemas.typeByID(u.typeID)
	links := map[string]any{
		"self":   link(self),
		"type":   link(c.url("/api/v1/meta/types/user/%s", u.typeID)),
		"schema": link(c.url("/api/v1/meta/schemas/user/%s", typ.schema.id)),
	}
	names := userLinkNames[u.status]
	if u.hasPassword && (u.status == statusActive || u.status == statusPasswordExpired) {
		names = append(names[:len(names):len(names)], "expirePassword", "changePassword", "forgotPassword", "changeRecoveryQuestion")
	}
	for _, n := range names {
		if n == "delete" {
			links[n] = map[string]any{"href": self, "method": "DELETE"}
			continue
		}
		links[n] = map[string]any{"href": self + "/" + userLinkPaths[n], "method": "POST"}
	}
	return links
}
