package connect

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"caracal/batch"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
)

// LookupMost is how many names LookUp takes at once.
const LookupMost = 40

// maxExpression is how many bytes of a filter one call carries in its address: proxies take addresses of 8 KB.
const maxExpression = 3_500

// LookUp finds users by id, login or e-mail address, groups by id or name, and apps by id or label, with as few calls as
// Okta's filters allow. kind is form.User, form.Group or form.App; typed are at most LookupMost. A name that means nothing,
// or more than one object, is told in its place; err is a failure to ask the org.
func (s *Service) LookUp(ctx context.Context, applicationID string, kind form.Kind, typed []string) (map[string]batch.Found, error) {
	if len(typed) > LookupMost {
		return nil, fmt.Errorf("look up %d names: at most %d at once", len(typed), LookupMost)
	}
	client, app, err := s.Client(ctx, applicationID)
	if err != nil {
		return nil, err
	}
	l := lookup{client: client, kind: kind, org: app.Name, out: map[string]batch.Found{}}
	switch kind {
	case form.User:
		err = l.users(ctx, typed)
	case form.Group:
		err = l.groups(ctx, typed)
	case form.App: // their list has no filter for labels, and a file names few of them
		for _, t := range typed {
			c, err := s.resolve(ctx, applicationID, kind, t)
			if f := fault.As(err); f != nil && f.Kind == fault.NotFound {
				l.out[t] = batch.Found{Problem: f.Message}
			} else if err != nil {
				return nil, err
			} else {
				l.out[t] = batch.Found{ID: c.ID}
			}
		}
	default:
		err = fmt.Errorf("look up %q: only users, groups and apps have names", kind)
	}
	return l.out, err
}

type lookup struct {
	client *okta.Client
	kind   form.Kind
	org    string
	found  []object
	out    map[string]batch.Found
}

// users asks first with filter, which knows the newest state and minds capitals, and then, for those that it did not
// find, with search, which is a moment behind and does not (Okta API: listUsers).
func (l *lookup) users(ctx context.Context, typed []string) error {
	if err := l.ask(ctx, "filter", typed, func(t string) []string {
		if looksLikeID(t) {
			return []string{equal("id", t), equal("profile.login", t)}
		}
		return []string{equal("profile.login", t)}
	}); err != nil {
		return err
	}
	return l.ask(ctx, "search", l.tell(typed, true), func(t string) []string {
		return []string{equal("profile.login", t), equal("profile.email", t)}
	}, typed...)
}

// groups asks for ids with filter, and for names with search, since filter does not know names (Okta API: listGroups).
func (l *lookup) groups(ctx context.Context, typed []string) error {
	if err := l.ask(ctx, "filter", slices.DeleteFunc(slices.Clone(typed), func(t string) bool { return !looksLikeID(t) }),
		func(t string) []string { return []string{equal("id", t)} }); err != nil {
		return err
	}
	return l.ask(ctx, "search", l.tell(typed, true), func(t string) []string { return []string{equal("profile.name", t)} }, typed...)
}

// ask reads the objects that expressions name, in as many calls as their length takes. last, when given, are all the
// names: what is not found now is told so.
func (l *lookup) ask(ctx context.Context, how string, typed []string, clauses func(string) []string, last ...string) error {
	expression := ""
	flush := func() error {
		if expression == "" {
			return nil
		}
		query := url.Values{how: {expression}, "limit": {"200"}} // more than a page never fit the names of one call
		expression = ""
		var objects []object
		if err := l.client.Get(ctx, listOf[l.kind], query, &objects); err != nil {
			return err
		}
		for _, o := range objects {
			if !slices.ContainsFunc(l.found, func(had object) bool { return had.ID == o.ID }) {
				l.found = append(l.found, o)
			}
		}
		return nil
	}
	for _, t := range typed {
		if strings.ContainsFunc(t, unicode.IsControl) {
			continue
		}
		more := strings.Join(clauses(t), " or ")
		if expression != "" && len(url.QueryEscape(expression))+len(url.QueryEscape(more)) > maxExpression {
			if err := flush(); err != nil {
				return err
			}
		}
		if expression != "" {
			expression += " or "
		}
		expression += more
	}
	if err := flush(); err != nil {
		return err
	}
	if len(last) > 0 {
		l.tell(last, false)
	}
	return nil
}

// tell says what each name means, as far as that is known by what was found, and returns those that nothing was found
// for. They are told so unless they are asked for once more.
func (l *lookup) tell(typed []string, once bool) (missing []string) {
	for _, t := range typed {
		if l.out[t].ID != "" {
			continue
		}
		found := l.meant(t)
		switch {
		case len(found) == 1:
			l.out[t] = batch.Found{ID: found[0].ID}
		case len(found) > 1:
			l.out[t] = batch.Found{Problem: fmt.Sprintf("%s has several called “%s”; write the id of the one that is meant.", l.org, t)}
		case once:
			missing = append(missing, t)
		case l.kind == form.User:
			l.out[t] = batch.Found{Problem: fmt.Sprintf("%s has nobody with the login, e-mail address or id “%s”.", l.org, t)}
		default:
			l.out[t] = batch.Found{Problem: fmt.Sprintf("%s has no group with the name or id “%s”.", l.org, t)}
		}
	}
	return missing
}

// meant returns the objects that a name means: those that it fits best, by id, then login or name to the letter, then
// in capitals or not, then by e-mail address.
func (l *lookup) meant(typed string) []object {
	for _, fits := range []func(object) bool{
		func(o object) bool { return o.ID == typed },
		func(o object) bool { return o.Profile.Login == typed || o.Profile.Name == typed },
		func(o object) bool {
			return strings.EqualFold(o.Profile.Login, typed) || strings.EqualFold(o.Profile.Name, typed)
		},
		func(o object) bool { return strings.EqualFold(o.Profile.Email, typed) },
	} {
		var out []object
		for _, o := range l.found {
			if fits(o) {
				out = append(out, o)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// equal writes one test of a filter; the value is a JSON string (RFC 7644, section 3.4.2.2).
func equal(attribute, value string) string {
	return attribute + ` eq "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
