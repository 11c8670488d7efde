package connect

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"caracal/fault"
	"caracal/form"
)

// ResolvePickers turns what a form's pickers hold into ids of the application's own org. A picker holds an id,
// or, when it was filled without a script, an exact login, name or label. What the org does not have is
// rejected beside its field: an id picked in another org, a group that was deleted meanwhile. err is a failure
// to ask the org, about the field that it was asked for; that comes within half a minute.
func (s *Service) ResolvePickers(ctx context.Context, applicationID string, f *form.Form) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, field := range f.Fields {
		value := f.Values[field.Name]
		if !field.Kind.Object() || value == "" || f.Errors[field.Name] != "" {
			continue
		}
		typed := []string{value}
		if field.Kind == form.Users || field.Kind == form.Groups {
			typed = form.SplitList(value)
		}
		ids := make([]string, 0, len(typed))
		for _, t := range typed {
			c, err := s.resolve(ctx, applicationID, field.Kind, t)
			if fault.Is(err, fault.NotFound) {
				f.Reject(field.Name, "%s", fault.Message(err))
				break
			}
			if err != nil {
				return about(field.Name, s.lookedOn(err))
			}
			if !slices.Contains(ids, c.ID) {
				ids = append(ids, c.ID)
			}
		}
		if f.Errors[field.Name] == "" {
			f.Values[field.Name] = strings.Join(ids, ",")
		}
	}
	return nil
}

func (s *Service) resolve(ctx context.Context, applicationID string, kind form.Kind, typed string) (Choice, error) {
	if looksLikeID(typed) || kind == form.User || kind == form.Users { // Okta takes a login in place of a user's id
		c, err := s.Named(ctx, applicationID, kind, typed)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return c, err
		}
	}
	client, app, err := s.Client(ctx, applicationID)
	if err != nil {
		return Choice{}, err
	}
	var objects []object
	if err := client.Get(ctx, listOf[kind], url.Values{"q": {typed}, "limit": {"50"}}, &objects); err != nil {
		return Choice{}, err
	}
	var found []Choice
	for _, o := range objects {
		if c := o.choice(); strings.EqualFold(c.Label, typed) || o.Profile.Login != "" && strings.EqualFold(o.Profile.Login, typed) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return Choice{}, fault.New(fault.NotFound, "%s has nothing called %q; check the exact name, or choose it from the list.", app.Name, typed)
	case 1:
		return found[0], nil
	}
	return Choice{}, fault.New(fault.NotFound, "%s has several called %q; choose one from the list.", app.Name, typed)
}

// looksLikeID reports whether s has the shape of an Okta id: 20 letters and digits that begin with 0, or
// anything of that length for older objects.
func looksLikeID(s string) bool {
	return len(s) == 20 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}

// MayName reports whether a text may name an object before the org is asked: an id, or a user's login.
func MayName(kind form.Kind, text string) bool {
	return looksLikeID(text) || (kind == form.User || kind == form.Users) && strings.Contains(text, "@")
}
