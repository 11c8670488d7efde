package actions

import (
	"strings"

	"caracal/catalog"
)

// pairWay is how an operation is taken back.
type pairWay string

// The ways. The zero value is none.
const (
	putsBack pairWay = "puts back what was there"      // a replacement or a change of an object
	removes  pairWay = "removes what was made"         // a creation
	turns    pairWay = "turns it back"                 // activate and deactivate, suspend and unsuspend, …
	unlinks  pairWay = "takes the link away"           // one object is put into the list of another
	links    pairWay = "puts the link back"            // and taken out of it
	asAction pairWay = "is taken back like the action" // a curated action does the same
	remakes  pairWay = "makes it anew"                 // a deletion
	ownWay   pairWay = "has an inverse of its own"     // in ownInverses
)

// category sorts the reasons why an operation can't be taken back.
type category string

// The categories.
const (
	deleted   category = "deleted"   // an object that is deleted does not come back
	ended     category = "ended"     // sessions, tokens and consents that ended
	secrets   category = "secret"    // passwords, keys, certificates
	sent      category = "sent"      // an e-mail, a message, a request that somebody got
	noLasting category = "nothing"   // nothing is left that could be taken back
	underWay  category = "under way" // a process that takes its own course
	noPair    category = "no pair"   // Okta's API has no counterpart, or none that tells enough
)

// pair says how one operation is taken back, or why it can't be.
type pair struct {
	Way      pairWay
	Category category // where Way is ""
	Why      string   // in a sentence

	Read    catalog.Operation // reads the object; "" where there is none
	List    catalog.Operation // lists where it stands, where nothing reads it alone
	Base    string            // path of the object
	Back    catalog.Operation // what takes it back
	Absent  catalog.Operation // what takes it back where nothing was there before; may be ""
	Partial bool              // Back changes only what it is sent
	Only    string            // only what is below this pointer is compared and put back

	Property string // of turns: what it changes of the object
	Becomes  any    // and what it is then
	Was      any    // and what it is when it is turned back
	Param    string // of turns: the place whose value says which way

	Action string            // of asAction
	Fields map[string]string // its fields, by the operation's

	Anew remaking // of remakes

	ID string // of removes: the pointer into the answer, or the field, that names what was made; "/id" when ""
}

// opposites are the last words of operations that turn something one way and the other, with what they make of it.
var opposites = map[string]struct {
	back, property string
	becomes        any
}{
	"activate": {"deactivate", "/status", "ACTIVE"}, "deactivate": {"activate", "/status", "INACTIVE"},
	"suspend": {"unsuspend", "/status", "SUSPENDED"}, "unsuspend": {"suspend", "/status", "ACTIVE"},
	"subscribe": {"unsubscribe", "/status", "subscribed"}, "unsubscribe": {"subscribe", "/status", "unsubscribed"},
	"grant": {"revoke", "/support", "ENABLED"}, "revoke": {"grant", "/support", "DISABLED"},
	"optIn": {"optOut", "/optOutEmailUsers", false}, "optOut": {"optIn", "/optOutEmailUsers", true},
	"hideEndUserFooter": {"showEndUserFooter", "/showEndUserFooter", false}, "showEndUserFooter": {"hideEndUserFooter", "/showEndUserFooter", true},
}

// statusWhen are statuses of turned objects that are called otherwise (schemas of the answers in Okta's description).
var statusWhen = map[string]any{
	"activateDefaultProvisioningConnectionForApplication": "ENABLED", "deactivateDefaultProvisioningConnectionForApplication": "DISABLED",
	"deactivateDevice": "DEACTIVATED",
}

// pairOf says how an operation is taken back: by the tables of exceptions, else by the rules that the paths and methods
// of Okta's API follow.
func pairOf(c *catalog.Catalog, op catalog.Operation) pair {
	if _, ok := ownInverses[op.ID]; ok {
		return pair{Way: ownWay}
	}
	if p, ok := ownPairs[op.ID]; ok {
		return p(c)
	}
	if p, ok := curatedPairs[op.ID]; ok {
		return pair{Way: asAction, Action: p.action, Fields: p.fields}
	}
	if p, ok := anewOf(c, op); ok {
		return p
	}
	if r, ok := unpaired[op.ID]; ok {
		return pair{Category: r.category, Why: r.why}
	}
	if p, ok := turnOf(c, op); ok {
		return p
	}
	_, last := cutLast(op.Path)
	read, readable := c.At("GET", op.Path)
	readable = readable && read.Answer == "object"
	remove, removable := c.At("DELETE", op.Path)
	below, one := childOf(c, op)
	switch {
	case op.Method == "POST" && one && op.Answer == "object":
		p := pair{Way: removes, Back: below, Base: below.Path}
		p.Read, p.List = reading(c, below.Path)
		return p
	case op.Method == "DELETE" && (!isPlace(last) || relations[op.Path]):
		return deletion(c, op, readable, read)
	case op.Method == "DELETE":
		return pair{Category: deleted, Why: "What is deleted does not come back: made anew, it would be another, with another id."}
	case readable && op.Body != nil:
		p := pair{Way: putsBack, Read: read, Back: op, Base: op.Path, Partial: op.Method != "PUT"}
		if removable && (!isPlace(last) || relations[op.Path]) { // else what is not there can't be changed
			p.Absent = remove
		}
		return p
	case op.Method == "PUT" && removable && relations[op.Path]:
		if list, ok := listAbove(c, op.Path); ok {
			return pair{Way: unlinks, List: list, Back: remove, Base: op.Path}
		}
	}
	return pair{Category: noPair, Why: "Okta's API has no operation that takes this back."}
}

