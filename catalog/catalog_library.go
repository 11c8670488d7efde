package catalog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Library takes catalogs into use while the program runs. Whoever holds the catalog that was in use keeps it.
type Library struct {
	Store  Store
	Live   *Live
	Shared Sharing // nil where there is one node

	mu sync.Mutex // one change at a time
}

// Sharing is where several nodes keep their imported catalogs together: the files of a Store by their names, and which catalog
// is in use, "" as long as nobody chose one. *db.DB is one.
type Sharing interface {
	CatalogFiles(ctx context.Context) (names []string, current string, err error)
	CatalogFile(ctx context.Context, name string) ([]byte, error)
	PutCatalogFile(ctx context.Context, name string, text []byte) error
	DropCatalogFile(ctx context.Context, name string) error
	UseCatalog(ctx context.Context, name string) error
}

// Pull brings the folder of this node, and the catalog in use, to what the nodes share. Where nothing is shared yet, this
// node's folder is the beginning of it.
func (l *Library) Pull(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pull(ctx)
}

func (l *Library) pull(ctx context.Context) error {
	if l.Shared == nil {
		return nil
	}
	shared, current, err := l.Shared.CatalogFiles(ctx)
	if err != nil {
		return err
	}
	here, err := l.Store.files()
	if err != nil {
		return err
	}
	inUse, err := l.Store.current()
	if err != nil {
		return err
	}
	if current == "" && len(shared) == 0 && inUse != BuiltIn {
		return l.push(ctx, inUse)
	}
	for _, name := range shared {
		if slices.Contains(here, name) {
			continue
		}
		text, err := l.Shared.CatalogFile(ctx, name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(l.Store.Dir, 0o700); err != nil {
			return fmt.Errorf("make the folder of catalogs: %w", err)
		}
		if err := l.Store.write(name, text); err != nil {
			return err
		}
	}
	for _, name := range here {
		if strings.HasSuffix(name, proposedEnd) && !slices.Contains(shared, name) { // taken or forgotten elsewhere
			if err := os.Remove(filepath.Join(l.Store.Dir, name)); err != nil {
				return fmt.Errorf("forget %s: %w", name, err)
			}
		}
	}
	if current == "" || current == inUse {
		return nil
	}
	_, err = l.take(current)
	return err
}

// push shares every file of this node's folder, and which catalog it uses.
func (l *Library) push(ctx context.Context, current string) error {
	if l.Shared == nil {
		return nil
	}
	here, err := l.Store.files()
	if err != nil {
		return err
	}
	shared, _, err := l.Shared.CatalogFiles(ctx)
	if err != nil {
		return err
	}
	for _, name := range here {
		if slices.Contains(shared, name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(l.Store.Dir, name))
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if err := l.Shared.PutCatalogFile(ctx, name, text); err != nil {
			return err
		}
	}
	for _, name := range shared {
		if strings.HasSuffix(name, proposedEnd) && !slices.Contains(here, name) {
			if err := l.Shared.DropCatalogFile(ctx, name); err != nil {
				return err
			}
		}
	}
	if current == "" {
		return nil
	}
	return l.Shared.UseCatalog(ctx, current)
}

// take puts a catalog of the folder in use.
func (l *Library) take(name string) (Kept, error) {
	data, kept, err := l.Store.Look(name)
	if err != nil {
		return kept, err
	}
	if err := l.Store.Use(name); err != nil {
		return kept, err
	}
	l.Live.Put(build(data))
	return kept, nil
}

// List returns what was imported, as Store.List does.
func (l *Library) List(ctx context.Context) ([]Kept, error) {
	if err := l.Pull(ctx); err != nil {
		return nil, err
	}
	return l.Store.List()
}

// Propose stores a catalog to be looked at.
func (l *Library) Propose(ctx context.Context, data Data, by string, at time.Time) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.pull(ctx); err != nil {
		return "", err
	}
	name, err := l.Store.Propose(data, by, at)
	if err != nil {
		return "", err
	}
	return name, l.push(ctx, "")
}

// Look returns a catalog with what it is, and what it would change now.
func (l *Library) Look(ctx context.Context, name string) (Kept, Comparison, error) {
	if err := l.Pull(ctx); err != nil {
		return Kept{}, Comparison{}, err
	}
	data, kept, err := l.Store.Look(name)
	if err != nil {
		return kept, Comparison{}, err
	}
	return kept, l.Live.Now().Compare(data), nil
}

// Use takes a catalog into use, at once and at every later start; other nodes follow when they look the next time.
func (l *Library) Use(ctx context.Context, name string) (Kept, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.pull(ctx); err != nil {
		return Kept{}, err
	}
	kept, err := l.take(name)
	if err != nil {
		return kept, err
	}
	return kept, l.push(ctx, name)
}

// Drop forgets a catalog that is only proposed.
func (l *Library) Drop(ctx context.Context, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.pull(ctx); err != nil {
		return err
	}
	if err := l.Store.Drop(name); err != nil {
		return err
	}
	return l.push(ctx, "")
}
