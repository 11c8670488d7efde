package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTriggerTry(t *testing.T) {
	t.Parallel()
	event := func(uuid, kind, result string) string {
		return `{"uuid":"` + uuid + `","eventType":"` + kind + `","published":"2026-05-04T09:00:00Z","outcome":{"result":"` + result + `"},"target":[{"type":"User","id":"00u1"}]}`
	}
	file := filepath.Join(t.TempDir(), "events.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"trigger", "try", "--types", "user.lifecycle.suspend", "--where", "outcome.result is success", "--map", "{{ event.user.id }}", file}
	write("[" + event("a", "user.lifecycle.suspend", "SUCCESS") + "," + event("b", "user.lifecycle.suspend", "FAILURE") + "," + event("c", "user.session.start", "SUCCESS") + ",7]")
	code, out, errs := call(t, nil, args...)
	for _, want := range []string{"a user.lifecycle.suspend: starts a run", "→  00u1", "b user.lifecycle.suspend: starts no run: It does not fit, for this does not hold: outcome.result is “success”. The event has “FAILURE” there.", "c user.session.start: starts no run: It is of another type."} {
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("%d: no %q in %s", code, want, out)
		}
	}
	if !strings.Contains(errs, "1 of the entries") {
		t.Errorf("stderr is %q", errs)
	}
	write(`{"eventType":"com.okta.event_hook","data":{"events":[` + event("a", "user.lifecycle.suspend", "FAILURE") + `]}}`)
	if code, out, _ := call(t, nil, args...); code != exitFail || !strings.Contains(out, "starts no run") {
		t.Errorf("%d: %s", code, out)
	}
	write("nonsense")
	if code, _, errs := call(t, nil, args...); code != exitFail || errs == "" {
		t.Errorf("%d: %s", code, errs)
	}
	if code, _, errs := call(t, nil, "trigger", "try", "--where", "nonsense", file); code != exitUsage || !strings.Contains(errs, "can't be read") {
		t.Errorf("%d: %s", code, errs)
	}
	if code, out, _ := call(t, nil, "trigger", "types", "locked", "person"); code != exitOK || !strings.Contains(out, "user.account.lock ") {
		t.Errorf("%d: %s", code, out)
	}
}
