package oktasim

import (
	"net/http"
	"slices"
)

// What hangs on a user besides the profile: groups, app links, sessions, risk,
// grants, subscriptions.

func (c *call) listUserGroups(u *user) (int, any, *apiError) {
	return http.StatusOK, c.groupViews(page(c, c.o.groupsOf(u.id), 200, 200, groupID)), nil
}

// listAppLinks is what the person's dashboard shows: the active apps assigned to them that are not hidden.
func (c *call) listAppLinks(u *user) (int, any, *apiError) {
	out := []any{}
	for i, a := range c.o.appsOfUser(u.id) {
		if a.status != "ACTIVE" || jsonBool(jsonMap(a.visibility, "hide"), "web", false) {
			continue
		}
		out = append(out, map[string]any{
			"id": u.id + a.id, "label": a.label, "linkUrl": c.url("/home/%s/%s", a.name, a.id),
			"logoUrl": c.url("/assets/apps/%s", a.name), "appName": a.name, "appInstanceId": a.id,
			"appAssignmentId": "0ua" + a.id[3:], "credentialsSetup": false, "hidden": false, "sortOrder": i,
		})
	}
	return http.StatusOK, out, nil
}

func (c *call) clearSessions(u *user) (int, any, *apiError) {
	c.o.endSeatsOf(u.id)
	c.o.log(c, "user.session.clear", "Clear user session", u.target())
	return http.StatusNoContent, nil, nil
}

// userGone ends what a user has open and is assigned to, on deactivation and deletion.
func (o *Org) userGone(c *call, u *user) {
	o.endSeatsOf(u.id)
	o.appsUserGone(c, u.id)
}

// empty answers a list that nothing in the simulation can fill.
func (c *call) emptyList(*user) (int, any, *apiError) { return http.StatusOK, []any{}, nil }

func (c *call) noContent(*user) (int, any, *apiError) { return http.StatusNoContent, nil, nil }

func missing(param, kind string) func(*call, *user) (int, any, *apiError) {
	return func(c *call, _ *user) (int, any, *apiError) { return 0, nil, errNotFound(c.p(param), kind) }
}

// The risk of a user ("UserRisk"): what an admin set, as nothing here assesses it.

func (c *call) riskView(u *user) map[string]any {
	self := c.url("/api/v1/users/%s", u.id)
	out := map[string]any{"riskLevel": "NONE", "_links": map[string]any{
		"user": link(self, "GET"), "self": link(self+"/risk", "GET", "PUT")}}
	if u.risk != "" {
		out["riskLevel"], out["reason"] = u.risk, "Admin override risk"
	}
	return out
}

func (c *call) getRisk(u *user) (int, any, *apiError) { return http.StatusOK, c.riskView(u), nil }

func (c *call) putRisk(u *user) (int, any, *apiError) {
	var in struct {
		Level string `json:"riskLevel"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Level != "HIGH" && in.Level != "LOW" {
		return 0, nil, errValidation("riskLevel", "riskLevel: The value is not one of the allowed values")
	}
	status := http.StatusOK
	if u.risk == "" {
		status = http.StatusCreated
	}
	u.risk = in.Level
	c.o.log(c, "user.risk.detect", "User risk level changed", u.target())
	return status, c.riskView(u), nil
}

// notificationTypes are what admins are told by e-mail ("NotificationType").
var notificationTypes = []string{"AD_AGENT", "AGENT_AUTO_UPDATE_NOTIFICATION", "APP_IMPORT", "CONNECTOR_AGENT", "IWA_AGENT",
	"LDAP_AGENT", "OKTA_ANNOUNCEMENT", "OKTA_ISSUE", "OKTA_UPDATE", "RATELIMIT_NOTIFICATION", "REPORT_SUSPICIOUS_ACTIVITY",
	"USER_LOCKED_OUT"}

// subscriptionView is one holder's choice; kind is the collection in the path.
func (c *call) subscriptionView(on map[string]bool, kind, holder, name string) map[string]any {
	self := c.url("/api/v1/%s/%s/subscriptions/%s", kind, holder, name)
	status, other := "unsubscribed", "subscribe"
	if on[name] {
		status, other = "subscribed", "unsubscribe"
	}
	return map[string]any{"notificationType": name, "channels": []string{"email"}, "status": status,
		"_links": map[string]any{"self": link(self), other: link(self+"/"+other, "POST")}}
}

func (c *call) subscriptionViews(on map[string]bool, kind, holder string) []any {
	out := make([]any, len(notificationTypes))
	for i, n := range notificationTypes {
		out[i] = c.subscriptionView(on, kind, holder, n)
	}
	return out
}

func (c *call) notification() (string, *apiError) {
	name := c.p("notificationType")
	if !slices.Contains(notificationTypes, name) {
		return "", errNotFound(name, "NotificationType")
	}
	return name, nil
}

func (c *call) listUserSubscriptions(u *user) (int, any, *apiError) {
	return http.StatusOK, c.subscriptionViews(u.subscriptions, "users", u.id), nil
}

func (c *call) getUserSubscription(u *user) (int, any, *apiError) {
	name, err := c.notification()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.subscriptionView(u.subscriptions, "users", u.id, name), nil
}

func setUserSubscription(on bool) func(*call, *user) (int, any, *apiError) {
	return func(c *call, u *user) (int, any, *apiError) {
		name, err := c.notification()
		if err != nil {
			return 0, nil, err
		}
		if u.subscriptions == nil {
			u.subscriptions = map[string]bool{}
		}
		u.subscriptions[name] = on
		return http.StatusOK, nil, nil
	}
}

func (o *Org) subscriptionRoutes() []route {
	const read, manage, base = "okta.roles.read", "okta.roles.manage", "/api/v1/roles/{roleRef}/subscriptions"
	on := func(do func(c *call, role string, set map[string]bool) (int, any, *apiError)) func(*call) (int, any, *apiError) {
		return func(c *call) (int, any, *apiError) {
			ref := c.p("roleRef")
			if adminRoleOf(ref) == nil && c.o.iam.role(ref) == nil {
				return 0, nil, errNotFound(ref, "Role")
			}
			if c.o.iam.subscriptions == nil {
				c.o.iam.subscriptions = map[string]map[string]bool{}
			}
			if c.o.iam.subscriptions[ref] == nil {
				c.o.iam.subscriptions[ref] = map[string]bool{}
			}
			return do(c, ref, c.o.iam.subscriptions[ref])
		}
	}
	set := func(value bool) func(c *call, role string, set map[string]bool) (int, any, *apiError) {
		return func(c *call, _ string, set map[string]bool) (int, any, *apiError) {
			name, err := c.notification()
			if err != nil {
				return 0, nil, err
			}
			set[name] = value
			return http.StatusOK, nil, nil
		}
	}
	return []route{
		{method: "GET", pattern: base, scope: read, handle: on(func(c *call, role string, set map[string]bool) (int, any, *apiError) {
			return http.StatusOK, c.subscriptionViews(set, "roles", role), nil
		})},
		{method: "GET", pattern: base + "/{notificationType}", scope: read, handle: on(func(c *call, role string, set map[string]bool) (int, any, *apiError) {
			name, err := c.notification()
			if err != nil {
				return 0, nil, err
			}
			return http.StatusOK, c.subscriptionView(set, "roles", role, name), nil
		})},
		{method: "POST", pattern: base + "/{notificationType}/subscribe", scope: manage, handle: on(set(true))},
		{method: "POST", pattern: base + "/{notificationType}/unsubscribe", scope: manage, handle: on(set(false))},
	}
}
