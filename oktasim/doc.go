// Package oktasim is an Okta org in memory: an [http.Handler] with state, as
// strict as Okta, for demos, for tests and for anyone who writes a client of
// Okta's API.
//
//	org := oktasim.New(oktasim.Config{SSWS: []string{"secret"}})
//	srv := httptest.NewServer(org)
//	org.SetBaseURL(srv.URL)
//	id, err := org.AddServiceApp(oktasim.ServiceApp{Name: "Robot", JWKS: jwk,
//		Scopes: []string{"okta.users.read"}, Roles: []oktasim.Role{{Type: "READ_ONLY_ADMIN"}}})
//
// It has an authorization server (/oauth2/v1, with DPoP and a sign-in page),
// the Management API (/api/v1), a System Log that every change writes to, rate
// limits, and a console at /admin. [Settings] turns its behaviour, [Org.SetFault]
// breaks requests, [Org.Events] and [Org.Log] tell what happened: tests count
// effects in the log, not calls. In a running org the console's page Settings ›
// Simulation, which no Okta org has, turns the same things.
//
// # Sources
//
// Shapes, required fields and scopes follow Okta's OpenAPI description
// (management API 2024.06.1); texts of OAuth errors follow Okta's published
// list of OAuth 2.0 error codes; DPoP follows RFC 9449 and Okta's guide;
// answers were compared with thousands recorded from real orgs.
//
// # Where Okta says nothing
//
// These are choices, each of which a client should not rely on:
//   - A scope asked for but not granted is left out of a token that carries
//     others ([Settings.RefuseUngranted] refuses the request instead).
//   - The admin role is checked before the object is looked up
//     ([Settings.RoleAfterLookup] turns it round).
//   - Catalog integrations are allowed by their scopes alone
//     ([Settings.IntegrationRoles] makes them need admin roles).
//   - What each standard admin role may do is read out of Okta's description
//     of its console (role_table.go), not of its operations.
//   - An app that does not require DPoP ignores a proof and gets a Bearer token.
//   - Texts of DPoP refusals other than a missing header and a missing nonce.
//   - Rate limits are Okta's last published table, per org and minute, not per app.
//   - The texts of most refusals of a malformed app; an app user who comes from
//     a group, and a signing key id that the app does not have, are 400 E0000001.
//   - A tenth wrong password locks a user out.
//   - A label that the API and the Admin Console give differently follows the one
//     that shows it: USER_ADMIN is "User Administrator" in the API and "Group
//     Administrator" in the console.
//   - Nobody is subscribed to a notification until somebody subscribes.
//
// # Not simulated
//
//   - Custom authorization servers issue no tokens; refresh tokens, the
//     implicit, device, password and token-exchange grants do not exist, nor
//     response modes other than query.
//   - Sign-in asks for a password only: no factors are verified, sign-on and
//     password policies are kept but not evaluated, and every active user may
//     sign in to every OpenID Connect app, assigned or not.
//   - No SAML, SWA or WS-Fed sign-on, no provisioning to apps, no imports from
//     directories, no agents; no e-mail is sent.
//   - Network zones, behaviours, threat insight and device assurance are kept
//     but decide nothing.
//   - The integration catalog is the part that app_catalog.go lists. Another
//     name of the right shape is taken for one of Okta's thousands if the request
//     says how it signs in, so a misspelt name is not refused. Of most of these
//     apps the settings are kept as they are sent, required or not.
//   - The collections of rest_table.go are kept by their rules and decide nothing.
//   - Inline hooks are kept but never called; the filters of event hooks are kept but not evaluated.
//   - Asynchronous operations finish at once; only `search` lags, and only when asked to.
//   - The log keeps the newest 200,000 events, without places on a map.
//   - One org has one cell and one address; custom domains change nothing.
//   - Resource sets narrow users, groups and apps; other resources in them count for nothing.
//   - Of the description's 585 operations 75 have no route and answer 404 E0000008
//     or 405 E0000022: the pages, images and e-mail customizations of brands, keys,
//     requests and linked users of identity providers, tokens and key rotation of
//     custom authorization servers, bulk imports of identity sources, streams of
//     shared signals, schemas of log streams, policy simulation, and a few single ones.
//   - All orgs of one process sign with one RSA key, each under a key id of its own.
//   - TLS is whatever serves the handler; plain http is answered too.
package oktasim
