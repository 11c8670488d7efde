package actions

import (
	"net/http"
	"net/url"
	"strings"
)

// setKind is what lists of one kind have in common, by the end of their addresses.
type setKind struct {
	end   string
	query url.Values                                        // what the list is read with
	ref   func(setEntry) string                             // what puts an entry in again; nil: its address
	puts  string                                            // the member of the body that what is put in stands in
	by    string                                            // the method that puts it in
	first func(list string) (string, map[string]any, error) // where an empty list begins, and with what besides; nil: at its own address
}

var setKinds = []setKind{
	{end: "/associatedServers", query: url.Values{"trusted": {"true"}}, ref: func(e setEntry) string { return e.ID }, puts: "trusted", by: http.MethodPost},
	{end: "/resources", ref: setEntry.named, puts: "additions", by: http.MethodPatch},
	{end: "/members", puts: "additions", by: http.MethodPatch, first: firstMember},
}

// kindOf returns the kind of a list.
func kindOf(list string) setKind {
	for _, k := range setKinds {
		if strings.HasSuffix(list, k.end) {
			return k
		}
	}
	return setKind{puts: "additions", by: http.MethodPatch}
}

// firstMember: a binding ends with its last member, and begins with its first (operation createResourceSetBinding).
func firstMember(list string) (address string, body map[string]any, err error) {
	bindings, role := cutLast(strings.TrimSuffix(list, "/members"))
	if role, err = url.PathUnescape(role); err != nil {
		return "", nil, unreadableField("list")
	}
	return bindings, map[string]any{"role": role}, nil
}
