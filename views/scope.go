package views

import (
	"net/url"

	"caracal/catalog"
	"caracal/views/ui"
	"caracal/workflow"
)

// ScopeListProps is what the page of all scopes shows.
type ScopeListProps struct {
	Shell  Shell
	Query  string
	Groups []ScopeGroup
	Found  int
	Total  int
}

// ScopeGroup is the scopes of one kind of object.
type ScopeGroup struct {
	Object string
	Scopes []catalog.Scope
}

// ScopeShowProps is what the page of one scope shows.
type ScopeShowProps struct {
	Shell   Shell
	Scope   catalog.Scope
	Reads   []catalog.Operation // operations behind it
	Changes []catalog.Operation
	// ByRead are the operations of the scope that only reads, which one that manages allows too.
	ByRead  []catalog.Operation
	Read    string // that scope
	Actions []workflow.ActionSpec
	Granted []ui.Link // applications that have it
	Lacking []ui.Link // applications that do not
}

func scopePath(name string) string { return "/scopes/" + url.PathEscape(name) }
