package connect

import (
	"cmp"
	"context"
	"slices"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// pickerScope is what listing the objects of a picker takes.
var pickerScope = map[form.Kind]org.Scope{
	form.User: "okta.users.read", form.Users: "okta.users.read", form.Group: "okta.groups.read", form.Groups: "okta.groups.read",
	form.App: "okta.apps.read",
}

// Needs says what an application's scopes are really used for: by the steps of its runs and the operations that
// people tried since a time, and by its published workflows. What the registry no longer knows is left out.
func (s *Service) Needs(ctx context.Context, registry *workflow.Registry, applicationID string, since time.Time) ([]org.Need, error) {
	byAction := map[string]*org.Need{}
	var order []*org.Need
	need := func(key string, make func() (org.Need, bool)) *org.Need {
		n, ok := byAction[key]
		if !ok {
			if made, known := make(); known {
				n = &made
				order = append(order, n)
			}
			byAction[key] = n
		}
		return n
	}
	action := func(id string) *org.Need {
		return need(id, func() (org.Need, bool) {
			spec, ok := registry.Get(id)
			return org.Need{Action: id, Title: spec.Title, Scopes: spec.Scopes, Role: spec.Role}, ok
		})
	}
	used, err := s.DB.ActionsUsed(ctx, applicationID, since)
	if err != nil {
		return nil, err
	}
	for _, u := range used {
		if n := action(u.What); n != nil {
			n.Times, n.Last = n.Times+u.Times, u.Last
		}
	}
	versions, err := s.DB.PublishedFor(ctx, applicationID)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		for _, step := range v.Definition.Steps {
			if n := action(step.Action); n != nil && !slices.Contains(n.Workflows, v.Definition.Name) {
				n.Workflows = append(n.Workflows, v.Definition.Name)
			}
		}
		for _, in := range v.Definition.Inputs {
			scope, picks := pickerScope[in.Kind]
			if !picks {
				continue
			}
			n := need("pick "+string(scope), func() (org.Need, bool) {
				return org.Need{Title: "Choosing " + pickedWords[scope] + " on forms", Scopes: []org.Scope{scope}}, true
			})
			if !slices.Contains(n.Workflows, v.Definition.Name) {
				n.Workflows = append(n.Workflows, v.Definition.Name)
			}
		}
	}
	tried, err := s.DB.OperationsTried(ctx, applicationID, since)
	if err != nil {
		return nil, err
	}
	for _, u := range tried {
		n := need("try "+u.What, func() (org.Need, bool) {
			op, ok := s.Catalog.Now().Operation(u.What)
			made := org.Need{Title: "Trying “" + op.Summary + "”"}
			for _, scope := range op.Scopes {
				made.Scopes = append(made.Scopes, org.Scope(scope))
			}
			return made, ok && len(made.Scopes) > 0
		})
		if n != nil {
			n.Times, n.Last = u.Times, u.Last
		}
	}
	out := make([]org.Need, len(order))
	for i, n := range order {
		out[i] = *n
	}
	slices.SortStableFunc(out, func(a, b org.Need) int { return cmp.Compare(b.Times, a.Times) })
	return out, nil
}

var pickedWords = map[org.Scope]string{"okta.users.read": "people", "okta.groups.read": "groups", "okta.apps.read": "apps"}
