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
		get("/audit", auth.AuditRead, h.AuditList),
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
		get("/applications/{id}/privilege", auth.ApplicationRead, h.PrivilegeShow),
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
		post("/applications/{id}/reconnect", auth.ApplicationManage, h.ApplicationReconnect),
		get("/pick/{kind}", auth.WorkflowRun, h.PickerList),

		get("/operations", auth.ApplicationRead, h.OperationList),
		get("/operations/{id}", auth.ApplicationRead, h.OperationShow),
		post("/operations/{id}/form", auth.ApplicationRead, h.OperationForm),
		post("/operations/{id}/request", auth.ApplicationRead, h.OperationRequest),
		post("/operations/{id}/read", auth.ApplicationRead, h.OperationRead),
		post("/operations/{id}/current", auth.ApplicationManage, h.OperationCurrent),
		post("/operations/{id}/ask", auth.ApplicationManage, h.OperationAsk),
		post("/operations/{id}/send", auth.ApplicationManage, h.OperationSend),

		get("/workflows", auth.WorkflowRead, h.WorkflowList),
		post("/workflows", auth.WorkflowEdit, h.WorkflowCreate),
		get("/workflows/new", auth.WorkflowEdit, h.WorkflowNew),
		get("/workflows/{id}", auth.WorkflowRead, h.WorkflowShow),
		get("/workflows/{id}/edit", auth.WorkflowEdit, h.WorkflowEdit),
		post("/workflows/{id}/edit", auth.WorkflowEdit, h.WorkflowSave),
		get("/workflows/{id}/values", auth.WorkflowEdit, h.WorkflowValues),
		get("/workflows/{id}/actions", auth.WorkflowEdit, h.WorkflowActions),
		get("/workflows/{id}/publish", auth.WorkflowEdit, h.WorkflowPublishAsk),
		post("/workflows/{id}/publish", auth.WorkflowEdit, h.WorkflowPublish),
		get("/workflows/{id}/versions", auth.WorkflowRead, h.WorkflowHistory),
		get("/workflows/{id}/versions/{number}", auth.WorkflowRead, h.WorkflowVersionShow),
		post("/workflows/{id}/versions/{number}/restore", auth.WorkflowEdit, h.WorkflowRestore),
		get("/workflows/{id}/archive", auth.WorkflowEdit, h.WorkflowArchiveAsk),
		post("/workflows/{id}/archive", auth.WorkflowEdit, h.WorkflowArchive),
		post("/workflows/{id}/unarchive", auth.WorkflowEdit, h.WorkflowUnarchive),
		get("/workflows/{id}/run", auth.WorkflowRun, h.RunNew),
		post("/workflows/{id}/run/advice", auth.WorkflowRun, h.RunAdvice),
		post("/workflows/{id}/runs", auth.WorkflowRun, h.RunCreate),

		get("/runs", auth.RunRead, h.RunList),
		get("/runs/{id}", auth.RunRead, h.RunShow),
		get("/runs/{id}/live", auth.RunRead, h.RunLive),
		get("/runs/{id}/cancel", auth.RunManage, h.RunCancelAsk),
		post("/runs/{id}/cancel", auth.RunManage, h.RunCancel),
		post("/runs/{id}/decide", auth.RunManage, h.RunDecide),
	}
}
