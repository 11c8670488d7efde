// Package static embeds styles, scripts and icons and names them by content hash.
//
// A page asks for URL("app.css") and gets /static/app.<hash>.css, which never changes under that name, so
// browsers keep it for good. app.css and icons.svg are built by build.sh from src and committed, so that a
// plain go build needs nothing but Go.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Prefix is the path under which Handler is mounted.
const Prefix = "/static/"

//go:embed app.css htmx.min.js theme.js icons.svg favicon.svg inter-5.3.0.woff2 js/*.js
var files embed.FS

//go:embed licences/*.txt
var licences embed.FS

// asset is one file as it is served. It is read-only once made.
type asset struct {
	url   string
	mime  string
	plain []byte
	gzip  func() []byte // made at the first request, kept
}

// assets is the table of everything served, by plain and by hashed name.
var assets = load()

// URL returns the path of a file by content hash. An unknown name is a mistake of ours that every test of a
// page meets.
func URL(name string) string {
	a, ok := assets[name]
	if !ok {
		panic(fmt.Sprintf("static: no file %q", name))
	}
	return a.url
}

// Icon returns the address of one symbol in the sprite of icons, for <use href>.
func Icon(name string) string {
	if at, ok := icons[name]; ok {
		return at
	}
	return URL("icons.svg") + "#" + name
}

// icons is the address of each symbol, made once: a long page has thousands.
var icons = func() map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split(string(assets["icons.svg"].plain), `<symbol id="`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		out[name] = URL("icons.svg") + "#" + name
	}
	return out
}()

// HasIcon reports whether the sprite holds this icon.
func HasIcon(name string) bool {
	_, ok := icons[name]
	return ok
}

// Licences returns the notices of everything embedded that we did not write, by file name.
func Licences() (map[string]string, error) {
	entries, err := licences.ReadDir("licences")
	if err != nil {
		return nil, fmt.Errorf("read licence notices: %w", err)
	}
	out := map[string]string{}
	for _, e := range entries {
		b, err := licences.ReadFile("licences/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read licence notice %q: %w", e.Name(), err)
		}
		out[e.Name()] = string(b)
	}
	return out, nil
}

// Handler serves the files under Prefix, compressed where the browser takes it.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		a, ok := assets[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.mime)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Encoding")
		if r.URL.Path == a.url || a.mime == fontType {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache") // asked for by its plain name, which may change
		}
		body := a.plain
		if a.mime != fontType && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.gzip()
		}
		h.Set("Content-Length", fmt.Sprint(len(body)))
		if r.Method != http.MethodHead {
			// A failure here means that the browser went away; there is nobody left to tell.
			if _, err := w.Write(body); err != nil {
				return
			}
		}
	})
}

// fontType is the type of a font: compressed already, and named by its version, since the stylesheet names it.
const fontType = "font/woff2"

var mimes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": fontType,
}

// load reads the embedded files, joins our own scripts into app.js, and enters each under both names.
func load() map[string]asset {
	out := map[string]asset{}
	add := func(name string, content []byte) {
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a := asset{url: Prefix + hashed, mime: mimes[ext], plain: content,
			gzip: sync.OnceValue(func() []byte { return compress(content) })}
		out[name], out[hashed] = a, a
	}
	for _, name := range []string{"app.css", "htmx.min.js", "theme.js", "icons.svg", "favicon.svg", "inter-5.3.0.woff2"} {
		add(name, mustRead(name))
	}
	entries, err := files.ReadDir("js")
	if err != nil {
		panic(err) // the embedded tree is fixed when we are built
	}
	var scripts bytes.Buffer
	for _, e := range entries {
		scripts.Write(mustRead("js/" + e.Name()))
		scripts.WriteByte('\n')
	}
	add("app.js", scripts.Bytes())
	return out
}

func mustRead(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the embedded tree is fixed when we are built
	}
	return b
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	// Writing to a bytes.Buffer does not fail.
	if _, err := z.Write(b); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
