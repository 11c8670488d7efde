package views

import (
	"strconv"
	"time"

	"caracal/org"
	"caracal/workflow"
)

// galleryEvent is an event of the System Log about somebody.
func galleryEvent(n int, kind, message, outcome string, targets ...string) workflow.LogEvent {
	e := workflow.LogEvent{Request: "reqX1y2Z3", UUID: "f24790d0-d324-47f8-aac5-c27a31ab92" + strconv.Itoa(10+n), Published: ago(58 * time.Second), Type: kind, Message: message, Outcome: outcome, Actor: "Caracal"}
	for _, name := range targets {
		e.Targets = append(e.Targets, workflow.LogTarget{ID: "00u1", Type: "User", Name: name})
	}
	return e
}

// galleryLogs are the ways in which a run's changes stand in the System Log.
func galleryLogs() map[string]RunLog {
	acme := org.Application{Domain: "acme.okta.com", Cell: "production"}
	created := workflow.StepLog{Events: []workflow.LogEvent{galleryEvent(1, "user.lifecycle.create", "Create Okta user", "SUCCESS", "Zoë Quill"),
		galleryEvent(2, "user.lifecycle.activate", "Activate Okta user", "SUCCESS", "Zoë Quill")}}
	many := workflow.StepLog{Events: []workflow.LogEvent{galleryEvent(3, "application.user_membership.add", "Add user to application membership", "SUCCESS", "Zoë Quill", "A rather long name of an application that nobody would give <b>")}}
	for i := range 4 {
		many.Events = append(many.Events, galleryEvent(4+i, "group.user_membership.add", "Add user to group membership", "SUCCESS", "Zoë Quill", "Engineering"))
	}
	refused := galleryEvent(9, "application.provision.user.push", "Push new user to external application", "FAILURE", "Zoë Quill")
	refused.Reason = "The application is not reachable"
	many.Events[1] = refused
	waiting := workflow.StepLog{Awaited: 1, NextAt: galleryNow.Add(30 * time.Second)}
	return map[string]RunLog{
		"linked":   {App: acme, Steps: map[int]workflow.StepLog{0: created, 1: many, 2: {Silent: 1}}},
		"not-yet":  {App: org.Application{Domain: "login.acme.example", Cell: org.CellCustom}, Steps: map[int]workflow.StepLog{0: created, 1: waiting, 2: {Awaited: 12}}},
		"no-scope": {App: acme, Steps: map[int]workflow.StepLog{0: waiting, 1: waiting, 2: waiting}, Scope: string(workflow.LogScope), Problem: "Caracal may not read this org's System Log; grant okta.logs.read and take it into the application's scopes."},
	}
}
