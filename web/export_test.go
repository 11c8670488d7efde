package web

import "caracal/auth"

// RouteLine is one line of the list, for the tests that walk all of them.
type RouteLine struct {
	Method, Pattern string
	Access          auth.Permission
	Changing        bool // takes a token that may change
}

// RouteLines returns every line of the list.
func (s *Server) RouteLines() []RouteLine {
	var out []RouteLine
	for _, rt := range s.list() {
		out = append(out, RouteLine{rt.method, rt.pattern, rt.access, rt.changes})
	}
	return out
}

// LocalPath is localPath.
var LocalPath = localPath
