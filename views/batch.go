package views

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/auth"
	"caracal/batch"
	"caracal/form"
	"caracal/plan"
	"caracal/views/ui"
	"caracal/workflow"
)

// BatchNewProps is the page on which a CSV is uploaded for a workflow.
type BatchNewProps struct {
	Shell   Shell
	Now     time.Time
	Version workflow.Version
	Form    *form.Form // the fields of BatchFields
	Batches []BatchRow // uploaded before
	Paging  ui.Paging
}

// BatchRow is one line of a list of batches.
type BatchRow struct {
	ID, Name, By string
	Look         ui.Look
	Rows         int
	At           time.Time
	Note         string
}

// BatchFields are the fields of the page on which a CSV is uploaded, besides the file.
func BatchFields() []form.Field {
	return append([]form.Field{{Name: "csv", Label: "Or paste the rows", Kind: form.LongText, Max: batch.MaxPasted,
		Help: "With the names of the columns in the first line, as copied from a spreadsheet."}}, dialectFields()...)
}

// dialectFields say how a file is to be read.
func dialectFields() []form.Field {
	return []form.Field{
		{Name: "delimiter", Label: "Between the cells stands", Kind: form.Choice, Options: []form.Option{
			{Value: ",", Label: "A comma"}, {Value: ";", Label: "A semicolon"}, {Value: "tab", Label: "A tab"}, {Value: "|", Label: "A vertical bar"}}},
		{Name: "encoding", Label: "Letters are written as", Kind: form.Choice, Options: []form.Option{
			{Value: string(batch.UTF8), Label: "UTF-8"}, {Value: string(batch.Windows1252), Label: "Windows-1252 (Western European)"}}},
		{Name: "no_header", Label: "The first line is a row like the others", Kind: form.YesNo},
	}
}

// The names of the fields of the mapping page: what fills an input, and its fixed value.
const (
	MapPrefix   = "map_"
	FixedPrefix = "input_"
	MapFixed    = "=" // the fixed value, in the place of a column's number
)

// MapFields are the fields of the page that maps columns to inputs, for this many columns.
func MapFields(d workflow.Definition, columns []string) []form.Field {
	out := dialectFields()
	options := make([]form.Option, 0, len(columns)+1)
	for i, c := range columns {
		options = append(options, form.Option{Value: strconv.Itoa(i + 1), Label: c})
	}
	options = append(options, form.Option{Value: MapFixed, Label: "The same value for every row…"})
	for _, f := range d.RunFields() {
		out = append(out, form.Field{Name: MapPrefix + f.Name, Label: f.Label, Kind: form.Choice, Options: options})
		f.Name, f.Required, f.Label = FixedPrefix+f.Name, false, f.Label+", for every row"
		out = append(out, f)
	}
	return out
}

// BatchMapProps is the page that says which column fills which input.
type BatchMapProps struct {
	Shell   Shell
	Batch   batch.Batch
	Version workflow.Version
	Survey  batch.Survey
	Form    *form.Form
	Names   map[string]string // of what was picked, by id
	Newer   bool              // a version was published after the file was uploaded
}

// BatchCheckProps is a batch while its rows are checked, or after.
type BatchCheckProps struct {
	Shell       Shell
	Now         time.Time
	Batch       batch.Batch
	Version     workflow.Version
	Application string
	By          string
	Rows        []batch.Row
	Kind        string // of rows shown: "", "good", "bad", "double", "unsafe"
	Query       string
	From, Next  int
	Form        *form.Form // of StartFields
	MayStart    bool
	Stale       bool     // a newer version was published since
	Guards      []string // the guard rails, in words
	PerHour     int      // rows that may begin in an hour; 0 is any number
	Destroys    bool     // starting it asks for the workflow's name
	ConfirmBad  string
	Rehearse    int            // rows that this person may rehearse at most; 0 when they may not at all
	Past        PastRehearsals // of its rows, for those who may look at them
	Plan        plan.Rehearsal // that the rows can be held to; one without an id is none
}

// StartFields are the fields of starting a batch.
func StartFields() []form.Field {
	return []form.Field{
		{Name: "at_once", Label: "Rows at once", Kind: form.Number, Required: true, Default: strconv.Itoa(batch.DefaultAtOnce), Help: fmt.Sprintf("From 1 to %d.", batch.MostAtOnce)},
		{Name: "stop_after", Label: "Pause when so many failed", Kind: form.Number, Default: "20", Help: "Empty is never."},
		{Name: "doubles", Label: "Run doubled rows too", Kind: form.YesNo},
		{Name: "unsafe", Label: "Run these too", Kind: form.YesNo},
		{Name: "held", Label: "Hold the rows to this plan", Kind: form.YesNo, Default: "true"},
		{Name: "plan", Label: "Plan", Kind: form.Text},
	}
}

