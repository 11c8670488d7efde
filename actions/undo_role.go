package actions

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// heldRole is an admin role that a person, a group or a client holds by itself, with what it is limited to.
type heldRole struct {
	Type    string   `json:"type"`
	Role    string   `json:"role,omitempty"` // of a custom role
	Set     string   `json:"resource-set,omitempty"`
	Targets []string `json:"targets,omitempty"` // what follows …/targets/: groups/ID, catalog/apps/NAME or catalog/apps/NAME/ID
}

// same reports whether an assignment is one of the role, given to the holder and not through a group.
func (h heldRole) same(r assignedRole, list string) bool {
	inherited := r.By == "GROUP" && !strings.HasPrefix(list, "/api/v1/groups/")
	return r.Type == h.Type && r.Role == h.Role && r.Set == h.Set && !inherited
}

// facts say whether the role is held and what it is limited to. list is the address of the holder's roles.
func (h heldRole) facts(list string, held bool) []workflow.Fact {
	key := list + okta.Path("/%s", h.Type)
	if h.Role != "" {
		key += okta.Path("/%s/%s", h.Role, h.Set)
	}
	label := roleName(h.Type)
	if h.Role != "" {
		label = "Custom role"
	}
	targets := workflow.Fact{Key: key + "#/targets", Label: "Limited to"}
	if held && len(h.Targets) > 0 {
		targets.Value = h.Targets
	}
	return []workflow.Fact{{Key: key, Label: label, Value: trueOrNil(held)}, targets}
}

// rolesAt lists the roles of a holder.
func (c *Call) rolesAt(ctx context.Context, list string) (roles []assignedRole, err error) {
	err = c.Each(ctx, list, nil, maxListed, func(raw json.RawMessage) error {
		var r assignedRole
		if err := json.Unmarshal(raw, &r); err != nil {
			return fault.New(fault.Upstream, "An admin role could not be read.").Because(err)
		}
		roles = append(roles, r)
		return nil
	})
	return roles, err
}

// roleTargets reads what an assignment is limited to. An instance of an app is named by the name of its app and its id, and
// only the app itself tells the former (operation assignAppInstanceTargetToAppAdminRoleForUser).
func (c *Call) roleTargets(ctx context.Context, list string, r assignedRole) (targets []string, err error) {
	kind := targetsOf[r.Type]
	if kind == "" {
		return nil, nil
	}
	var found []struct{ ID, Name string }
	err = c.Each(ctx, list+okta.Path("/%s/targets/", r.ID)+kind, nil, mostTargets+1, func(raw json.RawMessage) error {
		var g struct{ ID, Name string }
		if err := json.Unmarshal(raw, &g); err != nil {
			return fault.New(fault.Upstream, "What an admin role is limited to could not be read.").Because(err)
		}
		found = append(found, g)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) > mostTargets {
		return nil, fault.New(fault.Invalid, "The role is limited to more than %d groups or apps, and a step keeps no more.", mostTargets)
	}
	for _, t := range found {
		switch {
		case kind == "groups":
			targets = append(targets, okta.Path("groups/%s", t.ID))
		case t.ID == "":
			targets = append(targets, okta.Path("catalog/apps/%s", t.Name))
		default:
			var a struct{ Name string }
			if err := c.Get(ctx, appKey(t.ID), nil, &a); err != nil {
				return nil, err
			}
			targets = append(targets, okta.Path("catalog/apps/%s/%s", a.Name, t.ID))
		}
	}
	slices.Sort(targets)
	return targets, nil
}

// mostTargets bounds what of a role a step keeps.
const mostTargets = 200

// lookHeld reads the assignments of a role that a holder has, with their targets.
func (c *Call) lookHeld(ctx context.Context, list string, wanted func(assignedRole) bool) (held []heldRole, ids []string, err error) {
	roles, err := c.rolesAt(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range roles {
		if !wanted(r) || r.By == "GROUP" && !strings.HasPrefix(list, "/api/v1/groups/") {
			continue
		}
		h := heldRole{Type: r.Type, Role: r.Role, Set: r.Set}
		if h.Targets, err = c.roleTargets(ctx, list, r); err != nil {
			return nil, nil, err
		}
		held, ids = append(held, h), append(ids, r.ID)
	}
	return held, ids, nil
}

// lookSame says whether a holder has a role, and keeps what it is limited to.
func (c *Call) lookSame(ctx context.Context, list string, h heldRole) ([]workflow.Fact, error) {
	held, _, err := c.lookHeld(ctx, list, func(r assignedRole) bool { return h.same(r, list) })
	if err != nil || len(held) == 0 {
		return h.facts(list, false), err
	}
	return append(held[0].facts(list, true), held[0].given(list)), nil
}

// given keeps a role whole, to be given again.
func (h heldRole) given(list string) workflow.Fact {
	return workflow.Fact{Key: list + "#/given", Label: "Admin role", Value: h}
}

// givenBack gives a role again that was kept whole; stays says that the holder has it still, wider than it was.
func (d Done) givenBack(list string, stays bool) workflow.Way {
	given, _ := workflow.ValueOf(d.Before, heldRole{}.given(list).Key)
	if given == nil {
		return workflow.Way{Nothing: soBefore}
	}
	var h heldRole
	if readJSON(jsonText(given), &h) != nil {
		return noWay("What this step took away can't be read any more.")
	}
	return d.giveBack(list, h, stays)
}

// rolesList is the address of the holder's roles that an operation on them names.
func (u undoer) rolesList(in form.Values) string {
	path := u.op.Path
	if i := strings.Index(path, "/{roleId}"); i > 0 {
		path = path[:i]
	}
	return fillPath(path, u.placesOfFields(in))
}

// roleGone takes back that a role was taken away, or made to reach everything: it is given again with its targets.
func roleGone(u undoer) Inverse {
	stays := u.op.Method != http.MethodDelete
	return Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			list := u.rolesList(c.In)
			held, _, err := c.lookHeld(ctx, list, func(r assignedRole) bool { return r.ID == c.In["roleId"] })
			if err != nil || len(held) == 0 {
				return nil, err
			}
			return append(held[0].facts(list, true), held[0].given(list)), nil
		},
		Back: func(d Done) workflow.Way { return d.givenBack(u.rolesList(d.In), stays) },
	}
}

