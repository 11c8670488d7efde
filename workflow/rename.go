package workflow

import (
	"regexp"
	"slices"
)

// usedStep matches how an expression begins to use what a step gave, as memberPath reads it.
var usedStep = regexp.MustCompile(`^steps\s*(?:\??\.\s*|\??\.?\[\s*["'])([A-Za-z_][A-Za-z0-9_]*)`)

// renameSteps returns a text whose expressions use steps by other ids. A text that can't be read stays.
func renameSteps(s string, ids map[string]string) string {
	t, err := ParseTemplate(s)
	if err != nil {
		return s
	}
	references := t.References()
	slices.SortFunc(references, func(a, b Reference) int { return b.At - a.At })
	runes := []rune(s)
	for _, r := range references { // from the end, so that what is before keeps its place
		to, ok := ids[r.Step]
		if r.Step == "" || !ok || r.At < 1 || r.At > len(runes) {
			continue
		}
		rest := string(runes[r.At-1:])
		if at := usedStep.FindStringSubmatchIndex(rest); at != nil && rest[at[2]:at[3]] == r.Step {
			runes = append(runes[:r.At-1:r.At-1], []rune(rest[:at[2]]+to+rest[at[3]:])...)
		}
	}
	return string(runes)
}