// BatchProps is a batch that was started.
type BatchProps struct {
	Shell       Shell
	Now         time.Time
	Batch       batch.Batch
	Run         workflow.Run
	Version     workflow.Version
	Application string
	By          string
	Counts      map[workflow.RunState]int
	Left        int // rows that were not started
	Rows        []BatchRunRow
	State       string // of rows shown: "", "left" or a state of runs
	Query       string
	From, Next  int
	MayManage   bool
	MayRead     bool           // whether the pages of every step are open to this person
	Past        PastRehearsals // of its rows, for those who may look at them
	Plan        RunPlanProps   // that they are held to
	Limit       *RunLimit      // that rows wait for, or nil
	MayAgain    bool
	MayUndo     bool   // whether all rows can be taken back by this person
	AgainOf     string // when the batch runs rows of another again, whose file that was
}

// BatchRunRow is a row with its run.
type BatchRunRow struct {
	batch.Row
	Run workflow.Run
}

// BatchLook says how a batch looks. run is that of a started one.
func BatchLook(b batch.Batch, run workflow.Run) ui.Look {
	switch b.State {
	case batch.Mapping:
		return ui.Look{Tone: ui.Neutral, Icon: "square-pen", Word: "To be mapped"}
	case batch.Checking:
		return ui.Look{Tone: ui.Info, Icon: "loader-circle", Word: "Being checked"}
	case batch.Checked:
		return ui.Look{Tone: ui.Warn, Icon: "clipboard-list", Word: "Not started"}
	case batch.Discarded:
		return ui.Look{Tone: ui.Neutral, Icon: "trash-2", Word: "Thrown away"}
	}
	switch {
	case run.State == workflow.RunSucceeded:
		return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Done"}
	case run.State == workflow.RunFailed:
		return ui.Look{Tone: ui.Bad, Icon: "circle-x", Word: "Done, with failures"}
	case run.State == workflow.RunCancelled:
		return ui.Look{Tone: ui.Neutral, Icon: "ban", Word: "Cancelled"}
	case b.Paused:
		return ui.Look{Tone: ui.Warn, Icon: "circle-pause", Word: "Paused"}
	}
	return ui.Look{Tone: ui.Info, Icon: "loader-circle", Word: "Running"}
}

// BatchPath is the address of a batch.
func BatchPath(id string) string { return "/batches/" + id }

// batchCrumbs lead from the workflow, or from its form for those who only run.
func batchCrumbs(s Shell, v workflow.Version, last bool) []ui.Link {
	csv := ui.Link{Label: "CSV", Href: "/workflows/" + v.WorkflowID + "/csv"}
	out := []ui.Link{{Label: "Run", Href: "/run"}, {Label: v.Definition.Name, Href: "/workflows/" + v.WorkflowID + "/run"}}
	if s.User.May(auth.WorkflowEdit) {
		out = []ui.Link{{Label: "Workflows", Href: "/workflows"}, {Label: v.Definition.Name, Href: "/workflows/" + v.WorkflowID}}
	}
	if last {
		out = append(out, csv)
	}
	return out
}

// asks says what a file needs a column for.
func (p BatchNewProps) asks() []form.Field { return p.Version.Definition.RunFields() }

// columnWords says what a column has to hold for an input.
func columnWords(f form.Field) string {
	switch f.Kind {
	case form.User:
		return "a login, e-mail address or id"
	case form.Users:
		return "logins, e-mail addresses or ids, with semicolons between them"
	case form.Group:
		return "a group's name or id"
	case form.Groups:
		return "names or ids of groups, with semicolons between them"
	case form.App:
		return "an app's label or id"
	case form.Date:
		return "a day like 2026-03-31"
	case form.YesNo:
		return "yes or no"
	case form.Email:
		return "an e-mail address"
	case form.Number:
		return "a number"
	case form.Lines:
		return "a line for each"
	case form.Choice:
		var words []string
		for _, o := range f.Options {
			words = append(words, o.Label)
		}
		return "one of: " + shortText(strings.Join(words, ", "), 120)
	}
	return "text"
}

