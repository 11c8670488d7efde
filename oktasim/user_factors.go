package oktasim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// factor is one second factor of a user ("UserFactor" in Okta's API reference).
type factor struct {
	id, kind, provider, status string
	created, lastUpdated       time.Time
	profile                    map[string]any
	answer                     string // of a security question
	code                       string // of a pending enrollment: what activates it
}

// factorKind is a type of factor that can be enrolled through the API.
type factorKind struct {
	kind, idPrefix string
	pending        bool     // needs an activation with a code
	needs          string   // the profile property it takes
	shows          []string // profile properties in answers
}

var factorKinds = []factorKind{
	{kind: "question", idPrefix: "ufs", needs: "question", shows: []string{"question", "questionText"}},
	{kind: "sms", idPrefix: "sms", pending: true, needs: "phoneNumber", shows: []string{"phoneNumber"}},
	{kind: "call", idPrefix: "clf", pending: true, needs: "phoneNumber", shows: []string{"phoneNumber", "phoneExtension"}},
	{kind: "email", idPrefix: "emf", pending: true, needs: "email", shows: []string{"email"}},
	{kind: "token:software:totp", idPrefix: "ost", pending: true, shows: []string{"credentialId"}},
	{kind: "push", idPrefix: "opf", pending: true, shows: []string{"credentialId", "deviceType", "name", "platform", "version"}},
}

// securityQuestions are the questions that Okta offers, by key ("List all supported security questions").
var securityQuestions = []struct{ key, text string }{
	{"disliked_food", "What is the food you least liked as a child?"},
	{"name_of_first_plush_toy", "What is the name of your first stuffed animal?"},
	{"first_award", "What did you earn your first medal or award for?"},
	{"favorite_security_question", "What is your favorite security question?"},
	{"favorite_toy", "What is the toy/stuffed animal you liked the most as a kid?"},
	{"first_computer_game", "What was the first computer game you played?"},
	{"favorite_movie_quote", "What is your favorite movie quote?"},
	{"first_sports_team_mascot", "What was the mascot of the first sports team you played on?"},
	{"first_music_purchase", "What music album or song did you first purchase?"},
	{"favorite_art_piece", "What is your favorite piece of art?"},
	{"childhood_dream_job", "What was your dream job as a child?"},
}

func questionText(key string) string {
	for _, q := range securityQuestions {
		if q.key == key {
			return q.text
		}
	}
	return ""
}

func (u *user) factor(id string) *factor {
	for _, f := range u.factors {
		if f.id == id {
			return f
		}
	}
	return nil
}

func (c *call) factorView(u *user, f *factor) map[string]any {
	self := c.url("/api/v1/users/%s/factors/%s", u.id, f.id)
	links := map[string]any{"user": link(c.url("/api/v1/users/%s", u.id), "GET")}
	if f.status == "PENDING_ACTIVATION" {
		links["self"] = link(self, "GET")
		links["activate"] = link(self+"/lifecycle/activate", "POST")
		if f.kind != "token:software:totp" && f.kind != "push" {
			resend := link(self+"/resend", "POST")
			resend["name"] = f.kind
			links["resend"] = []any{resend}
		}
	} else {
		links["self"] = link(self, "GET", "DELETE")
		if f.kind == "question" {
			links["questions"] = link(c.url("/api/v1/users/%s/factors/questions", u.id), "GET")
		} else {
			links["verify"] = link(self+"/verify", "POST")
		}
	}
	return map[string]any{
		"id": f.id, "factorType": f.kind, "provider": f.provider, "vendorName": f.provider, "status": f.status,
		"created": stamp(f.created), "lastUpdated": stamp(f.lastUpdated), "profile": f.profile, "_links": links,
	}
}

func (c *call) listFactors(u *user) (int, any, *apiError) {
	out := make([]any, len(u.factors))
	for i, f := range u.factors {
		out[i] = c.factorView(u, f)
	}
	return http.StatusOK, out, nil
}

func (c *call) listQuestions(*user) (int, any, *apiError) {
	out := make([]any, len(securityQuestions))
	for i, q := range securityQuestions {
		out[i] = map[string]any{"question": q.key, "questionText": q.text}
	}
	return http.StatusOK, out, nil
}

// listFactorCatalog lists what the user may enroll.
func (c *call) listFactorCatalog(u *user) (int, any, *apiError) {
	out := make([]any, len(factorKinds))
	for i, k := range factorKinds {
		status := "NOT_SETUP"
		for _, f := range u.factors {
			if f.kind == k.kind {
				status = f.status
			}
		}
		out[i] = map[string]any{
			"factorType": k.kind, "provider": "OKTA", "vendorName": "OKTA", "status": status, "enrollment": "OPTIONAL",
			"_links": map[string]any{"enroll": link(c.url("/api/v1/users/%s/factors", u.id), "POST")},
		}
	}
	return http.StatusOK, out, nil
}

var phonePattern = regexp.MustCompile(`^\+[0-9]{7,15}$`)

type factorBody struct {
	Kind     string         `json:"factorType"`
	Provider string         `json:"provider"`
	Profile  map[string]any `json:"profile"`
}

