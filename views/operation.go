package views

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/form"
	"caracal/org"
	"caracal/views/ui"
)

// OperationListProps is what the Operations page shows.
type OperationListProps struct {
	Shell   Shell
	Query   string
	Tag     string
	Tags    []catalog.Tag
	Rows    []catalog.Operation // none when nothing was typed and no group chosen
	Found   int                 // how many there are, of which Rows are the first
	Total   int
	Version string // of Okta's description
	MayTake bool   // whoever looks may take a newer one
}

// OperationProps is what the page of one operation shows.
type OperationProps struct {
	Shell     Shell
	Op        catalog.Operation
	Form      catalog.Form
	Scopes    []catalog.Scope // what it takes, in words
	Values    map[string]string
	Errors    map[string]string
	Error     string // about the form as a whole
	Retype    bool   // the properties of a user's profile are from the org, and may be read again for who is chosen
	Notes     []string
	Apps      []org.Application
	App       org.Application // the chosen one, or a zero value
	Curl      string
	Answer    *OperationAnswer
	MayChange bool              // whoever looks may make changes at the org
	Loadable  bool              // what is there now can be read into the form
	Names     map[string]string // what picked ids are called, as far as it is known
	Limit     int               // entries of a list that are read
	MaxLimit  int
	Step      *OperationStep // nil: whoever looks may build no workflow
}

// OperationStep is what the page offers for using the operation in a workflow.
type OperationStep struct {
	Why       string    // it can't be a step, or ""
	Workflows []ui.Link // to add it to, by name; Href is the id
	More      bool      // there are more workflows than are listed
}

// OperationAnswer is what an org answered.
type OperationAnswer struct {
	App     org.Application
	Status  int
	Request string
	Took    time.Duration
	Problem string // the sentence of a refusal
	Code    string // Okta's error code
	List    bool
	Count   int
	More    bool
	Table   catalog.Table // its first rows
	Columns int           // how many there are in all
	Tree    catalog.Node
	JSON    string
	Cut     bool // more was read than is shown
	Empty   bool
}

// OperationConfirmProps is what is asked before a change.
type OperationConfirmProps struct {
	Shell   Shell
	Op      catalog.Operation
	App     org.Application
	Method  string
	Address string
	Body    string
	Curl    string
	Sealed  string
	Kept    map[string]string // what was filled in, to go back to; no secrets
	Erases  bool
	Rules   RuleAdviceProps // what group rules make of it, where it changes a membership
}

// OperationSentProps is what a change led to.
type OperationSentProps struct {
	Shell  Shell
	Op     catalog.Operation
	Answer OperationAnswer
	Kept   map[string]string // what was filled in, to try again with; no secrets
}

// picks reports whether an input is chosen from a list of the chosen org.
func (p OperationProps) picks(in catalog.Input) bool { return in.List != nil && p.App.ID != "" }

// operationPicker is the picker of an input: of the org's users, or of the rules of the policy that is chosen above.
func operationPicker(p OperationProps, in catalog.Input) ui.Input {
	out := ui.Input{ID: "f-" + in.Key, Field: form.Field{Name: in.Key, Label: in.Name, Kind: in.PickKind()}, Value: p.Values[in.Key],
		Application: p.App.ID, AnyID: true, Attrs: operationAttrs(p, in)}
	for _, place := range in.List.Places {
		out.Field.Of = append(out.Field.Of, form.Parent{Place: place, Field: "path." + place})
	}
	for _, id := range form.SplitList(out.Value) {
		if name := p.Names[id]; name != "" {
			out.Chosen = append(out.Chosen, ui.Chosen{ID: id, Label: name})
		}
	}
	return out
}

func operationPath(id string) string { return "/operations/" + url.PathEscape(id) }

func (p OperationProps) path() string { return operationPath(p.Op.ID) }

func (p OperationProps) raw() bool {
	return p.Form.Raw != "" || p.Values[catalog.KeyMode] == catalog.ModeRaw
}

func (p OperationProps) blames() bool { return p.Error != "" || len(p.Errors) > 0 }

// fileBody reports whether the body is a file.
func (p OperationProps) fileBody() bool { return p.Op.Body != nil && p.Op.Body.File != "" }

