package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func restList(c *call, r *resource) (int, any, *apiError) {
	key, err := r.key(c)
	if err != nil {
		return 0, nil, err
	}
	if r.needs != "" && c.q(r.needs) == "" {
		return 0, nil, errValidation(r.needs, r.needs+": The parameter is required.")
	}
	q := strings.ToLower(c.q("q"))
	var found []*restItem
	for _, it := range c.o.rest.items[key] {
		name := strings.ToLower(jsonText(it.body, "name"))
		fits := q == "" || strings.HasPrefix(name, q)
		for _, f := range r.filters {
			want := c.q(f)
			have := asText(it.body[f])
			if f == "status" {
				have = it.status
			}
			fits = fits && (want == "" || want == have)
		}
		if fits {
			found = append(found, it)
		}
	}
	out := []map[string]any{}
	for _, it := range page(c, found, 20, 200, func(it *restItem) string { return it.id }) {
		out = append(out, r.view(c, key, it))
	}
	if r.wrap != "" {
		return http.StatusOK, map[string]any{r.wrap: out}, nil
	}
	return http.StatusOK, out, nil
}

func restGet(c *call, r *resource) (int, any, *apiError) {
	key, it, err := r.item(c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, r.view(c, key, it), nil
}

func restCreate(c *call, r *resource) (int, any, *apiError) {
	key, err := r.key(c)
	if err != nil {
		return 0, nil, err
	}
	body, err := r.read(c, key, nil)
	if err != nil {
		return 0, nil, err
	}
	it := &restItem{body: body, created: c.now(), updated: c.now()}
	if r.prefix != "" {
		it.id = c.o.newID(r.prefix)
	} else if it.id = asText(body[r.idFrom]); it.id == "" {
		return 0, nil, errValidation(r.idFrom, blank(r.idFrom))
	} else if c.o.rest.find(key, it.id) != nil {
		return 0, nil, errValidation(r.idFrom, fmt.Sprintf("%s: An object with this value already exists.", r.idFrom))
	}
	if strings.Contains(r.ops, "a") {
		it.status = "ACTIVE"
		if jsonText(body, "status") == "INACTIVE" || !c.qBool("activate", true) {
			it.status = "INACTIVE"
		}
		delete(body, "status")
	}
	c.o.place(r, key, it)
	c.o.rest.items[key] = append(c.o.rest.items[key], it)
	c.o.lastStays(r, key, it)
	c.o.catchAll(key, it)
	r.log(c, it, "create", "Create")
	status := r.created
	if status == 0 {
		status = http.StatusOK
	}
	return status, r.view(c, key, it), nil
}

func restReplace(c *call, r *resource) (int, any, *apiError) {
	key, it, err := r.item(c)
	if err != nil {
		return 0, nil, err
	}
	body, err := r.read(c, key, it)
	if err != nil {
		return 0, nil, err
	}
	if strings.Contains(r.ops, "a") {
		delete(body, "status")
	}
	was := priorityOf(it.body)
	if r.ordered() && (it.system || body["priority"] == nil) {
		body["priority"] = was
	}
	if priorityOf(body) != was {
		c.o.moveUp(r, key, it)
		it.body = body
		c.o.place(r, key, it)
	}
	it.body, it.updated = body, c.now()
	r.log(c, it, "update", "Update")
	return http.StatusOK, r.view(c, key, it), nil
}

// restUpdate changes the members that are sent.
func restUpdate(c *call, r *resource) (int, any, *apiError) {
	key, it, err := r.item(c)
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	merged := jsonDefaults(jsonCopy(in), it.body)
	if err := r.accept(c, key, merged, it); err != nil {
		return 0, nil, err
	}
	delete(merged, "status")
	it.body, it.updated = merged, c.now()
	r.log(c, it, "update", "Update")
	return http.StatusOK, r.view(c, key, it), nil
}

func restDelete(c *call, r *resource) (int, any, *apiError) {
	key, it, err := r.item(c)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case it.system:
		return 0, nil, errPermission()
	case r.idle && it.status == "ACTIVE":
		return 0, nil, errValidation("status", "status: The object must be deactivated before deletion.")
	case c.o.usedBy(r, it.id) != "":
		return 0, nil, errValidation("id", fmt.Sprintf("id: The rule '%s' of a policy uses this.", c.o.usedBy(r, it.id)))
	}
	c.o.moveUp(r, key, it)
	c.o.rest.items[key] = slices.DeleteFunc(c.o.rest.items[key], func(x *restItem) bool { return x == it })
	for inner := range c.o.rest.items {
		if strings.HasPrefix(inner, key+"/"+it.id+"/") {
			delete(c.o.rest.items, inner)
		}
	}
	r.log(c, it, "delete", "Delete")
	return http.StatusNoContent, nil, nil
}

func restLifecycle(c *call, r *resource, status string) (int, any, *apiError) {
	key, it, err := r.item(c)
	if err != nil {
		return 0, nil, err
	}
	if it.system && status == "INACTIVE" {
		return 0, nil, errPermission()
	}
	if it.status != status {
		it.status, it.updated = status, c.now()
		verb := map[string]string{"ACTIVE": "activate", "INACTIVE": "deactivate"}[status]
		r.log(c, it, verb, strings.ToUpper(verb[:1])+verb[1:])
	}
	if r.replies == http.StatusOK {
		return http.StatusOK, r.view(c, key, it), nil
	}
	return http.StatusNoContent, nil, nil
}
