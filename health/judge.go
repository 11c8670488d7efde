package health

import (
	"fmt"
	"strings"

	"caracal/fault"
	"caracal/org"
)

// outcome is what one probe got back.
type outcome struct {
	probe   probe
	sent    bool
	status  int
	code    string // Okta's errorCode
	missing string // the scope that WWW-Authenticate named
	request string
	empty   bool   // 200 with an empty list
	failed  string // a sentence when there was no answer to read
	busy    bool   // asked to wait: nothing is known
}

// proves reports whether the answer shows that the API was reached with the scope: a result, or "not found"
// on an id that cannot exist.
func (o outcome) proves() bool {
	return o.status/100 == 2 || o.status == 404 && o.code == "E0000007" || o.probe.kind == bogus && o.status == 400
}

func (o outcome) lacksScope() bool { return o.status == 403 && (o.missing != "" || o.code == "") }
func (o outcome) lacksRole() bool  { return o.status == 403 && o.code == "E0000006" }

// off reports whether Okta said that the feature is not enabled in this org.
func (o outcome) off() bool {
	return o.status == 401 && o.code == "E0000015" || o.status == 405 || o.status == 404 && o.code != "E0000007"
}

// evidence is all that is known about one scope.
type evidence struct {
	scope      org.Scope
	method     org.Method
	granted    []org.Scope
	read       outcome
	deep       outcome
	roles      []role
	rolesKnown bool
}

// judge answers the questions of a check from the evidence. It is pure: the same evidence gives the same
// check.
func judge(e evidence) org.Check {
	c := org.Check{Scope: e.scope, Status: e.read.status, Request: e.read.request}
	if e.read.sent {
		c.Probe = e.read.probe.method + " " + e.read.probe.path
	}
	if e.deep.sent {
		c.Probe, c.Status, c.Request = e.deep.probe.method+" "+e.deep.probe.path, e.deep.status, e.deep.request
	}
	c.Granted = e.judgeGranted()
	if c.Granted.Verdict == org.Fail {
		c.Reachable = answer(org.Skipped, "Not asked: the scope is not granted.")
		c.Role, c.Visible = c.Reachable, c.Reachable
		c.Mend = e.grantPath()
		return settle(c)
	}
	c.Reachable = e.judgeReachable()
	c.Role = e.judgeRole()
	c.Visible = e.judgeVisible()
	switch {
	case c.Reachable.Verdict == org.Fail && (e.read.lacksScope() || e.deep.lacksScope()):
		c.Mend = e.grantPath()
	case c.Role.Verdict == org.Fail:
		c.Mend = e.rolePath()
	case c.Visible.Verdict == org.Warn:
		c.Mend = "Admin Console › Applications › Applications › your app › Admin roles › Edit assignments: check the resource set of the role; resource sets are under Security › Administrators › Resources."
	}
	return settle(c)
}

func (e evidence) judgeGranted() org.Answer {
	for _, s := range e.granted {
		if s == e.scope {
			return answer(org.Pass, "The token carries the scope.")
		}
	}
	if org.Holds(e.granted, e.scope) {
		return answer(org.Pass, "The token carries %s, which includes it.", e.scope.Manage())
	}
	return answer(org.Fail, "Okta gave a token without %s.", e.scope)
}

func (e evidence) judgeReachable() org.Answer {
	for _, o := range []outcome{e.deep, e.read} {
		switch {
		case !o.sent:
			continue
		case o.failed != "" && o.busy:
			return answer(org.Unprovable, "%s", o.failed)
		case o.failed != "":
			return answer(org.Fail, "%s", o.failed)
		case o.lacksScope():
			return answer(org.Fail, "Okta refused the call: the token lacks %s.", firstOf(o.missing, string(e.scope)))
		case o.off():
			return answer(org.Warn, "Okta says that this feature is not enabled in the org (HTTP %d%s); the scope has no effect until it is.", o.status, with(o.code))
		case o.status == 429:
			return answer(org.Unprovable, "Okta's rate limit is reached; check again in a minute.")
		case o.lacksRole():
			continue
		case !o.proves():
			return answer(org.Fail, "Okta answered HTTP %d%s; try again, and look at the System Log if it stays.", o.status, with(o.code))
		}
	}
	if !e.read.sent && !e.deep.sent {
		return answer(org.Unprovable, "Nothing harmless can be called for this scope; the token is all the proof there is.")
	}
	if e.deep.sent && e.deep.proves() {
		return answer(org.Pass, "The API answers, also to a change on an object that cannot exist.")
	}
	return answer(org.Pass, "The API answers.")
}

func (e evidence) judgeRole() org.Answer {
	if e.deep.sent && e.deep.lacksRole() {
		return answer(org.Fail, "Okta accepts the scope and refuses the admin role (E0000006).")
	}
	if e.read.lacksRole() {
		return answer(org.Fail, "Okta accepts the scope, but the app has no admin role that sees %s (E0000006).", words(e.scope))
	}
	if e.scope.Manages() {
		return e.judgeManageRole()
	}
	switch {
	case e.read.probe.kind == list && e.read.status/100 == 2:
		return answer(org.Pass, "The admin role allows reading.")
	case e.read.probe.kind == bogus && e.read.proves():
		return answer(org.Unprovable, "Not refused; these objects can only be read one by one, so the role is proved at first use.")
	}
	return answer(org.Unprovable, "Not provable: nothing was read.")
}

