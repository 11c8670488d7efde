package views

import (
	"time"

	"caracal/views/ui"
)

func auditStates() []State {
	base := AuditProps{Shell: galleryShell("audit"), Now: galleryNow, People: []ui.Link{{Label: "Ada Lovelace", Href: "usr_ada"}, {Label: "Caracal", Href: "system"}}}
	empty, many, broken := base, base, base
	empty.Subject = "app_gone"
	many.Rows = []AuditRow{
		{Seq: 412, At: ago(2 * time.Minute), By: "Ada Lovelace", Action: "application.scopes_changed", Subject: "app_acme", SubjectHref: "/applications/app_acme", Hash: "9f2c",
			Detail: []AuditDetail{{"from", "okta.users.read"}, {"to", "okta.users.read, okta.groups.read"}}},
		{Seq: 411, At: ago(3 * time.Hour), By: "Grace Hopper", Action: "run.started", Subject: "run_06h0h7de2afy7x9wmb2qqmx4", SubjectHref: "/runs/run_06h0h7de2afy7x9wmb2qqmx4", Hash: "81aa"},
		{Seq: 410, At: ago(2 * day), By: "Caracal", Action: "session.ended", Subject: "ses_1", Hash: "77b0"},
	}
	many.Paging, many.Proof = ui.Paging{Next: "/audit?before=410"}, &AuditProof{Count: 412, Head: "9f2c6d1e5a"}
	broken.Rows = many.Rows
	broken.Proof = &AuditProof{Count: 200, Broken: "The chain of hashes breaks: entry 201 does not follow entry 200. Compare the database with a backup."}
	return []State{{"audit/none", AuditPage(empty)}, {"audit/many", AuditPage(many)}, {"audit/broken", AuditPage(broken)}}
}
