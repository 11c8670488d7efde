// Package oktasim is an Okta org in memory: an [http.Handler] with state, as
// strict as Okta, for demos, for tests and for anyone who writes a client of
// Okta's API.
//
//	org := oktasim.New(oktasim.Config{SSWS: []string{"secret"}})
//	srv := httptest.NewServer(org)
//	org.SetBaseURL(srv.URL)
package oktasim
