package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
)

// Picked is what a picker of a list shows.
type Picked struct {
	Choices []Choice
	Note    string // what there is to know besides: that not all of a long list was looked through
}

// How much of a list is read to find what begins with a text, where Okta cannot search it; and how long it is kept,
// so that typing on asks no more.
const (
	maxRead     = 1000
	maxReadPage = 10
	listKept    = 30 * time.Second
)

// PickFrom returns the entries of a list whose name, or what is known besides, begins with what was typed. places
// fills the places of the list's path: whose entries they are.
func (s *Service) PickFrom(ctx context.Context, applicationID, listID string, places map[string]string, typed string) (Picked, error) {
	list, ok := s.Catalog.Now().List(listID)
	if !ok {
		return Picked{}, fault.New(fault.NotFound, "There is no list of %q to choose from.", listID)
	}
	call, problem := listCall(list, places)
	if problem != "" {
		return Picked{}, fault.New(fault.Invalid, "%s", problem)
	}
	typed = strings.TrimSpace(typed)
	client, _, err := s.Client(ctx, applicationID)
	if err != nil {
		return Picked{}, err
	}
	if list.Search != "" {
		if typed != "" {
			call.Query.Set(list.Search, typed)
		}
		setLimit(call.Query, list.Operation, 2*pickLimit)
		found, err := readList(ctx, client, list, call, pickLimit)
		return s.keepNames(applicationID, list, Picked{Choices: found.choices}), s.explainList(err, list)
	}
	setLimit(call.Query, list.Operation, 200)
	key := applicationID + " " + list.ID + " " + call.Path
	all, ok := s.lists.get(key, s.Clock())
	if !ok {
		if all, err = readList(ctx, client, list, call, maxRead); err != nil {
			return Picked{}, s.explainList(err, list)
		}
		s.lists.put(key, all, s.Clock().Add(listKept))
	}
	p := Picked{Choices: matching(all.choices, typed)}
	if all.more && len(p.Choices) < pickLimit {
		p.Note = fmt.Sprintf("Only the first %d %s were looked through; if yours is not among them, type its id.", len(all.choices), list.What)
	}
	return s.keepNames(applicationID, list, p), nil
}

// explainList says what to do instead when a list cannot be read, in the words of the one reason there is.
func (s *Service) explainList(err error, list catalog.List) error {
	err = s.lookedOn(err)
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		return err
	}
	if f.Status == http.StatusForbidden || f.Status == http.StatusNotFound || f.Status == http.StatusUnauthorized || f.Status == http.StatusMethodNotAllowed {
		said := *f
		said.Message = fmt.Sprintf("The %s cannot be listed, so type the id: %s", list.What, f.Message)
		return &said
	}
	return err
}

// listCall fills the places of a list's path. The problem says what has to be chosen first.
func listCall(list catalog.List, places map[string]string) (call catalog.Call, problem string) {
	call = catalog.Call{Path: list.Operation.Path, Query: url.Values{}}
	for _, place := range list.Places {
		value := strings.TrimSpace(places[place])
		switch {
		case value == "":
			return call, fmt.Sprintf("Fill in %s first, or type the id.", place)
		case strings.Contains(value, "{{"):
			return call, fmt.Sprintf("%s comes from a value that is known only when it runs, so type the id or use a value.", place)
		case strings.Trim(value, ".") == "" || len(value) > form.DefaultMax:
			return call, fmt.Sprintf("%s does not read as an id; choose it again.", place)
		}
		call.Path = strings.ReplaceAll(call.Path, "{"+place+"}", strings.NewReplacer("{", "%7B", "}", "%7D").Replace(url.PathEscape(value)))
	}
	return call, ""
}

// setLimit asks for pages of a size, where the operation has one.
func setLimit(query url.Values, op catalog.Operation, n int) {
	for _, p := range op.Parameters {
		if p.In != "query" || p.Name != "limit" || p.Type != "integer" {
			continue
		}
		if p.Max != nil {
			n = min(n, int(*p.Max))
		}
		if p.Min != nil {
			n = max(n, int(*p.Min))
		}
		query.Set("limit", strconv.Itoa(n))
	}
}

// readEntries is what was read of a list.
type readEntries struct {
	choices []Choice
	more    bool // it goes on
}

// readList reads entries until there are enough, asking once for each combination of what the list wants sent.
// Where several are asked for, those that the org does not have are left out as long as one answers.
func readList(ctx context.Context, client *okta.Client, list catalog.List, call catalog.Call, enough int) (readEntries, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out readEntries
	var failed error
	queries := combinations(call.Query, list.Query)
	answered := false
	for _, query := range queries {
		found, err := readPages(ctx, client, list, call.Path, query, enough-len(out.choices))
		if err != nil {
			f := fault.As(err)
			if len(queries) == 1 || f == nil || f.Kind == fault.Busy || f.Kind == fault.Internal || f.Scope != "" {
				return out, err
			}
			failed = errors.Join(failed, err)
			continue
		}
		answered = true
		for _, c := range found.choices {
			if !slices.ContainsFunc(out.choices, func(o Choice) bool { return o.ID == c.ID }) {
				out.choices = append(out.choices, c)
			}
		}
		out.more = out.more || found.more
		if len(out.choices) >= enough {
			break
		}
	}
	if !answered && failed != nil {
		return out, firstFault(failed)
	}
	return out, nil
}

// firstFault returns the first of joined failures, whose sentence is one sentence.
func firstFault(err error) error {
	if f := fault.As(err); f != nil {
		return f
	}
	return err
}

