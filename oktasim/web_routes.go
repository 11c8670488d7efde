package oktasim

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

// webRoutes are the authorization server, the sign-in page and the console.
func (o *Org) webRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/v1/token", o.token)
	mux.HandleFunc("GET /oauth2/v1/authorize", o.authorizePage)
	mux.HandleFunc("GET /oauth2/v1/keys", o.keys)
	mux.HandleFunc("GET /oauth2/v1/userinfo", o.userinfo)
	mux.HandleFunc("POST /oauth2/v1/userinfo", o.userinfo)
	mux.HandleFunc("GET /oauth2/v1/logout", o.logout)
	mux.HandleFunc("POST /oauth2/v1/logout", o.logout)
	mux.HandleFunc("POST /oauth2/v1/introspect", o.introspect)
	mux.HandleFunc("POST /oauth2/v1/revoke", o.revokeToken)
	mux.HandleFunc("GET /.well-known/openid-configuration", o.discovery)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", o.discovery)
	mux.HandleFunc("GET /login/signin", o.signInPage)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/admin/", http.StatusFound) })
	guard := http.NewCrossOriginProtection()
	mux.Handle("POST /login/signin", guard.Handler(http.HandlerFunc(o.signIn)))
	mux.Handle("POST /login/signout", guard.Handler(http.HandlerFunc(o.signOut)))
	o.consoleRoutes(mux, guard)
	if css, err := fs.Sub(pageFiles, "pages/assets"); err == nil {
		files := http.StripPrefix("/assets/", http.FileServerFS(css))
		mux.Handle("GET /assets/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/") {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Cache-Control", "max-age=300")
			files.ServeHTTP(w, r)
		}))
	}
	return mux
}

// parsePages reads the templates: each page on its own, with the shared frame.
func parsePages() map[string]*template.Template {
	frame := template.Must(template.New("frame").Funcs(pageFuncs).ParseFS(pageFiles, "pages/frame.html"))
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // the pattern is fixed: it cannot be malformed
	}
	out := map[string]*template.Template{}
	for _, name := range names {
		if name == "pages/frame.html" {
			continue
		}
		page := template.Must(template.Must(frame.Clone()).ParseFS(pageFiles, name))
		out[strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html")] = page
	}
	return out
}

// render draws a page into a buffer first, so that a failing one is a clean 500.
// formTargets are other origins that a form's answer may lead to.
func (o *Org) render(w http.ResponseWriter, status int, page string, data any, formTargets ...string) {
	var b bytes.Buffer
	t := o.pages()[page]
	if t == nil {
		http.Error(w, "no such page: "+page, http.StatusInternalServerError)
		return
	}
	if err := t.ExecuteTemplate(&b, "frame.html", data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+strings.Join(formTargets, " "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	writeBody(w, status, "text/html; charset=utf-8", b.Bytes())
}

// errorPage is a page for a person who came from an app with a request that
// cannot be answered by sending them back. The lock may be held.
func (o *Org) errorPage(w http.ResponseWriter, status int, message string) {
	o.render(w, status, "error", map[string]any{"Title": "Request refused", "Org": o.company, "Message": message, "Status": status})
}
