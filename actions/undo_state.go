package actions

import (
	"context"
	"slices"
	"strings"

	"caracal/form"
	"caracal/grouprule"
	"caracal/workflow"
)

// States tell which steps of undos Okta will refuse for the state of a person, a group, an app or a group rule.
func (s *Set) States(open opener) workflow.States {
	return workflow.States{
		Begin: s.Rules.Forget,
		Of:    s.standOn,
		Read: func(ctx context.Context, applicationID, address string) ([]workflow.Fact, error) {
			client, err := open(ctx, applicationID)
			if err != nil {
				return nil, err
			}
			c := &Call{Client: client, rules: s.Rules, application: applicationID}
			if group, person, ok := membership(address); ok {
				return c.givenByRules(ctx, address, group, person), nil
			}
			var object struct{ Status string }
			err = c.Get(ctx, address, nil, &object)
			switch {
			case gone(err):
				return []workflow.Fact{thereFact(address, false)}, nil
			case err != nil:
				return nil, err
			}
			return []workflow.Fact{thereFact(address, true), statusFact(address, object.Status)}, nil
		},
		Obstacle: s.obstacle,
	}
}

// mostStood bounds how many objects one step is held against.
const mostStood = 20

// subject is an object that a step needs.
type subject struct {
	address, called string // "The person"
	part            bool   // one of many, without which the rest comes back
}

// subjects are the objects that a step of an undo needs, as its fields name them. What is only removed needs nothing.
func (s *Set) subjects(call workflow.Call) (out []subject) {
	a, ok := s.find(call.Action)
	if !ok || strings.HasPrefix(call.Action, removePrefix) {
		return nil
	}
	for _, f := range a.Fields {
		for _, id := range form.SplitList(call.Input[f.Name]) {
			one := subject{part: f.Kind == form.Users || f.Kind == form.Groups}
			switch {
			case f.Kind == form.User || f.Kind == form.Users && call.Input["add"] != "" && f.Name == "add":
				one.address, one.called = userKey(id), "The person"
			case f.Kind == form.Group || f.Kind == form.Groups:
				one.address, one.called = groupKey(id), "The group"
			case f.Kind == form.App:
				one.address, one.called = appKey(id), "The app"
			case f.Name == "rule" || f.Name == "groupRuleId":
				one.address, one.called = ruleKey(id), "The group rule"
			}
			if one.address != "" && len(out) < mostStood {
				out = append(out, one)
			}
		}
	}
	if call.Action == anewPrefix+"create_group_rule" { // Okta takes no rule for a group that is not there
		var values []pointed
		if readJSON(call.Input[fieldValues], &values) == nil {
			for _, v := range values {
				list, _ := v.Value.([]any)
				for _, id := range list[:min(len(list), mostStood)] {
					if v.Pointer == "/actions/assignUserToGroups/groupIds" && textOf(id) != "" {
						out = append(out, subject{groupKey(textOf(id)), "The group that the rule is about", false})
					}
				}
			}
		}
	}
	if call.Action == undoAccess.ID {
		var apps []heldApp
		if readJSON(call.Input["apps"], &apps) == nil {
			for _, held := range apps[:min(len(apps), mostStood)] {
				out = append(out, subject{appKey(held.App), "The app", true})
			}
		}
	}
	return out
}

// rulesFact names the fact that says which rules give a membership.
const rulesFact = "#rules"

// membership reads the address of a membership.
func membership(address string) (group, person string, ok bool) {
	rest, ok := strings.CutPrefix(address, groupKey(""))
	group, person, within := strings.Cut(rest, "/users/")
	return group, person, ok && within
}

// givenByRules says which active rules give a membership by now. Rules that can't be read stand in nobody's way: the step
// says then that they were not read.
func (c *Call) givenByRules(ctx context.Context, address, group, person string) []workflow.Fact {
	var given []any
	for _, s := range c.lookAtRules(ctx, group, person).standings {
		if s.State == grouprule.Gives {
			given = append(given, map[string]any{"id": s.Rule.ID, "name": s.Rule.Name, "attributes": s.Rule.Attributes()})
		}
	}
	return []workflow.Fact{{Key: address + rulesFact, Value: given}}
}

