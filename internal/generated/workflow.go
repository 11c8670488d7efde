package generated

import (
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"caracal/form"
	"caracal/workflow"
)

// draw is a workflow that is being made.
type draw struct {
	t     *rapid.T
	l     *Land
	calls []string // workflows that may be called
	d     workflow.Definition
	found []string // steps that gave a user
	made  []string // steps that made a group
}

func (w *draw) pick(name string, from []string) string {
	return rapid.SampledFrom(from).Draw(w.t, name)
}

// user is somebody: an input, somebody found before, the item of the loop around, or an id.
func (w *draw) user(loop string) string {
	ways := []string{"{{ inputs.who }}", w.pick("user", w.l.Users)}
	if loop != "" {
		ways = []string{"{{ item }}", "{{ item }}", "{{ inputs.who }}"}
	}
	for _, id := range w.found {
		ways = append(ways, "{{ steps."+id+".output.id }}")
	}
	return w.pick("whom", ways)
}

func (w *draw) group() string {
	ways := slices.Clone(w.l.Groups)
	for _, id := range w.made {
		ways = append(ways, "{{ steps."+id+".output.id }}")
	}
	return w.pick("group", ways)
}

func (w *draw) add(s workflow.Step) string {
	s.ID = "s" + strconv.Itoa(len(w.d.Steps))
	s.Title = "Step " + s.ID
	w.d.Steps = append(w.d.Steps, s)
	return s.ID
}

func (w *draw) step(in workflow.Control, loop string, depth int) {
	kinds := []string{"suspend", "suspend", "unsuspend", "deactivate", "activate", "department", "title", "create", "group", "add", "add", "remove", "remove",
		"replace", "sessions", "delete", "app", "unapp", "app group", "rename", "rule on", "rule off", "find", "members", "note", "stop", "wait", "ask", "each", "each", "call", "delete group", "role", "rule gone"}
	for range min(10, 5*len(w.l.Zones)) {
		kinds = append(kinds, "leaf")
	}
	what := w.pick("what", kinds)
	c := in
	switch {
	case loop != "":
	case rapid.IntRange(0, 3).Draw(w.t, "condition") == 0:
		c.OnlyIf = w.pick("if", []string{"{{ inputs.really }}", `{{ inputs.team == "Sales" }}`, "{{ not inputs.really }}"})
		if len(w.found) > 0 && rapid.Bool().Draw(w.t, "by found") {
			c.OnlyIf = "{{ steps." + w.found[0] + `.output.status == "ACTIVE" }}`
		}
	}
	c.OnError = workflow.OnError(w.pick("on error", []string{"", "", string(workflow.GoOn), string(workflow.GoOn)}))
	action := func(id string, fields ...string) string {
		s := workflow.Step{Action: id, Fields: map[string]string{}, Control: c}
		for i := 0; i+1 < len(fields); i += 2 {
			s.Fields[fields[i]] = fields[i+1]
		}
		return w.add(s)
	}
	n := strconv.Itoa(len(w.d.Steps))
	switch what {
	case "suspend", "unsuspend", "deactivate", "delete":
		action("user."+what, "user", w.user(loop))
	case "activate":
		action("user.activate", "user", w.user(loop), "send_email", "false")
	case "sessions":
		action("user.clear_sessions", "user", w.user(loop))
	case "department":
		action("user.update", "user", w.user(loop), "department", w.pick("department", []string{"Sales", "Legal", "{{ inputs.team }}"}))
	case "title":
		action("user.update", "user", w.user(loop), "title", "Title "+n+" of {{ inputs.team }}")
	case "create":
		if loop == "" { // one login is one person
			id := action("user.create", "first_name", "New", "last_name", n, "email", w.pick("email", []string{"new" + n + "@example.com", "new" + n + "@example.com", "p0@example.com"}), "department", "{{ inputs.team }}", "when", "now")
			if c.OnlyIf == "" && c.OnError == "" && in == (workflow.Control{}) {
				w.found = append(w.found, id)
			}
		}
	case "group":
		name := w.pick("name", []string{"Made " + n, "Made " + n, "g1"}) // there is a G1
		if loop != "" {
			name = "Made " + n + " for {{ item }}"
		}
		id := action("group.create", "name", name)
		if c.OnlyIf == "" && c.OnError == "" && in == (workflow.Control{}) {
			w.made = append(w.made, id)
		}
	case "add":
		action("group.add_member", "group", w.group(), "user", w.user(loop))
	case "remove":
		action("group.remove_member", "group", w.group(), "user", w.user(loop))
	case "replace":
		action("group.replace_members", "group", w.pick("group", w.l.Groups[1:]), "users", strings.Join(w.l.Users[:2], ","))
	case "rename":
		action("group.update", "group", w.group(), "name", "Renamed "+n)
	case "delete group":
		action("group.delete", "group", w.pick("group", w.l.Groups[2:]))
	case "app":
		action("app.assign_user", "app", w.l.Apps[0], "user", w.user(loop))
	case "unapp":
		action("app.unassign_user", "app", w.l.Apps[0], "user", w.user(loop))
	case "app group":
		action("app.assign_group", "app", w.l.Apps[0], "group", w.group())
	case "rule on":
		action("group_rule.activate", "rule", w.l.Rules[0])
	case "rule off":
		action("group_rule.deactivate", "rule", w.l.Rules[0])
	case "rule gone":
		action("operation.delete_group_rule", "groupRuleId", w.l.Rules[0], "removeUsers", w.pick("remove users", []string{"", "true"}))
	case "leaf":
		w.leaf(action, n)
	case "role":
		action("admin_role.assign", "user", w.user(loop), "role", "HELP_DESK_ADMIN")
	case "find":
		login := "p" + strconv.Itoa(rapid.IntRange(0, 3).Draw(w.t, "who")) + "@example.com"
		id := action("user.find", "login", login)
		if c.OnlyIf == "" && in == (workflow.Control{}) && c.OnError == "" {
			w.found = append(w.found, id)
		}
	case "members":
		if depth < 2 {
			id := action("group.list_members", "group", w.pick("group", w.l.Groups))
			if c.OnlyIf == "" && c.OnError == "" {
				w.each(in, "{{ steps."+id+".output.ids }}", depth)
			}
		}
	case "note":
		action(workflow.FlowNote, "text", "About {{ inputs.team }}.")
	case "stop":
		action(workflow.FlowStopUnless, "condition", w.pick("unless", []string{"{{ inputs.really }}", `{{ inputs.team != "Ops" }}`}), "message", "Stopped.")
	case "wait":
		action(workflow.FlowWait, "amount", "3", "unit", "days")
	case "ask":
		action(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone, "then", "fail", "unit", "days")
	case "each":
		if depth < 2 {
			w.each(in, "{{ inputs.people }}", depth)
		}
	case "call":
		action(workflow.CallAction(w.pick("call", w.calls)), "who", w.user(loop))
	}
	if last := len(w.d.Steps) - 1; last >= 0 && w.d.Steps[last].OnError == workflow.GoOn && !workflow.IsFlow(w.d.Steps[last].Action) && depth < 2 && rapid.IntRange(0, 3).Draw(w.t, "branch") == 0 {
		w.d.Steps[last].OnError = workflow.Branch
		w.step(workflow.Control{In: w.d.Steps[last].ID, When: workflow.WhenFailed}, loop, depth+1)
	}
}

