package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/static"
	"caracal/workflow"
)

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		10 * time.Second: "just now", time.Minute: "1 minute ago", 10 * time.Minute: "10 minutes ago", time.Hour: "1 hour ago",
		30 * time.Hour: "30 hours ago", 48 * time.Hour: "2 days ago", 400 * 24 * time.Hour: "24 Feb 2025", -5 * time.Minute: "in 5 minutes", -time.Second: "in a moment",
	} {
		if got := Ago(now.Add(-d), now); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	if got := Ago(time.Time{}, now); got != "never" {
		t.Errorf("a zero time is %q", got)
	}
}

func TestTook(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "–", 300 * time.Microsecond: "1 ms", 184 * time.Millisecond: "184 ms", 2500 * time.Millisecond: "2.5 s",
		95 * time.Second: "1 min 35 s", 3*time.Hour + 4*time.Minute: "3 h 04 min"} {
		if got := Took(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Ada Lovelace": "AL", "ada@x.example": "A", "Jean van der Berg": "JB", "": "?", "😀": "?", "Ægir": "Æ"} {
		if got := initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestEveryStateHasALook fails when a state is added and nobody says how it looks.
func TestEveryStateHasALook(t *testing.T) {
	t.Parallel()
	looks := map[string]Look{}
	for _, v := range []org.Verdict{org.Pass, org.Fail, org.Warn, org.Unprovable, org.Skipped, ""} {
		looks["verdict "+string(v)] = VerdictLook(v)
	}
	for _, s := range []org.Status{org.Active, org.Paused, org.Disconnected} {
		looks["status "+string(s)] = StatusLook(s)
	}
	for _, s := range []workflow.RunState{workflow.RunQueued, workflow.RunRunning, workflow.RunWaiting, workflow.RunAsking, workflow.RunSucceeded, workflow.RunFailed, workflow.RunCancelled} {
		looks["run "+string(s)] = RunLook(s)
	}
	for _, s := range []workflow.StepState{workflow.StepPending, workflow.StepStarted, workflow.StepDone, workflow.StepFailed, workflow.StepUncertain, workflow.StepSkipped} {
		looks["step "+string(s)] = StepLook(s)
	}
	for name, l := range looks {
		if l.Icon == "circle" || l.Word == "" || !static.HasIcon(l.Icon) {
			t.Errorf("%s has no look of its own: %+v", name, l)
		}
	}
}

// TestFieldsKeepWhatWasTyped draws every kind with a value and an error, and looks for both; a secret is never
// filled again.
func TestFieldsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	for _, kind := range []form.Kind{form.Text, form.LongText, form.Email, form.Number, form.Choice, form.Date, form.User, form.Group, form.App, form.Groups, form.Users, form.Hidden, form.YesNo} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			field := form.Field{Name: "x", Label: "The field", Help: "Help.", Kind: kind, Required: true, Options: []form.Option{{Value: "canary<1>", Label: "One"}}}
			f := form.New([]form.Field{field})
			f.Values["x"] = "canary<1>"
			if kind == form.YesNo {
				f.Values["x"] = "true"
			}
			f.Reject("x", "Not this one.")
			var out bytes.Buffer
			if err := Fields(f, "app_1").Render(t.Context(), &out); err != nil {
				t.Fatal(err)
			}
			page := out.String()
			for _, want := range []string{`for="f-x"`, `id="f-x"`, `name="x"`, `aria-invalid="true"`, `aria-describedby="f-x-error f-x-help"`, `id="f-x-error"`, `id="f-x-help"`, "Not this one."} {
				if !strings.Contains(page, want) {
					t.Errorf("%s is missing in %s", want, page)
				}
			}
			if filled := strings.Contains(page, "canary"); filled == (kind == form.Hidden || kind == form.YesNo) {
				if kind != form.YesNo {
					t.Errorf("filled is %v in %s", filled, page)
				}
			}
			if kind == form.YesNo && !strings.Contains(page, " checked") {
				t.Error("the box is not ticked")
			}
			if strings.Contains(page, "canary<1>") {
				t.Error("the value is not escaped")
			}
		})
	}
}
