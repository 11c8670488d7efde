package views

import (
	"encoding/json"
	"strconv"

	"caracal/views/ui"
	"caracal/workflow"
)

// RunItems are the runs that a step of a run goes through: an item of a for-each each, or the one workflow that
// is called.
type RunItems struct {
	Counts map[workflow.RunState]int
	State  workflow.RunState // only these are shown; "" is all
	Rows   []workflow.Run
	From   int // the first item shown, 0 for the first page
	Next   int // the item that the next page begins with, 0 if there is none
}

// itemStates are offered as filters, in this order, where there is one of them.
var itemStates = []workflow.RunState{workflow.RunFailed, workflow.RunAsking, workflow.RunWaiting, workflow.RunRunning, workflow.RunQueued,
	workflow.RunSucceeded, workflow.RunCancelled}

func (r RunItems) total() int {
	n := 0
	for _, c := range r.Counts {
		n += c
	}
	return n
}

func (r RunItems) ended() int {
	return r.Counts[workflow.RunSucceeded] + r.Counts[workflow.RunFailed] + r.Counts[workflow.RunCancelled]
}

// progress says how far a for-each is: “312 of 4,000 done, 3 failed”.
func (r RunItems) progress() string {
	words := ui.Number(r.ended()) + " of " + ui.Number(r.total()) + " done"
	if n := r.Counts[workflow.RunFailed]; n > 0 {
		words += ", " + ui.Number(n) + " failed"
	}
	return words
}

// Within returns the runs that a step goes through.
func (p RunLiveProps) within(s workflow.RunStep) (RunItems, bool) {
	items, there := p.Items[s.Index]
	return items, there && items.total() > 0
}

// itemsHref is the address of this page with other items of a step shown.
func (p RunLiveProps) itemsHref(s workflow.RunStep, state workflow.RunState, from int) string {
	return p.path() + "?" + itemsQuery(s.Index, state, from) + "#items-" + strconv.Itoa(s.Index)
}

func itemsQuery(step int, state workflow.RunState, from int) string {
	q := "items=" + strconv.Itoa(step)
	if state != "" {
		q += "&state=" + string(state)
	}
	if from > 1 {
		q += "&from=" + strconv.Itoa(from)
	}
	return q
}

// liveHref is where the page looks for news. While a step goes through items, its own revision does not tell of
// theirs, so their count stands beside it.
func (p RunLiveProps) liveHref() string {
	revision := strconv.FormatInt(p.Run.Revision, 10)
	query := ""
	if p.Limit != nil { // it counts down although nothing changes
		revision += "-limit"
	}
	for step, items := range p.Items {
		if items.ended() < items.total() {
			revision += "-" + strconv.Itoa(items.ended())
		}
		if items.State != "" || items.From > 1 {
			query += "&" + itemsQuery(step, items.State, items.From)
		}
	}
	return p.path() + "/live?revision=" + revision + query
}

// itemTitle says which item a run is for, in a few words.
func itemTitle(r workflow.Run, names map[string]string) string {
	switch item := r.Item.(type) {
	case nil:
		return r.Name
	case string:
		if names[item] != "" {
			return names[item]
		}
		return item
	case map[string]any:
		for _, field := range []string{"name", "label", "login", "email", "id"} {
			if s, ok := item[field].(string); ok && s != "" {
				return s
			}
		}
		if profile, ok := item["profile"].(map[string]any); ok {
			for _, field := range []string{"login", "name"} {
				if s, ok := profile[field].(string); ok && s != "" {
					return s
				}
			}
		}
	}
	raw, err := json.Marshal(r.Item)
	if err != nil {
		return ""
	}
	return shortText(string(raw), 80)
}

func shortText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// crumbs lead from the list of runs through those that this one stands in.
func (p RunLiveProps) crumbs() []ui.Link {
	out := []ui.Link{{Label: "Runs", Href: "/runs"}}
	if len(p.Above) == 0 {
		return append(out, ui.Link{Label: p.Run.Name, Href: "/workflows/" + p.Run.WorkflowID})
	}
	for _, r := range p.Above {
		label, href := r.Name, "/runs/"+r.ID
		switch {
		case r.IsItem():
			label = itemTitle(r, p.Names)
		case r.IsRow():
			label = rowTitle(r, p.Names)
		case r.BatchID != "":
			label, href = r.Name+", by a CSV", BatchPath(r.BatchID)
		}
		out = append(out, ui.Link{Label: label, Href: href})
	}
	return out
}

// title is the workflow's name, or the item that the run is for.
func (p RunLiveProps) title() string {
	switch {
	case p.Run.IsItem():
		return p.Run.Name + ": " + itemTitle(p.Run, p.Names)
	case p.Run.IsRow():
		return p.Run.Name + ": " + rowTitle(p.Run, p.Names)
	}
	return p.Run.Name
}

// rowTitle says which row of a file a run is for.
func rowTitle(r workflow.Run, names map[string]string) string {
	if title := itemTitle(r, names); title != "" {
		return "row " + ui.Number(r.ItemNo) + ", " + title
	}
	return "row " + ui.Number(r.ItemNo)
}

// note says why a run within another stands still or failed.
func itemNote(r workflow.Run) string {
	if r.Error != "" {
		return r.Error
	}
	return r.WaitReason
}
