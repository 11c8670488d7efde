package views

import "github.com/a-h/templ"

// State is a page in one named state: empty, one, many, failed, waiting.
type State struct {
	Name string // "application-list/empty"; names the golden file and the address in a gallery server
	Page templ.Component
}

// Gallery lists every page in every state that it can be in. Golden tests compare them, the browser tests run
// an accessibility check over them, and a person looks at them while designing. Nothing in it is random, and
// the time is always galleryNow.
func Gallery() []State {
	var out []State
	for _, part := range [][]State{
		entryStates(),
		accountStates(),
		applicationStates(),
		connectStates(),
		healthStates(),
		settingsStates(),
		privilegeStates(),
		workflowStates(),
		builderStates(),
		fieldStates(),
		runStates(),
		runValueStates(),
		flowStates(),
		blockStates(),
		operationStates(),
		functionStates(),
		auditStates(),
		triggerStates(),
		resultStates(),
		undoStates(),
		batchStates(),
		rehearsalStates(),
		nodeStates(),
		continueStates(),
		limitStates(),
		pickerStates(),
		noticeStates(),
	} {
		out = append(out, part...)
	}
	return out
}
