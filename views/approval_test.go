package views

import (
	"testing"

	"caracal/workflow"
)

// TestQuestionNamesWhoItIsAbout: who decides reads a name where the workflow put an id into the question, and the id behind it.
func TestQuestionNamesWhoItIsAbout(t *testing.T) {
	t.Parallel()
	q := Question{Step: workflow.RunStep{Input: map[string]string{"message": "May 00u1a2b3c4d5e6f7g8h9 join x?"}}, Names: map[string]string{"00u1a2b3c4d5e6f7g8h9": "Zoë", "x": "never", "00g1a2b3c4d5e6f7g8h9": ""}}
	if got := q.message(); got != "May Zoë (00u1a2b3c4d5e6f7g8h9) join x?" {
		t.Errorf("it asks %q", got)
	}
}