// mapping of one input.
type mapLine struct {
	Field form.Field // of the workflow
	Map   ui.Input
	Fixed ui.Input
}

func (p BatchMapProps) lines() (out []mapLine) {
	for _, f := range p.Version.Definition.RunFields() {
		line := mapLine{Field: f, Map: ui.Named(p.Form, MapPrefix+f.Name), Fixed: ui.Named(p.Form, FixedPrefix+f.Name)}
		line.Map.Attrs = map[string]any{"data-map": true}
		if line.Fixed.Application = p.Version.Definition.ApplicationID; f.Kind.Picker() {
			for _, id := range form.SplitList(line.Fixed.Value) {
				if name := p.Names[id]; name != "" {
					line.Fixed.Chosen = append(line.Fixed.Chosen, ui.Chosen{ID: id, Label: name})
				}
			}
		}
		out = append(out, line)
	}
	return out
}

// unused names the columns that fill nothing, as chosen now.
func (p BatchMapProps) unused() []string {
	m := batch.Map{}
	for _, f := range p.Version.Definition.Inputs {
		if n, err := strconv.Atoi(p.Form.Values[MapPrefix+f.Name]); err == nil {
			m[f.Name] = batch.Source{Column: n}
		}
	}
	return m.Unused(p.Survey.Columns)
}

func (p BatchCheckProps) path() string { return BatchPath(p.Batch.ID) }

// good is how many rows can be run at once, without doubles and what must not be repeated.
func (p BatchCheckProps) good() int { return p.Batch.Rows - p.Batch.Bad }

// clear is how many rows run when nothing is ticked. Doubles and unsafe rows may be the same ones, so it is at least so
// many.
func (p BatchCheckProps) clear() int {
	return max(0, p.good()-p.Batch.Doubles-p.Batch.Unsafe)
}

func (p BatchCheckProps) kinds() []rowFilter {
	kind := func(key, word string, n int, tone ui.Tone) rowFilter {
		return rowFilter{Word: word, Count: n, Tone: tone, Href: rowsHref(p.path(), "rows", key, p.Query, 0), Active: p.Kind == key}
	}
	out := []rowFilter{kind("", "All", p.Batch.Rows, ui.Neutral)}
	for _, k := range []rowFilter{kind("bad", "With a problem", p.Batch.Bad, ui.Bad), kind("good", "Right", p.good(), ui.Good),
		kind("double", "Doubled", p.Batch.Doubles, ui.Warn), kind("unsafe", "Done in part before", p.Batch.Unsafe, ui.Warn)} {
		if k.Count > 0 || k.Active {
			out = append(out, k)
		}
	}
	return out
}

// rowFilter is one of the links that narrow a list of rows.
type rowFilter struct {
	Word   string
	Count  int
	Tone   ui.Tone
	Href   string
	Active bool
}

func rowsHref(path, name, kind, query string, from int) string {
	q := url.Values{}
	if kind != "" {
		q.Set(name, kind)
	}
	if query != "" {
		q.Set("q", query)
	}
	if from > 1 {
		q.Set("from", strconv.Itoa(from))
	}
	if len(q) == 0 {
		return path + "#rows"
	}
	return path + "?" + q.Encode() + "#rows"
}

// cells are what a row gives to the inputs, as it stands in the file.
func (p BatchCheckProps) cells(r batch.Row) (out []line) {
	for _, in := range p.Version.Definition.Inputs {
		s := p.Batch.Mapping[in.Name]
		if s.Column < 1 || s.Column > len(r.Cells) {
			continue
		}
		value := r.Cells[s.Column-1]
		if strings.TrimSpace(value) == "" {
			value = "–"
		}
		note := ""
		if slices.ContainsFunc(r.Problems, func(q batch.Problem) bool { return q.Input == in.Name }) {
			note = "bad"
		}
		out = append(out, line{Name: in.Label, Value: shortText(value, 120), Note: note})
	}
	return out
}

// label of an input, for a problem.
func (p BatchCheckProps) label(input string) string {
	for _, in := range p.Version.Definition.Inputs {
		if in.Name == input {
			return in.Label
		}
	}
	return ""
}

// hours says how long the guard rails make it take.
func (p BatchCheckProps) hours() string {
	if p.PerHour == 0 || p.clear() <= p.PerHour {
		return ""
	}
	hours := (p.clear() - 1) / p.PerHour
	return fmt.Sprintf("At most %s rows begin in an hour, a guard rail of this workflow, so %s rows take at least %s.", ui.Number(p.PerHour), ui.Number(p.clear()), ui.Count(hours, "hour"))
}

