package oktasim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// hookRow is what the console shows of an event hook.
type hookRow struct {
	ID, Name, Status, VerificationStatus string
	Events                               struct{ Items []string }
	Channel                              struct {
		Config struct {
			URI        string
			AuthScheme struct{ Key string }
		}
	}
}

// hooksView is the page Workflow › Event Hooks.
type hooksView struct {
	Hooks                         []hookRow
	Name, URL, Field, Value, List string // of the form, as it was typed
}

func (v *visit) showHooks(status int, problem string, view hooksView) {
	v.o.read("/api/v1/eventHooks", &view.Hooks)
	v.showWith(status, "hooks", "Event Hooks", problem, view)
}

func consoleHooks(v *visit) { v.showHooks(http.StatusOK, "", hooksView{Field: "Authorization"}) }

// consoleHookCreate makes a hook and has it verified, as the console's Save & Continue and Verify do.
func consoleHookCreate(v *visit) {
	f := v.r.PostForm
	view := hooksView{Name: f.Get("name"), URL: f.Get("url"), Field: f.Get("field"), List: f.Get("events")}
	config := map[string]any{"uri": strings.TrimSpace(view.URL)}
	if value := f.Get("value"); value != "" {
		config["authScheme"] = map[string]any{"type": "HEADER", "key": strings.TrimSpace(view.Field), "value": value}
	}
	var made struct{ ID string }
	if problem := v.hookCall(http.MethodPost, "", map[string]any{"name": view.Name,
		"events":  map[string]any{"type": "EVENT_TYPE", "items": strings.FieldsFunc(view.List, func(r rune) bool { return r == ',' || r <= ' ' })},
		"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": config}}, &made); problem != "" {
		v.showHooks(http.StatusUnprocessableEntity, "Nothing was created: "+problem, view)
		return
	}
	if problem := v.hookCall(http.MethodPost, "/"+made.ID+"/lifecycle/verify", nil, nil); problem != "" {
		v.showHooks(http.StatusUnprocessableEntity, "It is created and not verified, so it delivers nothing: "+problem, hooksView{Field: "Authorization"})
		return
	}
	v.back("/admin/workflow/eventhooks", "created")
}

// consoleHookDo verifies a hook, switches it on or off, or deletes it.
func consoleHookDo(v *visit) {
	method, path := http.MethodPost, "/"+pathSegment(v.r.PathValue("id"))
	done := "saved"
	switch what := v.r.PostForm.Get("do"); what {
	case "verify", "activate", "deactivate":
		path += "/lifecycle/" + what
	case "delete":
		method, done = http.MethodDelete, "deleted"
	default:
		v.notFound()
		return
	}
	if problem := v.hookCall(method, path, nil, nil); problem != "" {
		v.showHooks(http.StatusUnprocessableEntity, problem, hooksView{Field: "Authorization"})
		return
	}
	v.back("/admin/workflow/eventhooks", done)
}

// hookCall calls the org's own API of event hooks, reads the answer into into, unless that is nil, and returns what it
// refused.
func (v *visit) hookCall(method, path string, body, into any) (problem string) {
	status, answer := v.o.do(method, "/api/v1/eventHooks"+path, body)
	if status >= http.StatusBadRequest {
		var refused struct {
			ErrorSummary string
			ErrorCauses  []struct{ ErrorSummary string }
		}
		if json.Unmarshal(answer, &refused) != nil || refused.ErrorSummary == "" {
			return "There is no such event hook."
		}
		for _, cause := range refused.ErrorCauses {
			refused.ErrorSummary += " " + cause.ErrorSummary
		}
		return refused.ErrorSummary
	}
	if into != nil && json.Unmarshal(answer, into) != nil {
		return "The answer could not be read."
	}
	return ""
}
