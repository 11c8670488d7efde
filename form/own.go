package form

import "slices"

// OwnPrefix begins the name of the field that says what kind of value an attribute of the org's own holds, which an
// action can't know: it differs from org to org. It goes along with the field of the attribute itself.
const OwnPrefix = "own:"

// OwnType is the kind of value that an attribute of the org's own holds.
type OwnType string

// The kinds that attributes of profiles have (Okta API, "Schema": string, integer, number, boolean, and lists of them).
const (
	OwnText     OwnType = "text"
	OwnInteger  OwnType = "integer"
	OwnNumber   OwnType = "number"
	OwnYesNo    OwnType = "boolean"
	OwnTexts    OwnType = "texts"
	OwnIntegers OwnType = "integers"
	OwnNumbers  OwnType = "numbers"
)

// OwnTypes are all of them.
var OwnTypes = []OwnType{OwnText, OwnInteger, OwnNumber, OwnYesNo, OwnTexts, OwnIntegers, OwnNumbers}

// Known reports whether it is one of OwnTypes.
func (t OwnType) Known() bool { return slices.Contains(OwnTypes, t) }

// List reports whether the attribute holds several values, which a form has one on each line.
func (t OwnType) List() bool { return t == OwnTexts || t == OwnIntegers || t == OwnNumbers }

// Field is the field of an attribute of this kind.
func (t OwnType) Field(name, label string) Field {
	null := Option{Value: "null", Label: "empty: sent as null"}
	f := Field{Name: name, Label: label, Kind: Text, Blanks: []Option{null}}
	switch {
	case t == OwnYesNo: // a box cannot be left out, so it is a choice
		f.Kind, f.Options = Choice, []Option{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}
	case t == OwnInteger || t == OwnNumber:
		f.Kind = Number
	case t.List():
		f.Kind, f.Help = LongText, "One on each line."
	}
	if t == OwnText || t.List() {
		f.Blanks = []Option{{Value: "empty", Label: "empty: sent empty"}, null}
	}
	return f
}
