package views

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"caracal/static"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// hashes are part of the names that package static gives files; a page's golden file must not change with them.
var hashes = regexp.MustCompile(`(/static/[a-z.]+)\.[0-9a-f]{12}\.`)

func render(t *testing.T, s State) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := s.Page.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestGalleryGolden compares every page in every state with what it was when somebody last looked at it.
// Run with -update after looking.
func TestGalleryGolden(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Gallery() {
		if seen[s.Name] {
			t.Errorf("two states are named %q", s.Name)
		}
		seen[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			got := unfold(hashes.ReplaceAll(render(t, s), []byte("$1.HASH.")))
			path := filepath.Join("testdata", "gallery", strings.ReplaceAll(s.Name, "/", "_")+".html")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s has changed: %s\nLook at it, then run go test ./views -update.", path, firstDifference(got, want))
			}
		})
	}
}

// TestGalleryGoldenHasNoLeftovers finds golden files of states that are gone.
func TestGalleryGoldenHasNoLeftovers(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(filepath.Join("testdata", "gallery"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.ContainsFunc(Gallery(), func(s State) bool { return strings.ReplaceAll(s.Name, "/", "_")+".html" == f.Name() }) {
			t.Errorf("%s belongs to no state; remove it", f.Name())
		}
	}
}

// unfold puts each element of a page on a line of its own, so that a difference can be read.
func unfold(page []byte) []byte {
	return append(bytes.ReplaceAll(page, []byte("><"), []byte(">\n<")), '\n')
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "line " + strings.TrimSpace(g[i]) + "\n  was " + strings.TrimSpace(w[i])
		}
	}
	return "one is longer"
}

// TestGalleryStructure checks what every page must have: one h1, a title, unique ids, labels that lead
// somewhere, icons that exist, no inline script or style, and nothing that htmx would evaluate.
func TestGalleryStructure(t *testing.T) {
	t.Parallel()
	for _, s := range Gallery() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			doc, err := html.Parse(bytes.NewReader(render(t, s)))
			if err != nil {
				t.Fatal(err)
			}
			p := readPage(doc)
			if p.count["h1"] != 1 {
				t.Errorf("it has %d h1, want one", p.count["h1"])
			}
			if p.count["main"] != 1 || p.count["title"] == 0 {
				t.Error("it has no main or no title")
			}
			for _, problem := range p.problems {
				t.Error(problem)
			}
			for _, id := range p.refers {
				if !slices.Contains(p.ids, id) {
					t.Errorf("something refers to #%s, which is not there", id)
				}
			}
		})
	}
}

type page struct {
	count    map[string]int
	ids      []string
	refers   []string
	problems []string
}

func readPage(doc *html.Node) page {
	p := page{count: map[string]int{}}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		p.count[n.Data]++
		if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
			p.problems = append(p.problems, "it has an inline "+n.Data)
		}
		for _, a := range n.Attr {
			p.attribute(n, a)
		}
	}
	return p
}

func (p *page) attribute(n *html.Node, a html.Attribute) {
	wrong := func(what string) { p.problems = append(p.problems, "<"+n.Data+"> has "+what+": "+a.Val) }
	switch {
	case a.Key == "id":
		if slices.Contains(p.ids, a.Val) {
			wrong("an id that another has")
		}
		p.ids = append(p.ids, a.Val)
	case a.Key == "for" || a.Key == "aria-describedby" || a.Key == "aria-labelledby" || a.Key == "aria-controls" || a.Key == "popovertarget":
		p.refers = append(p.refers, strings.Fields(a.Val)...)
	case a.Key == "href" && n.Data == "use":
		if _, icon, ok := strings.Cut(a.Val, "#"); !ok || !static.HasIcon(icon) {
			wrong("no such icon")
		}
	case a.Key == "href" && strings.HasPrefix(a.Val, "#") && len(a.Val) > 1:
		p.refers = append(p.refers, a.Val[1:])
	case a.Key == "href" && strings.HasPrefix(a.Val, "about:invalid"), strings.Contains(a.Val, "about:invalid#TemplFailedSanitizationURL"):
		wrong("a refused address")
	case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
		wrong("an inline " + a.Key)
	case strings.HasPrefix(a.Key, "hx-") && (strings.Contains(a.Val, "js:") || strings.Contains(a.Val, "javascript:")):
		wrong("code in " + a.Key)
	case a.Key == "hx-trigger" && strings.ContainsAny(a.Val, "[]"):
		wrong("a trigger filter, which the content policy forbids")
	case strings.Contains(a.Val, "%!"):
		wrong("a broken format in " + a.Key)
	}
}