// ruleWords say which rule gives a membership that is about to be taken away. A rule that is off by then, or whose attributes
// the undo puts back before, may not give it any more.
func ruleWords(address string, known func(string) (any, bool)) string {
	group, person, ok := membership(address)
	if !ok || group == "" {
		return ""
	}
	list, _ := known(address + rulesFact)
	rules, _ := list.([]any)
	for _, r := range rules {
		rule, _ := r.(map[string]any)
		if status, will := known(ruleKey(textOf(rule["id"])) + "#/status"); will && status != "ACTIVE" {
			continue
		}
		attributes, _ := rule["attributes"].([]string)
		if slices.ContainsFunc(attributes, func(name string) bool {
			_, will := known(userKey(person) + "#/profile/" + escapePointer(name))
			return will
		}) {
			continue
		}
		return "The group rule “" + textOf(rule["name"]) + "” gives this membership by now. Taking it away puts the person on the rule's list of exceptions, so that it is given no more."
	}
	return ""
}

func (s *Set) standOn(call workflow.Call) (addresses []string) {
	if address := taken(call); address != "" {
		addresses = append(addresses, address)
	}
	for _, one := range s.subjects(call) {
		if !slices.Contains(addresses, one.address) {
			addresses = append(addresses, one.address)
		}
	}
	return addresses
}

// taken is the address of the membership that a step takes away; "" is none.
func taken(call workflow.Call) string {
	if call.Action != "group.remove_member" {
		return ""
	}
	return memberFact(call.Input["group"], call.Input["user"], nil).Key
}

// needsActive are steps that Okta takes for accounts that are not deactivated (error code E0000038; "Update User" of
// Okta's support pages names the setting that lets profiles be changed all the same).
var needsActive = map[string]bool{
	"restore.update_user": true, "user.suspend": true, "user.unsuspend": true, "group.add_member": true, "undo.group_members": true,
	"app.assign_user": true, "undo.app_user": true, "admin_role.assign": true, "admin_role.assign_custom": true,
}

const deactivated = "The account is deactivated by now, and Okta refuses this for a deactivated account. Activate it first, then take back what is left."

// obstacle says what of the state of its objects stands in a step's way.
func (s *Set) obstacle(call workflow.Call, known func(string) (any, bool)) (o workflow.Obstacle) {
	o.Since = ruleWords(taken(call), known)
	for _, one := range s.subjects(call) {
		there, looked := known(one.address)
		status, _ := known(one.address + "#/status")
		was := textOf(status)
		missing := looked && there == nil
		switch {
		case missing && one.part:
			o.Lost = append(o.Lost, one.called+" "+lastOf(one.address)+" was deleted since and does not come back.")
		case missing && !takesAway[call.Action]:
			return workflow.Obstacle{Words: one.called + " was deleted since, so this can't come back.", ForGood: true}
		case strings.HasPrefix(one.address, userKey("")):
			if words := personObstacle(call.Action, was); words != "" && !one.part {
				return workflow.Obstacle{Words: words}
			} else if words != "" {
				o.Lost = append(o.Lost, "The account "+lastOf(one.address)+" is deactivated by now; Okta does not take it into the group.")
			}
		case strings.HasPrefix(one.address, ruleKey("")):
			switch {
			case was == "INVALID" && (call.Action == "group_rule.activate" || call.Action == "turn.activate_group_rule"):
				return workflow.Obstacle{Words: "Okta calls the rule invalid, since a group or an attribute that it names is gone. Mend it in Okta, then take this back."}
			case was == "ACTIVE" && call.Action == "restore.replace_group_rule":
				return workflow.Obstacle{Words: "The rule is active, and Okta changes only rules that are turned off. Turn it off first, then take this back."}
			}
		}
	}
	return o
}

// takesAway are steps for which it is no loss that what they name is gone.
var takesAway = map[string]bool{
	"group.remove_member": true, "app.unassign_user": true, "app.unassign_group": true, "admin_role.unassign": true, "admin_role.unassign_custom": true,
	"user.deactivate": true, "group_rule.deactivate": true,
}

// personObstacle says why Okta refuses a step for somebody with a status (user lifecycle operations of Okta's API).
func personObstacle(action, status string) string {
	switch {
	case status == "":
	case status == "DEPROVISIONED" && action == "restore.update_user":
		return "The account is deactivated by now, and Okta changes no profile of a deactivated account unless the org allows it (Directory › People › More actions › Edit deactivated user profile updates). Activate it first, or allow it; then take this back."
	case action == "user.unsuspend" && status != "ACTIVE" && status != "SUSPENDED":
		return "The account is " + statusWords(status) + " by now, so there is no suspension to end."
	case status == "DEPROVISIONED" && needsActive[action]:
		return deactivated
	case action == "user.suspend" && status != "ACTIVE" && status != "SUSPENDED":
		return "The account is " + statusWords(status) + " by now, and Okta suspends only active ones."
	case action == "user.activate" && status == "SUSPENDED":
		return "The account is suspended by now, and Okta activates no suspended one; end the suspension where that is wanted."
	}
	return ""
}
