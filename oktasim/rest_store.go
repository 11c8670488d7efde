package oktasim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The rest of the Management API is data: a table of collections and single
// objects, each with its rules, served by the few functions below. An object is
// what was sent plus its defaults, as Okta answers it.

// resource is one collection of the API.
type resource struct {
	path    string // /api/v1/zones; with parameters for a collection inside an object
	param   string // the name of an object's id in the path
	kind    string // what a 404 calls it
	prefix  string // of its ids; "" takes the id from the field named idFrom
	idFrom  string
	scope   string // okta.networkZones: .read or .manage is added
	ops     string // what can be done: l list, c create, g get, r replace (PUT), u update (POST), p patch, d delete, a lifecycle
	created int    // status of a create, 200 if not said
	replies int    // status of a lifecycle change: 204, or 200 with the object
	wrap    string // the member that a list is wrapped in

	required []string            // members that a create and a replace need; a dot goes inside
	enums    map[string][]string // members with fixed values
	defaults map[string]any
	unique   string   // the member that no two objects of a collection share
	secrets  []string // members that are written, never read
	idle     bool     // only an inactive object can be deleted
	filters  []string // query parameters that must equal the member of that name
	needs    string   // a query parameter that a list cannot do without
	event    string   // log events: zone gives zone.create …
	past     bool     // their verbs are in the past: oauth2.as.created …
	begins   string   // the verb of a create, if it is another
	check    func(c *call, body map[string]any) *apiError
	shows    func(c *call, key string, out map[string]any) // what its view has otherwise
}

// restItem is one object of a collection.
type restItem struct {
	id               string
	alias            string // a second name in paths: "default"
	body             map[string]any
	status           string   // "" if it has no lifecycle
	system           bool     // Okta's own: cannot be deleted
	trusted          []string // of an authorization server: the others that it trusts
	created, updated time.Time
}

// restStore holds the collections by their path with the parents' ids filled in.
type restStore struct {
	items   map[string][]*restItem
	singles map[string]map[string]any
	byPath  map[string]*resource // the table, by pattern
	linked  []*linkedObject
	secrets map[string][]*appSecret // of catalog integrations, by client id
}

func (o *Org) initRest() {
	o.rest = restStore{items: map[string][]*restItem{}, singles: map[string]map[string]any{}, byPath: map[string]*resource{},
		secrets: map[string][]*appSecret{}}
	for _, r := range restTable() {
		o.rest.byPath[r.path] = &r
	}
	o.seedRest()
}

// restRoutes are the routes of the table.
func (o *Org) restRoutes() []route {
	var out []route
	for _, r := range restTable() {
		r := o.rest.byPath[r.path]
		one := r.path + "/{" + r.param + "}"
		add := func(op, method, pattern, right string, handle func(*call, *resource) (int, any, *apiError)) {
			if strings.Contains(r.ops, op) {
				out = append(out, route{method: method, pattern: pattern, scope: r.right(right),
					handle: func(c *call) (int, any, *apiError) { return handle(c, r) }})
			}
		}
		add("l", "GET", r.path, "read", restList)
		add("c", "POST", r.path, "manage", restCreate)
		add("g", "GET", one, "read", restGet)
		add("r", "PUT", one, "manage", restReplace)
		add("u", "POST", one, "manage", restUpdate)
		add("p", "PATCH", one, "manage", restUpdate)
		add("d", "DELETE", one, "manage", restDelete)
		for verb, status := range map[string]string{"activate": "ACTIVE", "deactivate": "INACTIVE"} {
			add("a", "POST", one+"/lifecycle/"+verb, "manage", func(c *call, r *resource) (int, any, *apiError) {
				return restLifecycle(c, r, status)
			})
		}
	}
	return out
}

func (r *resource) right(verb string) string { return r.scope + "." + verb }

// key is the collection's path with the ids of this call's parents. A parent that does not exist is a 404.
func (r *resource) key(c *call) (string, *apiError) {
	segs := strings.Split(r.path, "/")
	key := ""
	for i, s := range segs {
		if i == 0 {
			continue
		}
		if !strings.HasPrefix(s, "{") {
			key += "/" + s
			continue
		}
		parent := c.o.rest.byPath[strings.Join(segs[:i], "/")]
		if parent == nil {
			return "", errNoRoute()
		}
		id := c.p(strings.Trim(s, "{}"))
		item := c.o.rest.find(key, id)
		if item == nil {
			return "", errNotFound(id, parent.kind)
		}
		key += "/" + item.id
	}
	return key, nil
}

