package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"caracal/form"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/workflow"
)

// replacement looks at everybody who would leave a group.
func (l *look) replacement(ctx context.Context, step workflow.Step, change memberChange, group, name string) error {
	list, err := l.value(step, change.person)
	if err != nil || list == "" {
		for _, standing := range grouprule.Standings(l.rules, group, nil) {
			standing.Why = "it depends on who leaves"
			l.add(step, standing.Advise(change.change, "those who leave", name), false)
		}
		return nil
	}
	wanted := form.SplitList(list)
	var leaving []person
	members := 0
	err = l.client.Each(ctx, okta.Path("/api/v1/groups/%s/users", group), url.Values{"limit": {"200"}}, maxMembers, func(raw json.RawMessage) error {
		var u person
		if err := json.Unmarshal(raw, &u); err != nil {
			return fmt.Errorf("read member: %w", err)
		}
		members++
		if !slices.Contains(wanted, u.ID) {
			leaving = append(leaving, u)
		}
		return nil
	})
	if err != nil {
		return err
	}
	held := map[string][]person{}
	first := map[string]grouprule.Standing{}
	var order []string
	for _, u := range leaving {
		for _, standing := range grouprule.Standings(l.rules, group, grouprule.ProfileOf(u.ID, u.Profile)) {
			if standing.State != grouprule.Gives && standing.State != grouprule.Untold {
				continue
			}
			key := fmt.Sprint(standing.Rule.ID, standing.State)
			if held[key] == nil {
				order, first[key] = append(order, key), standing
			}
			held[key] = append(held[key], u)
		}
	}
	for _, key := range order {
		who := held[key][0].name()
		if n := len(held[key]); n > 1 {
			who = fmt.Sprintf("%d of the %d who leave", n, len(leaving))
		}
		if members == maxMembers {
			who += fmt.Sprintf(" (of the first %d members)", maxMembers)
		}
		l.add(step, first[key].Advise(change.change, who, name), true)
	}
	for _, standing := range grouprule.Standings(l.rules, group, nil) {
		kept := 0
		for _, id := range wanted {
			if slices.Contains(standing.Rule.ExceptUsers, id) {
				kept++
			}
		}
		if standing.State = grouprule.Excepted; kept > 0 {
			l.add(step, standing.Advise(grouprule.Adding, fmt.Sprintf("%d of the new members", kept), name), true)
		}
	}
	return nil
}

// person is what is looked at of a user.
type person struct {
	ID      string
	Profile map[string]any
}

func (p person) name() string {
	text := func(name string) string { s, _ := p.Profile[name].(string); return s }
	return firstOf(strings.TrimSpace(text("firstName")+" "+text("lastName")), firstOf(text("login"), p.ID))
}
