package actions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// linkSet is a list of what belongs to an object, whose entries Okta names by ids that exist only while they stand in it.
// What was put in is therefore kept by what it leads to: its name in Okta (an ORN), its address, or its own id.
type linkSet struct {
	part  string // the operation's field that names the entry it takes out; "" where it puts in
	label string
}

// linkSets are the operations that put something into such a list, or take it out (operations listMembersOfBinding,
// listResourceSetResources and listAssociatedServersByTrustedType read them).
var linkSets = map[string]linkSet{
	"createResourceSetBinding":  {label: "Member"},
	"addMembersToBinding":       {label: "Member"},
	"unassignMemberFromBinding": {part: "memberId", label: "Member"},
	"deleteBinding":             {part: "*", label: "Member"},
	"addResourceSetResource":    {label: "Resource"},
	"deleteResourceSetResource": {part: "resourceId", label: "Resource"},
	"createAssociatedServers":   {label: "Trusted server"},
	"deleteAssociatedServer":    {part: "associatedServerId", label: "Trusted server"},
}

// setEntry is one entry of such a list.
type setEntry struct {
	ID    string                               `json:"id"`
	ORN   string                               `json:"orn"`
	Links struct{ Self struct{ Href string } } `json:"_links"`
}

// addressOf is the path of an address of this or of another org; "" for a name.
func addressOf(ref string) string {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.Path
}

// ref is what puts the entry in again.
func (e setEntry) ref(list string) string {
	if ref := kindOf(list).ref; ref != nil {
		return ref(e)
	}
	return e.Links.Self.Href
}

// named is the entry's name in Okta: a group and its members have one address and two names.
func (e setEntry) named() string {
	if e.ORN != "" {
		return e.ORN
	}
	return e.Links.Self.Href
}

// is reports whether a reference, as it was sent or kept, means the entry.
func (e setEntry) is(ref string) bool {
	if ref == e.ID || ref == e.ORN || ref == e.Links.Self.Href {
		return true
	}
	path := addressOf(ref)
	return path != "" && path == addressOf(e.Links.Self.Href)
}

// readSet reads a list; one that is not there is empty.
func (c *Call) readSet(ctx context.Context, list string) (entries []setEntry, there bool, err error) {
	err = c.Each(ctx, list, kindOf(list).query, maxEntries, func(raw json.RawMessage) error {
		var e setEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			return fault.New(fault.Upstream, "An entry of Okta's list could not be read.").Because(err)
		}
		entries = append(entries, e)
		return nil
	})
	if gone(err) {
		return nil, false, nil
	}
	return entries, true, err
}

// setFact says whether something stands in a list: true, or nil.
func setFact(list, label, ref string, in bool) workflow.Fact {
	key := ref
	if path := addressOf(ref); path != "" {
		key = path
	}
	return workflow.Fact{Key: list + "/" + url.PathEscape(key), Label: label + " " + lastOf(key), Value: trueOrNil(in)}
}

// linkSetInverse says how what an operation put into a list is taken out of it, or put in again.
func linkSetInverse(u undoer) Inverse {
	s := linkSets[u.op.ID]
	list := func(in form.Values) string {
		path := u.op.Path
		switch {
		case u.op.ID == "createResourceSetBinding":
			role, _ := u.sent(in)["role"].(string)
			return fillPath(path, u.placesOfFields(in)) + okta.Path("/%s/members", role)
		case s.part == "*":
			path += "/members"
		case s.part != "":
			path, _ = cutLast(path)
		}
		return fillPath(path, u.placesOfFields(in))
	}
	look := func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
		at := list(c.In)
		entries, _, err := c.readSet(ctx, at)
		if err != nil {
			return nil, err
		}
		var facts []workflow.Fact
		if s.part == "" {
			for _, ref := range u.sentRefs(c.In) {
				in := slices.ContainsFunc(entries, func(e setEntry) bool { return e.is(ref) })
				facts = append(facts, setFact(at, s.label, ref, in))
			}
			return facts, nil
		}
		for _, e := range entries {
			if s.part == "*" || e.ID == c.In[s.part] {
				f := setFact(at, s.label, e.ref(at), true)
				facts = append(facts, f, workflow.Fact{Key: f.Key + "#/ref", Label: s.label, Value: e.ref(at)})
			}
		}
		return facts, nil
	}
	back := func(d Done) workflow.Way {
		at := list(d.In)
		var left []workflow.Fact
		var add, remove []string
		if s.part == "" {
			for _, ref := range u.sentRefs(d.In) {
				f := setFact(at, s.label, ref, true)
				left = append(left, f)
				if was, known := workflow.ValueOf(d.Before, f.Key); known && was == nil {
					remove = append(remove, ref)
				}
			}
		}
		for _, f := range d.Before {
			if of, ok := strings.CutSuffix(f.Key, "#/ref"); ok {
				add = append(add, textOf(f.Value))
				left = append(left, workflow.Fact{Key: of, Label: labelOf(d.Before, of)})
			}
		}
		return d.back(left, d.step(undoSet.ID, map[string]string{"list": at, "label": s.label, "add": jsonText(add), "remove": jsonText(remove)}))
	}
	return Inverse{Look: look, Back: back}
}