// giveBack gives a role again.
func (d Done) giveBack(list string, h heldRole, stays bool) workflow.Way {
	was := h.facts(list, true)
	w := workflow.Way{Left: heldRole{Type: h.Type, Role: h.Role, Set: h.Set}.facts(list, stays)}
	for i, f := range was {
		if !workflow.SameValue(f.Value, w.Left[i].Value) {
			w.Changed = append(w.Changed, workflow.Difference{Key: f.Key, Label: f.Label, Before: f.Value, After: w.Left[i].Value})
		}
	}
	if len(w.Changed) == 0 {
		return workflow.Way{Nothing: soBefore}
	}
	w.Steps = []workflow.Step{d.step("undo.role", map[string]string{"list": list, "held": jsonText(h)})}
	if len(h.Targets) > 0 && !stays {
		w.Lost = []string{"Okta gives a role whole and limits it afterwards, so for some moments it reaches further than before."}
	}
	return w
}

// roleGiven takes back that a client was given a role. Okta's answer is described as the client, so that the role is looked up.
func roleGiven(u undoer) Inverse {
	of := func(in form.Values) heldRole {
		body := u.sent(in)
		return heldRole{Type: textOf(body["type"]), Role: textOf(body["role"]), Set: textOf(body["resource-set"])}
	}
	return Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			return c.lookSame(ctx, u.rolesList(c.In), of(c.In))
		},
		Back: func(d Done) workflow.Way {
			list, h := u.rolesList(d.In), of(d.In)
			return d.back(h.facts(list, true), d.step("undo.role", map[string]string{"list": list, "held": jsonText(h), "take": "yes"}))
		},
	}
}