// errorKeys lists the inputs that something is wrong with, in a fixed order.
func (p OperationProps) errorKeys() []string {
	var out []string
	for key := range p.Errors {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// keyTitle is what a key is called on the page.
func keyTitle(key string) string {
	switch key {
	case catalog.KeyRaw:
		return "Body"
	case catalog.KeyVariant:
		return "Kind"
	case catalog.KeyType:
		return "Content type"
	case "application":
		return "Application"
	case "max":
		return "Entries to read"
	case "workflow":
		return "Workflow"
	}
	_, name, _ := strings.Cut(key, ".")
	return strings.TrimSuffix(name, ".*")
}

// missing lists the scopes of the operation that the chosen application was not granted, when it has none of them.
func (p OperationProps) missing() []catalog.Scope {
	for _, s := range p.Scopes {
		if slices.Contains(p.App.Granted, org.Scope(s.Name)) {
			return nil
		}
	}
	return p.Scopes
}

// callLook says how the effect of an operation looks.
func callLook(e catalog.Effect) ui.Look {
	switch e {
	case catalog.Reads:
		return ui.Look{Tone: ui.Good, Icon: "eye", Word: "Reads"}
	case catalog.Destroys:
		return ui.Look{Tone: ui.Bad, Icon: "trash-2", Word: "Destroys"}
	}
	return ui.Look{Tone: ui.Warn, Icon: "pencil", Word: "Changes"}
}

func effectSentence(op catalog.Operation) string {
	switch op.Effect() {
	case catalog.Reads:
		return "It changes nothing in the org."
	case catalog.Destroys:
		return "It takes something away that may not be given back."
	}
	return "It changes the org."
}

// lifecycleWords say what a stage means.
func lifecycleWords(stage string) string {
	switch stage {
	case "":
		return "Generally available"
	case "EA":
		return "Early access: an org has it only when an admin turned it on"
	case "LIMITED_GA":
		return "Limited: available to the orgs that Okta gives it to"
	case "BETA":
		return "Beta: it may change or go"
	}
	return stage
}

func answerWords(answer string) string {
	switch answer {
	case "list":
		return "A list"
	case "object":
		return "An object"
	case "none", "":
		return "Nothing but that it was done"
	}
	return answer
}

// tagTitle spaces out a group's name: "UserFactor" is "User Factor".
func tagTitle(tag string) string {
	var out strings.Builder
	for i, r := range tag {
		lower := func(at int) bool { return at < len(tag) && tag[at] >= 'a' && tag[at] <= 'z' }
		if i > 0 && r >= 'A' && r <= 'Z' && (lower(i-1) || lower(i+1)) && tag[i-1] != ' ' {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// inputHint says what fits into an input, in a few words.
func inputHint(in catalog.Input) string {
	var parts []string
	switch in.Kind {
	case catalog.NumberInput:
		parts = append(parts, "number")
	case catalog.ListInput:
		if in.List == nil {
			parts = append(parts, "one on each line")
		}
	case catalog.JSONInput:
		if in.Type == "array" {
			parts = append(parts, "JSON list")
		} else {
			parts = append(parts, "JSON")
		}
	}
	if in.Format != "" && in.Format != "csv" && in.Format != "password" {
		parts = append(parts, in.Format)
	}
	switch {
	case in.Min != nil && in.Max != nil:
		parts = append(parts, number(*in.Min)+" to "+number(*in.Max))
	case in.Min != nil:
		parts = append(parts, "at least "+number(*in.Min))
	case in.Max != nil:
		parts = append(parts, "at most "+number(*in.Max))
	}
	if in.MaxLength > 0 && in.MaxLength < 1000 {
		parts = append(parts, fmt.Sprintf("up to %d characters", in.MaxLength))
	}
	if d := defaultText(in); d != "" {
		parts = append(parts, "default "+d)
	}
	return strings.Join(parts, ", ")
}

// jsonRows is how high a box for JSON is: as high as what its sketch draws.
func jsonRows(in catalog.Input) string {
	return strconv.Itoa(min(12, max(3, 1+strings.Count(in.Sketch, "\n"))))
}

// manyInputs is how many inputs of one object are shown before the rest is folded away.
const manyInputs = 10

// upFront splits inputs into those that are shown at once and those that are folded: the optional ones past the
// first few, unless something in them is filled or wrong.
func (p OperationProps) upFront(inputs []catalog.Input) (first, rest []catalog.Input) {
	if len(inputs) <= manyInputs+3 {
		return inputs, nil
	}
	for i, in := range inputs {
		filled := p.Values[in.Key] != "" || p.Values[catalog.BlankKey+in.Key] != "" || p.Errors[in.Key] != "" || p.openGroup(in, 1)
		if i < manyInputs || in.Required || filled || in.Live {
			first = append(first, in)
		} else {
			rest = append(rest, in)
		}
	}
	return first, rest
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// defaultText is what Okta takes when nothing is sent, if it is short enough to say.
func defaultText(in catalog.Input) string {
	var s string
	if json.Unmarshal(in.Default, &s) == nil {
		return s
	}
	if d := string(in.Default); len(d) < 40 {
		return d
	}
	return ""
}

// listOptions are the values that an entry of a list may have.
func listOptions(in catalog.Input) string {
	if in.Items == nil || len(in.Items.Options) == 0 {
		return ""
	}
	return "Okta knows " + strings.Join(in.Items.Options, ", ") + "."
}

// openGroup reports whether a group's fields are shown at once: when something in it is required, filled or wrong.
func (p OperationProps) openGroup(in catalog.Input, depth int) bool {
	if in.Required && depth == 0 || p.Values[catalog.BlankKey+in.Key] != "" {
		return true
	}
	for key := range p.Errors {
		if strings.HasPrefix(key, in.Key+".") {
			return true
		}
	}
	for key, value := range p.Values {
		if value != "" && strings.HasPrefix(strings.TrimPrefix(key, catalog.BlankKey), in.Key+".") {
			return true
		}
	}
	return false
}

func (p OperationProps) fileForm() string {
	if p.fileBody() {
		return "multipart/form-data"
	}
	return "application/x-www-form-urlencoded"
}

// keysOf lists the names of kept values in a fixed order.
func keysOf(kept map[string]string) []string {
	var out []string
	for key := range kept {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// head says what came back in a few words.
func (a OperationAnswer) head() string {
	switch {
	case a.Problem != "" && a.Status > 0:
		return fmt.Sprintf("%s answered %d", a.App.Name, a.Status)
	case a.Problem != "":
		return "No answer"
	case a.List && a.Count == 1:
		return "1 entry"
	case a.List && a.More:
		return strconv.Itoa(a.Count) + " entries, and there are more"
	case a.List:
		return strconv.Itoa(a.Count) + " entries"
	case a.Empty:
		return "Done; Okta says nothing more"
	}
	return "1 object"
}

// nodeSum says what an object or list holds.
func nodeSum(n catalog.Node) string {
	switch {
	case n.Kind == "array" && n.Count == 1:
		return "1 entry"
	case n.Kind == "array":
		return strconv.Itoa(n.Count) + " entries"
	case n.Count == 1:
		return "1 property"
	}
	return strconv.Itoa(n.Count) + " properties"
}
