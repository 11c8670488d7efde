package views

import (
	"time"

	"caracal/org"
	"caracal/workflow"
)

// evidenceStates are the run page where a step was in doubt: asked about, settled, and with a log that can't be read.
func evidenceStates() []State {
	names := map[string]string{"00gteam000000000001": "Engineering", "00gstaff00000000001": "Staff", "00uzoe0000000000001": "zoe@acme.example"}
	page := func(state workflow.RunState, finding string, e *workflow.Evidence) RunProps {
		live := RunLiveProps{Run: galleryRunIn(state), Now: galleryNow, Registry: galleryRegistry(), Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", Names: names, MayManage: true,
			Log: RunLog{App: org.Application{Domain: "acme.okta.com", Cell: "production"}}}
		live.Run.Steps[1].Finding, live.Run.Steps[1].Evidence = finding, e
		return RunProps{Shell: galleryShell("runs"), Live: live}
	}
	look := func(path string, status int, before time.Duration) workflow.Look {
		return workflow.Look{Path: path, Status: status, Request: "reqK4m5N6pQ7rS8", At: ago(before)}
	}
	mine, refused := galleryEvent(1, "user.account.update_profile", "Update user profile for Okta", "SUCCESS", "Zoë Quill"), galleryEvent(2, "user.account.update_profile", "Update user profile for Okta", "FAILURE", "Zoë Quill")
	refused.Reason = "The profile is managed by Active Directory <b>"
	search := workflow.LogSearch{Filter: `actor.id eq "0oa1b2c3d4e5f6g7h8i9" and debugContext.debugData.requestUri eq "/api/v1/users/00uzoe0000000000001"`, From: ago(70 * time.Second), Until: ago(20 * time.Second)}
	asked := search
	asked.Events, asked.Others = []workflow.LogEvent{mine, refused}, 3
	silent, shut := search, search
	shut.Problem = "Caracal may not read this org's System Log; grant okta.logs.read and take it into the application's scopes."
	person := workflow.Evidence{At: ago(20 * time.Second), Sought: "Whether the object holds what was sent.",
		Looks:  []workflow.Look{look("/api/v1/users/00uzoe0000000000001", 200, 21*time.Second)},
		Values: []workflow.Compared{{Label: "profile.title", Sent: "Engineer", There: "Engineer"}, {Label: "profile.department", Sent: "Research <b>", There: "Sales"}, {Label: "profile.mobilePhone", Sent: "+1 555 0100"}}, Log: &asked}
	done := workflow.Evidence{At: ago(50 * time.Second), Sought: "Whether what was to be deleted is gone.", Looks: []workflow.Look{look("/api/v1/groups/00gteam000000000001", 404, 50*time.Second)}}
	none, unread := done, done
	none.Log, unread.Log = &silent, &shut
	unread.Looks = []workflow.Look{look("/api/v1/groups/00gteam000000000001", 403, 50*time.Second), look("/api/v1/groups/00gteam000000000001", 0, 49*time.Second)}
	late := page(workflow.RunAsking, "Nothing that can be read in Okta tells whether it was done. The System Log shows nothing of it so far.", &none)
	late.Live.Run.WaitUntil = galleryNow.Add(8 * time.Minute)
	return []State{
		{"run/evidence-asked", RunPage(page(workflow.RunAsking, "The object was looked up, and holds 1 of the 3 values that were sent. The System Log has 2 events that may be its own.", &person))},
		{"run/evidence-silent", RunPage(late)},
		{"run/evidence-unread", RunPage(page(workflow.RunAsking, "Caracal tried to look it up and could not.", &unread))},
		{"run/evidence-done", RunPage(page(workflow.RunSucceeded, "The connection broke. It was looked up, and is not there any more.", &done))},
	}
}
