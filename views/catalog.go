package views

import (
	"time"

	"caracal/catalog"
	"caracal/views/ui"
)

// CatalogListProps is what the page of the description of Okta's API shows.
type CatalogListProps struct {
	Shell Shell
	Now   time.Time
	List  []catalog.Kept // the newest first, the built-in one last
	Error string         // what is wrong with a file that was chosen
	MaxMB int
}

// CatalogShowProps is what one description changes.
type CatalogShowProps struct {
	Shell   Shell
	Now     time.Time
	Kept    catalog.Kept
	Changes catalog.Comparison
	Users   map[string][]ui.Link // the workflows that use an operation, by its id
}

func catalogPath(name string) string { return "/operations/catalog/versions/" + name }

func (p CatalogShowProps) words() string {
	return p.Changes.Words(func(id string) bool { return len(p.Users[id]) > 0 })
}

// usedFirst splits what is removed and changed by whether workflows use it.
func (p CatalogShowProps) usedFirst() (used, other []catalog.Change) {
	add := func(c catalog.Change) {
		if len(p.Users[c.Before.ID]) > 0 {
			used = append(used, c)
		} else {
			other = append(other, c)
		}
	}
	for _, op := range p.Changes.Removed {
		add(catalog.Change{Before: op})
	}
	for _, c := range p.Changes.Changed {
		add(c)
	}
	return used, other
}

// gone reports whether the change is that there is no such operation any more.
func gone(c catalog.Change) bool { return c.After.ID == "" }
