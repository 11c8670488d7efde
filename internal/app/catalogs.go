package app

import (
	"path/filepath"

	"caracal/catalog"
)

// Catalogs returns where the imported catalogs of a database are.
func Catalogs(database string) catalog.Store {
	return catalog.Store{Dir: filepath.Join(filepath.Dir(database), "catalog")}
}
