package oktasim

import (
	"encoding/base32"
	"net/http"
	"slices"
	"strings"
)

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
	out := map[string]any{
		"id": f.id, "factorType": f.kind, "provider": f.provider, "vendorName": f.provider, "status": f.status,
		"created": stamp(f.created), "lastUpdated": stamp(f.lastUpdated), "profile": f.profile, "_links": links,
	}
	if f.secret != nil && f.status == "PENDING_ACTIVATION" {
		out["_embedded"] = map[string]any{"activation": map[string]any{
			"timeStep": 30, "encoding": "base32", "keyLength": 16, "sharedSecret": base32.StdEncoding.EncodeToString(f.secret)}}
	}
	return out
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
	if kind.kind == "token:software:totp" {
		f.status, f.secret = "PENDING_ACTIVATION", []byte(randomText(10, base62))
	}
	// A pending enrollment that was never finished gives way.
	u.factors = slices.DeleteFunc(u.factors, func(old *factor) bool { return old.kind == kind.kind })
	u.factors = append(u.factors, f)
	if f.status == "ACTIVE" {
		c.o.log(c, "user.mfa.factor.activate", "Activate factor for user", u.target())
	}
	return http.StatusOK, c.factorView(u, f), nil
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
	if !f.passes(in.Code, c.now()) {
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
	if f.secret == nil {
		f.code = randomText(6, "0123456789")
	}
	return http.StatusOK, c.factorView(u, f), nil
}

// verifyFactor answers a challenge: with the answer to the question, or a code.
func (c *call) verifyFactor(u *user, f *factor) (int, any, *apiError) {
	var in passCode
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	if f.status != "ACTIVE" {
		return 0, nil, errStatus()
	}
	right := f.kind == "question" && in.Answer != "" && strings.EqualFold(in.Answer, f.answer) ||
		f.kind != "question" && f.passes(in.Code, c.now())
	if !right && in.Code == "" && in.Answer == "" && f.kind != "question" && f.secret == nil {
		f.code = randomText(6, "0123456789") // sent to the phone or by e-mail
		return http.StatusOK, map[string]any{"factorResult": "CHALLENGE", "profile": f.profile}, nil
	}
	if !right {
		return 0, nil, errPassCode()
	}
	c.o.log(c, "user.authentication.auth_via_mfa", "Authentication of user via MFA", u.target())
	return http.StatusOK, map[string]any{"factorResult": "SUCCESS", "profile": f.profile}, nil
}
