package workflow

import (
	"caracal/form"
	"caracal/org"
)

// Effect is what an action does to the org.
type Effect string

// The effects.
const (
	Reads    Effect = "reads"
	Changes  Effect = "changes"
	Destroys Effect = "destroys"
	Steers   Effect = "steers" // the run itself, and nothing in the org
)

// Repeat says what sending the same change twice does.
type Repeat string

// An action that sends an e-mail, returns a one-time secret or link, or creates an object is Never harmless.
const (
	Harmless Repeat = "harmless" // the second leaves what the first left
	Never    Repeat = "never"    // look first, or ask a person
)

// ActionSpec is the data of a curated action: it draws its form, its documentation and its warnings.
type ActionSpec struct {
	ID      string // never renamed once stored in a run, e.g. group.add_member
	Title   string // "Add a user to a group"
	Object  string // "Groups": how the list of actions is grouped
	Help    string // one sentence
	Summary string // for the live summary, with {field} placeholders: "adds {user} to {group}"
	Fields  []form.Field
	Outputs []OutputField
	Scopes  []org.Scope
	Role    string // the smallest standard admin role it takes, in words
	Effect  Effect
	Repeat  Repeat
	// Keywords help the search: "offboard disable block".
	Keywords string
	// Request is the method and path, "POST /api/v1/groups", of an action that is one operation of the Okta API
	// and no curated one, and Page the address of that operation's page here.
	Request string
	Page    string
	// Own are the profiles among the fields that orgs add attributes of their own to, as catalog.Form.Profiles has them.
	Own map[string]string
	// InUndo says that it stands in undos alone: no workflow may use it.
	InUndo bool
	// Workflow says what the action runs, of one that runs another workflow.
	Workflow *Called
}

// OutputField is one value that later steps may use.
type OutputField struct {
	Name   string // as in {{ steps.id.output.name }}
	Label  string
	Secret bool // never stored, shown once or not at all
	// Kind is form.User, form.Group, form.App and so on when the value is the id of such an object (several ids
	// for form.Users and form.Groups), so that the builder offers it for the right pickers. Text when empty.
	Kind form.Kind
	// List says that the value is a list that a for-each can go over. Its items are texts, ids of the Kind's
	// objects, or objects with these Fields.
	List   bool
	Fields []OutputField
}

// Output is what a step gives to later steps and shows on the run page: JSON values by OutputField name.
type Output map[string]any
