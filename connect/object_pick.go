package connect

import (
	"context"
	"net/url"
	"strings"
	"time"

	"caracal/fault"
	"caracal/form"
)

// Choice is one object of an org that a picker offers.
type Choice struct {
	ID     string
	Label  string // "Ada Lovelace", "Engineering"
	Detail string // login, description, sign-on mode: what tells two of one name apart
}

// pickLimit is how many objects a picker offers; more is typed, not scrolled.
const pickLimit = 10

// object is what the answers of users, groups and apps have in common for a picker.
type object struct {
	ID, Status, Label, SignOnMode string
	Profile                       struct{ Login, Email, FirstName, LastName, DisplayName, Name, Description string }
}

// listOf names the list that a picker of a kind reads (Okta API: listUsers, listGroups, listApplications). They
// are searched with q, which Okta has for "a people picker" and "an auto-complete picker": it matches the beginning
// of names (a user's first name, last name, e-mail). search could match more, and is no quicker to show what was
// made a moment ago: it reads the same delayed index, and its matching is "an implementation detail" to Okta.
var listOf = map[form.Kind]string{
	form.User: "/api/v1/users", form.Users: "/api/v1/users",
	form.Group: "/api/v1/groups", form.Groups: "/api/v1/groups",
	form.App: "/api/v1/apps",
}

// Pick returns the objects of an org whose name begins with what was typed.
func (s *Service) Pick(ctx context.Context, applicationID string, kind form.Kind, typed string) ([]Choice, error) {
	path, ok := listOf[kind]
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no list of %q to choose from.", kind)
	}
	client, _, err := s.Client(ctx, applicationID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	query := url.Values{"limit": {"10"}}
	if typed = strings.TrimSpace(typed); typed != "" {
		query.Set("q", typed)
	}
	var objects []object
	if err := client.Get(ctx, path, query, &objects); err != nil {
		return nil, s.lookedOn(err)
	}
	choices := make([]Choice, 0, pickLimit)
	for _, o := range objects[:min(pickLimit, len(objects))] {
		c := o.choice()
		s.names.put(nameKey(applicationID, kind, c.ID), c, s.Clock().Add(namesKept))
		choices = append(choices, c)
	}
	return choices, nil
}

// Named returns the object with an id, so that a page can show its name; a NotFound fault says that the org
// has none, as when the id was picked in another org. Names are kept for a few minutes.
func (s *Service) Named(ctx context.Context, applicationID string, kind form.Kind, id string) (Choice, error) {
	path, ok := listOf[kind]
	if !ok {
		return Choice{}, fault.New(fault.NotFound, "There is no list of %q to choose from.", kind)
	}
	key := nameKey(applicationID, kind, id)
	if c, ok := s.names.get(key, s.Clock()); ok {
		return c, nil
	}
	client, app, err := s.Client(ctx, applicationID)
	if err != nil {
		return Choice{}, err
	}
	var o object
	if err := client.Get(ctx, path+"/"+url.PathEscape(id), nil, &o); err != nil {
		if fault.Is(err, fault.NotFound) {
			return Choice{}, fault.New(fault.NotFound, "%s has nothing with the id %s; choose it again from the list.", app.Name, id).Because(err)
		}
		return Choice{}, err
	}
	c := o.choice()
	s.names.put(key, c, s.Clock().Add(namesKept))
	return c, nil
}

func (o object) choice() Choice {
	c := Choice{ID: o.ID, Label: o.Label, Detail: strings.ToLower(strings.ReplaceAll(o.SignOnMode, "_", " "))}
	switch p := o.Profile; {
	case p.Login != "":
		c.Label, c.Detail = strings.TrimSpace(p.FirstName+" "+p.LastName), p.Login
		if c.Label == "" {
			c.Label = firstOf(p.DisplayName, p.Login)
		}
		if o.Status != "ACTIVE" {
			c.Detail += " · " + strings.ToLower(strings.ReplaceAll(o.Status, "_", " "))
		}
	case p.Name != "":
		c.Label, c.Detail = p.Name, p.Description
	}
	return c
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// namesKept is how long a name that was read is shown again without asking.
const namesKept = 5 * time.Minute
