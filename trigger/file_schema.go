package trigger

import (
	"reflect"

	"caracal/workflow"
)

// SchemaPath is where an installation serves the schema of triggers' files, without signing in.
const SchemaPath = "/schema/trigger.json"

// FileSchema returns the JSON Schema (draft 7) of the files that ReadFile reads.
func FileSchema() ([]byte, error) {
	var ops []Op
	for _, o := range Ops {
		ops = append(ops, Op(o.Value))
	}
	wait := []string{fileWait, fileRefuse}
	says := func(words string) map[string]any { return map[string]any{"description": words} }
	number := func(words string, most int) map[string]any {
		return map[string]any{"description": words, "minimum": 1, "maximum": most}
	}
	one := func(words string, of any) map[string]any { return map[string]any{"description": words, "enum": of} }
	var each []map[string]any
	for _, kind := range fileKinds {
		others := map[string]any{}
		for _, part := range []string{"name", "schedule", "inputs", "webhook", "event", "map", "rows"} {
			others[part] = false
		}
		for _, part := range fileParts[kind] {
			delete(others, part)
		}
		then := map[string]any{"properties": others}
		if !kind.BuiltIn() {
			then["required"] = []string{"name"}
		}
		each = append(each, map[string]any{"if": map[string]any{"properties": map[string]any{"kind": map[string]any{"const": kind}}, "required": []string{"kind"}}, "then": then})
	}
	return workflow.PlainSchema(reflect.TypeFor[fileBody](), "A trigger of a Caracal workflow", map[string]map[string]any{
		"":                   {"required": []string{"version", "kind"}, "allOf": each},
		"workflow":           says("The name of the workflow that it starts, or its id."),
		"kind":               one("What makes it start a run.", fileKinds),
		"name":               {"description": "What people see in the list of triggers; it finds the trigger again.", "maxLength": MaxName},
		"schedule":           says("When it is due."),
		"schedule.cron":      says("Minute, hour, day of the month, month, day of the week."),
		"schedule.zone":      says("Time zone, such as Europe/Berlin; UTC when it is left out."),
		"schedule.catch_up":  one("Of times that pass while Caracal is not running: one run for all, none, or a run for each.", []CatchUp{CatchOnce, CatchNone, CatchAll}),
		"schedule.most":      number("Of catch_up: all, how many at most.", MostCaughtUp),
		"webhook":            says("What it takes. Its address and its secret are made by Caracal and are in no file."),
		"webhook.proof":      one("By a signature over time and body, or by the secret itself.", []Proof{Signed, Bearer}),
		"webhook.window":     number("Minutes that a signature is good for.", MaxWindow),
		"webhook.limit":      number("KB that a body may have.", MaxLimit),
		"webhook.sample":     says("A body to try the mapping with, as JSON."),
		"event":              says("What it listens to in the workflow's org."),
		"event.types":        {"description": "Types of event, such as user.lifecycle.suspend.", "maxItems": MaxTypes},
		"event.where":        {"description": "What has to hold besides, all of it.", "maxItems": MaxConditions, "items": conditionSchema(ops)},
		"event.own":          says("Also start for what Caracal's own runs change."),
		"event.sample":       says("An event to try the mapping with, as JSON."),
		"rows":               says("How the workflow may be run for the rows of a CSV."),
		"rows.runners":       says("Whoever may run it by the form may also upload a CSV."),
		"rows.at_once":       {"description": "How many rows may be under way at most.", "minimum": 1},
		"inputs":             says("What each run of a schedule is filled with, by the workflow's inputs."),
		"map":                says("What fills the workflow's inputs: text that may hold {{ body.… }} of a webhook, or {{ event.… }}."),
		"guards":             says("What keeps a mistake small."),
		"guards.per_hour":    number("Runs that may begin in any hour.", MaxPerHour),
		"guards.excess":      one("What becomes of more.", wait),
		"guards.blackouts":   {"description": "When no run begins: mon-fri 08:00-18:00.", "maxItems": maxBlackouts},
		"guards.zone":        says("Time zone of the blackouts; UTC when it is left out."),
		"guards.in_blackout": one("What becomes of a run that falls into one.", wait),
		"guards.max_changes": number("Objects that one run may change.", MaxObjects),
	})
}

func conditionSchema(ops []Op) map[string]any {
	text := map[string]any{"type": []string{"string", "number", "boolean", "null"}}
	return map[string]any{"type": "object", "additionalProperties": false, "required": []string{"field"}, "properties": map[string]any{
		"field": map[string]any{"type": "string", "description": "A path in the event, such as outcome.result."}, "op": map[string]any{"enum": ops}, "value": text}}
}
