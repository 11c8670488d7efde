package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// removal takes away what a call made. left is what it left; everything else that is in it by now counts as well.
func (d Done) removal(id string, left []workflow.Fact, action string, fields map[string]string, lost ...string) workflow.Way {
	if id == "" {
		return noWay("Okta's answer did not say what was made; look for it in Okta.")
	}
	w := workflow.Way{Left: left, Deletes: true, Lost: lost}
	for _, f := range left {
		if strings.Contains(f.Key, "#") && f.Value != nil && f.Value != "" {
			w.Changed = append(w.Changed, workflow.Difference{Key: f.Key, Label: f.Label, After: f.Value})
		}
	}
	if len(w.Changed) == 0 {
		w.Changed = []workflow.Difference{{Key: left[0].Key, Label: left[0].Label, After: left[0].Value}}
	}
	step := d.step(action, fields)
	step.Fields[fieldMadeAfter] = d.Started.UTC().Format(time.RFC3339Nano)
	w.Steps = []workflow.Step{step}
	return w
}

// restored puts values back that are facts of one object. left is what the call left of them.
func (d Done) restored(left []workflow.Fact, action string, fields map[string]string) workflow.Way {
	w := d.changed(left)
	if w.Nothing != "" {
		return w
	}
	var put []pointed
	for _, f := range d.Before {
		_, pointer, within := strings.Cut(f.Key, "#")
		if was, known := workflow.ValueOf(left, f.Key); !within || known && workflow.SameValue(was, f.Value) {
			continue
		}
		if holdsHidden(f.Value) {
			w.Lost = append(w.Lost, f.Label+" held a secret, which is never kept; enter it anew in Okta.")
			continue
		}
		put = append(put, pointed{pointer, f.Label, f.Value})
	}
	if len(put) == 0 {
		return noWay("All that this step replaced was secret, and secrets are never kept; enter it anew in Okta.")
	}
	raw, err := json.Marshal(put)
	if err != nil {
		return noWay("What was there before can't be read any more.")
	}
	step := d.step(action, fields)
	step.Fields[fieldValues] = workflow.Literal(string(raw))
	w.Steps = []workflow.Step{step}
	return w
}

// activated is the status that an activation leaves.
func activated(d Done) workflow.Fact {
	status := textOf(d.Out["status"])
	if status == "" || status == "DEPROVISIONED" {
		status = "PROVISIONED" // Okta was still at it
	}
	return statusFact(userKey(d.In["user"]), status)
}

// profileBack puts attributes of a profile back.
func (d Done) profileBack(user string, profile map[string]any) workflow.Way {
	var left []workflow.Fact
	for _, f := range d.Before {
		if name, ok := attributeOf(user, f.Key); ok {
			if v, set := profile[name]; set {
				left = append(left, attributeFact(user, name, v))
			}
		}
	}
	return d.restored(left, "restore.update_user", map[string]string{"userId": user})
}

func attributeOf(user, key string) (string, bool) {
	name, ok := strings.CutPrefix(key, userKey(user)+"#/profile/")
	return unescapePointer(name), ok
}

// appUserBack assigns an app to a person again, under the name that they had in it.
func appUserBack(d Done) workflow.Way {
	fact := appUserFact(d.In["app"], d.In["user"], nil)
	fields := map[string]string{"app": d.In["app"], "user": d.In["user"]}
	if v, _ := workflow.ValueOf(d.Before, fact.Key+"#/credentials/userName"); v != nil {
		fields["user_name"] = textOf(v)
	}
	if v, _ := workflow.ValueOf(d.Before, fact.Key+"#/profile"); v != nil {
		fields["profile"] = jsonText(v)
	}
	w := d.back([]workflow.Fact{fact}, d.step(undoAppUser.ID, fields))
	if w.Nothing == "" {
		w.Lost = []string{"What the app itself did with the account, and a password that was kept for it, does not come back."}
	}
	return w
}

// appGroupBack assigns an app to a group again, with the priority and the profile of before.
func appGroupBack(d Done) workflow.Way {
	fact := appGroupFact(d.In["app"], d.In["group"], nil)
	fields := map[string]string{"app": d.In["app"], "group": d.In["group"]}
	for _, name := range []string{"priority", "profile"} {
		if v, _ := workflow.ValueOf(d.Before, fact.Key+"#/"+name); v != nil {
			fields[name] = jsonText(v)
		}
	}
	w := d.back([]workflow.Fact{fact}, d.step(undoAppGroup.ID, fields))
	if w.Nothing == "" {
		w.Lost = []string{"What the app itself did with the accounts does not come back."}
	}
	return w
}

