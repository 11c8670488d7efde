package workflow

// How large a definition may be.
const (
	MaxSteps      = 200
	MaxInputs     = 50
	MaxOptions    = 100
	MaxTitle      = 120    // characters of a name, label or title
	MaxPurpose    = 2_000  // characters
	MaxHelp       = 300    // characters
	MaxFieldText  = 10_000 // characters of one field of a step
	MaxItems      = 10_000 // entries of a list that a loop goes over
	MaxDefinition = 1 << 20
)
