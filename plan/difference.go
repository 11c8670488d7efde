package plan

import "fmt"

// Difference is what came out otherwise than planned.
type Difference struct {
	Lost  []Change `json:"lost"`  // planned, and not to be made any more
	New   []Change `json:"new"`   // not planned
	Words string   `json:"words"` // what else is to be said
	More  int      `json:"more"`  // changes that are left out of the two lists
	Step  string   `json:"step"`  // the step that it was found at, "" before the first
}

// maxDiffering is how many changes of each list of a difference are kept.
const maxDiffering = 200

// Differ compares what was planned with what would be done now. failing is how many runs of the plan would fail.
func Differ(planned, now []Change, failing int, p Plan) Difference {
	var d Difference
	d.Lost, d.New = Lost(planned, now)
	if s := p.Summary(); s.Failing > failing {
		d.Words = fmt.Sprintf("It would fail now: %s", s.Failure)
	}
	for _, list := range []*[]Change{&d.Lost, &d.New} {
		if n := len(*list); n > maxDiffering {
			*list, d.More = (*list)[:maxDiffering], d.More+n-maxDiffering
		}
	}
	return d
}

// None reports whether everything is as planned.
func (d Difference) None() bool { return len(d.Lost) == 0 && len(d.New) == 0 && d.Words == "" }
