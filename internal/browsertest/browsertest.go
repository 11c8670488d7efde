// Package browsertest drives Chromium through the whole app, for the journeys that only a browser can prove:
// scripts, the content policy, focus, colours, small screens.
//
//	tab := browsertest.Open(t, testenv.New(t))
//	tab.SignIn("ada.admin@caracal.example")
//	tab.Go("/applications")
//	tab.Click("text=Connect New")
//	tab.Axe()
//
// A test fails when the content policy stopped anything or a script failed, at whatever point that was.
package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"caracal/internal/testenv"
)

// axe is axe-core 4.14.1 (MPL-2.0), which finds mistakes of accessibility; it is used by tests alone.
//
//go:embed testdata/axe-4.14.1.min.js
var axe string

// patience is how long a step may take; on a busy machine a page needs a while.
const patience = 20 * time.Second

// Tab is a browser with one page open.
type Tab struct {
	t   testing.TB
	env *testenv.App
	ctx context.Context
}

// Open starts a browser of its own for the test.
func Open(t testing.TB, env *testenv.App) *Tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is not here; `make test` installs it")
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "en"),
		chromedp.WindowSize(1280, 900))
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	tab := &Tab{t: t, env: env, ctx: ctx}
	tab.watchConsole()
	return tab
}

// watchConsole collects what the browser complains of, and fails the test with it at the end.
func (tab *Tab) watchConsole() {
	tab.t.Helper()
	messages := chromedp.Console(tab.ctx)
	watching, stop := context.WithCancel(tab.ctx)
	complaints := make(chan []string, 1)
	go func() {
		var found []string
		for m, err := range messages {
			if err != nil {
				break
			}
			if watching.Err() == nil && isComplaint(m) {
				found = append(found, m.String())
			}
		}
		complaints <- found
	}()
	tab.t.Cleanup(func() {
		stop()
		if err := chromedp.Cancel(tab.ctx); err != nil && !errors.Is(err, context.Canceled) {
			tab.t.Logf("close the browser: %v", err)
		}
		for _, text := range <-complaints {
			tab.t.Errorf("the browser complains: %s", text)
		}
	})
}

// isComplaint tells what nobody may overlook. That a page was answered with 4xx is no complaint: tests ask for
// such pages on purpose.
func isComplaint(m chromedp.ConsoleMessage) bool {
	if strings.Contains(m.Text, "Failed to load resource") {
		return false
	}
	return m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException || strings.Contains(m.Text, "Content Security Policy")
}

// do runs steps with patience, and fails the test with a picture of the page.
func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tab.fail("%s: %v", what, err)
	}
}