func (s *restStore) find(key, id string) *restItem {
	for _, it := range s.items[key] {
		if it.id == id || it.alias != "" && it.alias == id {
			return it
		}
	}
	return nil
}

// item finds the object that the call's path names.
func (r *resource) item(c *call) (key string, it *restItem, err *apiError) {
	if key, err = r.key(c); err != nil {
		return "", nil, err
	}
	id := c.p(r.param)
	if it = c.o.rest.find(key, id); it == nil {
		return "", nil, errNotFound(id, r.kind)
	}
	return key, it, nil
}

// read decodes and checks a whole object; old is the one being replaced, or nil.
func (r *resource) read(c *call, key string, old *restItem) (map[string]any, *apiError) {
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return nil, err
	}
	if body == nil {
		return nil, errMalformed()
	}
	for _, k := range []string{"id", "created", "createdBy", "lastUpdated", "lastUpdatedBy", "_links", "_embedded", "system"} {
		delete(body, k)
	}
	if old != nil {
		for _, k := range r.secrets {
			if body[k] == nil && old.body[k] != nil {
				body[k] = old.body[k]
			}
		}
	}
	body = jsonDefaults(body, r.defaults)
	return body, r.accept(c, key, body, old)
}

// accept checks an object against the resource's rules.
func (r *resource) accept(c *call, key string, body map[string]any, old *restItem) *apiError {
	for _, path := range r.required {
		names := strings.Split(path, ".")
		v := jsonMap(body, names[:len(names)-1]...)[names[len(names)-1]]
		if v == nil || v == "" {
			return errValidation(path, blank(path))
		}
	}
	for _, name := range sortedKeys(asAny(r.enums)) {
		values := r.enums[name]
		if v := body[name]; v != nil && !slices.Contains(values, asText(v)) {
			return errValidation(name, fmt.Sprintf("%s: '%v' is not valid. Valid values: [%s].", name, v, strings.Join(values, ", ")))
		}
	}
	if r.unique != "" {
		for _, other := range c.o.rest.items[key] {
			if other != old && strings.EqualFold(asText(other.body[r.unique]), asText(body[r.unique])) &&
				asText(other.body["type"]) == asText(body["type"]) {
				return errValidation(r.unique, fmt.Sprintf("%s: An object with this value already exists.", r.unique))
			}
		}
	}
	if r.check != nil {
		return r.check(c, body)
	}
	return nil
}

func asAny(m map[string][]string) map[string]any {
	out := make(map[string]any, len(m))
	for k := range m {
		out[k] = nil
	}
	return out
}

// view is an object as the API shows it.
func (r *resource) view(c *call, key string, it *restItem) map[string]any {
	out := jsonCopy(it.body)
	for _, k := range r.secrets {
		delete(out, k)
	}
	out["id"], out["created"], out["lastUpdated"] = it.id, stamp(it.created), stamp(it.updated)
	self := c.o.base(c.r) + key + "/" + it.id
	allow := []string{"GET"}
	for op, method := range map[string]string{"r": "PUT", "d": "DELETE"} {
		if strings.Contains(r.ops, op) {
			allow = append(allow, method)
		}
	}
	slices.Sort(allow)
	links := map[string]any{"self": link(self, allow...)}
	if it.status != "" {
		out["status"] = it.status
		if it.status == "ACTIVE" {
			links["deactivate"] = link(self+"/lifecycle/deactivate", "POST")
		} else {
			links["activate"] = link(self+"/lifecycle/activate", "POST")
		}
	}
	if _, has := out["system"]; has || it.system {
		out["system"] = it.system
	}
	out["_links"] = links
	if r.shows != nil {
		r.shows(c, key, out)
	}
	return out
}

// log writes the change as the System Log names it ("Event types" in Okta's
// docs), where it has an event for it.
func (r *resource) log(c *call, it *restItem, verb, message string) {
	if r.event == "" {
		return
	}
	if verb == "create" && r.begins != "" {
		verb = r.begins
	}
	if r.past {
		verb = strings.TrimSuffix(verb, "e") + "ed"
	}
	c.o.log(c, r.event+"."+verb, message+" "+r.kind, target{ID: it.id, Type: r.kind, AlternateID: "unknown",
		DisplayName: asText(it.body["name"])})
}
