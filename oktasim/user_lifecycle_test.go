package oktasim

import (
	"encoding/base32"
	"net/http"
	"strings"
	"testing"
)

// TestLifecycle takes a user into each status and tries every operation there.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	reach := map[string][]string{ // how a status is reached from STAGED, by lifecycle operations
		statusStaged:          {},
		statusActive:          {"activate?sendEmail=false"},
		statusSuspended:       {"activate?sendEmail=false", "suspend"},
		statusPasswordExpired: {"activate?sendEmail=false", "expire_password"},
		statusRecovery:        {"activate?sendEmail=false", "reset_password?sendEmail=false"},
		statusDeprovisioned:   {"activate?sendEmail=false", "deactivate"},
	}
	const ok, bad = "", "E0000038"
	tests := []struct {
		op    string
		want  map[string]string // status -> error code, "" for success
		after map[string]string // status -> status afterwards
	}{
		{"activate?sendEmail=false",
			map[string]string{statusStaged: ok, statusActive: "E0000016", statusSuspended: bad, statusPasswordExpired: "E0000016", statusRecovery: "E0000016", statusDeprovisioned: ok},
			map[string]string{statusStaged: statusActive, statusDeprovisioned: statusProvisioned}},
		{"reactivate?sendEmail=false",
			map[string]string{statusStaged: bad, statusActive: bad, statusSuspended: bad, statusPasswordExpired: bad, statusRecovery: ok, statusDeprovisioned: bad}, nil},
		{"deactivate",
			map[string]string{statusStaged: ok, statusActive: ok, statusSuspended: ok, statusPasswordExpired: ok, statusRecovery: ok, statusDeprovisioned: bad},
			map[string]string{statusStaged: statusDeprovisioned, statusActive: statusDeprovisioned, statusSuspended: statusDeprovisioned}},
		{"suspend",
			map[string]string{statusStaged: "E0000001", statusActive: ok, statusSuspended: "E0000001", statusPasswordExpired: "E0000001", statusRecovery: "E0000001", statusDeprovisioned: "E0000001"},
			map[string]string{statusActive: statusSuspended}},
		{"unsuspend",
			map[string]string{statusStaged: "E0000001", statusActive: "E0000001", statusSuspended: ok, statusPasswordExpired: "E0000001", statusRecovery: "E0000001", statusDeprovisioned: "E0000001"},
			map[string]string{statusSuspended: statusActive}},
		{"unlock",
			map[string]string{statusStaged: "E0000032", statusActive: "E0000032", statusSuspended: "E0000032", statusPasswordExpired: "E0000032", statusRecovery: "E0000032", statusDeprovisioned: "E0000032"}, nil},
		{"expire_password",
			map[string]string{statusStaged: bad, statusActive: ok, statusSuspended: bad, statusPasswordExpired: bad, statusRecovery: bad, statusDeprovisioned: bad},
			map[string]string{statusActive: statusPasswordExpired}},
		{"reset_password?sendEmail=false",
			map[string]string{statusStaged: bad, statusActive: ok, statusSuspended: bad, statusPasswordExpired: ok, statusRecovery: ok, statusDeprovisioned: bad},
			map[string]string{statusActive: statusRecovery}},
		{"reset_factors",
			map[string]string{statusStaged: ok, statusActive: ok, statusSuspended: ok, statusPasswordExpired: ok, statusRecovery: ok, statusDeprovisioned: bad}, nil},
	}
	for _, tt := range tests {
		for status, code := range tt.want {
			t.Run(tt.op+" from "+status, func(t *testing.T) {
				t.Parallel()
				p := newPeopleOrg(t)
				id := p.must(http.MethodPost, "/api/v1/users?activate=false", map[string]any{"profile": person("Ada"),
					"credentials": map[string]any{"password": map[string]any{"value": "Quiet7river"}}})["id"].(string)
				for _, op := range reach[status] {
					p.must(http.MethodPost, "/api/v1/users/"+id+"/lifecycle/"+op, nil)
				}
				if got := p.status(id); got != status {
					t.Fatalf("reached %s, want %s", got, status)
				}
				before := len(p.org.Log())
				got, out, _ := p.call(http.MethodPost, "/api/v1/users/"+id+"/lifecycle/"+tt.op, nil)
				if code == "" && got != http.StatusOK || code != "" && (got == http.StatusOK || out["errorCode"] != code) {
					t.Fatalf("answered %d %v, want %q", got, out, code)
				}
				if code != "" && (p.status(id) != status || len(p.org.Log()) != before) {
					t.Errorf("a refused operation changed the user to %s or wrote an event", p.status(id))
				}
				if code == "" && len(p.org.Log()) == before {
					t.Error("the change wrote no event")
				}
				if want := tt.after[status]; want != "" && p.status(id) != want {
					t.Errorf("the user is %s, want %s", p.status(id), want)
				}
			})
		}
	}
}

