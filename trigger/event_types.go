package trigger

import (
	_ "embed" // hook_event_types.txt
	"slices"
	"strings"
)

// Reach says whether Okta's event hooks deliver a type of event, or only its log holds it.
type Reach int

// What is known of a type. Okta's catalog of event types marks those that are eligible for hooks; of a type that is not
// in the list below, Okta says so when the hook is registered.
const (
	ReachUnknown Reach = iota
	ReachHook
	ReachLog
)

// EventType is one of Okta's types of event that triggers are likely to listen to.
type EventType struct {
	ID    string
	Words string
	Reach Reach
}

// EventTypes are those that pages offer: first the likely ones, then all others that hooks deliver. Any other that Okta has
// can be typed.
var EventTypes = append(likelyTypes, otherHookTypes()...)

// hookTypes are all types that Okta's catalog of event types tags "event-hook-eligible", one a line, as of release 2026.05
// (https://developer.okta.com/docs/reference/api/event-types/, also as okta-event-types.csv).
//
//go:embed hook_event_types.txt
var hookTypes string

// otherHookTypes are the types of that list that are not among the likely ones, in the words of their ids.
func otherHookTypes() (out []EventType) {
	for id := range strings.Lines(hookTypes) {
		id = strings.TrimSpace(id)
		if slices.ContainsFunc(likelyTypes, func(t EventType) bool { return t.ID == id }) {
			continue
		}
		words := strings.NewReplacer(".", " ", "_", " ").Replace(id)
		out = append(out, EventType{ID: id, Words: strings.ToUpper(words[:1]) + words[1:], Reach: ReachHook})
	}
	return out
}

// likelyTypes are those that triggers are likely to listen to. Ids and reach are from Okta's catalog and its page "System Log
// query", the words are ours.
var likelyTypes = []EventType{
	{"user.lifecycle.create", "A person was created", ReachHook},
	{"user.lifecycle.activate", "A person was activated", ReachHook},
	{"user.lifecycle.reactivate", "A person was reactivated", ReachHook},
	{"user.lifecycle.suspend", "A person was suspended", ReachHook},
	{"user.lifecycle.unsuspend", "A person was unsuspended", ReachHook},
	{"user.lifecycle.deactivate", "A person was deactivated", ReachHook},
	{"user.lifecycle.delete.initiated", "Deleting a person began", ReachHook},
	{"user.lifecycle.delete.completed", "A person was deleted", ReachLog},
	{"user.account.update_profile", "A person's profile changed", ReachHook},
	{"user.account.update_password", "A person's password changed", ReachHook},
	{"user.account.reset_password", "A person's password was reset", ReachHook},
	{"user.account.expire_password", "A person's password was made to expire", ReachLog},
	{"user.account.lock", "A person was locked out", ReachHook},
	{"user.account.unlock", "A person was unlocked", ReachHook},
	{"user.account.privilege.grant", "A person was given an admin role", ReachHook},
	{"user.account.privilege.revoke", "An admin role was taken from a person", ReachHook},
	{"user.mfa.factor.activate", "A person set up a factor", ReachHook},
	{"user.mfa.factor.reset_all", "All factors of a person were reset", ReachHook},
	{"user.session.start", "A person signed in, or tried to", ReachHook},
	{"user.session.end", "A person signed out", ReachHook},
	{"user.authentication.sso", "A person opened an app", ReachHook},
	{"user.risk.detect", "Okta saw a risk in what a person does", ReachHook},
	{"group.user_membership.add", "A person was added to a group", ReachHook},
	{"group.user_membership.remove", "A person was removed from a group", ReachHook},
	{"group.lifecycle.create", "A group was created", ReachHook},
	{"group.lifecycle.delete", "A group was deleted", ReachHook},
	{"group.profile.update", "A group was renamed or described anew", ReachHook},
	{"group.application_assignment.add", "A group was assigned to an app", ReachHook},
	{"group.application_assignment.remove", "A group was taken off an app", ReachHook},
	{"application.user_membership.add", "A person was assigned to an app", ReachHook},
	{"application.user_membership.update", "A person's assignment to an app changed", ReachHook},
	{"application.user_membership.remove", "A person was taken off an app", ReachHook},
	{"application.user_membership.change_username", "A person's name in an app changed", ReachLog},
	{"application.provision.user.push", "A person was pushed to an app", ReachHook},
	{"application.lifecycle.create", "An app was created", ReachHook},
	{"application.lifecycle.update", "An app was changed", ReachHook},
	{"application.lifecycle.activate", "An app was activated", ReachHook},
	{"application.lifecycle.deactivate", "An app was deactivated", ReachHook},
	{"application.lifecycle.delete", "An app was deleted", ReachHook},
	{"system.import.complete", "An import from an app ended", ReachHook},
	{"policy.lifecycle.create", "A policy was created", ReachLog},
	{"policy.lifecycle.update", "A policy was changed", ReachHook},
	{"policy.lifecycle.activate", "A policy was activated", ReachHook},
	{"policy.lifecycle.deactivate", "A policy was deactivated", ReachHook},
	{"policy.lifecycle.delete", "A policy was deleted", ReachLog},
	{"policy.rule.add", "A rule was added to a policy", ReachHook},
	{"policy.rule.update", "A rule of a policy was changed", ReachHook},
	{"policy.rule.delete", "A rule of a policy was deleted", ReachHook},
	{"security.request.blocked", "A request was blocked", ReachLog},
	{"app.oauth2.token.grant.access_token", "An app was given an access token", ReachLog},
}

// TypeOf returns what is known of a type of event; of an unknown one, its id alone.
func TypeOf(id string) EventType {
	for _, t := range EventTypes {
		if t.ID == id {
			return t
		}
	}
	return EventType{ID: id}
}

// FindTypes returns the types that fit what was typed: every word of it is in the id or in the words.
func FindTypes(typed string) (out []EventType) {
	words := strings.Fields(strings.ToLower(typed))
	for _, t := range EventTypes {
		text := t.ID + " " + strings.ToLower(t.Words)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			out = append(out, t)
		}
	}
	return out
}

// Hookable returns the types of a list, in order and each once, that a hook can deliver as far as is known.
func Hookable(types []string) (out []string) {
	for _, t := range types {
		if TypeOf(t).Reach != ReachLog {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// KnownFields are the places in an event that conditions are likely to look at.
var KnownFields = []string{
	"outcome.result", "outcome.reason", "severity",
	"actor.id", "actor.type", "actor.alternateId", "actor.displayName",
	"user.id", "user.alternateId", "user.displayName",
	"group.id", "group.displayName", "app.id", "app.displayName",
	"target.id", "target.type", "target.alternateId", "target.displayName",
	"client.ipAddress", "client.userAgent.rawUserAgent", "transaction.type",
}
