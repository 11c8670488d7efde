package catalog

import "encoding/json"

// Value is one parameter of an operation, or one field of a body: what it is called and what may stand in it.
type Value struct {
	Name      string          `json:"n,omitempty"`
	In        string          `json:"in,omitempty"` // path, query or header; empty for a field of a body
	Type      string          `json:"t,omitempty"`  // integer, number, boolean, array, object, any; empty for text
	Format    string          `json:"f,omitempty"`  // date-time, email, uri, …
	Items     *Value          `json:"it,omitempty"` // what an array holds
	Shape     string          `json:"s,omitempty"`  // the shape of an object, by name
	Required  bool            `json:"req,omitempty"`
	Nullable  bool            `json:"null,omitempty"`
	Secret    bool            `json:"sec,omitempty"`  // a password or key: never shown again
	Options   []string        `json:"enum,omitempty"` // what Okta takes
	Open      bool            `json:"open,omitempty"` // Options are those known today; Okta may take others
	Default   json.RawMessage `json:"def,omitempty"`
	Min       *float64        `json:"min,omitempty"`
	Max       *float64        `json:"max,omitempty"`
	MinLength uint64          `json:"minl,omitempty"`
	MaxLength uint64          `json:"maxl,omitempty"`
	Text      string          `json:"d,omitempty"`
}

// Shape is an object of the API as one may send it: what Okta sets itself is left out.
type Shape struct {
	Fields   []Value   `json:"f,omitempty"`
	Free     bool      `json:"free,omitempty"`  // takes properties that the description does not name
	By       string    `json:"by,omitempty"`    // the field whose value tells the variants apart, if one does
	Variants []Variant `json:"vars,omitempty"`  // the object is one of these
	Array    *Value    `json:"array,omitempty"` // the body is a list of these and no object
}

// Variant is one of the kinds that an object may be of.
type Variant struct {
	Name  string `json:"n"` // the value of the telling field, or the kind's own name
	Shape string `json:"s"`
}

// Body is what an operation takes besides its parameters.
type Body struct {
	Types    []string `json:"ct,omitempty"` // content types; empty stands for JSON alone
	Required bool     `json:"req,omitempty"`
	Shape    string   `json:"s,omitempty"`
	File     string   `json:"file,omitempty"` // the part of a multipart body that holds the file
}

// JSON is the content type of nearly every body.
const JSON = "application/json"

// ContentTypes returns the content types that the body may have, the usual one first.
func (b *Body) ContentTypes() []string {
	if len(b.Types) == 0 {
		return []string{JSON}
	}
	return b.Types
}