func (p BatchProps) path() string { return BatchPath(p.Batch.ID) }

func (p BatchProps) total() (n int) {
	for _, c := range p.Counts {
		n += c
	}
	return max(n, p.Batch.Chosen)
}

func (p BatchProps) ended() int {
	return p.Counts[workflow.RunSucceeded] + p.Counts[workflow.RunFailed] + p.Counts[workflow.RunCancelled]
}

func (p BatchProps) progress() string {
	words := ui.Number(p.ended()) + " of " + ui.Number(p.total()) + " done"
	if n := p.Counts[workflow.RunFailed]; n > 0 {
		words += ", " + ui.Number(n) + " failed"
	}
	return words
}

// lead says how the batch stands, where there is more to say than its progress.
func (p BatchProps) lead() string {
	switch {
	case p.Run.State.Ended() && p.Run.State != workflow.RunSucceeded:
		return p.Run.Error
	case p.Batch.Paused:
		return p.Batch.Why
	case p.Run.State == workflow.RunWaiting && !p.Run.WaitUntil.IsZero():
		return p.Run.WaitReason
	}
	return ""
}

// leadLook is how that looks.
func (p BatchProps) leadLook() ui.Look {
	if !p.Run.State.Ended() && !p.Batch.Paused {
		return ui.Look{Tone: ui.Warn, Icon: "timer"}
	}
	return BatchLook(p.Batch, p.Run)
}

func countRows(n int) string { return countOf(n, "row") }

// countOf writes a large number with its noun.
func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Number(n) + " " + noun + "s"
}

// failed is how many rows can be run again.
func (p BatchProps) failed() int {
	return p.Counts[workflow.RunFailed] + p.Counts[workflow.RunCancelled]
}

func (p BatchProps) took() time.Duration {
	switch {
	case p.Run.StartedAt.IsZero():
		return 0
	case p.Run.EndedAt.IsZero():
		return p.Now.Sub(p.Run.StartedAt)
	}
	return p.Run.EndedAt.Sub(p.Run.StartedAt)
}

func (p BatchProps) states() []rowFilter {
	filter := func(key, word string, n int, tone ui.Tone) rowFilter {
		return rowFilter{Word: word, Count: n, Tone: tone, Href: rowsHref(p.path(), "state", key, p.Query, 0), Active: p.State == key}
	}
	out := []rowFilter{filter("", "All", p.Batch.Rows, ui.Neutral)}
	for _, s := range itemStates {
		if p.Counts[s] > 0 || p.State == string(s) {
			out = append(out, filter(string(s), ui.RunLook(s).Word, p.Counts[s], runTone(s)))
		}
	}
	if p.Left > 0 || p.State == "left" {
		out = append(out, filter("left", "Left out", p.Left, ui.Neutral))
	}
	return out
}

// liveHref is where the page looks for news: the count of rows that ended stands beside the revision, which does not tell
// of each.
func (p BatchProps) liveHref() string {
	q := url.Values{"revision": {p.Revision()}}
	for name, value := range map[string]string{"state": p.State, "q": p.Query} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if p.From > 1 {
		q.Set("from", strconv.Itoa(p.From))
	}
	return p.path() + "/live?" + q.Encode()
}

// Revision changes with everything that the page shows.
func (p BatchProps) Revision() string {
	rev := fmt.Sprintf("%d-%d-%d-%d", p.Batch.Revision, p.Run.Revision, p.total(), p.ended())
	if p.Limit != nil { // which counts down
		rev += fmt.Sprintf("-%d-%d", p.Limit.Within, p.Limit.Until.Sub(p.Now)/time.Second)
	}
	return rev
}

// runHref is where a row leads.
func (p BatchProps) runHref(r BatchRunRow) string {
	if p.MayRead {
		return "/runs/" + r.Run.ID
	}
	return "/results/" + r.Run.ID
}

// rowNote says what happened to a row, or why it was left out.
func rowNote(r BatchRunRow) string {
	switch {
	case r.Run.ID != "":
		return itemNote(r.Run)
	case len(r.Problems) > 0:
		return r.Problems[0].Text
	case r.DoubleOf > 0:
		return "It says the same as row " + ui.Number(r.DoubleOf) + "."
	case r.Unsafe != "":
		return r.Unsafe
	case r.Chosen:
		return ""
	}
	return "It was cancelled before it began."
}
