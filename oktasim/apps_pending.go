package oktasim

// SIM-APPS: replace everything in this file; keep these names.

type appStore struct{}
type hookStore struct{}
type restStore struct{}

func (o *Org) initApps() {}

func (o *Org) appsRoutes() []route { return nil }

// deliver hands a new log event to the active event hooks that subscribe to it (never blocks, never fails).
func (o *Org) deliver(e *Event) {}

// appStatus tells an app's label and status (ACTIVE, INACTIVE); ok is false when there is none.
func (o *Org) appStatus(id string) (label, status string, ok bool) { return "", "", false }
