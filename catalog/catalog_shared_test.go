package catalog

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
)

// together stands for the database that nodes share.
type together struct {
	mu      sync.Mutex
	files   map[string][]byte
	current string
}

func (s *together) CatalogFiles(context.Context) ([]string, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.files)), s.current, nil
}

func (s *together) CatalogFile(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[name], nil
}

func (s *together) PutCatalogFile(_ context.Context, name string, text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = text
	return nil
}

func (s *together) DropCatalogFile(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
	return nil
}

func (s *together) UseCatalog(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = name
	return nil
}

// TestNodesShareCatalogs: what is imported on one node can be taken on another, and every node then works by it without a
// start; one that is new begins with it.
func TestNodesShareCatalogs(t *testing.T) {
	t.Parallel()
	data, err := embeddedData()
	if err != nil {
		t.Fatal(err)
	}
	data.APIVersion = "2099.01.0"
	shared := &together{files: map[string][]byte{}}
	node := func() *Library {
		return &Library{Store: Store{Dir: t.TempDir()}, Live: NewLive(load(t)), Shared: shared}
	}
	one, two := node(), node()
	builtIn := one.Live.Now().APIVersion
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	name, err := one.Propose(t.Context(), data, "Ada", now)
	if err != nil {
		t.Fatal(err)
	}
	if kept, _, err := two.Look(t.Context(), name); err != nil || !kept.Proposed || kept.By != "Ada" {
		t.Fatalf("proposed on one, looked at on the other: %+v, %v", kept, err)
	}
	if _, err := two.Use(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	three := node()
	for _, n := range []*Library{one, three} {
		if err := n.Pull(t.Context()); err != nil || n.Live.Now().APIVersion != "2099.01.0" {
			t.Errorf("a node works by %s, %v", n.Live.Now().APIVersion, err)
		}
		if list, err := n.List(t.Context()); err != nil || len(list) != 2 || !list[0].Current || list[0].Proposed {
			t.Errorf("%+v, %v", list, err)
		}
	}
	if again, err := three.Store.Load(); err != nil || again.APIVersion != "2099.01.0" {
		t.Errorf("at its next start a node works by %v, %v", again, err)
	}
	if _, err := one.Use(t.Context(), BuiltIn); err != nil {
		t.Fatal(err)
	}
	if err := three.Pull(t.Context()); err != nil || three.Live.Now().APIVersion != builtIn {
		t.Errorf("back to the built-in one: %s, %v", three.Live.Now().APIVersion, err)
	}
	dropped, err := one.Propose(t.Context(), data, "Ada", now.Add(time.Minute))
	if err == nil {
		err = two.Drop(t.Context(), dropped)
	}
	if err == nil {
		err = one.Pull(t.Context())
	}
	if _, _, looked := one.Look(t.Context(), dropped); err != nil || looked == nil {
		t.Errorf("forgotten on one, still there on the other: %v", err)
	}

	// A node that was alone brings what it has along.
	old := &Library{Store: Store{Dir: t.TempDir()}, Live: NewLive(load(t))}
	if _, err := old.Store.Keep(data, "Ada", now); err != nil {
		t.Fatal(err)
	}
	old.Shared = &together{files: map[string][]byte{}}
	if err := old.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := &Library{Store: Store{Dir: t.TempDir()}, Live: NewLive(load(t)), Shared: old.Shared}
	if err := next.Pull(t.Context()); err != nil || next.Live.Now().APIVersion != "2099.01.0" {
		t.Errorf("the next node works by %s, %v", next.Live.Now().APIVersion, err)
	}
}
