package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/okta"
	"caracal/workflow"
)

// group is what actions look at of a group.
type group struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Created time.Time      `json:"created"`
	Profile map[string]any `json:"profile"`
}

func (g group) text(name string) string {
	s, ok := g.Profile[name].(string)
	if !ok {
		return ""
	}
	return s
}

func (g group) output() workflow.Output {
	return workflow.Output{"id": g.ID, "name": g.text("name")}
}

// readGroup is getGroup.
func (c *Call) readGroup(ctx context.Context, id string) (group, error) {
	resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.GroupAPI.GetGroup(ctx, id).Execute()
		return err
	})
	if err != nil {
		return group{}, err
	}
	var g group
	return g, okta.Decode(resp, &g)
}

// groupsNamed lists the groups with exactly this name (in any capitals): listGroups with q, which finds by the
// beginning of the name.
func (c *Call) groupsNamed(ctx context.Context, name string) ([]group, error) {
	var found []group
	err := c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
		r := api.GroupAPI.ListGroups(ctx).Q(name).Limit(200)
		if after != "" {
			r = r.After(after)
		}
		_, _, err := r.Execute()
		return err
	}, func(raw json.RawMessage) (bool, error) {
		var g group
		if err := json.Unmarshal(raw, &g); err != nil {
			return false, fmt.Errorf("read group: %w", err)
		}
		if strings.EqualFold(g.text("name"), name) {
			found = append(found, g)
		}
		return true, nil
	})
	return found, err
}

// members lists a group's users: listGroupUsers.
func (c *Call) members(ctx context.Context, id string, each func(u user) (more bool)) error {
	return c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
		r := api.GroupAPI.ListGroupUsers(ctx, id).Limit(1000)
		if after != "" {
			r = r.After(after)
		}
		_, _, err := r.Execute()
		return err
	}, func(raw json.RawMessage) (bool, error) {
		var u user
		if err := json.Unmarshal(raw, &u); err != nil {
			return false, fmt.Errorf("read member: %w", err)
		}
		return each(u), nil
	})
}

// join is assignUserToGroup; doing it twice leaves one membership.
func (c *Call) join(ctx context.Context, group, user string) error {
	return c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		_, err := api.GroupAPI.AssignUserToGroup(ctx, group, user).Execute()
		return err
	})
}

// leave is unassignUserFromGroup. Someone who is no member has left: when Okta finds nothing, both are read,
// so that a wrong id still is an error.
func (c *Call) leave(ctx context.Context, group, user string) error {
	err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		_, err := api.GroupAPI.UnassignUserFromGroup(ctx, group, user).Execute()
		return err
	})
	if !gone(err) {
		return err
	}
	if _, err := c.readGroup(ctx, group); err != nil {
		return err
	}
	_, userErr := c.readUser(ctx, user)
	if fault.Is(userErr, fault.Forbidden) {
		return err // users may not be read with this connection: Okta's first answer stands
	}
	return userErr
}