func (tab *Tab) fail(format string, args ...any) {
	tab.t.Helper()
	where, err := chromedp.Run(tab.ctx, chromedp.Location())
	if err != nil {
		where = err.Error()
	}
	seen, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText.slice(0, 3000) : ""`))
	if err != nil {
		seen = err.Error()
	}
	tab.t.Fatalf("%s\nat %s\n%s", fmt.Sprintf(format, args...), where, seen)
}

// selector turns `text=Words` into the innermost link, button or tab with these words; everything else is CSS.
func selector(s string) chromedp.JSPath {
	words, isText := strings.CutPrefix(s, "text=")
	if !isText {
		return chromedp.JSPath("document.querySelector(" + quote(s) + ")")
	}
	return chromedp.JSPath(`[...document.querySelectorAll("a,button,summary,label,[role=tab]")].find(e => ` +
		`e.checkVisibility() && e.innerText.replace(/\s+/g, " ").includes(` + quote(words) + `))`)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(b)
}

// Go opens a path of the app, or a whole address.
func (tab *Tab) Go(path string) {
	tab.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = tab.env.URL + path
	}
	tab.do("open "+path, chromedp.Navigate(path))
}

// loaded is a condition: the scripts of the page run, where any may, and htmx hears what is done to it. It begins to a
// moment after the page is complete.
const loaded = `document.readyState === "complete" && (!window.htmx || !document.querySelector(":is([hx-get], [hx-post]):not([data-htmx-powered])")) && `

// Click waits for something to be there and clicks it. Where the page moves it away from under the mouse, as an answer to
// what was typed before may, it is clicked where it is then.
func (tab *Tab) Click(s string) {
	tab.t.Helper()
	at := string(selector(s))
	for range 5 {
		tab.waitFor("clickable "+s, loaded+`(() => { const e = `+at+`; return !!e && e.checkVisibility() && !e.disabled })()`)
		tab.eval("watch "+s, `(() => { window.clickMissed = true; document.addEventListener("click", ({target}) => { const e = `+at+
			`; window.clickMissed = !e || !e.contains(target) && target.closest("label")?.control !== e }, {capture: true, once: true}); return true })()`)
		tab.do("click "+s, chromedp.Click(selector(s)))
		missed, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](`window.clickMissed === true && !!(`+at+`)?.checkVisibility()`))
		if err != nil || !missed { // the next page knows nothing of it, and a menu may be gone as the mouse goes down
			return
		}
	}
	tab.fail("click %s: it moves away each time", s)
}

// Fill puts text into a field, as typing does: what was there goes, and scripts hear of it.
func (tab *Tab) Fill(s, text string) {
	tab.t.Helper()
	// Looked for and filled in one go: between two the page may be replaced by the next one.
	tab.waitFor("fill "+s, loaded+`(() => { const e = `+string(selector(s))+`; if (!e) return false; e.focus(); e.value = `+quote(text)+
		`; e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
}

// Press sends keys to what has the focus, such as "\t" or "\r".
func (tab *Tab) Press(keys string) {
	tab.t.Helper()
	tab.do("press keys", chromedp.KeyEvent(keys))
}

// See waits until the page shows the text.
func (tab *Tab) See(text string) {
	tab.t.Helper()
	tab.waitFor("the text "+text, `!!document.body && document.body.innerText.replace(/\s+/g, " ").includes(`+quote(text)+`)`)
}

// SeeAt waits until something that matches the CSS selector holds the text.
func (tab *Tab) SeeAt(s, text string) {
	tab.t.Helper()
	tab.waitFor(s+" with "+text, `[...document.querySelectorAll(`+quote(s)+`)].some(e => e.innerText.replace(/\s+/g, " ").includes(`+quote(text)+`))`)
}

// Eval returns what a script says, as text.
func (tab *Tab) Eval(script string) string {
	tab.t.Helper()
	out, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("String("+script+")"))
	if err != nil {
		tab.fail("evaluate %s: %v", script, err)
	}
	return out
}

func (tab *Tab) eval(what, script string) {
	tab.t.Helper()
	if _, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](script)); err != nil {
		tab.fail("%s: %v", what, err)
	}
}

// waitFor asks the page again and again, also while it is replaced by the next one.
func (tab *Tab) waitFor(what, condition string) {
	tab.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](condition))
		if err == nil && yes {
			return
		}
		select {
		case <-deadline:
			tab.fail("waited for %s (%v)", what, err)
		case <-tick.C:
		}
	}
}

// SignIn goes the whole way: our page, the org's page, back.
func (tab *Tab) SignIn(login string) {
	tab.t.Helper()
	tab.Go("/sign-in")
	tab.Click("text=Continue with single sign-on")
	tab.Fill(`input[name="username"]`, login)
	tab.Fill(`input[name="password"]`, tab.env.Ready.Password)
	tab.Click(`form button`)
	tab.SeeAt("h1", "Welcome")
}

// Size makes the window so wide and high; 390 is a phone.
func (tab *Tab) Size(width, height int64) {
	tab.t.Helper()
	tab.do("resize", chromedp.EmulateViewport(width, height))
}

