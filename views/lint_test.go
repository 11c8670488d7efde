package views

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bans are what no template may hold, each with its reason. The content policy blocks most of them without a
// word, so that a page would just not work.
var bans = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`templ\.(Raw|SafeURL|SafeCSS|ComponentScript|JSUnsafeFuncCall)`), "text from elsewhere must be escaped"},
	{regexp.MustCompile(`\bhx-on\b`), "the content policy forbids evaluated code"},
	{regexp.MustCompile(`["'{ ]js:`), "the content policy forbids evaluated code"},
	{regexp.MustCompile(`hx-trigger=(["{][^"}]*)\[`), "a trigger filter is evaluated code"},
	{regexp.MustCompile(`\sstyle=`), "the content policy forbids inline styles"},
	{regexp.MustCompile(`<style|<script>`), "the content policy forbids inline styles and scripts"},
	{regexp.MustCompile(`\son[a-z]+=`), "the content policy forbids inline handlers"},
	{regexp.MustCompile(`\bclass=\{[^}]*(\+|Sprint)`), "a class that is put together at run time is not in the stylesheet; use a data attribute"},
	{regexp.MustCompile(`(?m)^\s*@[a-zA-Z.]+\([^\n]*\)[A-Za-z]`), "text straight after a component is lost or wrong; put it on its own line"},
	{regexp.MustCompile(`https?://[a-z0-9.-]*(cdn|unpkg|googleapis|gstatic)`), "everything is served from here"},
}

func TestTemplatesKeepToTheRules(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".templ" {
			return err
		}
		found++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, ban := range bans {
			if at := ban.pattern.FindIndex(b); at != nil {
				line := 1 + strings.Count(string(b[:at[0]]), "\n")
				t.Errorf("%s:%d: %q: %s", path, line, strings.TrimSpace(string(b[at[0]:at[1]])), ban.why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 5 {
		t.Errorf("only %d templates were found", found)
	}
}

func TestBansCatch(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`@templ.Raw(x)`, `href={ templ.SafeURL(x) }`, `<a hx-on:click="x()">`, `hx-vals="js:{a:1}"`, `hx-trigger="click[ctrlKey]"`,
		`<p style="color:red">`, `<script>`, `<b onclick="x">`, `class={ "badge-" + tone }`, "\t@icon(x)Text", `src="https://cdn.example.com/x.js"`,
	} {
		caught := false
		for _, ban := range bans {
			caught = caught || ban.pattern.MatchString(bad)
		}
		if !caught {
			t.Errorf("nothing catches %q", bad)
		}
	}
}
