package health

import (
	"strings"

	"caracal/org"
)

// impossible is the tail of an id that no Okta object can have: Okta's ids are 20 characters, and a login
// name, which some paths take in an id's place, is never written like this.
const impossible = "CARACALPROBE00000"

// target returns the path of the probe with an id that cannot exist in each gap.
func (p probe) target() string {
	prefix := "zzz"
	for segment, idPrefix := range map[string]string{"/users/": "00u", "/groups/": "00g", "/apps/": "0oa", "/zones/": "nzo",
		"/policies/": "00p", "/authorizationServers/": "aus", "/idps/": "0oa"} {
		if strings.Contains(p.path, segment+"{id}") {
			prefix = idPrefix
		}
	}
	return strings.ReplaceAll(p.path, "{id}", prefix+impossible)
}

// probesFor returns how to prove a scope: the call that a plain check sends, and the one that a deep check
// may send. A manage scope is proved by reading the same objects, since manage includes read.
func probesFor(s org.Scope) (read, deep probe) {
	read = find(s.Read())
	if s.Manages() {
		deep = find(s)
	}
	if read.scope == "" {
		read = probe{scope: string(s), kind: token}
	}
	return read, deep
}

func find(s org.Scope) probe {
	for _, p := range probes {
		if p.scope == string(s) {
			return p
		}
	}
	return probe{}
}
