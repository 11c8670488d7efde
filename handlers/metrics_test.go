package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/secret"
)

const metricsToken = "canary-metrics-5b1d9c4e"

// TestMetrics reads them as Prometheus does: with the token alone, in its text format, with what has happened in them.
func TestMetrics(t *testing.T) {
	t.Parallel()
	a := testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) { c.MetricsToken = secret.NewText(metricsToken) }))
	a.Connect(org.CustomApp)
	path := forPeople(t, a, auth.Employee)
	emil := a.As(auth.Employee)
	once := emil.Get(path + "/run").Value(`input[name="once"]`)
	emil.Post(path+"/runs", "once", once, "version", "1", "team", "Servals").Status(http.StatusSeeOther)

	ask := func(authorization string) *testenv.Page {
		t.Helper()
		return a.Do(a.Request(http.MethodGet, "/metrics", http.Header{"Authorization": {authorization}})) // an admin's cookie counts for nothing
	}
	for _, wrong := range []string{"", "Bearer", "Bearer " + metricsToken + "x", "Basic " + metricsToken, "Bearer " + a.Token(auth.Admin)} {
		if page := ask(wrong).Status(http.StatusUnauthorized); strings.Contains(page.Text, "caracal_runs") {
			t.Errorf("%q reads %s", wrong, page.Text)
		}
	}
	page := ask("Bearer " + metricsToken).Status(http.StatusOK)
	if got := page.Response.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("it is %s", got)
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$`)
	for text := range strings.SplitSeq(strings.TrimSuffix(page.Text, "\n"), "\n") {
		if !line.MatchString(text) {
			t.Errorf("no line of the format: %q", text)
		}
	}
	host := strings.TrimPrefix(a.OrgURL, "http://")
	for _, want := range []string{`caracal_info{version="test"} 1`, `caracal_runs{state="queued"} 1`, `caracal_runs{state="failed"} 0`, `caracal_queue_bursts{state="due"} 1`,
		`caracal_okta_calls_total{org="` + host + `",outcome="limited"} 0`, "caracal_queue_lag_seconds ", `caracal_nodes{state="heard"} `} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("there is no %q in\n%s", want, page.Text)
		}
	}
	if strings.Contains(a.Logs.String(), metricsToken) || strings.Contains(page.Text, metricsToken) {
		t.Error("the token is in the log, or in the metrics")
	}
	testenv.New(t, testenv.Stopped).Get("/metrics").Status(http.StatusNotFound)
}
