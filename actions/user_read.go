package actions

import (
	"context"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/okta"
	"caracal/workflow"
)

// user is what actions look at of a user.
type user struct {
	ID            string         `json:"id"`
	Status        string         `json:"status"`
	Transitioning string         `json:"transitioningToStatus"`
	Created       time.Time      `json:"created"`
	Activated     *time.Time     `json:"activated"`
	StatusChanged *time.Time     `json:"statusChanged"`
	LastLogin     *time.Time     `json:"lastLogin"`
	Profile       map[string]any `json:"profile"`
}

// text returns a profile attribute, or "".
func (u user) text(name string) string {
	s, ok := u.Profile[name].(string)
	if !ok {
		return ""
	}
	return s
}

func (u user) output() workflow.Output {
	return workflow.Output{"id": u.ID, "login": u.text("login"), "status": u.Status}
}

// name is how a sentence calls the user.
func (u user) name() string {
	if login := u.text("login"); login != "" {
		return login
	}
	return u.ID
}

// fullName is the display name, or the first and the last name.
func (u user) fullName() string {
	if name := u.text("displayName"); name != "" {
		return name
	}
	return strings.TrimSpace(u.text("firstName") + " " + u.text("lastName"))
}

// readUser reads a user by id or login, which is never behind as a search may be.
func (c *Call) readUser(ctx context.Context, idOrLogin string) (user, error) {
	resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.UserAPI.GetUser(ctx, idOrLogin).Execute()
		return err
	})
	if err != nil {
		return user{}, err
	}
	var u user
	return u, okta.Decode(resp, &u)
}

// reach carries out a change of status. When Okta refuses it, the user is looked at: one who has the status
// already is a success, so that repeating is harmless, and for another the status is named.
func (c *Call) reach(ctx context.Context, wanted []string, change func(ctx context.Context, api *sdk.APIClient) error) (workflow.Output, error) {
	id := c.In["user"]
	has := func(u user) bool {
		for _, w := range wanted {
			if u.Status == w {
				return true
			}
		}
		return false
	}
	err := c.send(ctx, change)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		u, readErr := c.readUser(ctx, id)
		switch {
		case readErr != nil:
			return nil, err
		case has(u):
			return u.output(), nil
		}
		f := *fault.As(err)
		f.Kind = fault.Conflict
		f.Message = "Okta does not allow this because " + u.name() + " is " + statusWords(u.Status) + "; look at the user in Okta first."
		return nil, &f
	}
	if err != nil {
		return nil, err
	}
	var u user
	err = c.until(ctx, func() (bool, error) {
		var err error
		u, err = c.readUser(ctx, id)
		return has(u) && u.Transitioning == "", err
	})
	return afterwards(u, id, err)
}

// afterwards is the output of a change that was made, also when the user could not be read after it.
func afterwards(u user, id string, err error) (workflow.Output, error) {
	if err != nil || u.ID == "" {
		return workflow.Output{"id": id}, nil // the change is made; only the look afterwards failed
	}
	return u.output(), nil
}

// statusWords puts a user's status into words (Okta docs, "User status").
func statusWords(status string) string {
	words := map[string]string{
		"STAGED": "not activated yet", "PROVISIONED": "waiting to be activated by the person", "ACTIVE": "active",
		"RECOVERY": "resetting the password", "PASSWORD_EXPIRED": "asked for a new password", "LOCKED_OUT": "locked out",
		"SUSPENDED": "suspended", "DEPROVISIONED": "deactivated",
	}
	if w, ok := words[status]; ok {
		return w
	}
	return "in the status " + status
}

// logged looks in the System Log for an event of this client about an object since the step began, which no other step
// caused, and keeps other steps from taking it. allowed is false where the log may not be read.
func (c *Call) logged(ctx context.Context, eventType, target string) (change workflow.SentChange, allowed bool, err error) {
	events, err := c.searchLog(ctx, "eventType eq "+quote(eventType)+" and target.id eq "+quote(target)+" and actor.id eq "+quote(c.ClientID()))
	if err != nil || c.evidence.Log.Problem != "" {
		return change, false, err
	}
	for _, e := range events {
		if e.Outcome != "SUCCESS" {
			continue
		}
		if own, err := c.owns(ctx, e, true); err != nil || own {
			return workflow.SentChange{Request: e.Request, At: e.Published}, true, err
		}
	}
	return change, true, nil
}
