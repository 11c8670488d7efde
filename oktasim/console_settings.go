package oktasim

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// consoleAccount is Okta's page Settings › Account, of which the org has one setting.
func consoleAccount(v *visit) { v.show("account", "Account", v.o.settings.PublicClientAdmins) }

func consoleAccountSave(v *visit) {
	v.o.settings.PublicClientAdmins = v.r.PostForm.Get("public-client-admins") != ""
	v.back("/admin/settings/account", "saved")
}

// simulationView is the simulator's own page: what a test turns in code, and `caracal sim` by flags.
type simulationView struct {
	Refuse, RefuseUngranted, RoleAfter, IntegrationRoles bool
	Concurrency, Latency, SearchLag, LogLag              string
	Buckets                                              []bucketRow
	Fault, Every                                         string // the kind, and every how many requests; 0 = the next one
	Kinds                                                []faultRow
}

type bucketRow struct {
	Name, Limit string
	Usual       int
}

type faultRow struct{ Name, About string }

func (v *visit) simulation() simulationView {
	s, plan := v.o.settings, v.o.faults
	view := simulationView{Refuse: !s.NoRateLimit, RefuseUngranted: s.RefuseUngranted, RoleAfter: s.RoleAfterLookup,
		IntegrationRoles: s.IntegrationRoles, Concurrency: strconv.Itoa(v.o.concurrency()),
		Latency: strconv.FormatInt(s.Latency.Milliseconds(), 10), SearchLag: strconv.FormatInt(s.SearchLag.Milliseconds(), 10), LogLag: strconv.FormatInt(s.LogLag.Milliseconds(), 10),
		Fault: plan.current(), Every: "0"}
	if view.Fault != "" && !plan.once {
		view.Every = strconv.Itoa(plan.every)
	}
	for _, name := range Buckets() {
		row := bucketRow{Name: name, Usual: rateLimits[name]}
		if n, ok := s.RateLimits[name]; ok {
			row.Limit = strconv.Itoa(n)
		}
		view.Buckets = append(view.Buckets, row)
	}
	return view
}

func (v *visit) showSimulation(status int, problem string, view simulationView) {
	for _, k := range faultKinds {
		view.Kinds = append(view.Kinds, faultRow{k.name, k.about})
	}
	v.showWith(status, "simulation", "Simulation", problem, view)
}

func consoleSimulation(v *visit) { v.showSimulation(http.StatusOK, "", v.simulation()) }

// consoleSimulationSave saves all of the page, or with a wrong number nothing.
func consoleSimulationSave(v *visit) {
	f, view := v.r.PostForm, v.simulation()
	view.Refuse, view.RefuseUngranted = f.Get("rate-limits") == "okta", f.Get("ungranted") == "refuse"
	view.RoleAfter, view.IntegrationRoles = f.Get("role-check") == "after", f.Get("integration-roles") != ""
	view.Concurrency, view.Latency, view.SearchLag, view.LogLag = f.Get("concurrency"), f.Get("latency"), f.Get("search-lag"), f.Get("log-lag")
	view.Fault, view.Every = f.Get("fault"), f.Get("every")
	for i := range view.Buckets {
		view.Buckets[i].Limit = f.Get("limit-" + view.Buckets[i].Name)
	}
	settings, plan, err := view.read(v.o.settings)
	if err != nil {
		v.showSimulation(http.StatusUnprocessableEntity, "Nothing was saved: "+err.Error()+".", view)
		return
	}
	v.o.settings, v.o.faults = settings, plan
	clear(v.o.limits) // the new limits begin with a fresh minute
	v.back("/admin/settings/simulation", "saved")
}

// longest is the longest latency and search lag that the page takes: an hour, in milliseconds.
const longest = int(time.Hour / time.Millisecond)

// read turns what was typed into settings and a plan of faults.
func (view simulationView) read(old Settings) (Settings, *faultPlan, error) {
	s := old
	s.NoRateLimit, s.RefuseUngranted, s.RoleAfterLookup, s.IntegrationRoles = !view.Refuse, view.RefuseUngranted, view.RoleAfter, view.IntegrationRoles
	var err error
	number := func(what, text string, least, most int) int {
		n, bad := strconv.Atoi(strings.TrimSpace(text))
		if (bad != nil || n < least || n > most) && err == nil {
			err = fmt.Errorf("%s must be a whole number from %d to %d, not %q", what, least, most, text)
		}
		return n
	}
	s.Concurrency = number("requests at once", view.Concurrency, 1, 100_000)
	s.Latency = time.Duration(number("latency", view.Latency, 0, longest)) * time.Millisecond
	s.SearchLag = time.Duration(number("search lag", view.SearchLag, 0, longest)) * time.Millisecond
	s.LogLag = time.Duration(number("log lag", view.LogLag, 0, longest)) * time.Millisecond
	s.RateLimits = maps.Clone(old.RateLimits)
	if s.RateLimits == nil {
		s.RateLimits = map[string]int{}
	}
	for _, b := range view.Buckets {
		if strings.TrimSpace(b.Limit) == "" {
			delete(s.RateLimits, b.Name)
			continue
		}
		s.RateLimits[b.Name] = number("the limit of "+b.Name, b.Limit, 0, 1_000_000)
	}
	if view.Fault == "" {
		return s, &faultPlan{}, err
	}
	every := number("every how many requests", view.Every, 0, 1_000_000)
	if err != nil {
		return s, nil, err
	}
	plan, err := newFaultPlan(view.Fault, every)
	return s, plan, err
}
