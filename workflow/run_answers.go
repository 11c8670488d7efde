package workflow

import (
	"fmt"
	"slices"
	"strings"

	"caracal/form"
)

// Answered is one person's yes to an approval that each of several people has to give.
type Answered struct{ ID, Name, Comment string }

// Sentence says who said what, with the comment.
func (a Answered) Sentence(said string) string {
	if a.Comment == "" {
		return a.Name + " " + said + "."
	}
	return fmt.Sprintf("%s %s: %s", a.Name, said, a.Comment)
}

// answersOutput holds the answers so far while an approval waits for more; it is gone once that is decided.
const answersOutput = "answers"

// Answers returns who said yes so far to an approval that waits for others too.
func (s RunStep) Answers() (out []Answered) {
	if s.Action != FlowApproval || s.State != StepWaiting {
		return nil
	}
	list, _ := s.Output[answersOutput].([]any)
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			out = append(out, Answered{text(m["id"]), text(m["name"]), text(m["comment"])})
		}
	}
	return out
}

// WithAnswer returns the waiting step with one more yes.
func (s RunStep) WithAnswer(a Answered) RunStep {
	list := []any{}
	for _, a := range append(s.Answers(), a) {
		list = append(list, map[string]any{"id": a.ID, "name": a.Name, "comment": a.Comment})
	}
	s.Output = Output{answersOutput: list}
	return s
}

// StillAsked returns the ids of the named people who have to say yes and have not. It is empty where the first
// answer counts; those who stand apart, such as whoever started the run, are not asked.
func (s RunStep) StillAsked(apart ...string) []string {
	if s.Input["answers"] != AnswersAll || s.Input["who"] != WhoNamed {
		return nil
	}
	answers := s.Answers()
	return slices.DeleteFunc(form.SplitList(s.Input["people"]), func(id string) bool {
		return slices.Contains(apart, id) || slices.ContainsFunc(answers, func(a Answered) bool { return a.ID == id })
	})
}

// Agreed returns the step as everybody's yes leaves it.
func (s RunStep) Agreed() RunStep {
	var names, comments, words []string
	answers := s.Answers()
	for _, a := range answers {
		names = append(names, a.Name)
		words = append(words, a.Sentence("approved"))
		switch {
		case a.Comment == "":
		case len(answers) > 1:
			comments = append(comments, a.Name+": "+a.Comment)
		default:
			comments = append(comments, a.Comment)
		}
	}
	s.State, s.Finding = StepDone, strings.Join(words, " ")
	s.Output = Output{"decision": Approved, "by": strings.Join(names, ", "), "comment": strings.Join(comments, "; ")}
	return s
}
