package oktasim

import (
	"encoding/json"
	"slices"
	"strings"
)

// Policies and their rules have an order: priority 1 is asked first. What is made without a priority comes last; where the
// priority is taken, the others move down ("Policy and rule prioritization" in Okta's guides). When one goes, the others
// move up, but for the rules of policies whose own catch-all has the priority 99: there, the gap stays.

// lastPriority is that of a catch-all rule.
const lastPriority = 99

// priorityOf reads a priority; 0 is none.
func priorityOf(body map[string]any) int {
	switch v := body["priority"].(type) {
	case int:
		return v
	case float64:
		return int(v)
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return 0
		}
		return int(n)
	}
	return 0
}

// ordered reports whether a collection of this kind has an order.
func (r *resource) ordered() bool {
	return r.kind == "Policy" || r.kind == "PolicyRule" || r.kind == "AuthorizationServerPolicy"
}

// beside are the objects that share an order with one of a collection, without Okta's own, which are the last.
func (o *Org) beside(key string, it *restItem) (list []*restItem) {
	for _, other := range o.rest.items[key] {
		if other != it && !other.system && (!strings.HasSuffix(key, policyPath) || asText(other.body["type"]) == asText(it.body["type"])) {
			list = append(list, other)
		}
	}
	return list
}

// gaps reports whether an order keeps the place of what went.
func (o *Org) gaps(key string) bool {
	return slices.ContainsFunc(o.rest.items[key], func(it *restItem) bool { return it.system && priorityOf(it.body) == lastPriority })
}

// place puts an object where its body wants it, or last.
func (o *Org) place(r *resource, key string, it *restItem) {
	if !r.ordered() || it.system {
		return
	}
	others := o.beside(key, it)
	wanted := priorityOf(it.body)
	last := 0
	for _, other := range others {
		last = max(last, priorityOf(other.body))
	}
	if it.body["priority"] == nil {
		wanted = last + 1
	}
	if !o.gaps(key) {
		wanted = min(wanted, last+1)
	}
	if slices.ContainsFunc(others, func(other *restItem) bool { return priorityOf(other.body) == wanted }) {
		for _, other := range others {
			if p := priorityOf(other.body); p >= wanted {
				other.body["priority"] = p + 1
			}
		}
	}
	it.body["priority"] = wanted
	o.lastStays(r, key, it)
}

// moveUp moves those behind an object up that goes, or that is about to get another place.
func (o *Org) moveUp(r *resource, key string, it *restItem) {
	if !r.ordered() || it.system || o.gaps(key) {
		return
	}
	gone := priorityOf(it.body)
	for _, other := range o.beside(key, it) {
		if p := priorityOf(other.body); p > gone {
			other.body["priority"] = p - 1
		}
	}
	o.lastStays(r, key, it)
}

// lastStays keeps Okta's own policy or rule behind the others.
func (o *Org) lastStays(r *resource, key string, it *restItem) {
	if !r.ordered() || o.gaps(key) {
		return
	}
	for _, other := range o.rest.items[key] {
		if !other.system || strings.HasSuffix(key, policyPath) && asText(other.body["type"]) != asText(it.body["type"]) {
			continue
		}
		last := 0
		for _, x := range o.beside(key, it) {
			last = max(last, priorityOf(x.body))
		}
		if slices.Contains(o.rest.items[key], it) {
			last = max(last, priorityOf(it.body))
		}
		other.body["priority"] = last + 1
	}
}

// catchAll makes the rule that Okta gives each new policy of apps: whoever no other rule is about.
func (o *Org) catchAll(key string, policy *restItem) {
	if key != policyPath || policy.body["type"] != "ACCESS_POLICY" {
		return
	}
	o.seed(key+"/"+policy.id+"/rules", true, "ACTIVE", map[string]any{"name": "Catch-all Rule", "type": "ACCESS_POLICY", "priority": lastPriority, "system": true, "conditions": nil})
}

// usedBy returns what stands in the way of a deletion: network zones and device assurance policies that a policy's rule names
// can't be deleted (operations deleteNetworkZone and deleteDeviceAssurancePolicy).
func (o *Org) usedBy(r *resource, id string) string {
	if r.kind != "NetworkZone" && r.kind != "DeviceAssurancePolicy" {
		return ""
	}
	for key, items := range o.rest.items {
		if !strings.HasPrefix(key, policyPath+"/") {
			continue
		}
		for _, it := range items {
			var named []string
			for _, path := range [][]string{{"network", "include"}, {"network", "exclude"}, {"device", "assurance", "include"}} {
				list, _ := jsonTexts(jsonMap(jsonMap(it.body, "conditions"), path[:len(path)-1]...), path[len(path)-1])
				named = append(named, list...)
			}
			if slices.Contains(named, id) {
				return asText(it.body["name"])
			}
		}
	}
	return ""
}
