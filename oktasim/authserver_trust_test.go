package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestTrustedServers holds which authorization servers another one comes to trust, and what is refused.
func TestTrustedServers(t *testing.T) {
	t.Parallel()
	o := restOrg()
	server := func(name string) string {
		code, body := ask(o, "POST", authServers, fmt.Sprintf(`{"name":%q,"description":"d","audiences":["api://for-%s"]}`, name, name))
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(body), &made); err != nil || code != http.StatusCreated {
			t.Fatalf("create: %d %s", code, body)
		}
		return made.ID
	}
	one, two, three, four := server("one"), server("two"), server("three"), server("four")
	list := authServers + "/" + one + "/associatedServers"
	names := strings.NewReplacer("1", one, "2", two, "3", three, "4", four)
	for _, c := range []struct {
		method, path, body string
		status             int
		has, hasNot        string // the numbers of the servers that an answer names
	}{
		{"POST", list, `{"trusted":["2","3"]}`, 200, "23", "14"},
		{"POST", list, `{"trusted":["2"]}`, 200, "2", "34"},
		{"GET", list + "?trusted=true", "", 200, "23", "14"},
		{"GET", list + "?trusted=false", "", 200, "4", "123"},
		{"GET", list + "?trusted=true&q=THREE", "", 200, "3", "124"},
		{"GET", list + "?trusted=true&q=for-two", "", 200, "2", "134"},
		{"GET", authServers + "/" + two + "/associatedServers?trusted=true", "", 200, "", "1234"},
		{"POST", list, `{}`, 400, "", ""},
		{"POST", list, `{"trusted":["4","1"]}`, 404, "", ""},
		{"POST", list, `{"trusted":["4","aus0"]}`, 404, "", ""},
		{"POST", list, `{"trusted":["default"]}`, 404, "", ""},
		{"GET", list + "?trusted=true", "", 200, "23", "14"},
		{"DELETE", list + "/4", "", 404, "", ""},
		{"DELETE", list + "/2", "", 204, "", ""},
		{"DELETE", list + "/2", "", 404, "", ""},
		{"POST", authServers + "/3/lifecycle/deactivate", "", 204, "", ""},
		{"DELETE", authServers + "/3", "", 204, "", ""},
		{"DELETE", list + "/3", "", 404, "", ""},
		{"GET", list + "?trusted=true", "", 200, "", "1234"},
	} {
		path := c.path
		if i := strings.LastIndexAny(path, "234"); i > 0 && path[i-1] == '/' && (i+1 == len(path) || path[i+1] == '/') {
			path = path[:i] + names.Replace(path[i:i+1]) + path[i+1:]
		}
		body := c.body
		for n, id := range map[string]string{"1": one, "2": two, "3": three, "4": four} {
			body = strings.ReplaceAll(body, `"`+n+`"`, `"`+id+`"`)
		}
		code, answer := ask(o, c.method, path, body)
		if code != c.status {
			t.Errorf("%s %s %s: %d %s", c.method, path, body, code, answer)
		}
		for i, id := range []string{one, two, three, four} {
			n := fmt.Sprint(i + 1)
			if has := strings.Contains(answer, `"id":"`+id+`"`); strings.Contains(c.has, n) && !has || strings.Contains(c.hasNot, n) && has {
				t.Errorf("%s %s %s: server %s in the answer is %v: %s", c.method, path, body, n, has, answer)
			}
		}
	}
}
