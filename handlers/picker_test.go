package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestPickersOfOperations: the page of an operation offers what its places are chosen from, the rules of the policy
// that is chosen above among them, to whoever may read the page.
func TestPickersOfOperations(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID

	page := app.Get("/operations/getPolicyRule?application=" + id).Status(http.StatusOK)
	if got := page.Attr(`[data-picker-search][aria-label^="ruleId"]`, "hx-get"); !strings.HasPrefix(got, "/operations/pick/list:listPolicyRules?") || !strings.Contains(got, url.QueryEscape("policyId:path.policyId")) {
		t.Errorf("the rules come from %q", got)
	}
	if got := page.Attr(`[data-picker-search][aria-label^="ruleId"]`, "hx-include"); got != `[name="path.policyId"]` {
		t.Errorf("the rules are asked for with %q", got)
	}
	app.Get("/operations/getPolicyRule").Status(http.StatusOK).Has("#operation-form", "ruleId")

	pick := func(b *testenv.Browser, kind string, query ...string) *testenv.Page {
		values := url.Values{"application": {id}}
		for i := 0; i+1 < len(query); i += 2 {
			values.Add(query[i], query[i+1])
		}
		return b.Get("/operations/pick/" + kind + "?" + values.Encode())
	}
	admin := app.As(auth.Admin)
	pick(admin, "list:listPolicyRules", "of", "policyId:path.policyId").Status(http.StatusOK).Has("p", "Fill in policyId first, or type the id").HasNot("button")
	// A scope that is not granted is said in the list, and what was typed can be taken as the id.
	pick(admin, "list:listPolicyRules", "of", "policyId:path.policyId", "path.policyId", "00pAbc", "q", "0prXyz").Status(http.StatusOK).
		Has("p", "cannot be listed, so type the id", "okta.policies.read").Has(`button[data-id="0prXyz"]`, "Use what is typed as the id")
	pick(admin, "user", "q", "ada").Has("button", "Ada Admin")
	pick(admin, "list:nonsense").Status(http.StatusOK).Has("p", "no list")
	pick(admin, "list:listGroupRules", "q", "no such rule").Has("p", "Nothing begins with this").HasNot("button")
	pick(app.As(auth.Auditor), "group", "q", "every").Status(http.StatusOK).Has("button", "Everyone")
	pick(app.As(auth.Operator), "group").Status(http.StatusForbidden)
	app.As(auth.Operator).Get("/pick/list:listGroupRules?application=" + id).Status(http.StatusForbidden)

	// A name that a list showed is on the page when it is drawn again.
	everyone := pick(admin, "group", "q", "every").Attr("button", "data-id")
	drawn := app.Post("/operations/getGroup/form", "application", id, "path.groupId", everyone).Status(http.StatusOK)
	if got := drawn.Attr("[data-picker]", "data-chosen"); got != everyone+"\tEveryone" {
		t.Errorf("the page calls the group %q", got)
	}
	// Members of the group that is chosen above, and of no other.
	members := pick(admin, "list:listGroupUsers", "of", "groupId:path.groupId", "path.groupId", everyone).Status(http.StatusOK)
	if got := len(members.All("button")); got < 3 {
		t.Errorf("%d members of Everyone are offered", got)
	}
	app.Post("/operations/getGroup/read", "application", id, "path.groupId", everyone).Status(http.StatusOK).Has("#answer", "Everyone")
}