// Theme chooses "light" or "dark" as the person's own setting, and loads the page anew.
func (tab *Tab) Theme(theme string) {
	tab.t.Helper()
	tab.eval("choose the theme", `(() => { localStorage.setItem("theme", `+quote(theme)+`); return true })()`)
	tab.do("reload", chromedp.Reload())
}

// Screenshot keeps a picture of the whole page as NAME.png in the folder that CARACAL_SCREENSHOTS names, and
// does nothing without it.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	dir := os.Getenv("CARACAL_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		picture, err = small(picture)
	}
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	}
	if err != nil {
		tab.fail("take the picture %s: %v", name, err)
	}
}

// violation is what axe says of one rule.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML string `json:"html"`
		Why  string `json:"failureSummary"`
	} `json:"nodes"`
}

// settled waits, three seconds at most, until nothing on the page is being fetched or fading: what is seen for a tenth
// of a second on the way is not what anybody reads.
const settled = `(async () => {
	const moving = a => a.playState === "running" && Number.isFinite(a.effect.getComputedTiming().endTime)
	const end = performance.now() + 3000
	while (performance.now() < end && (document.querySelector(".htmx-request") || document.getAnimations().some(moving)))
		await new Promise(requestAnimationFrame)
	return true
})()`

// Axe fails the test for every mistake against WCAG 2.2 AA that axe-core finds on the page once it has come to rest.
func (tab *Tab) Axe() {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+"; true")); err != nil {
		tab.fail("load axe: %v", err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](settled, chromedp.EvalAwaitPromise)); err != nil {
		tab.fail("wait for the page to come to rest: %v", err)
	}
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})`+
		`.then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.fail("run axe: %v", err)
	}
	var found []violation
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		tab.fail("read what axe found: %v", err)
	}
	where := tab.Eval("location.pathname")
	for _, v := range found {
		for _, n := range v.Nodes {
			tab.t.Errorf("axe at %s: %s (%s)\n%s\n%s", where, v.Help, v.ID, n.HTML, n.Why)
		}
	}
}

// Pick types into the search of a picker and takes the first match. s is the CSS selector of the field that
// holds what was picked.
func (tab *Tab) Pick(s, typed string) {
	tab.t.Helper()
	picker := `document.querySelector(` + quote(s) + `).closest("[data-picker]")`
	tab.waitFor("the picker "+s, `!!`+picker+`.querySelector("[data-picker-search]")`)
	search := chromedp.JSPath(picker + `.querySelector("[data-picker-search]")`)
	// Keys go to what has the focus: chromedp.SendKeys reads a node while another goroutine of chromedp writes it.
	tab.do("search "+typed, chromedp.Click(search), chromedp.KeyEvent(typed))
	match := picker + `.querySelector(".picker-option")`
	tab.waitFor("a match for "+typed, `(() => { const o = `+match+`; return !!o && o.innerText.toLowerCase().includes(`+quote(strings.ToLower(typed))+`) })()`)
	tab.do("take the match", chromedp.Click(chromedp.JSPath(match)))
	tab.waitFor("the choice", `document.querySelector(`+quote(s)+`).value !== ""`)
}

// NoSidewaysScroll fails the test when the page is wider than the window.
func (tab *Tab) NoSidewaysScroll() {
	tab.t.Helper()
	if wide := tab.Eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide != "0" {
		tab.fail("the page is %s pixels wider than the window", wide)
	}
}

// WaitFor waits until a condition, written in JavaScript, holds; what names it in a failure.
func (tab *Tab) WaitFor(what, condition string) {
	tab.t.Helper()
	tab.waitFor(what, condition)
}

// WaitCount waits until so many elements match a CSS selector.
func (tab *Tab) WaitCount(s string, n int) {
	tab.t.Helper()
	tab.waitFor(fmt.Sprintf("%d of %s", n, s), fmt.Sprintf(`document.querySelectorAll(%s).length === %d`, quote(s), n))
}