// replacedBack brings back who went and takes out who came.
func replacedBack(d Done) workflow.Way {
	var add, remove []string
	var left []workflow.Fact
	for _, f := range d.Before {
		user := f.Key[strings.LastIndexByte(f.Key, '/')+1:]
		back := f
		if f.Value == nil {
			remove, back.Value = append(remove, user), true
		} else {
			add, back.Value = append(add, user), nil
		}
		left = append(left, back)
	}
	return d.back(left, d.step(undoGroupMembers.ID, map[string]string{"group": d.In["group"], "add": strings.Join(add, ","), "remove": strings.Join(remove, ",")}))
}

// accessBack activates a deactivated account and gives it back its groups and apps.
func accessBack(d Done) workflow.Way {
	id := d.In["user"]
	switch was := d.status(id); was {
	case "DEPROVISIONED":
		return workflow.Way{Nothing: soBefore}
	case "SUSPENDED", "STAGED":
		w := d.changed([]workflow.Fact{statusFact(userKey(id), "DEPROVISIONED")})
		w.None = fmt.Sprintf("The account was %s before. Activated it could do more than then, and Okta can't make it %[1]s in one go; do it in Okta.", statusWords(was))
		return w
	}
	fields := map[string]string{"user": id}
	w := workflow.Way{Lost: []string{"The password, the factors, the admin roles, and what apps did with their accounts do not come back. Okta sends the person an e-mail to choose a new password, and they are “waiting to be activated” until then."}}
	var groups []string
	var apps []heldApp
	for _, f := range d.Before {
		var app, group string
		switch {
		case strings.HasSuffix(f.Key, "#unread"):
			w.Lost = append(w.Lost, "The connection could not read all groups and apps of the person before; those do not come back.")
		case parsePath(f.Key, "/api/v1/groups/%s/users/"+id, &group):
			groups = append(groups, group)
		case parsePath(f.Key, "/api/v1/apps/%s/users/"+id, &app):
			held := heldApp{App: app}
			if v, _ := workflow.ValueOf(d.Before, f.Key+"#/credentials/userName"); v != nil {
				held.UserName = textOf(v)
			}
			if v, _ := workflow.ValueOf(d.Before, f.Key+"#/profile"); v != nil {
				held.Profile, _ = v.(map[string]any)
			}
			apps = append(apps, held)
		}
	}
	done := d.back([]workflow.Fact{statusFact(userKey(id), "DEPROVISIONED")}, d.step("user.activate", map[string]string{"user": id, "send_email": "true"}))
	done.Lost = w.Lost
	if len(groups) > 0 {
		fields["groups"] = strings.Join(groups, ",")
	}
	if len(apps) > 0 {
		fields["apps"] = jsonText(apps)
	}
	if len(fields) > 1 {
		done.Steps = append(done.Steps, d.step(undoAccess.ID, fields))
	}
	return done
}

// heldApp is an app that a person had by hand.
type heldApp struct {
	App      string         `json:"app"`
	UserName string         `json:"user_name,omitempty"`
	Profile  map[string]any `json:"profile,omitempty"`
}

// parsePath reads the one part of a path that a format leaves open.
func parsePath(path, format string, part *string) bool {
	before, after, _ := strings.Cut(format, "%s")
	rest, ok := strings.CutPrefix(path, before)
	if !ok {
		return false
	}
	found, ok := strings.CutSuffix(rest, after)
	if !ok || strings.ContainsAny(found, "/#") {
		return false
	}
	*part = found
	return true
}

func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// undoActions stand in undos alone; the builder does not offer them. An id is never renamed.
var undoActions = map[string]Action{}

func init() {
	for _, a := range []Action{undoAppUser, undoAppGroup, undoAccess, undoGroupMembers, undoAppPolicy, undoUserLink, undoSet, undoRole} {
		a.InUndo = true
		undoActions[a.ID] = a
	}
}

// assign is assignUserToApplication under the name and with the profile that a person had in the app.
func (c *Call) assign(ctx context.Context, user string, held heldApp) error {
	body := map[string]any{"id": user, "scope": "USER"}
	if held.UserName != "" {
		body["credentials"] = map[string]any{"userName": held.UserName}
	}
	if len(held.Profile) > 0 {
		body["profile"] = held.Profile
	}
	_, err := c.Client.Do(ctx, okta.Request{Method: "POST", Path: okta.Path("/api/v1/apps/%s/users", held.App), Body: body})
	return err
}

// many is how several changes of one step went. One that can't be made does not keep the others from being made.
type many struct {
	gone  []string // ids of what Okta has no more, or takes no more since the account is deactivated
	first error    // of the others
}

func (m *many) note(id string, err error) {
	switch f := fault.As(err); {
	case err == nil:
	case gone(err), f != nil && f.Code == "E0000038":
		m.gone = append(m.gone, id)
	case m.first == nil:
		m.first = err
	}
}

func (m *many) output() (workflow.Output, error) {
	if m.first != nil {
		return nil, m.first
	}
	out := workflow.Output{}
	if len(m.gone) > 0 {
		out[notBack.Name] = strings.Join(m.gone, ", ")
	}
	return out, nil
}

