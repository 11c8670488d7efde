package oktasim

import (
	"net/url"
	"slices"
	"strings"
)

// personRow, groupRow and appRow are what the console's lists show of an object.
type personRow struct {
	ID, Status string
	Profile    struct{ FirstName, LastName, Login, Title, Department string }
}

type groupRow struct {
	ID, Type string
	Profile  struct{ Name, Description string }
}

type appRow struct {
	ID, Label, SignOnMode, Status, Kind string
	Client                              bool
}

func (o *Org) allPeople() []personRow {
	var active, gone []personRow
	o.read("/api/v1/users?limit=10000", &active)
	next := active
	for len(next) > 0 && len(next)%200 == 0 { // the API gives 200 at a time
		more := []personRow{}
		o.read("/api/v1/users?limit=200&after="+url.QueryEscape(active[len(active)-1].ID), &more)
		active = append(active, more...)
		next = more
	}
	o.read("/api/v1/users?limit=200&filter="+url.QueryEscape(`status eq "DEPROVISIONED"`), &gone)
	return append(active, gone...)
}

func (o *Org) allGroups() []groupRow {
	var groups []groupRow
	o.read("/api/v1/groups?limit=10000", &groups)
	return groups
}

func (o *Org) allApps() []appRow {
	var apps []appRow
	after := ""
	for {
		var some []appRow
		if !o.read("/api/v1/apps?limit=200"+after, &some) || len(some) == 0 {
			break
		}
		apps = append(apps, some...)
		if len(some) < 200 {
			break
		}
		after = "&after=" + url.QueryEscape(some[len(some)-1].ID)
	}
	for i := range apps {
		apps[i].Kind = apps[i].SignOnMode
		apps[i].Client = apps[i].SignOnMode == "OPENID_CONNECT"
	}
	return apps
}

func consoleHome(v *visit) {
	integrations := 0
	for _, c := range v.o.clients.list {
		if c.kind == integrationClient {
			integrations++
		}
	}
	v.show("home", "Dashboard", map[string]any{"People": len(v.o.allPeople()), "Groups": len(v.o.allGroups()),
		"Apps": len(v.o.allApps()), "Integrations": integrations, "Events": len(v.o.logs.events), "Base": v.o.base(v.r), "ID": v.o.id})
}

// holds says whether any of the texts contains the query, without regard to case.
func holds(query string, texts ...string) bool {
	query = strings.ToLower(strings.TrimSpace(query))
	return query == "" || strings.Contains(strings.ToLower(strings.Join(texts, " ")), query)
}

func consolePeople(v *visit) {
	q, all := v.r.Form.Get("q"), v.o.allPeople()
	total := len(all)
	all = slices.DeleteFunc(all, func(p personRow) bool {
		return !holds(q, p.Profile.FirstName, p.Profile.LastName, p.Profile.Login)
	})
	v.show("people", "People", map[string]any{"Query": q, "People": all, "Total": total})
}

func consoleGroups(v *visit) {
	q := v.r.Form.Get("q")
	all := slices.DeleteFunc(v.o.allGroups(), func(g groupRow) bool { return !holds(q, g.Profile.Name, g.Profile.Description) })
	v.show("groups", "Groups", map[string]any{"Query": q, "Groups": all})
}

func consoleGroup(v *visit) {
	var g groupRow
	path := "/api/v1/groups/" + pathSegment(v.r.PathValue("id"))
	if !v.o.read(path, &g) {
		v.notFound()
		return
	}
	var members []personRow
	v.o.read(path+"/users?limit=1000", &members)
	v.show("group", g.Profile.Name, map[string]any{"Group": g, "Members": members})
}

func consoleLog(v *visit) {
	const most = 200
	q := logQuery{words: strings.Fields(strings.ToLower(v.r.Form.Get("q")))}
	var events []*Event
	for _, e := range slices.Backward(v.o.logs.events) {
		if q.matches(e) {
			events = append(events, e)
		}
		if len(events) == most {
			break
		}
	}
	v.show("log", "System Log", map[string]any{"Query": v.r.Form.Get("q"), "Events": events, "Total": len(v.o.logs.events)})
}

// consoleLogSearch is the address that Okta's console has for a search of the
// log, as its own links write it: search holds words or a filter expression.
func consoleLogSearch(v *visit) {
	search := v.r.Form.Get("search")
	matches, err := parseLogFilter(search)
	if err != nil {
		v.back("/admin/log?"+url.Values{"q": {search}}.Encode(), "")
		return
	}
	var events []*Event
	for _, e := range slices.Backward(v.o.logs.events) {
		if matches(e) {
			events = append(events, e)
		}
	}
	v.show("log", "System Log", map[string]any{"Query": search, "Events": events, "Total": len(v.o.logs.events)})
}
