package oktasim

import (
	"errors"
	"fmt"
)

// logAttributes read what a filter of the System Log may name ("Expression
// filter" of the System Log query guide, which also says that published and
// the contains operator on an address are refused).
var logAttributes = map[string]func(e *Event) []any{
	"uuid":              func(e *Event) []any { return []any{e.UUID} },
	"eventType":         func(e *Event) []any { return []any{e.EventType} },
	"severity":          func(e *Event) []any { return []any{e.Severity} },
	"displayMessage":    func(e *Event) []any { return []any{e.DisplayMessage} },
	"legacyEventType":   unset,
	"version":           func(e *Event) []any { return []any{e.Version} },
	"actor.id":          func(e *Event) []any { return []any{e.Actor.ID} },
	"actor.type":        func(e *Event) []any { return []any{e.Actor.Type} },
	"actor.alternateId": func(e *Event) []any { return []any{e.Actor.AlternateID} },
	"actor.displayName": func(e *Event) []any { return []any{e.Actor.DisplayName} },
	"target.id":         ofTargets(func(t target) string { return t.ID }),
	"target.type":       ofTargets(func(t target) string { return t.Type }),
	"target.alternateId": ofTargets(func(t target) string {
		return t.AlternateID
	}),
	"target.displayName": ofTargets(func(t target) string { return t.DisplayName }),
	"outcome.result":     func(e *Event) []any { return []any{e.Outcome.Result} },
	"outcome.reason": func(e *Event) []any {
		if e.Outcome.Reason == nil {
			return nil
		}
		return []any{*e.Outcome.Reason}
	},
	"transaction.id":                          func(e *Event) []any { return []any{e.requestID} },
	"transaction.type":                        func(e *Event) []any { return []any{"WEB"} },
	"client.ipAddress":                        func(e *Event) []any { return []any{e.ip} },
	"client.userAgent.rawUserAgent":           func(e *Event) []any { return []any{e.agent} },
	"client.userAgent.os":                     func(e *Event) []any { return []any{"Unknown"} },
	"client.userAgent.browser":                func(e *Event) []any { return []any{"UNKNOWN"} },
	"client.geographicalContext.country":      unset,
	"debugContext.debugData.requestId":        func(e *Event) []any { return []any{e.requestID} },
	"debugContext.debugData.requestUri":       func(e *Event) []any { return []any{e.path} },
	"debugContext.debugData.url":              func(e *Event) []any { return []any{e.path} },
	"authenticationContext.externalSessionId": unset,
	"securityContext.isProxy":                 unset,
}

func ofTargets(read func(t target) string) func(e *Event) []any {
	return func(e *Event) []any {
		out := make([]any, len(e.Target))
		for i, t := range e.Target {
			out[i] = read(t)
		}
		return out
	}
}

// unset is a property that the org leaves empty.
func unset(*Event) []any { return nil }

// parseLogFilter reads a filter of the System Log.
func parseLogFilter(text string) (func(*Event) bool, error) {
	expr, err := parseSCIM(text, func(attr, op string) error {
		switch {
		case attr == "published":
			return errors.New("filter: published can't be filtered on; use since and until")
		case logAttributes[attr] == nil:
			return fmt.Errorf("field is not valid: %s", attr)
		case op == "co" && (attr == "debugContext.debugData.url" || attr == "debugContext.debugData.requestUri"):
			//lint:ignore ST1005 Okta's words
			return fmt.Errorf("The supplied combination of operator and field is not currently supported. Operator: %s, Field: %s", op, attr)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return func(e *Event) bool {
		return expr.match(func(attr string) []any { return logAttributes[attr](e) })
	}, nil
}
