package workflow

import "context"

// Obstacle says why Okta would refuse a step of an undo as things stand. The zero value says that nothing is known to
// stand in its way.
type Obstacle struct {
	Words   string   // in a sentence, with what can be done about it
	ForGood bool     // nothing can: what it is about is gone
	Since   string   // what came about since that Okta does not refuse and a person should see first, in a sentence
	Lost    []string // what of it does not come back though the rest does, in sentences
}

// States tell beforehand which steps of an undo Okta will refuse. All are set, or none.
type States struct {
	// Begin says that a plan begins to read: what was read for others before it does not count.
	Begin func(applicationID string)
	// Of names the objects on whose state it depends, by their addresses in Okta's API.
	Of func(Call) []string
	// Read reads the state of one, as facts: whether it is there, and its status. It changes nothing.
	Read func(ctx context.Context, applicationID, address string) ([]Fact, error)
	// Obstacle judges by what is known of them by then. A key that is not known stands in nobody's way.
	Obstacle func(call Call, known func(key string) (value any, ok bool)) Obstacle
}