// enrollFactor is POST …/factors.
func (c *call) enrollFactor(u *user) (int, any, *apiError) {
	var in factorBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	i := slices.IndexFunc(factorKinds, func(k factorKind) bool { return k.kind == in.Kind })
	if i < 0 || in.Provider != "OKTA" {
		return 0, nil, errValidation("factorEnrollRequest", "factorEnrollRequest: The factor type or its provider is not enabled in this org.")
	}
	kind := factorKinds[i]
	if kind.kind == "email" && in.Profile["email"] == nil {
		in.Profile = map[string]any{"email": u.text("email")}
	}
	f := &factor{id: c.o.newID(kind.idPrefix), kind: kind.kind, provider: "OKTA", status: "ACTIVE",
		created: c.now(), lastUpdated: c.now(), profile: map[string]any{}}
	if err := f.setProfile(kind, u, in.Profile); err != nil {
		return 0, nil, err
	}
	for _, old := range u.factors {
		if old.kind == kind.kind && old.status == "ACTIVE" {
			return 0, nil, errValidation("factorEnrollRequest", "A factor of this type is already set up.")
		}
	}
	if kind.pending && !c.qBool("activate", false) {
		f.status, f.code = "PENDING_ACTIVATION", randomText(6, "0123456789")
	}
	// A pending enrollment that was never finished gives way.
	u.factors = slices.DeleteFunc(u.factors, func(old *factor) bool { return old.kind == kind.kind })
	u.factors = append(u.factors, f)
	if f.status == "ACTIVE" {
		c.o.log(c, "user.mfa.factor.activate", "Activate factor for user", u.target())
	}
	return http.StatusOK, c.factorView(u, f), nil
}

func (f *factor) setProfile(kind factorKind, u *user, in map[string]any) *apiError {
	if kind.needs != "" && asText(in[kind.needs]) == "" {
		return errValidation("factorEnrollRequest", kind.needs+": "+causeBlank)
	}
	for _, name := range kind.shows {
		if v, ok := in[name].(string); ok {
			f.profile[name] = v
		}
	}
	switch kind.kind {
	case "question":
		key, answer := asText(in["question"]), asText(in["answer"])
		text := questionText(key)
		if text == "" {
			return errValidation("securityQuestion", "The security question is not one of the supported ones")
		}
		if len([]rune(answer)) < 4 {
			return errValidation("securityQuestion.answer", "The security question answer must be at least 4 characters in length")
		}
		if strings.Contains(strings.ToLower(text), strings.ToLower(answer)) {
			return errValidation("securityQuestion.answer", "The security question answer must not be part of the question")
		}
		f.profile["questionText"], f.answer = text, answer
	case "sms", "call":
		if !phonePattern.MatchString(asText(in["phoneNumber"])) {
			return newError(http.StatusBadRequest, "E0000098", "This phone number is invalid.")
		}
	case "email":
		if !isMailAddress(asText(in["email"])) {
			return errValidation("email", "email: "+causePattern)
		}
	default:
		f.profile["credentialId"] = u.login()
	}
	return nil
}

// onFactor wraps an operation on one factor of the path's user.
func onFactor(do func(c *call, u *user, f *factor) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return lifecycle(func(c *call, u *user) (int, any, *apiError) {
		f := u.factor(c.p("factorId"))
		if f == nil {
			return 0, nil, errNotFound(c.p("factorId"), "UserFactor")
		}
		return do(c, u, f)
	})
}

func (c *call) getFactor(u *user, f *factor) (int, any, *apiError) {
	return http.StatusOK, c.factorView(u, f), nil
}

// replaceFactor changes a security question: the only factor that can be changed.
func (c *call) replaceFactor(u *user, f *factor) (int, any, *apiError) {
	var in factorBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if f.kind != "question" {
		return 0, nil, newError(http.StatusNotImplemented, "E0000060", "Unsupported operation.")
	}
	changed := *f
	changed.profile = map[string]any{}
	if err := changed.setProfile(factorKinds[0], u, in.Profile); err != nil {
		return 0, nil, err
	}
	changed.lastUpdated = c.now()
	*f = changed
	c.o.log(c, "user.mfa.factor.update", "Update factor for user", u.target())
	return http.StatusOK, c.factorView(u, f), nil
}

func (c *call) deleteFactor(u *user, f *factor) (int, any, *apiError) {
	u.factors = slices.DeleteFunc(u.factors, func(x *factor) bool { return x == f })
	c.o.log(c, "user.mfa.factor.deactivate", "Reset factor for user", u.target())
	return http.StatusNoContent, nil, nil
}

type passCode struct {
	Code   string `json:"passCode"`
	Answer string `json:"answer"`
}

func (c *call) activateFactor(u *user, f *factor) (int, any, *apiError) {
	var in passCode
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	if f.status != "PENDING_ACTIVATION" {
		return 0, nil, errNotFound(f.id, "UserFactor")
	}
	if in.Code == "" || in.Code != f.code {
		return 0, nil, errPassCode()
	}
	f.status, f.lastUpdated = "ACTIVE", c.now()
	c.o.log(c, "user.mfa.factor.activate", "Activate factor for user", u.target())
	return http.StatusOK, c.factorView(u, f), nil
}

func errPassCode() *apiError {
	return newError(http.StatusForbidden, "E0000068", "Invalid Passcode/Answer", "Your passcode doesn't match our records. Please try again.")
}

func (c *call) resendFactor(u *user, f *factor) (int, any, *apiError) {
	f.code = randomText(6, "0123456789")
	return http.StatusOK, c.factorView(u, f), nil
}

// verifyFactor answers a challenge; only a security question's answer can be known here.
func (c *call) verifyFactor(u *user, f *factor) (int, any, *apiError) {
	var in passCode
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	if f.status != "ACTIVE" {
		return 0, nil, errStatus()
	}
	right := f.kind == "question" && in.Answer != "" && strings.EqualFold(in.Answer, f.answer)
	if !right && in.Code == "" && in.Answer == "" && f.kind != "question" {
		return http.StatusOK, map[string]any{"factorResult": "CHALLENGE", "profile": f.profile}, nil
	}
	if !right {
		return 0, nil, errPassCode()
	}
	c.o.log(c, "user.authentication.auth_via_mfa", "Authentication of user via MFA", u.target())
	return http.StatusOK, map[string]any{"factorResult": "SUCCESS", "profile": f.profile}, nil
}
