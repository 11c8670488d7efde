package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/fault"
)

func TestComparisonInWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, to, age string }{
		{"2024.06.1", "2026.06.3", "newer than"}, {"2024.06.1", "2024.06.1", "the same version as"}, {"2024.12.0", "2024.06.9", "older than"},
		{"2024.06.1", "2024.10.0", "newer than"}, {"2024.06.1", "next", ""}, {"", "2024.06.1", ""},
	} {
		if got := (Comparison{From: tt.from, To: tt.to}).Age(); got != tt.age {
			t.Errorf("%s to %s is %q, want %q", tt.from, tt.to, got, tt.age)
		}
	}
	one := Operation{ID: "a"}
	c := Comparison{Added: []Operation{one}, Removed: []Operation{{ID: "b"}, {ID: "c"}}, Changed: []Change{{Before: Operation{ID: "d"}}}}
	for used, want := range map[string]string{
		"":  "1 new operation, 2 removed, 1 changed; none of those",
		"b": "; 1 of those removed or changed is used", "bd": "; 2 of those removed or changed are used", "a": "; none",
	} {
		if got := c.Words(func(id string) bool { return strings.Contains(used, id) }); !strings.Contains(got, want) {
			t.Errorf("used %q: %q", used, got)
		}
	}
}

// TestRenamedOperationsStay: a workflow's step finds its operation by the name it was built with.
func TestRenamedOperationsStay(t *testing.T) {
	t.Parallel()
	data, err := embeddedData()
	if err != nil {
		t.Fatal(err)
	}
	data.APIVersion = "2099.01.0"
	for i, op := range data.Operations {
		switch op.ID {
		case "createGroup":
			data.Operations[i].ID = "addGroup"
		case "getGroup":
			data.Operations[i].ID, data.Operations[i].Path = "readGroup", "/api/v1/groups/{id}"
		case "deleteGroup":
			data.Operations[i].ID, data.Operations[i].Path = "dropGroup", "/api/v2/groups/{id}"
		}
	}
	changes := load(t).Compare(data)
	if len(changes.Added) != 1 || len(changes.Removed) != 1 || len(changes.Changed) != 2 || changes.Removed[0].ID != "deleteGroup" {
		t.Errorf("%d new, %d removed, %d changed", len(changes.Added), len(changes.Removed), len(changes.Changed))
	}
	c := build(data)
	for id, want := range map[string]string{"operation.create_group": "addGroup", "operation.add_group": "addGroup", "operation.get_group": "readGroup", "operation.delete_group": "", "operation.drop_group": "dropGroup"} {
		if s, ok := c.Step(id); s.Operation.ID != want || ok != (want != "") {
			t.Errorf("%s leads to %q, want %q", id, s.Operation.ID, want)
		}
	}
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	data, err := embeddedData()
	if err != nil {
		t.Fatal(err)
	}
	data.APIVersion = "2099.01.0"
	live := NewLive(load(t))
	l := &Library{Store: Store{Dir: filepath.Join(t.TempDir(), "catalog")}, Live: live}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	name, err := l.Propose(t.Context(), data, "Ada", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Propose(t.Context(), data, "Ada", now); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice in a second: %v", err)
	}
	kept, changes, err := l.Look(t.Context(), name)
	if err != nil || !kept.Proposed || kept.By != "Ada" || kept.Operations != 585 || changes.Age() != "newer than" || live.Now().APIVersion == "2099.01.0" {
		t.Errorf("%+v %v", kept, err)
	}
	var using sync.WaitGroup
	for range 4 {
		using.Go(func() { // pages and steps go on meanwhile
			for range 50 {
				c := live.Now()
				if op, ok := c.Operation("createGroup"); !ok || len(c.Form(op, Choose{}).Body) == 0 || len(c.Steps()) != 679 {
					t.Error("half a catalog")
				}
			}
		})
	}
	if _, err := l.Use(t.Context(), name); err != nil || live.Now().APIVersion != "2099.01.0" {
		t.Errorf("%v", err)
	}
	using.Wait()
	for _, wrong := range []string{"", "../../etc/passwd", "20990101-000000", "current", ".."} {
		if _, err := l.Use(t.Context(), wrong); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := l.Drop(t.Context(), name); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is in use was dropped: %v", err)
	}
	if again, err := l.Store.Load(); err != nil || again.APIVersion != "2099.01.0" {
		t.Errorf("the next start: %v", err)
	}
	if _, err := l.Use(t.Context(), BuiltIn); err != nil || live.Now().APIVersion == "2099.01.0" {
		t.Errorf("%v", err)
	}
	old, err := l.Propose(t.Context(), data, "Ada", now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Propose(t.Context(), data, "Ada", now.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Look(t.Context(), old); !fault.Is(err, fault.NotFound) {
		t.Errorf("what was never confirmed is still there: %v", err)
	}
	list, err := l.Store.List()
	if err != nil || len(list) != 3 || !list[2].Current || !list[0].Proposed || list[1].Name != name {
		t.Errorf("%+v, %v", list, err)
	}
	newer, err := json.Marshal(stored{Format: storeFormat + 1, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.Store.Dir, "20990101-000000.json"), newer, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Use(t.Context(), "20990101-000000"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a file of a newer Caracal: %v", err)
	}
}