func labelOf(facts []workflow.Fact, key string) string {
	for _, f := range facts {
		if f.Key == key {
			return f.Label
		}
	}
	return ""
}

// sentRefs are what a call puts into a list.
func (u undoer) sentRefs(in form.Values) (refs []string) {
	body := u.sent(in)
	for _, name := range []string{"additions", "members", "trusted"} {
		list, _ := body[name].([]any)
		for _, v := range list {
			if ref := textOf(v); ref != "" && !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

func (c *Call) setRefs() (add, remove []string, err error) {
	if readJSON(c.In["add"], &add) != nil || readJSON(c.In["remove"], &remove) != nil {
		return nil, nil, unreadableField("add")
	}
	return add, remove, nil
}

// changeSet puts in what is missing, and takes out what is there.
func (c *Call) changeSet(ctx context.Context) (workflow.Output, error) {
	list := c.In["list"]
	add, remove, err := c.setRefs()
	if err != nil {
		return nil, err
	}
	entries, there, err := c.readSet(ctx, list)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, ref := range add {
		if !slices.ContainsFunc(entries, func(e setEntry) bool { return e.is(ref) }) {
			missing = append(missing, ref)
		}
	}
	if len(missing) > 0 {
		kind := kindOf(list)
		request := okta.Request{Method: kind.by, Path: list, Body: map[string]any{kind.puts: missing}}
		if kind.first != nil && !there {
			path, body, err := kind.first(list)
			if err != nil {
				return nil, err
			}
			body["members"] = missing
			request = okta.Request{Method: http.MethodPost, Path: path, Body: body}
		}
		if _, err := c.Client.Do(ctx, request); err != nil {
			return nil, err
		}
	}
	for _, e := range entries {
		if !slices.ContainsFunc(remove, e.is) {
			continue
		}
		_, err := c.Client.Do(ctx, okta.Request{Method: http.MethodDelete, Path: list + okta.Path("/%s", e.ID)})
		if err != nil && !gone(err) {
			return nil, err
		}
	}
	return workflow.Output{}, nil
}

var undoSet = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.set", Title: "Put back what belongs to an object", Object: "Admin roles",
		Help:    "Takes out what was put into a list of Okta's, and puts in what was taken out of it.",
		Summary: "puts back what belonged to it",
		Fields: []form.Field{{Name: "list", Label: "List", Kind: form.Text, Required: true}, {Name: "label", Label: "What it holds", Kind: form.Text},
			{Name: "add", Label: "To put in", Kind: form.LongText}, {Name: "remove", Label: "To take out", Kind: form.LongText}},
		Scopes: []org.Scope{"okta.roles.manage", "okta.authorizationServers.manage"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) { return c.changeSet(ctx) },
	Undo: Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			add, remove, err := c.setRefs()
			if err != nil {
				return nil, err
			}
			entries, _, err := c.readSet(ctx, c.In["list"])
			if err != nil {
				return nil, err
			}
			var facts []workflow.Fact
			for _, ref := range append(add, remove...) {
				in := slices.ContainsFunc(entries, func(e setEntry) bool { return e.is(ref) })
				facts = append(facts, setFact(c.In["list"], c.In["label"], ref, in))
			}
			return facts, nil
		},
		Back: func(d Done) workflow.Way {
			var add, remove []string
			if readJSON(d.In["add"], &add) != nil || readJSON(d.In["remove"], &remove) != nil {
				return noWay("What this step put back can't be read any more.")
			}
			var left []workflow.Fact
			for _, ref := range add {
				left = append(left, setFact(d.In["list"], d.In["label"], ref, true))
			}
			for _, ref := range remove {
				left = append(left, setFact(d.In["list"], d.In["label"], ref, false))
			}
			return d.back(left, d.step("undo.set", map[string]string{"list": d.In["list"], "label": d.In["label"], "add": d.In["remove"], "remove": d.In["add"]}))
		},
	},
}