// deletion says how something is put back that has no id of its own: a setting, or the link between two objects.
func deletion(c *catalog.Catalog, op catalog.Operation, readable bool, read catalog.Operation) pair {
	for _, method := range []string{"PUT", "POST"} {
		again, ok := c.At(method, op.Path)
		if !ok {
			continue
		}
		if readable {
			return pair{Way: putsBack, Read: read, Back: again, Base: op.Path, Partial: method != "PUT"}
		}
		if list, ok := listAbove(c, op.Path); ok && again.Body == nil {
			return pair{Way: links, List: list, Back: again, Base: op.Path}
		}
	}
	return pair{Category: deleted, Why: "What is deleted does not come back; set it anew in Okta."}
}

// turnOf pairs operations that turn something one way and the other.
func turnOf(c *catalog.Catalog, op catalog.Operation) (pair, bool) {
	parent, last := cutLast(op.Path)
	o, known := opposites[last]
	if !known || op.Method != "POST" || op.Body != nil {
		return pair{}, false
	}
	back, ok := c.At("POST", parent+"/"+o.back)
	base := strings.TrimSuffix(parent, "/lifecycle")
	read, list := reading(c, base)
	if !ok || read.ID == "" && list.ID == "" {
		return pair{}, false
	}
	p := pair{Way: turns, Back: back, Base: base, Read: read, List: list, Property: o.property, Becomes: o.becomes, Was: opposites[o.back].becomes}
	if v, other := statusWhen[op.ID]; other {
		p.Becomes = v
	}
	if v, other := statusWhen[back.ID]; other {
		p.Was = v
	}
	return p, true
}

// reading returns the operation that reads the object at a path, else the one that lists where it stands.
func reading(c *catalog.Catalog, path string) (read, list catalog.Operation) {
	if op, ok := c.At("GET", path); ok && op.Answer == "object" {
		return op, catalog.Operation{}
	}
	if op, ok := listAbove(c, path); ok {
		return catalog.Operation{}, op
	}
	return catalog.Operation{}, catalog.Operation{}
}

// listAbove returns the operation that lists what the last places of a path name: right above them, or above the
// name of an app whose instance they name.
func listAbove(c *catalog.Catalog, path string) (catalog.Operation, bool) {
	for {
		parent, last := cutLast(path)
		if !isPlace(last) {
			return catalog.Operation{}, false
		}
		if op, ok := c.At("GET", parent); ok && (op.Lists() || strings.HasPrefix(op.ID, "list")) { // two lists are described as objects
			return op, true
		}
		path = parent
	}
}

// childOf returns the operation that deletes one object of a collection.
func childOf(c *catalog.Catalog, op catalog.Operation) (catalog.Operation, bool) {
	for _, o := range c.Operations() {
		parent, last := cutLast(o.Path)
		if o.Method == "DELETE" && parent == op.Path && isPlace(last) {
			return o, true
		}
	}
	return catalog.Operation{}, false
}

func cutLast(path string) (parent, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:i], path[i+1:]
}

func isPlace(segment string) bool { return strings.HasPrefix(segment, "{") }

// relations are paths that end with the id of an object which lives elsewhere, so that deleting there deletes no
// object but its place in another.
var relations = map[string]bool{
	"/api/v1/groups/{groupId}/users/{userId}":                                                     true,
	"/api/v1/apps/{appId}/groups/{groupId}":                                                       true,
	"/api/v1/idps/{idpId}/users/{userId}":                                                         true,
	"/api/v1/iam/roles/{roleIdOrLabel}/permissions/{permissionType}":                              true,
	"/api/v1/groups/{groupId}/roles/{roleId}/targets/groups/{targetGroupId}":                      true,
	"/api/v1/groups/{groupId}/roles/{roleId}/targets/catalog/apps/{appName}":                      true,
	"/api/v1/groups/{groupId}/roles/{roleId}/targets/catalog/apps/{appName}/{appId}":              true,
	"/api/v1/users/{userId}/roles/{roleId}/targets/groups/{groupId}":                              true,
	"/api/v1/users/{userId}/roles/{roleId}/targets/catalog/apps/{appName}":                        true,
	"/api/v1/users/{userId}/roles/{roleId}/targets/catalog/apps/{appName}/{appId}":                true,
	"/oauth2/v1/clients/{clientId}/roles/{roleId}/targets/groups/{groupId}":                       true,
	"/oauth2/v1/clients/{clientId}/roles/{roleId}/targets/catalog/apps/{appName}":                 true,
	"/oauth2/v1/clients/{clientId}/roles/{roleId}/targets/catalog/apps/{appName}/{appInstanceId}": true,
}
