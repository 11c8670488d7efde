package workflow

import (
	"strings"
	"testing"
)

func TestEveryTemplateStandsOnAShelf(t *testing.T) {
	t.Parallel()
	files, err := templates.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		id := strings.TrimSuffix(f.Name(), ".yaml")
		s, ok := StarterByID(id)
		if !ok || s.Shelf == "" || s.Title == "" || s.Help == "" || len(s.Definition.Steps) == 0 {
			t.Errorf("%s is %+v", id, s)
		}
	}
	if got := Starters(); len(got) != len(files) {
		t.Errorf("%d starters of %d files", len(got), len(files))
	}
	Starters()[0].Title = "changed"
	if Starters()[0].Title == "changed" {
		t.Error("the list can be changed from outside")
	}
}
