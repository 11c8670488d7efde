package web

import "caracal/auth"

// list is every route but the static files: method, path, who may, what answers. Access sits on the route's
// line, so it cannot drift from it; a test asks every line as every role.
func (s *Server) list() []route {
	h := s.cfg.Handlers
	return []route{
		get("/healthz", auth.Public, s.healthz),
		get("/readyz", auth.Public, s.readyz),

		get("/sign-in", auth.Public, s.signInPage),
		get("/sign-in/start", auth.Public, s.signInStart),
		get("/sign-in/callback", auth.Public, s.signInFinish),
		post("/sign-out", auth.Public, s.signOut),

		get("/{$}", auth.SignedIn, h.Home),
		get("/account", auth.SignedIn, h.AccountShow),
		post("/account/sessions/{id}/end", auth.SignedIn, h.SessionEnd),
		get("/people", auth.PeopleManage, h.PeopleList),
		post("/people/{id}/sessions/end", auth.PeopleManage, h.PeopleSessionsEnd),
		get("/licences", auth.Public, h.LicenceList),
		get("/jwks/{set}", auth.Public, h.JWKSShow),

		get("/applications", auth.ApplicationRead, h.ApplicationList),
		get("/applications/connect", auth.ApplicationManage, h.ConnectGallery),
		get("/applications/connect/okta", auth.ApplicationManage, h.ConnectNew),
		post("/applications/connect/okta", auth.ApplicationManage, h.ConnectCreate),
		post("/applications/connect/okta/key", auth.ApplicationManage, h.ConnectKey),
		post("/applications/connect/okta/key/forget", auth.ApplicationManage, h.ConnectKeyForget),
		get("/applications/connect/okta/advice", auth.ApplicationManage, h.ConnectAdvice),
		get("/applications/{id}", auth.ApplicationRead, h.ApplicationShow),
		get("/applications/{id}/health", auth.ApplicationRead, h.HealthShow),
		post("/applications/{id}/health", auth.HealthRun, h.HealthRun),
		get("/applications/{id}/settings", auth.ApplicationManage, h.ApplicationSettings),
		post("/applications/{id}/rename", auth.ApplicationManage, h.ApplicationRename),
		post("/applications/{id}/scopes", auth.ApplicationManage, h.ApplicationScopes),
		get("/applications/{id}/rotate", auth.ApplicationManage, h.CredentialRotateShow),
		post("/applications/{id}/rotate", auth.ApplicationManage, h.CredentialRotate),
		post("/applications/{id}/rotate/begin", auth.ApplicationManage, h.CredentialRotateBegin),
		post("/applications/{id}/rotate/abandon", auth.ApplicationManage, h.CredentialRotateAbandon),
		get("/applications/{id}/pause", auth.ApplicationManage, h.ApplicationPauseAsk),
		post("/applications/{id}/pause", auth.ApplicationManage, h.ApplicationPause),
		post("/applications/{id}/resume", auth.ApplicationManage, h.ApplicationResume),
		get("/applications/{id}/disconnect", auth.ApplicationManage, h.ApplicationDisconnectAsk),
		post("/applications/{id}/disconnect", auth.ApplicationManage, h.ApplicationDisconnect),
		get("/pick/{kind}", auth.WorkflowRun, h.PickerList),
	}
}