func (w *draw) each(in workflow.Control, list string, depth int) {
	in.OnError = workflow.OnError(w.pick("loop on error", []string{"", string(workflow.GoOn)}))
	id := w.add(workflow.Step{Action: workflow.FlowForEach, Control: in, Fields: map[string]string{workflow.ListField: list, "at_once": "1",
		"on_failed": w.pick("on failed", []string{workflow.LoopStops, workflow.LoopGoesOn})}})
	for range rapid.IntRange(1, 2).Draw(w.t, "steps in it") {
		w.step(workflow.Control{In: id, When: workflow.WhenEach}, id, depth+1)
	}
	if len(w.d.Steps) == w.d.StepIndex(id)+1 { // what was drawn came to nothing
		w.add(workflow.Step{Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}, Control: workflow.Control{In: id, When: workflow.WhenEach, OnError: workflow.GoOn}})
	}
}

// Workflow generates a workflow over an org, which may call others by their ids: curated actions with conditions, for-each,
// failure branches, called workflows, waits, approvals, notes and stops.
func Workflow(t *rapid.T, l *Land, calls []string) workflow.Definition {
	w := &draw{t: t, l: l, calls: calls, d: workflow.Definition{Name: "Generated", ApplicationID: Application, Inputs: Inputs}}
	for range rapid.IntRange(1, 5).Draw(t, "steps") {
		w.step(workflow.Control{}, "", 0)
	}
	if len(w.d.Steps) == 0 {
		w.step(workflow.Control{}, "", 0)
	}
	return w.d
}

// Input generates what a workflow is run with.
func Input(t *rapid.T, l *Land) map[string]string {
	return map[string]string{"who": rapid.SampledFrom(l.Users).Draw(t, "who"), "people": strings.Join(l.Users[:rapid.IntRange(0, 3).Draw(t, "people")], ","),
		"team": rapid.SampledFrom([]string{"Sales", "Legal", "Ops"}).Draw(t, "team"), "really": strconv.FormatBool(rapid.Bool().Draw(t, "really"))}
}

// Called are workflows that generated ones may call.
func Called() []workflow.Definition {
	who := Inputs[:1]
	user := map[string]string{"user": "{{ inputs.who }}"}
	return []workflow.Definition{
		{Name: "Called 0", ApplicationID: Application, Inputs: who, Steps: []workflow.Step{{ID: "hold", Title: "Hold", Action: "user.suspend", Fields: user},
			{ID: "give", Title: "Give", Action: workflow.FlowGive, Fields: map[string]string{"value": "{{ steps.hold.output.login }}"}}}},
		{Name: "Called 1", ApplicationID: Application, Inputs: who, Steps: []workflow.Step{{ID: "end", Title: "End", Action: "user.clear_sessions", Fields: user},
			{ID: "off", Title: "Off", Action: "user.deactivate", Fields: user}}},
	}
}

// Inputs are those of every generated workflow.
var Inputs = []workflow.Input{{Name: "who", Label: "Who", Kind: form.User}, {Name: "people", Label: "People", Kind: form.Users},
	{Name: "team", Label: "Team", Kind: form.Text}, {Name: "really", Label: "Really", Kind: form.YesNo}}
