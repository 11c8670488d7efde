package browsertest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/static"
	"caracal/views"
)

// TestGalleryIsAccessible lets axe look at every page in every state it can be in: those too that a walk through
// the app seldom meets, such as a step in doubt, a rotation half done, two editors of one draft.
func TestGalleryIsAccessible(t *testing.T) {
	t.Parallel()
	states := views.Gallery()
	server := httptest.NewServer(gallery(t, states))
	t.Cleanup(server.Close)
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1280}, {"dark", 390}} {
		t.Run(look.theme, func(t *testing.T) {
			t.Parallel()
			tab := browsertest.Open(t, &testenv.App{URL: server.URL})
			tab.Size(look.width, 900)
			tab.Go("/gallery/" + states[0].Name)
			tab.Theme(look.theme)
			for _, s := range states {
				tab.Go("/gallery/" + s.Name)
				tab.Axe()
				tab.NoSidewaysScroll()
			}
		})
	}
}

// gallery serves the states and what they load. What they ask for while they are looked at has no answer.
func gallery(t *testing.T, states []views.State) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Prefix, static.Handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, s := range states {
		mux.HandleFunc("GET /gallery/"+s.Name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := s.Page.Render(r.Context(), w); err != nil {
				t.Errorf("draw %s: %v", s.Name, err)
			}
		})
	}
	return mux
}