// notBack names what of many things did not come back, since it was deleted or deactivated.
var notBack = workflow.OutputField{Name: "not_back", Label: "Did not come back, since it was deleted or deactivated"}

func readJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

var undoAppUser = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.app_user", Title: "Assign an app to a user again", Object: "Apps",
		Help:    "Gives a person the app back, under the name they had in it.",
		Summary: "assigns {app} to {user} again",
		Fields: []form.Field{appField(""), userField("user", "User", ""), {Name: "user_name", Label: "User name in the app", Kind: form.Text},
			{Name: "profile", Label: "Profile in the app", Kind: form.LongText}},
		Scopes: []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		held := heldApp{App: c.In["app"], UserName: c.In["user_name"]}
		if err := readJSON(c.In["profile"], &held.Profile); err != nil {
			return nil, unreadableField("profile")
		}
		return workflow.Output{}, c.assign(ctx, c.In["user"], held)
	},
	Undo: appAssignUser.Undo,
}

var undoAppGroup = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.app_group", Title: "Assign an app to a group again", Object: "Apps",
		Help:    "Gives a group the app back, with the priority and the profile it had.",
		Summary: "assigns {app} to {group} again",
		Fields: []form.Field{appField(""), groupField("group", "Group", ""), {Name: "priority", Label: "Priority", Kind: form.Text},
			{Name: "profile", Label: "Profile of the assignment", Kind: form.LongText}},
		Scopes: []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		body := map[string]any{}
		for _, name := range []string{"priority", "profile"} {
			var v any
			if err := readJSON(c.In[name], &v); err != nil {
				return nil, unreadableField(name)
			}
			if v != nil {
				body[name] = v
			}
		}
		_, err := c.Client.Do(ctx, okta.Request{Method: "PUT", Path: appGroupFact(c.In["app"], c.In["group"], nil).Key, Body: body})
		return workflow.Output{}, err
	},
	Undo: appAssignGroup.Undo,
}

var undoGroupMembers = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.group_members", Title: "Bring members back and take members out", Object: "Groups",
		Help:    "Adds those who went and removes those who came.",
		Summary: "brings back the members of {group}",
		Fields: []form.Field{groupField("group", "Group", ""), {Name: "add", Label: "To add", Kind: form.Users, Max: 50_000},
			{Name: "remove", Label: "To remove", Kind: form.Users, Max: 50_000}},
		Outputs: []workflow.OutputField{notBack},
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Group Membership Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		var m many
		for _, u := range c.list("add") {
			m.note(u, c.join(ctx, c.In["group"], u))
		}
		for _, u := range c.list("remove") {
			if err := c.leave(ctx, c.In["group"], u); !gone(err) {
				m.note(u, err)
			}
		}
		return m.output()
	},
	Undo: Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			present, err := c.freshMembers(ctx, c.In["group"])
			if err != nil {
				return nil, err
			}
			var facts []workflow.Fact
			for _, id := range append(c.list("add"), c.list("remove")...) {
				u, there := present[id]
				f := memberFact(c.In["group"], id, trueOrNil(there))
				if there {
					f.Label = "Member " + u.name()
				}
				facts = append(facts, f)
			}
			return facts, nil
		},
		Back: func(d Done) workflow.Way {
			var left []workflow.Fact
			for _, id := range form.SplitList(d.In["add"]) {
				left = append(left, memberFact(d.In["group"], id, true))
			}
			for _, id := range form.SplitList(d.In["remove"]) {
				left = append(left, memberFact(d.In["group"], id, nil))
			}
			return d.back(left, d.step("undo.group_members", map[string]string{"group": d.In["group"], "add": d.In["remove"], "remove": d.In["add"]}))
		},
	},
}

var undoAccess = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.access", Title: "Give a user groups and apps back", Object: "Users",
		Help:    "Makes a person a member of groups again, and gives them apps that they had by hand.",
		Summary: "gives {user} groups and apps back",
		Fields: []form.Field{userField("user", "User", ""), {Name: "groups", Label: "Groups", Kind: form.Groups, Max: 50_000},
			{Name: "apps", Label: "Apps", Kind: form.LongText}},
		Outputs: []workflow.OutputField{notBack},
		Scopes:  []org.Scope{"okta.groups.manage", "okta.apps.manage"}, Role: "Organization Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		var apps []heldApp
		if err := readJSON(c.In["apps"], &apps); err != nil {
			return nil, unreadableField("apps")
		}
		var m many
		for _, g := range c.list("groups") {
			m.note(g, c.join(ctx, g, c.In["user"]))
		}
		for _, a := range apps {
			m.note(a.App, c.assign(ctx, c.In["user"], a))
		}
		return m.output()
	},
	Undo: Inverse{None: "Deactivating the account again takes these away as well."},
}
