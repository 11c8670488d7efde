package undo

import "strings"

// oneByOne reports whether runs that stood in one step have to be taken back one after the other: two of them changed the
// same object, or one made what another one changed.
func oneByOne(within []*Run) bool {
	by := map[string]int{} // the first run that changed an object, by its address and by its id
	var addresses [][]string
	for i, w := range within {
		addresses = append(addresses, changedIn(w))
		for _, address := range addresses[i] {
			for _, name := range []string{address, address[strings.LastIndexByte(address, '/')+1:]} {
				if first, known := by[name]; known && first != i {
					return true
				}
				by[name] = i
			}
		}
	}
	for i, list := range addresses { // a member of a group that another one made
		for _, address := range list {
			for at := strings.LastIndexByte(address, '/'); at > 0; at = strings.LastIndexByte(address[:at], '/') {
				if first, known := by[address[:at]]; known && first != i {
					return true
				}
			}
		}
	}
	return false
}

// changedIn are the addresses of what is taken back of a run and of those within it.
func changedIn(r *Run) (addresses []string) {
	for _, e := range r.Entries {
		if !e.Ticked {
			continue
		}
		for _, d := range e.way.Changed {
			address, _, _ := strings.Cut(d.Key, "#")
			addresses = append(addresses, address)
		}
		for _, by := range e.renews { // it waits for what that one makes anew
			address, _, _ := strings.Cut(by.way.Changed[0].Key, "#")
			addresses = append(addresses, address)
		}
	}
	for _, list := range r.Within {
		for _, w := range list {
			addresses = append(addresses, changedIn(w)...)
		}
	}
	return addresses
}
