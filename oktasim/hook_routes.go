package oktasim

import (
	"fmt"
	"net/http"
	"slices"
)

// hookRoutes are the event hooks.
func (o *Org) hookRoutes() []route {
	const base, one, read, manage = "/api/v1/eventHooks", "/api/v1/eventHooks/{eventHookId}", "okta.eventHooks.read", "okta.eventHooks.manage"
	return []route{
		{method: "GET", pattern: base, scope: read, handle: (*call).hookList},
		{method: "POST", pattern: base, scope: manage, handle: (*call).hookCreate},
		{method: "GET", pattern: one, scope: read, handle: (*call).hookGet},
		{method: "PUT", pattern: one, scope: manage, handle: (*call).hookReplace},
		{method: "DELETE", pattern: one, scope: manage, handle: (*call).hookDelete},
		{method: "POST", pattern: one + "/lifecycle/activate", scope: manage, handle: func(c *call) (int, any, *apiError) { return c.hookStatus("ACTIVE") }},
		{method: "POST", pattern: one + "/lifecycle/deactivate", scope: manage, handle: func(c *call) (int, any, *apiError) { return c.hookStatus("INACTIVE") }},
		{method: "POST", pattern: one + "/lifecycle/verify", scope: manage, handle: (*call).hookVerify},
	}
}

func (h *hook) target() target {
	return target{ID: h.id, Type: "EventHook", AlternateID: "unknown", DisplayName: h.name}
}

func (c *call) findHook() (*hook, *apiError) {
	for _, h := range c.o.hooks.list {
		if h.id == c.p("eventHookId") {
			return h, nil
		}
	}
	return nil, errNotFound(c.p("eventHookId"), "Webhook")
}

func (c *call) hookList() (int, any, *apiError) {
	out := []map[string]any{}
	for _, h := range c.o.hooks.list {
		out = append(out, c.hookView(h))
	}
	return http.StatusOK, out, nil
}

func (c *call) hookGet() (int, any, *apiError) {
	h, err := c.findHook()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.hookView(h), nil
}

// readHook decodes a hook and refuses a name that another hook has.
func (c *call) readHook(old *hook) (*hookBody, *apiError) {
	var in hookBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Status != "" && in.Status != "ACTIVE" && in.Status != "INACTIVE" {
		return nil, errMalformed()
	}
	for _, h := range c.o.hooks.list {
		if h != old && h.name == in.Name {
			return nil, errValidation("name", "name: An event hook with this name already exists.")
		}
	}
	return &in, nil
}

// hookCreate is createEventHook. A hook starts active, and unverified.
func (c *call) hookCreate() (int, any, *apiError) {
	in, err := c.readHook(nil)
	if err != nil {
		return 0, nil, err
	}
	if err := c.hookRoom(); err != nil {
		return 0, nil, err
	}
	h := &hook{id: c.o.newID("who"), status: "ACTIVE", created: c.now(), createdBy: c.o.actorOf(c.principal).ID}
	h.take(in, c.now())
	c.o.hooks.list = append(c.o.hooks.list, h)
	c.o.log(c, "event_hook.created", "Event hook created", h.target())
	return http.StatusOK, c.hookView(h), nil
}

// hookRoom refuses one more active hook than an org may have.
func (c *call) hookRoom() *apiError {
	active := 0
	for _, h := range c.o.hooks.list {
		if h.status == "ACTIVE" {
			active++
		}
	}
	if active >= hookLimit {
		return errValidation("eventHooks", fmt.Sprintf("An org may have at most %d active event hooks.", hookLimit))
	}
	return nil
}

// hookReplace is replaceEventHook, which may also switch the hook on or off.
func (c *call) hookReplace() (int, any, *apiError) {
	h, err := c.findHook()
	if err != nil {
		return 0, nil, err
	}
	in, err := c.readHook(h)
	if err != nil {
		return 0, nil, err
	}
	if in.Status == "ACTIVE" && h.status != "ACTIVE" {
		if err := c.hookRoom(); err != nil {
			return 0, nil, err
		}
	}
	h.take(in, c.now())
	if in.Status != "" {
		h.status = in.Status
	}
	c.o.log(c, "event_hook.updated", "Event hook updated", h.target())
	return http.StatusOK, c.hookView(h), nil
}

// hookDelete is deleteEventHook: only an inactive hook.
func (c *call) hookDelete() (int, any, *apiError) {
	h, err := c.findHook()
	if err != nil {
		return 0, nil, err
	}
	if h.status == "ACTIVE" {
		return 0, nil, errValidation("status", "An active event hook cannot be deleted. Deactivate it first.")
	}
	c.o.hooks.list = slices.DeleteFunc(c.o.hooks.list, func(x *hook) bool { return x == h })
	c.o.log(c, "event_hook.deleted", "Event hook deleted", h.target())
	return http.StatusNoContent, nil, nil
}

func (c *call) hookStatus(status string) (int, any, *apiError) {
	h, err := c.findHook()
	if err != nil {
		return 0, nil, err
	}
	if h.status != status {
		if status == "ACTIVE" {
			if err := c.hookRoom(); err != nil {
				return 0, nil, err
			}
		}
		h.status, h.updated = status, c.now()
		verb := map[string]string{"ACTIVE": "activated", "INACTIVE": "deactivated"}[status]
		c.o.log(c, "event_hook."+verb, "Event hook "+verb, h.target())
	}
	return http.StatusOK, c.hookView(h), nil
}
