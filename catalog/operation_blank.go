package catalog

// Blank is what an empty input of the body sends besides nothing.
type Blank struct {
	Value string // BlankEmpty or BlankNull
	// Silent says that Okta's description does not say that the value may be null. That is no reason to refuse it: the
	// description is behind what orgs take, as with the notes of an app, which Okta's own Terraform provider sends as null.
	Silent bool
}

// Blanks returns what the input may send when nothing is filled in: an empty text, list or object, and null. What has to
// be there is null only where the description says so, and so is a group, whose inputs are there to be filled.
func (in Input) Blanks() []Blank {
	if in.In != "" || in.Rest {
		return nil
	}
	var out []Blank
	switch in.Kind {
	case TextInput, LongInput, ListInput, JSONInput:
		if len(in.Options) == 0 {
			out = append(out, Blank{Value: BlankEmpty})
		}
	}
	if in.Nullable || !in.Required && in.Kind != GroupInput {
		out = append(out, Blank{Value: BlankNull, Silent: !in.Nullable})
	}
	return out
}

// Words says what becomes of the empty input.
func (b Blank) Words() string {
	switch {
	case b.Value == BlankEmpty:
		return "empty: sent empty"
	case b.Silent:
		return "empty: null, not described"
	}
	return "empty: sent as null"
}
