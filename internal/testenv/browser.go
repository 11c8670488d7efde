package testenv

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"caracal/auth"
	"caracal/secret"
	"caracal/trigger"
)

// Browser is an HTTP client with its own cookies. It follows no redirect by itself.
type Browser struct {
	t      testing.TB
	app    *App
	Client *http.Client
}

// Anonymous returns a browser in which nobody is signed in.
func (a *App) Anonymous() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &Browser{t: a.t, app: a, Client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// As returns a browser signed in as somebody with these roles. The session is put in place directly; SignIn
// goes the whole way.
func (a *App) As(roles ...auth.Role) *Browser {
	b := a.Anonymous()
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	name := strings.Join(names, "+")
	recorder := httptest.NewRecorder()
	_, err := a.App.Server.Sessions().Begin(recorder, httptest.NewRequest(http.MethodGet, "/", nil),
		auth.User{Issuer: a.OrgURL, Subject: "test-" + name, Name: "Test " + name, Email: name + "@caracal.example", Roles: roles},
		func(string) (secret.Sealed, error) { return nil, nil })
	if err != nil {
		a.t.Fatal(err)
	}
	base, err := url.Parse(a.URL)
	if err != nil {
		a.t.Fatal(err)
	}
	b.Client.Jar.SetCookies(base, recorder.Result().Cookies())
	return b
}

// Token returns a fresh API token in the name of a person with these roles, good for a day and for every workflow they
// may run.
func (a *App) Token(roles ...auth.Role) string {
	a.t.Helper()
	return a.TokenOf(trigger.Token{Name: "test"}, roles...)
}

// TokenOf is Token for one with a name, rights or workflows of its own.
func (a *App) TokenOf(t trigger.Token, roles ...auth.Role) string {
	a.t.Helper()
	a.As(roles...)
	people, err := a.App.DB.Users(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	text := trigger.NewToken()
	for _, u := range people {
		if !slices.Equal(u.Roles, roles) {
			continue
		}
		t.PersonID, t.ExpiresAt = u.ID, a.Clock.Now().Add(24*time.Hour)
		if _, err := a.App.DB.CreateToken(a.t.Context(), t, trigger.Hash(text), u); err != nil {
			a.t.Fatal(err)
		}
		return text
	}
	a.t.Fatalf("nobody has the roles %v", roles)
	return ""
}

// SignIn signs a person of the demo in through the provider's own page, and returns the page that follows.
func (b *Browser) SignIn(login string) *Page {
	b.t.Helper()
	page := b.Get("/sign-in/start").FollowAll()
	next := page.Value(`input[name="next"]`)
	return b.PostURL(b.app.OrgURL+"/login/signin", "next", next, "username", login, "password", b.app.Ready.Password).FollowAll()
}

// Get asks for a path of the app.
func (b *Browser) Get(path string) *Page {
	b.t.Helper()
	return b.Do(b.Request(http.MethodGet, path, nil))
}

// Post sends a form, given as names and values in turn, to a path of the app.
func (b *Browser) Post(path string, fields ...string) *Page {
	b.t.Helper()
	return b.PostURL(b.app.URL+path, fields...)
}

// PostURL sends a form to any address.
func (b *Browser) PostURL(address string, fields ...string) *Page {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

// Submit opens a page and sends the form on it that leads to an address of the app, with what the form hides and these
// fields: as a person does who saves settings, which no POST without what they were shown changes.
func (b *Browser) Submit(page, action string, fields ...string) *Page {
	b.t.Helper()
	p := b.Get(page)
	at := fmt.Sprintf(`form[action=%q] input[type=hidden], form[action^="%s#"] input[type=hidden]`, action, action)
	var sent []string
	for _, n := range p.find(at) {
		var name, value string
		for _, a := range n.Attr {
			switch a.Key {
			case "name":
				name = a.Val
			case "value":
				value = a.Val
			}
		}
		sent = append(sent, name, value)
	}
	if sent == nil {
		b.t.Fatalf("%s has no form to %s", page, action)
	}
	return b.Post(action, append(sent, fields...)...)
}

// Request makes a request to a path of the app, to be changed and given to Do.
func (b *Browser) Request(method, path string, header http.Header) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.app.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	return r
}

// Do sends a request and reads the answer.
func (b *Browser) Do(r *http.Request) *Page {
	b.t.Helper()
	response, err := b.Client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	text := string(body)
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return &Page{t: b.t, browser: b, Response: response, Text: text, root: root, url: r.URL}
}

// Cookie returns the value of a cookie that the browser would send to the app.
func (b *Browser) Cookie(name string) string {
	base, err := url.Parse(b.app.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.Client.Jar.Cookies(base) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// Page is an answer, ready to be asked by selector.
type Page struct {
	Response *http.Response
	Text     string

	t       testing.TB
	browser *Browser
	root    *html.Node
	url     *url.URL
}

// Path returns the path and query that was asked for.
func (p *Page) Path() string { return p.url.RequestURI() }

// Status fails the test when the status is another.
func (p *Page) Status(want int) *Page {
	p.t.Helper()
	if p.Response.StatusCode != want {
		p.t.Fatalf("%s %s: got %s, want %d\n%s", p.Response.Request.Method, p.url, p.Response.Status, want, p.words())
	}
	return p
}

// Follow goes where a redirect leads.
func (p *Page) Follow() *Page {
	p.t.Helper()
	location, err := p.Response.Location()
	if err != nil {
		p.t.Fatalf("%s %s: no redirect but %s\n%s", p.Response.Request.Method, p.url, p.Response.Status, p.words())
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, location.String(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.browser.Do(r)
}

// FollowAll goes on until an answer is no redirect.
func (p *Page) FollowAll() *Page {
	p.t.Helper()
	for range 10 {
		if p.Response.StatusCode < 300 || p.Response.StatusCode > 399 {
			return p
		}
		p = p.Follow()
	}
	p.t.Fatalf("more than ten redirects, last %s", p.url)
	return p
}

// All returns the texts of everything that matches the selector.
func (p *Page) All(selector string) []string {
	p.t.Helper()
	var out []string
	for _, n := range p.find(selector) {
		out = append(out, textOf(n))
	}
	return out
}

// Has fails the test unless something that matches the selector holds each of the texts.
func (p *Page) Has(selector string, texts ...string) *Page {
	p.t.Helper()
	found := p.All(selector)
next:
	for _, f := range found {
		for _, want := range texts {
			if !strings.Contains(f, want) {
				continue next
			}
		}
		return p
	}
	p.t.Fatalf("%s: nothing matches %s with %q; there is %q\n%s", p.url, selector, texts, found, p.words())
	return p
}

// HasNot fails the test when something matches the selector.
func (p *Page) HasNot(selector string) *Page {
	p.t.Helper()
	if found := p.All(selector); len(found) > 0 {
		p.t.Fatalf("%s: %s is there: %q", p.url, selector, found)
	}
	return p
}

// Attr returns an attribute of the first match.
func (p *Page) Attr(selector, name string) string {
	p.t.Helper()
	found := p.find(selector)
	if len(found) == 0 {
		p.t.Fatalf("%s: nothing matches %s\n%s", p.url, selector, p.words())
	}
	for _, a := range found[0].Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Value returns the value of a field.
func (p *Page) Value(selector string) string {
	p.t.Helper()
	return p.Attr(selector, "value")
}

// Values returns the value of every field that matches.
func (p *Page) Values(selector string) (out []string) {
	p.t.Helper()
	for _, n := range p.find(selector) {
		for _, a := range n.Attr {
			if a.Key == "value" {
				out = append(out, a.Val)
			}
		}
	}
	return out
}

func (p *Page) find(selector string) []*html.Node {
	p.t.Helper()
	s, err := cascadia.ParseGroup(selector)
	if err != nil {
		p.t.Fatalf("read selector %q: %v", selector, err)
	}
	return cascadia.QueryAll(p.root, s)
}

// words is the page as a person reads it, for a failing test.
func (p *Page) words() string { return fmt.Sprintf("%.2000s", textOf(p.root)) }

func textOf(n *html.Node) string {
	var words []string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(n.Data)...)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(words, " ")
}