func TestDeleteTwice(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	id, g := p.user(person("Ada")), p.group("Engineering")
	p.must(http.MethodPut, "/api/v1/groups/"+g+"/users/"+id, nil)
	p.must(http.MethodDelete, "/api/v1/users/"+id, nil)
	if p.status(id) != statusDeprovisioned {
		t.Fatalf("after the first delete the user is %s", p.status(id))
	}
	if m := p.members(g); m != "" {
		t.Errorf("a deactivated user is still in the group: %s", m)
	}
	p.refused(http.MethodPost, "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"title": "x"}}, http.StatusForbidden, "E0000038")
	p.refused(http.MethodPut, "/api/v1/groups/"+g+"/users/"+id, nil, http.StatusForbidden, "E0000038")
	p.must(http.MethodDelete, "/api/v1/users/"+id, nil)
	p.refused(http.MethodGet, "/api/v1/users/"+id, nil, http.StatusNotFound, "E0000007")
	p.refused(http.MethodDelete, "/api/v1/users/"+id, nil, http.StatusNotFound, "E0000007")
	for _, typ := range []string{"user.lifecycle.deactivate", "user.lifecycle.delete.initiated", "user.lifecycle.delete.completed"} {
		if n := len(p.org.Events(typ)); n != 1 {
			t.Errorf("%d events %s, want 1", n, typ)
		}
	}
	p.user(person("Ada")) // the login is free again
}

func TestOneTimeAnswers(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	staged := p.must(http.MethodPost, "/api/v1/users?activate=false", map[string]any{"profile": person("Ada")})["id"].(string)
	out := p.must(http.MethodPost, "/api/v1/users/"+staged+"/lifecycle/activate?sendEmail=false", nil)
	if token, _ := out["activationToken"].(string); len(token) != 20 || !strings.HasPrefix(out["activationUrl"].(string), "https://org.example.com/") {
		t.Errorf("activation answered %v", out)
	}
	if p.status(staged) != statusProvisioned {
		t.Errorf("without a password the user is %s", p.status(staged))
	}
	active := p.user(person("Bob"))
	if out := p.must(http.MethodPost, "/api/v1/users/"+active+"/lifecycle/reset_password?sendEmail=true", nil); len(out) != 0 {
		t.Errorf("a link that went by e-mail was answered too: %v", out)
	}
	third := p.user(person("Cyd"))
	password, _ := p.must(http.MethodPost, "/api/v1/users/"+third+"/lifecycle/expire_password_with_temp_password", nil)["tempPassword"].(string)
	if !meetsPolicy(password, "cyd@example.com") {
		t.Errorf("the temporary password %q breaks the policy", password)
	}
	if id, ok := p.org.authenticateUser("cyd@example.com", password); !ok || id != third {
		t.Error("the temporary password does not sign in")
	}
	p.refused(http.MethodPost, "/api/v1/users/"+third+"/lifecycle/reset_password", nil, http.StatusBadRequest, "E0000028") // sendEmail must be said
}

func TestLockOut(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	id := p.user(person("Ada"))
	for range lockOutAfter {
		if _, ok := p.org.authenticateUser("ada@example.com", "wrong"); ok {
			t.Fatal("a wrong password signed in")
		}
	}
	if _, ok := p.org.authenticateUser("ada@example.com", "Quiet7river"); ok || p.status(id) != statusLockedOut {
		t.Fatalf("the user is %s and may sign in: %t", p.status(id), ok)
	}
	p.must(http.MethodPost, "/api/v1/users/"+id+"/lifecycle/unlock", nil)
	if _, ok := p.org.authenticateUser("ada", "Quiet7river"); !ok {
		t.Error("an unlocked user cannot sign in")
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	id := p.user(person("Ada"))
	change := func(old, next string) map[string]any {
		return map[string]any{"oldPassword": map[string]any{"value": old}, "newPassword": map[string]any{"value": next}}
	}
	path := "/api/v1/users/" + id + "/credentials/"
	p.refused(http.MethodPost, path+"change_password", change("wrong", "Other7river"), http.StatusForbidden, "E0000014")
	p.refused(http.MethodPost, path+"change_password", change("Quiet7river", "short"), http.StatusForbidden, "E0000014")
	p.must(http.MethodPost, path+"change_password", change("Quiet7river", "Other7river"))
	question := map[string]any{"password": map[string]any{"value": "Other7river"},
		"recovery_question": map[string]any{"question": "Which river?", "answer": "Aare"}}
	p.refused(http.MethodPost, path+"forgot_password?sendEmail=false", nil, http.StatusForbidden, "E0000034")
	p.must(http.MethodPost, path+"change_recovery_question", question)
	if out := p.must(http.MethodPost, path+"forgot_password?sendEmail=false", nil); out["resetPasswordUrl"] == nil {
		t.Errorf("forgot_password answered %v", out)
	}
	p.refused(http.MethodPost, path+"forgot_password_recovery_question", map[string]any{"password": map[string]any{"value": "Third7river"},
		"recovery_question": map[string]any{"answer": "Rhein"}}, http.StatusForbidden, "E0000087")
	p.must(http.MethodPost, path+"forgot_password_recovery_question", map[string]any{"password": map[string]any{"value": "Third7river"},
		"recovery_question": map[string]any{"answer": "aare"}})
	if p.status(id) != statusActive {
		t.Errorf("after the reset the user is %s", p.status(id))
	}
}

func TestFactors(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	path := "/api/v1/users/" + p.user(person("Ada")) + "/factors"
	question := map[string]any{"factorType": "question", "provider": "OKTA", "profile": map[string]any{"question": "disliked_food", "answer": "liver"}}
	f := p.must(http.MethodPost, path, question)
	p.refused(http.MethodPost, path, question, http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path+"/"+f["id"].(string)+"/verify", map[string]any{"answer": "liver"})
	p.refused(http.MethodPost, path+"/"+f["id"].(string)+"/verify", map[string]any{"answer": "spinach"}, http.StatusForbidden, "E0000068")
	sms := p.must(http.MethodPost, path, map[string]any{"factorType": "sms", "provider": "OKTA", "profile": map[string]any{"phoneNumber": "+15550100100"}})
	if sms["status"] != "PENDING_ACTIVATION" {
		t.Errorf("an SMS factor begins as %v", sms["status"])
	}
	p.refused(http.MethodPost, path, map[string]any{"factorType": "sms", "provider": "OKTA", "profile": map[string]any{"phoneNumber": "5"}}, http.StatusBadRequest, "E0000098")
	soft := p.must(http.MethodPost, path, map[string]any{"factorType": "token:software:totp", "provider": "OKTA"})
	activation := soft["_embedded"].(map[string]any)["activation"].(map[string]any)
	secret, err := base32.StdEncoding.DecodeString(activation["sharedSecret"].(string))
	if err != nil {
		t.Fatal(err)
	}
	activate := path + "/" + soft["id"].(string) + "/lifecycle/activate"
	p.refused(http.MethodPost, activate, map[string]any{"passCode": totp(secret, p.now.Unix()/30+9)}, http.StatusForbidden, "E0000068")
	p.must(http.MethodPost, activate, map[string]any{"passCode": totp(secret, p.now.Unix()/30)})
	if n := len(p.list(path)); n != 3 {
		t.Fatalf("%d factors, want 3", n)
	}
	p.must(http.MethodPost, strings.TrimSuffix(path, "/factors")+"/lifecycle/reset_factors", nil)
	if n := len(p.list(path)); n != 0 {
		t.Errorf("%d factors after the reset", n)
	}
	if len(p.org.Events("user.mfa.factor.reset_all")) != 1 {
		t.Error("the reset wrote no event")
	}
}

// TestTOTP: the test values of RFC 6238, appendix B, cut to six digits.
func TestTOTP(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if got := totp(secret, at/30); got != want {
			t.Errorf("at %d the code is %s, want %s", at, got, want)
		}
	}
}

func TestImportedPassword(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	create := func(password map[string]any) map[string]any {
		return map[string]any{"profile": person("Ada"), "credentials": map[string]any{"password": password}}
	}
	p.refused(http.MethodPost, "/api/v1/users", create(map[string]any{"hash": map[string]any{"algorithm": "ROT13", "value": "x"}}), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, "/api/v1/users", create(map[string]any{"value": "Quiet7river", "hook": map[string]any{"type": "default"}}), http.StatusBadRequest, "E0000001")
	out := p.must(http.MethodPost, "/api/v1/users", create(map[string]any{"hash": map[string]any{"algorithm": "SHA-256", "value": "abc", "salt": "x", "saltOrder": "PREFIX"}}))
	if out["status"] != statusActive {
		t.Errorf("a user with an imported password is %v", out["status"])
	}
}