// undoRole gives a role with its targets, or takes it away.
var undoRole = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.role", Title: "Give an admin role back or take it away", Object: "Admin roles",
		Help:    "Gives a person, a group or a client the admin role that it had, limited as it was, or takes away one that it did not have.",
		Summary: "puts an admin role back as it was",
		Fields: []form.Field{{Name: "list", Label: "Roles of", Kind: form.Text, Required: true}, {Name: "held", Label: "Admin role", Kind: form.LongText, Required: true},
			{Name: "take", Label: "Take it away", Kind: form.Text}},
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		var h heldRole
		if readJSON(c.In["held"], &h) != nil {
			return nil, unreadableField("held")
		}
		return workflow.Output{}, c.giveRole(ctx, c.In["list"], h, c.In["take"] != "")
	},
	Undo: Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			var h heldRole
			if readJSON(c.In["held"], &h) != nil {
				return nil, unreadableField("held")
			}
			return c.lookSame(ctx, c.In["list"], h)
		},
		Back: func(d Done) workflow.Way {
			var h heldRole
			if readJSON(d.In["held"], &h) != nil {
				return noWay("What this step put back can't be read any more.")
			}
			list, taken := d.In["list"], d.In["take"] != ""
			was, _ := workflow.ValueOf(d.Before, h.facts(list, true)[0].Key)
			switch {
			case taken && was == nil, !taken && was != nil && len(h.Targets) == 0:
				return workflow.Way{Nothing: soBefore}
			case taken:
				return d.giveBack(list, h, false)
			case was != nil:
				return noWay("The role had been limited anew by this; look in Okta what it is to reach.")
			}
			return d.back(h.facts(list, true), workflow.Step{Title: "Take back: " + d.Title, Action: "undo.role",
				Fields: map[string]string{"list": workflow.Literal(list), "held": workflow.Literal(d.In["held"]), "take": "yes"}})
		},
	},
}

// giveRole gives a holder a role and limits it, or takes it away; what is so already is a success.
func (c *Call) giveRole(ctx context.Context, list string, h heldRole, take bool) error {
	mine := func(r assignedRole) bool { return h.same(r, list) }
	roles, err := c.rolesAt(ctx, list)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(roles, mine)
	switch {
	case take && i < 0:
		return nil
	case take:
		_, err := c.Client.Do(ctx, okta.Request{Method: http.MethodDelete, Path: list + okta.Path("/%s", roles[i].ID)})
		if gone(err) {
			return nil
		}
		return err
	case i < 0:
		body := map[string]any{"type": h.Type}
		if h.Role != "" {
			body["role"], body["resource-set"] = h.Role, h.Set
		}
		if _, err := c.Client.Do(ctx, okta.Request{Method: http.MethodPost, Path: list, Body: body}); err != nil {
			return err
		}
		if len(h.Targets) == 0 {
			return nil
		}
		if roles, err = c.rolesAt(ctx, list); err != nil {
			return err
		}
		if i = slices.IndexFunc(roles, mine); i < 0 {
			return fault.New(fault.Upstream, "The role was given, and Okta does not list it yet, so it is not limited; look at it in Okta.")
		}
		return c.limitGiven(ctx, list+okta.Path("/%s", roles[i].ID), h.Targets)
	}
	return c.limitRole(ctx, list+okta.Path("/%s", roles[i].ID), h.Targets)
}

// limitRole limits an assignment to targets, besides those that it has.
func (c *Call) limitRole(ctx context.Context, assignment string, targets []string) error {
	for _, target := range targets {
		if _, err := c.Client.Do(ctx, okta.Request{Method: http.MethodPut, Path: assignment + "/targets/" + target}); err != nil {
			return err
		}
	}
	return nil
}

// limitGiven limits a role that was given just now, which reaches everything until its first target is there. Where that one
// can't be set, the role is taken away again: it must not stay wider than it was.
func (c *Call) limitGiven(ctx context.Context, assignment string, targets []string) error {
	err := c.limitRole(ctx, assignment, targets[:1])
	if err == nil {
		return c.limitRole(ctx, assignment, targets[1:])
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeAwayWait)
	defer cancel()
	if _, left := c.Client.Do(ctx, okta.Request{Method: http.MethodDelete, Path: assignment}); left != nil && !gone(left) {
		return fault.New(fault.KindOf(err), "The role was given, and could neither be limited nor be taken away again; limit it in Okta now.").Because(errors.Join(err, left))
	}
	return err
}

// takeAwayWait bounds the taking away of a role that could not be limited, also in a run that is cancelled.
const takeAwayWait = 30 * time.Second