// combinations adds to a query each combination of the values that a list wants sent.
func combinations(query url.Values, sent map[string][]string) []url.Values {
	out := []url.Values{query}
	for name, values := range sent {
		var next []url.Values
		for _, q := range out {
			for _, v := range values {
				one := url.Values{}
				for k, vs := range q {
					one[k] = vs
				}
				one.Set(name, v)
				next = append(next, one)
			}
		}
		out = next
	}
	return out
}

// readPages reads the pages of one query. Lists come as an array, or as the array that an object holds; the next
// page is named by a Link header or by the object's _links.
func readPages(ctx context.Context, client *okta.Client, list catalog.List, path string, query url.Values, enough int) (readEntries, error) {
	var out readEntries
	seen := map[string]bool{}
	for range maxReadPage {
		resp, err := client.Do(ctx, okta.Request{Method: http.MethodGet, Path: path, Query: query})
		if err != nil {
			return out, err
		}
		page, ok := resp.Page()
		if !ok {
			return out, fault.New(fault.Upstream, "Okta's list of %s could not be read; type the id.", list.What)
		}
		for _, raw := range page.Entries {
			c := choiceFrom(list, raw)
			if c.ID == "" {
				continue
			}
			if len(out.choices) == enough {
				out.more = true
				return out, nil
			}
			out.choices = append(out.choices, c)
		}
		after := page.After()
		if after == "" || seen[after] {
			return out, nil
		}
		seen[after] = true
		next := url.Values{}
		for k, vs := range query {
			next[k] = vs
		}
		next.Set("after", after)
		query = next
	}
	out.more = true
	return out, nil
}

// choiceFrom reads an entry of a list as its description says. An entry that is text names itself.
func choiceFrom(list catalog.List, raw json.RawMessage) Choice {
	var entry any
	if json.Unmarshal(raw, &entry) != nil {
		return Choice{}
	}
	c := Choice{ID: propertyText(entry, list.Value)}
	for _, name := range list.Labels {
		if c.Label = propertyText(entry, name); c.Label != "" {
			break
		}
	}
	if c.Label == "" {
		c.Label = c.ID
	}
	var details []string
	for _, name := range list.Details {
		if d := propertyText(entry, name); d != "" && d != c.Label && !slices.Contains(details, d) {
			if len(d) > 3 && d == strings.ToUpper(d) && !strings.HasPrefix(d, "#") {
				d = strings.ToLower(strings.ReplaceAll(d, "_", " "))
			}
			details = append(details, d)
		}
	}
	c.Label, c.Detail = shortText(c.Label, 100), shortText(strings.Join(details, " · "), 140)
	return c
}

// propertyText returns a text or number of an object: dots lead into objects, "+" joins several, and "/" at the end
// takes the last part of an address.
func propertyText(entry any, name string) string {
	if first, second, joined := strings.Cut(name, "+"); joined {
		return strings.TrimSpace(propertyText(entry, first) + " " + propertyText(entry, second))
	}
	name, last := strings.CutSuffix(name, "/")
	for part := range strings.SplitSeq(name, ".") {
		object, ok := entry.(map[string]any)
		if !ok {
			return ""
		}
		entry = object[part]
	}
	text := ""
	switch v := entry.(type) {
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	if last && text != "" {
		text = path.Base(text)
	}
	return strings.Join(strings.Fields(text), " ")
}

func shortText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// matching returns the first choices of which some word begins with what was typed, or that have this id.
func matching(all []Choice, typed string) []Choice {
	typed = strings.ToLower(typed)
	var out []Choice
	for _, rank := range []func(Choice) bool{
		func(c Choice) bool {
			return strings.HasPrefix(strings.ToLower(c.Label), typed) || strings.ToLower(c.ID) == typed
		},
		func(c Choice) bool {
			return strings.Contains(" "+strings.ToLower(c.Label+" "+c.Detail), " "+typed)
		},
	} {
		for _, c := range all {
			if len(out) < pickLimit && rank(c) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// keepNames notes what the choices are called, for the pages that show what was chosen.
func (s *Service) keepNames(applicationID string, list catalog.List, p Picked) Picked {
	for _, c := range p.Choices {
		s.names.put(nameKey(applicationID, list.Kind(), c.ID), c, s.Clock().Add(namesKept))
	}
	return p
}

// nameKey is what the name of an object is kept under.
func nameKey(applicationID string, kind form.Kind, id string) string {
	if id, ok := kind.List(); ok {
		kind = catalog.List{ID: id}.Kind() // one entry is called the same, whether a field holds one or several
	}
	if at, ok := listOf[kind]; ok {
		return applicationID + at + "/" + id
	}
	return applicationID + " " + string(kind) + " " + id
}

// Known returns the name of an object if it was read a short while ago. It asks nobody.
func (s *Service) Known(applicationID string, kind form.Kind, id string) (Choice, bool) {
	return s.names.get(nameKey(applicationID, kind, id), s.Clock())
}

// maxLists bounds the lists that are kept; when there are as many, they start afresh.
const maxLists = 50

// listCache keeps lists that Okta cannot search, while somebody types. The zero value is ready. Safe for concurrent use.
type listCache struct {
	mu   sync.Mutex
	kept map[string]keptList
}

type keptList struct {
	entries readEntries
	until   time.Time
}

func (l *listCache) get(key string, now time.Time) (readEntries, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.kept[key]
	return k.entries, ok && now.Before(k.until)
}

func (l *listCache) put(key string, entries readEntries, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || len(l.kept) >= maxLists {
		l.kept = map[string]keptList{}
	}
	l.kept[key] = keptList{entries, until}
}
