package views

import (
	"time"

	"caracal/workflow"
)

func undoStates() []State {
	shell := galleryShell("runs")
	run := galleryRunIn(workflow.RunSucceeded)
	value := func(label, before, left, now string) UndoValue {
		return UndoValue{Label: label, Before: before, Left: left, Now: now, Known: true, Differs: left != now}
	}
	words := func(text, who, after string) workflow.Phrase {
		return workflow.Phrase{{Text: text}, {Text: who, Value: true}, {Text: after}}
	}
	suspend := UndoEntry{ID: run.ID + ":4", RunID: run.ID, Title: "Suspend the old account", Words: words("Suspends ", "ada@acme.example", ""), State: "ready", Ticked: true,
		Values: []UndoValue{value("Status", "ACTIVE", "SUSPENDED", "SUSPENDED")}}
	app := UndoEntry{ID: run.ID + ":3", RunID: run.ID, Title: "Give the wiki", Words: words("Assigns ", "Wiki", " to ada@acme.example"), State: "ready", Ticked: true,
		Values: []UndoValue{value("Assigned by hand", "no", "yes", "yes")}, Lost: []string{"What the app itself did with the account is the app's business."}}
	title := UndoEntry{ID: "run_2:1", RunID: "run_2", Place: "grace@acme.example", Title: "New title", Words: words("Updates the profile of ", "grace@acme.example", ""), State: "changed",
		Why:    "Somebody changed it since: Job title is “Rear Admiral” and not “Member of the <b>Skylab</b> team”.",
		Values: []UndoValue{value("Job title", "Commander", "Member of the <b>Skylab</b> team", "Rear Admiral"), value("Department", "Compilers", "Skylab", "Skylab")}}
	join := UndoEntry{ID: "run_2:0", RunID: "run_2", Place: "grace@acme.example", Title: "Join", Words: words("Adds ", "grace@acme.example", " to Skylab"), State: "ready", Ticked: true,
		Values: []UndoValue{value("Member", "no", "yes", "yes")}}
	doubt := UndoEntry{ID: "run_1:0", RunID: "run_1", Place: "zoe@acme.example", Title: "Join", Words: words("Adds ", "zoe@acme.example", " to Skylab"), State: "doubtful",
		Why: "This step did not end well, so it is not certain that this change is its own.", Values: []UndoValue{value("Member", "no", "yes", "yes")}}
	unread := UndoEntry{ID: run.ID + ":2", RunID: run.ID, Title: "Activate the rule", Words: words("Activates the group rule ", "0pr1", ""), State: "unread",
		Why:    "What is there now is not known, so it can't be told whether somebody changed it since. It could not be read: Okta's rate limit for this minute is reached.",
		Values: []UndoValue{{Label: "Status", Before: "INACTIVE", Left: "ACTIVE"}}, Lost: []string{"Those whom the rule brought into its groups stay in them."}}
	made := UndoEntry{ID: run.ID + ":0", RunID: run.ID, Title: "Make the group", Words: words("Creates the group ", "Skylab", ""), State: "ready", Ticked: true, Removes: true,
		Values: []UndoValue{value("Name", "", "Skylab", "Skylab"), value("Description", "", "Everybody who works on the station, and a description that goes on for a good while longer than anybody would have thought who made this table so narrow", "Everybody who works on the station, and a description that goes on for a good while longer than anybody would have thought who made this table so narrow")}}
	later := UndoEntry{ID: "run_9:0", RunID: "run_9", Place: "item 9", Title: "Join", Words: words("Adds ", "ida@acme.example", " to Skylab"), State: "uncompared", Ticked: true,
		Why: "It was not compared with what is there now. It will be when its turn comes, and is left as it is where somebody changed it or Okta refuses it.", Values: []UndoValue{{Label: "Member", Left: "yes"}}}
	frozen := UndoEntry{ID: "run_5:1", RunID: "run_5", Place: "max@acme.example", Title: "New title", Words: words("Updates the profile of ", "max@acme.example", ""), State: "refused",
		Why:    "The account is deactivated by now, and Okta changes no profile of a deactivated account unless the org allows it (Directory › People › More actions › Edit deactivated user profile updates). Activate it first, or allow it; then take this back.",
		Values: []UndoValue{value("Job title", "Captain", "Member of Skylab", "Member of Skylab")}}
	zone := UndoEntry{ID: run.ID + ":6", RunID: run.ID, Title: "Delete the old zone", Words: words("Deletes the network zone ", "nzo4f1c2aXyZ0000001d7", ""), State: "ready", Ticked: true,
		Values: []UndoValue{value("Is there", "yes", "", ""), value("name", "Berlin office", "", ""), value("gateways", `{"type":"CIDR","value":"198.51.100.0/24"}, {"type":"RANGE","value":"203.0.113.10-203.0.113.40"}`, "", ""), value("Status", "INACTIVE", "", "")},
		Lost: []string{"“Berlin office” was turned off. Okta may turn it on when it is made, so that it is on for a moment.",
			"It comes back under another id than nzo4f1c2aXyZ0000001d7. Steps of this undo name the new one; whatever else names the old one, in Okta or elsewhere, is not mended."}}
	twin := UndoEntry{ID: run.ID + ":5", RunID: run.ID, Title: "Delete the origin", Words: words("Deletes the trusted origin ", "tos9a8b7cDeF0000001d7", ""), State: "changed",
		Why:    "Somebody changed it since: there is another one of the same name by now, at /api/v1/trustedOrigins/tos1q2w3eRtY0000001d7.",
		Values: []UndoValue{value("name", "Portal", "", ""), value("Another one of the same name", "", "", "/api/v1/trustedOrigins/tos1q2w3eRtY0000001d7")}, Lost: []string{"It comes back under another id than tos9a8b7cDeF0000001d7. Steps of this undo name the new one; whatever else names the old one, in Okta or elsewhere, is not mended."}}
	given := UndoEntry{ID: "run_6:0", RunID: "run_6", Place: "ida@acme.example", Title: "Join", Words: words("Adds ", "ida@acme.example", " to Skylab"), State: "changed",
		Why:    "The group rule “Everybody in Orbit” gives this membership by now. Taking it away puts the person on the rule's list of exceptions, so that it is given no more.",
		Values: []UndoValue{value("Member", "no", "yes", "yes")}}
	orphan := UndoEntry{ID: run.ID + ":1", RunID: run.ID, Title: "Take the zone out of the rule", Words: words("Replaces the policy rule ", "0pr7h6g5fTgB0000001d7", ""), State: "refused",
		Why:    "It names something that the later step “Delete the old zone” deleted and that is not made anew. Take that back as well.",
		Values: []UndoValue{value("conditions.network.include", "nzo4f1c2aXyZ0000001d7", "", "")}}
	never := []UndoEntry{
		{RunID: run.ID, Title: "Sign out", Words: words("Signs ", "ada@acme.example", " out everywhere"), State: "never", Why: "Sessions and tokens that were ended do not begin again; the person signs in anew."},
		{RunID: "run_1", Place: "zoe@acme.example", Title: "Reset the password", Words: words("Resets the password of ", "zoe@acme.example", ""), State: "never", Why: "Nobody but the person knew the password that was there, so it can't be put back; they choose a new one."}}
	taken := []UndoEntry{{RunID: "run_3", Place: "emil@acme.example", Title: "Join", Words: words("Adds ", "emil@acme.example", " to Skylab"), State: "taken", Why: "It was taken back already.", By: "run_undo"}}
	quiet := []UndoEntry{{RunID: "run_4", Place: "ben@acme.example", Title: "Join", Words: words("Adds ", "ben@acme.example", " to Skylab"), State: "nothing", Why: "It was so before this step, so there is nothing to take back."}}

	full := UndoProps{Shell: shell, Run: run, Now: galleryNow, Application: "Acme", Offered: []UndoEntry{suspend, app, unread, title, join, doubt, frozen, later, made},
		Unlisted: 3_700, RestTicked: true, Never: never, Taken: taken, Quiet: quiet}
	anew := UndoProps{Shell: shell, Run: run, Now: galleryNow, Application: "Acme", Offered: []UndoEntry{zone, twin, orphan, given},
		Never: []UndoEntry{{RunID: run.ID, Title: "Delete the hook", Words: words("Deletes the event hook ", "who3e4r5tYuI0000001d7", ""), State: "never", Why: "The hook proves itself to its address by a secret, which Okta does not give out; make it anew in Okta, with a new one."}},
		Quiet: []UndoEntry{{RunID: run.ID, Title: "Make a zone for the move", State: "nothing", Why: "This run made it and deleted it again, so there is nothing to take back."}}}
	nothing, done, refused := full, full, full
	nothing.Offered, nothing.Unlisted, nothing.Never, nothing.Taken = nil, 0, nil, nil
	done.Offered, done.Unlisted = nil, 0
	refused.Error = "Tick at least one change to take back."
	ask := UndoProps{Shell: shell, Run: run, Now: galleryNow, Application: "Acme", Ticked: []UndoEntry{suspend, app}, TickedAll: 2, Once: "once", Hash: "h", Rehearse: true}
	title.Ticked = true
	removes := ask
	removes.Ticked, removes.TickedAll, removes.Removes, removes.ConfirmBad = []UndoEntry{suspend, title, join, made}, 3_704, true, "This is not the run's name; type it as it stands above."
	removes.Error, removes.RestTicked = "Something was changed since you looked it over; this is how it is now. Nothing was started.", true

	live := RunLiveProps{Run: run, Now: galleryNow, Registry: galleryRegistry(), Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", MayManage: true, MayUndo: true, MayRepeat: true,
		Undos: []workflow.Run{{ID: "run_undo2", Name: "Undo of " + run.Name, State: workflow.RunRunning, CreatedAt: ago(time.Minute)}, {ID: "run_undo1", Name: "Undo of " + run.Name, State: workflow.RunFailed, CreatedAt: ago(time.Hour)}}}
	undoing := workflow.Run{ID: "run_undo2", Name: "Undo of " + run.Name, Undoes: run.ID, State: workflow.RunSucceeded, CreatedAt: ago(time.Minute), StartedAt: ago(time.Minute), EndedAt: ago(time.Second),
		Steps: []workflow.RunStep{
			{Index: 0, StepID: "undo_1", Title: "Take back: Suspend the old account", Action: "user.unsuspend", State: workflow.StepDone, Attempts: 1, Fields: map[string]string{"user": "00uada0000000000001"}, Input: map[string]string{"user": "00uada0000000000001"}},
			{Index: 1, StepID: "undo_2", Title: "Take back: New title", Action: "user.update", State: workflow.StepSkipped, Finding: "Left as it is, since it was changed meanwhile: Job title is “Rear Admiral” and not “Member of the Skylab team”."},
			{Index: 2, StepID: "undo_3", Title: "Take back: Join", Action: "group.remove_member", State: workflow.StepDone, Finding: "It was as before already, so nothing was sent."}}}
	back := RunLiveProps{Run: undoing, Now: galleryNow, Registry: galleryRegistry(), Definition: undoing.OwnDefinition(), By: "Ada Lovelace", Application: "Acme", MayManage: true, MayUndo: true, Undone: run,
		Names: map[string]string{"00uada0000000000001": "ada@acme.example"}}
	return []State{
		{"undo/plan", UndoPage(full)}, {"undo/anew", UndoPage(anew)}, {"undo/nothing", UndoPage(nothing)}, {"undo/done", UndoPage(done)}, {"undo/refused", UndoPage(refused)},
		{"undo/ask", UndoAskPage(ask)}, {"undo/ask-deletes", UndoAskPage(removes)},
		{"run/taken-back", RunPage(RunProps{Shell: shell, Live: live})}, {"run/undo", RunPage(RunProps{Shell: shell, Live: back})},
	}
}
