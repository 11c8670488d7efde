package views

import (
	"cmp"
	"slices"

	"caracal/workflow"
)

// Previews is what the fields of a draft come out as with the values of the workflow's last run.
type Previews struct {
	Run    workflow.Run // the zero Run when there was none
	Fields map[workflow.FieldPlace]workflow.Preview
	Loops  map[string]workflow.PreviewLoop          // what each for-each went over, by its id
	Was    map[workflow.FieldPlace]workflow.Preview // what the page shows still, when it is a pause in typing
}

// changed returns the fields whose preview is not what the page shows, in a steady order.
func (p Previews) changed() []workflow.FieldPlace {
	var out []workflow.FieldPlace
	for at, v := range p.Fields {
		if was, ok := p.Was[at]; !ok || was != v {
			out = append(out, at)
		}
	}
	for at := range p.Was {
		if _, still := p.Fields[at]; !still {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, func(a, b workflow.FieldPlace) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Field, b.Field))
	})
	return out
}

// previewName is what the form calls the entry of a loop's list that the steps in it are shown with.
func previewName(loop string) string { return "preview." + loop }

func previewID(at workflow.FieldPlace) string { return "v-" + stepFieldID(at.Step, at.Field) }

// previewTime says which run it is by when it was started.
func previewTime(r workflow.Run) string { return r.CreatedAt.UTC().Format("2 Jan 2006 15:04") }
