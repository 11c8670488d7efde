package oktasim

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// seedNames makes a handful of people to look for.
func seedNames(p *peopleOrg) {
	p.user(person("Ada", "department", "Engineering", "title", "Lead"))
	p.user(person("Bob", "department", "Engineering"))
	p.user(person("Cyd", "department", "Sales"))
	p.must(http.MethodPost, "/api/v1/users?activate=false", map[string]any{"profile": person("Dan", "department", "Sales")})
	gone := p.user(person("Eve", "department", "Engineering"))
	p.must(http.MethodDelete, "/api/v1/users/"+gone, nil)
}

func names(list []map[string]any) string {
	var out []string
	for _, u := range list {
		out = append(out, u["profile"].(map[string]any)["firstName"].(string))
	}
	return strings.Join(out, " ")
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	seedNames(p)
	p.now = p.now.Add(time.Hour)
	p.user(person("Flo", "department", "engineering"))
	tests := []struct{ param, value, want string }{
		{"", "", "First Ada Bob Cyd Dan Flo"}, // without those DEPROVISIONED
		{"q", "A", "First Ada"},               // the first admin's last name is Admin
		{"q", "bob@", "Bob"},
		{"q", "zz", ""},
		{"filter", `status eq "STAGED"`, "Dan"},
		{"filter", `status eq "DEPROVISIONED"`, "Eve"},
		{"filter", `status eq "STAGED" or status eq "DEPROVISIONED"`, "Dan Eve"},
		{"filter", `profile.firstName eq "Ada"`, "Ada"},
		{"filter", `lastUpdated gt "2026-05-04T10:30:00.000Z"`, "Flo"},
		{"search", `profile.department eq "Engineering"`, "Ada Bob Eve Flo"}, // case does not count
		{"search", `profile.department sw "eng" and status eq "ACTIVE"`, "Ada Bob Flo"},
		{"search", `profile.department eq "Sales" or profile.title pr`, "Ada Cyd Dan"},
		{"search", `not (profile.department eq "Engineering")`, "First Cyd Dan"},
		{"search", `profile.department ne "Engineering"`, "First Cyd Dan"},
		{"search", `profile.login co "D@"`, "Cyd"},
		{"search", `profile.firstName ew "n" and (profile.department eq "Sales")`, "Dan"},
		{"search", `created lt "2026-05-04T10:30:00Z" and profile.firstName ge "D"`, "First Dan Eve"},
		{"search", `status lt "DEPROVISIONED" or status gt "DEPROVISIONED"`, "First Ada Bob Cyd Dan Flo"},
		{"search", `PROFILE pr`, "E0000031"},
		{"search", `profile.department eq "Engineering`, "E0000031"},
		{"search", `profile.department eq Engineering`, "E0000031"},
		{"search", `profile.department like "Engineering"`, "E0000031"},
		{"search", `profile.department eq "x" and`, "E0000031"},
		{"search", `(profile.department eq "x"`, "E0000031"},
		{"search", `not profile.department eq "x"`, "E0000031"},
		{"search", ``, "E0000031"},
		{"filter", `profile.department eq "Engineering"`, "E0000031"}, // only search knows it
		{"filter", `status sw "ACT"`, "E0000031"},
		{"filter", `profile.login gt "a"`, "E0000031"},
		{"filter", `lastUpdated gt "yesterday"`, "E0000030"},
		{"search", `status eq "ACTIVE" and not (created lt "2026")`, "E0000030"},
	}
	for _, tt := range tests {
		query := ""
		if tt.param != "" {
			query = "?" + url.Values{tt.param: {tt.value}}.Encode()
		}
		if strings.HasPrefix(tt.want, "E0") {
			p.refused(http.MethodGet, "/api/v1/users"+query, nil, http.StatusBadRequest, tt.want)
			continue
		}
		if got := names(p.list("/api/v1/users" + query)); got != tt.want {
			t.Errorf("%s %s finds %q, want %q", tt.param, tt.value, got, tt.want)
		}
	}
}

func TestSortAndPage(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	seedNames(p)
	search := "/api/v1/users?" + url.Values{"search": {`profile.lastName eq "Test"`}, "sortBy": {"profile.firstName"}, "sortOrder": {"desc"}, "limit": {"2"}}.Encode()
	var got []string
	for next := search; next != ""; {
		got = append(got, names(p.list(next)))
		_, _, header := p.raw(http.MethodGet, next, nil)
		next = ""
		for _, l := range header["Link"] {
			if strings.Contains(l, `rel="next"`) {
				next = strings.TrimPrefix(l[1:strings.Index(l, ">")], "https://org.example.com")
			}
		}
		if len(got) > 10 {
			t.Fatal("paging does not end")
		}
	}
	if want := "Eve Dan|Cyd Bob|Ada"; strings.Join(got, "|") != want {
		t.Errorf("pages %v, want %s", got, want)
	}
	p.refused(http.MethodGet, strings.Replace(search, "sortOrder=desc", "sortOrder=up", 1), nil, http.StatusBadRequest, "E0000031")
	p.refused(http.MethodGet, search+"&q=ada", nil, http.StatusBadRequest, "E0000033")
	// Without sortBy, the order is not looked at: Okta ignores it.
	p.must(http.MethodGet, "/api/v1/users?search="+url.QueryEscape(`profile.lastName pr`)+"&sortOrder=0", nil)
}

func TestQueryLimit(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	for i := range 12 {
		p.user(person("Ann" + strings.Repeat("n", i)))
	}
	if n := len(p.list("/api/v1/users?q=ann")); n != 10 {
		t.Errorf("q answers %d, want 10 by default", n)
	}
	if n := len(p.list("/api/v1/users?q=ann&limit=50")); n != 12 {
		t.Errorf("q with a limit answers %d, want 12", n)
	}
}

func TestSearchLag(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	p.org.Update(func(s *Settings) { s.SearchLag = 10 * time.Second })
	search := "/api/v1/users?search=" + url.QueryEscape(`profile.lastName eq "Test"`)
	group := "/api/v1/groups?search=" + url.QueryEscape(`profile.name eq "Engineering"`)
	id := p.user(person("Ada"))
	p.group("Engineering")
	if got := names(p.list(search)); got != "" {
		t.Errorf("the new user is found at once: %s", got)
	}
	if n := len(p.list(group)); n != 0 {
		t.Error("the new group is found at once")
	}
	if got := names(p.list("/api/v1/users?filter=" + url.QueryEscape(`profile.firstName eq "Ada"`))); got != "Ada" {
		t.Errorf("filter is behind too: %q", got)
	}
	p.now = p.now.Add(11 * time.Second)
	p.must(http.MethodPost, "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"firstName": "Augusta"}})
	p.now = p.now.Add(time.Second)
	p.must(http.MethodPost, "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"firstName": "Countess"}})
	if got := names(p.list(search)); got != "Ada" {
		t.Errorf("search shows %q before the lag is over", got)
	}
	if n := len(p.list(group)); n != 1 {
		t.Error("the group is not found after the lag")
	}
	p.now = p.now.Add(11 * time.Second)
	if got := names(p.list(search)); got != "Countess" {
		t.Errorf("search shows %q after the lag", got)
	}
}
