package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandlerServesByHash(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"app.css", "app.js", "theme.js", "htmx.min.js", "icons.svg", "favicon.svg"} {
		plain := get(t, URL(name))
		if plain.StatusCode != http.StatusOK || !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %q", name, plain.StatusCode, plain.Header.Get("Cache-Control"))
		}
		if got := get(t, Prefix+name).Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s by its plain name may be kept: %q", name, got)
		}
		want, err := io.ReadAll(plain.Body)
		if err != nil {
			t.Fatal(err)
		}
		packed := get(t, URL(name), "Accept-Encoding", "br, gzip")
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(z); err != nil || string(got) != string(want) {
			t.Errorf("%s differs when compressed: %v", name, err)
		}
	}
}

// TestStylesheetNamesOnlyWhatIsServed keeps the stylesheet from naming a file that is not there, or another
// host.
func TestStylesheetNamesOnlyWhatIsServed(t *testing.T) {
	t.Parallel()
	css := string(assets["app.css"].plain)
	for _, m := range regexp.MustCompile(`url\(["']?([^"')]+)`).FindAllStringSubmatch(css, -1) {
		if strings.HasPrefix(m[1], "data:") {
			continue
		}
		if got := get(t, m[1]); got.StatusCode != http.StatusOK || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("the stylesheet names %s: %d", m[1], got.StatusCode)
		}
	}
}

func TestHandlerRefusesOtherNames(t *testing.T) {
	t.Parallel()
	for _, path := range []string{Prefix, Prefix + "nothing.css", Prefix + "../static.go", Prefix + "licences/htmx.txt", Prefix + "js/copy.js"} {
		if got := get(t, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

func TestLicences(t *testing.T) {
	t.Parallel()
	notices, err := Licences()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"htmx.txt", "basecoat.txt", "tailwind.txt", "lucide.txt", "inter.txt"} {
		if len(notices[name]) < 100 {
			t.Errorf("the notice of %s is missing", name)
		}
	}
}
