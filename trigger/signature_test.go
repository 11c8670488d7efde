package trigger

import (
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/fault"
)

func TestSignature(t *testing.T) {
	t.Parallel()
	now, body := at(t, "2026-11-23T12:00:00Z"), []byte(`{"a": 1}`)
	const known = "t=1795435200,v1=7c91a9e0c7a0c4d3"
	good := Sign("secret", now, body)
	verify := func(header string, body []byte, now time.Time) error {
		s, err := ParseSignature(header)
		if err != nil {
			return err
		}
		return s.Verify("secret", body, now, 5)
	}
	_, sum, _ := strings.Cut(good, ",v1=")
	for name, header := range map[string]string{"as made": good, "with the old one too": good + ",v1=" + strings.Repeat("0", 64), "with spaces": strings.ReplaceAll(good, ",", " , "), "with what is not known": "v0=x," + good} {
		if err := verify(header, body, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verify(good, body, now.Add(5*time.Minute)); err != nil {
		t.Errorf("at the end of its window: %v", err)
	}
	for name, tt := range map[string]struct {
		header string
		body   string
		off    time.Duration
	}{
		"no header": {"", string(body), 0}, "another body": {good, "{}", 0}, "too late": {good, string(body), 5*time.Minute + time.Second}, "too early": {good, string(body), -6 * time.Minute},
		"another time": {"t=1,v1=" + sum, string(body), 0}, "short": {known, string(body), 0}, "no sum": {"t=1795435200", string(body), 0}, "no time": {"v1=" + sum, string(body), 0},
		"two times": {"t=1," + good, string(body), 0}, "odd time": {"t=1e9,v1=" + sum, string(body), 0}, "long": {good + strings.Repeat(",x=y", 1000), string(body), 0},
	} {
		if err := verify(tt.header, []byte(tt.body), now.Add(tt.off)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	hash := Hash("tok")
	if VerifyBearer("Bearer tok", hash) != nil || VerifyBearer("bearer  tok", hash) != nil {
		t.Error("the right secret is refused")
	}
	for _, bad := range []string{"", "tok", "Basic tok", "Bearer", "Bearer tok2"} {
		if VerifyBearer(bad, hash) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if VerifyBearer("Bearer tok", nil) == nil {
		t.Error("no secret at all is taken")
	}
}

func FuzzSignature(f *testing.F) {
	f.Add("t=1795435200,v1="+strings.Repeat("ab", 32), []byte("{}"))
	f.Add("t=-1,v1=zz,v1", []byte(nil))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		s, err := ParseSignature(header)
		if err != nil {
			return
		}
		if s.Verify("a secret nobody knows", body, s.At, 5) == nil {
			t.Errorf("%q signs %q without the secret", header, body)
		}
	})
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ media, body, code string }{
		{"application/json", `{"a": 1}`, ""}, {"application/json; charset=utf-8", "", ""}, {"application/cloudevents+json", "[]", ""}, {"application/x-www-form-urlencoded", "a=1&a=2", ""},
		{"application/json", `{"a": 1} {}`, CodeBody}, {"application/json", "{", CodeBody}, {"application/json", strings.Repeat("[", 20_000), CodeBody},
		{"application/x-www-form-urlencoded", "%zz", CodeBody}, {"text/plain", "{}", CodeType}, {"", "{}", CodeType}, {"multipart/form-data; boundary=x", "", CodeType},
	} {
		_, err := ReadBody(tt.media, []byte(tt.body))
		code := ""
		if err != nil {
			code = codeOf(err)
		}
		if code != tt.code {
			t.Errorf("%s %.20q: %v, want %q", tt.media, tt.body, err, tt.code)
		}
	}
}

func TestMayGive(t *testing.T) {
	t.Parallel()
	who := func(roles ...auth.Role) auth.User { return auth.User{Roles: roles} }
	for _, tt := range []struct {
		maker, person auth.User
		want          bool
	}{
		{who(auth.Builder), who(auth.Operator), true}, {who(auth.Builder), who(auth.Builder), true}, {who(auth.Builder), who(auth.Admin), false},
		{who(auth.Builder), who(auth.Operator, auth.Approver), false}, {who(auth.Admin), who(auth.Admin), true}, {who(auth.Admin), who(auth.Approver), false},
		{who(auth.Operator), who(auth.Operator), false}, {who(auth.Admin), who(auth.Employee), true}, {who(auth.Admin), who(auth.Auditor), false},
	} {
		if got := MayGive(tt.maker, tt.person); got != tt.want {
			t.Errorf("%v for %v: %v", tt.maker.Roles, tt.person.Roles, got)
		}
	}
}

func codeOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Code
	}
	return err.Error()
}
