package oktasim

import (
	"net/http"
	"slices"
)

// action is an operation on one object of a collection that is more than
// reading, writing or switching it.
type action struct {
	method, on, rest string // the collection's path, and what follows the object's id
	read             bool   // takes the collection's read scope
	do               func(c *call, key string, it *restItem) (int, any, *apiError)
}

func actions() []action {
	verified := func(field, value string) func(*call, string, *restItem) (int, any, *apiError) {
		return func(c *call, key string, it *restItem) (int, any, *apiError) {
			it.body[field], it.updated = value, c.now()
			return http.StatusOK, c.o.rest.byPath[patternOf(c.o, key)].view(c, key, it), nil
		}
	}
	done := func(*call, string, *restItem) (int, any, *apiError) { return http.StatusNoContent, nil, nil }
	none := func(*call, string, *restItem) (int, any, *apiError) { return http.StatusOK, []any{}, nil }
	return []action{
		{method: "POST", on: "/api/v1/domains", rest: "/verify", do: verified("validationStatus", "VERIFIED")},
		{method: "PUT", on: "/api/v1/domains", rest: "/certificate", do: done},
		{method: "POST", on: "/api/v1/email-domains", rest: "/verify", do: verified("validationStatus", "VERIFIED")},
		{method: "POST", on: "/api/v1/email-servers", rest: "/test", do: done},
		{method: "DELETE", on: "/api/v1/brands/{brandId}/templates/email", rest: "/customizations", do: removeCustomizations},
		{method: "GET", on: policyPath, rest: "/app", read: true, do: policyApps},
		{method: "POST", on: policyPath, rest: "/clone", do: policyClone},
		{method: "GET", on: "/api/v1/features", rest: "/dependencies", read: true, do: none},
		{method: "GET", on: "/api/v1/features", rest: "/dependents", read: true, do: none},
		{method: "POST", on: "/api/v1/features", rest: "/{lifecycle}", do: switchFeature},
		{method: "GET", on: "/api/v1/idps", rest: "/credentials/csrs", read: true, do: none},
		{method: "GET", on: "/api/v1/idps", rest: "/users", read: true, do: none},
		{method: "GET", on: authServers, rest: "/clients", read: true, do: none},
		{method: "GET", on: authServers, rest: "/associatedServers", read: true, do: listAssociated},
		{method: "POST", on: authServers, rest: "/associatedServers", do: addAssociated},
		{method: "DELETE", on: authServers, rest: "/associatedServers/{associatedServerId}", do: removeAssociated},
	}
}

// actionRoutes are the routes of the actions.
func (o *Org) actionRoutes() []route {
	var out []route
	for _, a := range actions() {
		r := o.rest.byPath[a.on]
		verb := "manage"
		if a.read {
			verb = "read"
		}
		out = append(out, route{method: a.method, pattern: r.path + "/{" + r.param + "}" + a.rest, scope: r.right(verb),
			handle: func(c *call) (int, any, *apiError) {
				key, it, err := r.item(c)
				if err != nil {
					return 0, nil, err
				}
				return a.do(c, key, it)
			}})
	}
	return out
}

// removeCustomizations is deleteAllCustomizations.
func removeCustomizations(c *call, key string, it *restItem) (int, any, *apiError) {
	delete(c.o.rest.items, key+"/"+it.id+"/customizations")
	return http.StatusNoContent, nil, nil
}

// policyApps is listPolicyApps: the apps that a policy applies to.
func policyApps(c *call, _ string, it *restItem) (int, any, *apiError) {
	out := []map[string]any{}
	for _, a := range c.o.apps.list {
		if a.accessPolicy == it.id || a.enrollPolicy == it.id {
			out = append(out, c.appView(a, false))
		}
	}
	return http.StatusOK, out, nil
}

// policyClone is clonePolicy: a copy of an app sign-on policy with its rules.
func policyClone(c *call, key string, it *restItem) (int, any, *apiError) {
	if it.body["type"] != "ACCESS_POLICY" {
		return 0, nil, errValidation("type", "type: Only a policy of the type ACCESS_POLICY can be cloned.")
	}
	body := jsonCopy(it.body)
	body["name"], body["system"] = "[cloned] "+jsonText(it.body, "name"), false
	policy := c.o.seed(key, false, it.status, body)
	for _, rule := range c.o.rest.items[key+"/"+it.id+"/rules"] {
		c.o.seed(key+"/"+policy.id+"/rules", rule.system, rule.status, jsonCopy(rule.body))
	}
	c.o.log(c, "policy.lifecycle.create", "Create policy", target{ID: policy.id, Type: "Policy", AlternateID: "unknown", DisplayName: jsonText(body, "name")})
	return http.StatusOK, c.o.rest.byPath[policyPath].view(c, key, policy), nil
}

// switchFeature is updateFeatureLifecycle.
func switchFeature(c *call, key string, it *restItem) (int, any, *apiError) {
	verb := c.p("lifecycle")
	if !slices.Contains([]string{"enable", "disable"}, verb) {
		return 0, nil, errValidation("lifecycle", "lifecycle: Must be enable or disable")
	}
	it.body["status"] = map[string]string{"enable": "ENABLED", "disable": "DISABLED"}[verb]
	c.o.log(c, "system.feature."+verb, "Feature "+verb, target{ID: it.id, Type: "Feature", AlternateID: "unknown", DisplayName: jsonText(it.body, "name")})
	return http.StatusOK, c.o.rest.byPath[patternOf(c.o, key)].view(c, key, it), nil
}