func (e evidence) judgeManageRole() org.Answer {
	if !e.rolesKnown {
		return answer(org.Unprovable, "Not provable without a change. Grant okta.roles.read to have the app's roles read, or run your first workflow.")
	}
	unread, part := false, ""
	names := make([]string, 0, len(e.roles))
	for _, r := range e.roles {
		if r.allows(e.scope) {
			return answer(org.Pass, "The app's role %s allows changes.", r.name())
		}
		names = append(names, r.name())
		unread = unread || r.unread
		if r.allowsPart(e.scope) {
			part = r.name()
		}
	}
	switch {
	case part != "":
		return answer(org.Unprovable, "The app's role %s allows some changes of %s, not all; what it lacks shows at the first such change.", part, words(e.scope))
	case unread:
		return answer(org.Unprovable, "The app has a custom role whose permissions could not be read.")
	case len(names) == 0 && e.method == org.Integration:
		return answer(org.Unprovable, "The app has no admin role listed; whether a catalog integration needs one, Okta does not say.")
	case len(names) == 0:
		return answer(org.Fail, "The app has no admin role, so Okta refuses every change.")
	}
	return answer(org.Fail, "The app's roles (%s) do not allow changing %s.", strings.Join(names, ", "), words(e.scope))
}

func (e evidence) judgeVisible() org.Answer {
	switch {
	case e.read.probe.kind != list || e.read.status/100 != 2:
		return answer(org.Skipped, "Nothing was listed.")
	case !e.read.empty:
		return answer(org.Pass, "Objects are visible.")
	case e.read.probe.filled:
		return answer(org.Warn, "Okta answered with an empty list: the admin role sees no %s.", words(e.scope))
	}
	return answer(org.Skipped, "The list is empty: the org has none, or the role sees none.")
}

// grantPath says where a missing scope is granted.
func (e evidence) grantPath() string {
	if e.method == org.Integration {
		return fmt.Sprintf("Scopes of a catalog integration are fixed when it is installed. Remove %s from this application's scopes under Settings, or connect a custom app that has it.", e.scope)
	}
	return fmt.Sprintf("Admin Console › Applications › Applications › your app › Okta API Scopes › %s › Grant: only a Super Administrator can. Then check again.", e.scope)
}

// rolePath says where a missing role is assigned.
func (e evidence) rolePath() string {
	need := smallest(e.scope)
	if !e.scope.Manages() {
		need = smallestReading(e.scope)
	}
	permission := "a custom role with the permission for " + words(e.scope)
	return fmt.Sprintf("Admin Console › Applications › Applications › your app › Admin roles › Edit assignments: add %s, or %s and a resource set. Then check again.", need, permission)
}

// settle sets the verdict of a check from its answers, and the one sentence a person reads first.
func settle(c org.Check) org.Check {
	c.Verdict = org.Pass
	for _, a := range []org.Answer{c.Granted, c.Reachable, c.Role, c.Visible} {
		switch a.Verdict {
		case org.Fail:
			c.Verdict, c.Summary = org.Fail, a.Because
			return c
		case org.Warn:
			if c.Verdict != org.Warn {
				c.Verdict, c.Summary = org.Warn, a.Because
			}
		}
	}
	if c.Verdict == org.Warn {
		return c
	}
	switch {
	case c.Reachable.Verdict == org.Unprovable:
		c.Verdict, c.Summary = org.Unprovable, c.Reachable.Because
	case c.Role.Verdict == org.Unprovable:
		c.Summary = "Granted and reachable. The role shows at the first change."
		if !strings.HasPrefix(c.Probe, "GET ") && c.Probe != "" { // a deep check
			c.Summary = "Granted, and Okta takes changes with it. The role shows at the first real one."
		}
		if !c.Scope.Manages() {
			c.Summary = "Granted and reachable."
		}
	case c.Scope.Manages():
		c.Summary = "Granted, reachable and allowed by the admin role."
	default:
		c.Summary = "Works."
	}
	return c
}

// failure turns an error of the client into what an outcome needs.
func failure(o outcome, err error) outcome {
	e := fault.As(err)
	if e == nil {
		o.failed = fault.Message(err)
		return o
	}
	o.status, o.code, o.missing, o.request = e.Status, e.Code, e.Scope, e.Request
	if e.Status == 0 || e.Status == 429 || e.Status >= 500 {
		o.failed, o.busy = e.Message, e.Kind == fault.Busy || e.Status == 429
	}
	return o
}

func answer(v org.Verdict, format string, args ...any) org.Answer {
	return org.Answer{Verdict: v, Because: fmt.Sprintf(format, args...)}
}

func with(code string) string {
	if code == "" {
		return ""
	}
	return ", " + code
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// words names the objects of a scope for a sentence: "users", "authorization servers".
func words(s org.Scope) string {
	var out strings.Builder
	for i, r := range objectOf(s) {
		if i > 0 && r >= 'A' && r <= 'Z' {
			out.WriteByte(' ')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}
