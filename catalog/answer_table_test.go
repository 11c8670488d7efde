package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestTableAndCSV(t *testing.T) {
	t.Parallel()
	table := TableOf([]json.RawMessage{
		json.RawMessage(`{"id":"1","profile":{"login":"=cmd()","age":-5},"tags":["a","b"],"_links":{"self":1}}`),
		json.RawMessage(`{"id":"2","on":true,"profile":{"login":"x,\"y\""},"deep":[{"a":1}],"none":null}`),
		json.RawMessage(`"bare"`),
	})
	if want := []string{"id", "profile.login", "profile.age", "tags", "on", "deep", "none", "value"}; !slices.Equal(table.Columns, want) {
		t.Errorf("columns %v", table.Columns)
	}
	var b strings.Builder
	if err := table.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "id,profile.login,profile.age,tags,on,deep,none,value\n" +
		"1,'=cmd(),-5,a; b,,,,\n" + `2,"x,""y""",,,true,"[{""a"":1}]",,` + "\n,,,,,,,bare\n"
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	if n := table.Narrow(2); !slices.Equal(n.Columns, []string{"id", "profile.login"}) || len(n.Rows[0]) != 2 {
		t.Errorf("narrowed to %v", n)
	}
}

func TestTreeIsBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	Tree([]byte(deep), 1000)
	n := Tree([]byte("["+strings.TrimSuffix(strings.Repeat("1,", 5000), ",")+"]"), 100)
	if !n.Cut || n.Count != 5000 || len(n.Children) > 100 {
		t.Errorf("%d children of %d, cut %v", len(n.Children), n.Count, n.Cut)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	got := string(Mask([]byte(`{"a":1.50,"client_secret":"x","credentials":{"password":{"value":"y","n":2}},"l":[null,true,"z"]}`)))
	want := `{"a":1.50,"client_secret":"[hidden]","credentials":{"password":{"value":"[hidden]","n":2}},"l":[null,true,"z"]}`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	deep := strings.Repeat(`{"a":`, 300) + `{"secret":"canary"}` + strings.Repeat("}", 300)
	if got := string(Mask([]byte(deep))); strings.Contains(got, "canary") {
		t.Errorf("too deep to look into, and shown: %.80s", got)
	}
	if got := string(Mask([]byte("no json"))); got != "no json" {
		t.Errorf("%q", got)
	}
}
