package app

import (
	"path/filepath"

	"caracal/catalog"
)

// catalogs returns where the imported catalogs are: each node has a folder of its own.
func (c Config) catalogs() catalog.Store {
	if c.Folder != "" {
		return catalog.Store{Dir: filepath.Join(c.Folder, "catalog")}
	}
	return Catalogs(c.Database)
}

// Catalogs returns where the imported catalogs of a database are.
func Catalogs(database string) catalog.Store {
	return catalog.Store{Dir: filepath.Join(filepath.Dir(database), "catalog")}
}
