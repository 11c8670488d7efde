package okta

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
)

// Page is an answer, read as one page of a list.
type Page struct {
	Name    string // of the property that holds the list; "" when the answer is the list
	Entries []json.RawMessage
	Next    string // address of the next page, or ""
}

// Page reads an answer as one page of a list: an array with its Link header, or, as under /api/v1/iam, the first
// array that an object holds, with the next page among its _links (Okta docs, "List all custom roles"). It is false
// when the answer holds no list.
func (r *Response) Page() (Page, bool) {
	p := Page{Next: nextLink(r.Header)}
	if json.Unmarshal(r.Body, &p.Entries) == nil && p.Entries != nil {
		return p, true
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(r.Body, &object) != nil {
		return Page{}, false
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if name != "_links" && name != "_embedded" && json.Unmarshal(object[name], &p.Entries) == nil && p.Entries != nil {
			p.Name = name
			break
		}
	}
	var links struct {
		Next struct{ Href string } `json:"next"`
	}
	if p.Next == "" && json.Unmarshal(object["_links"], &links) == nil {
		p.Next = links.Next.Href
	}
	return p, p.Name != ""
}

// After returns the cursor of the next page, or "".
func (p Page) After() string {
	u, err := url.Parse(p.Next)
	if err != nil {
		return ""
	}
	return u.Query().Get("after")
}

// EachOf calls f for every entry of a page and of those that follow it, as Each does.
func (c *Client) EachOf(ctx context.Context, first Page, max int, f func(json.RawMessage) error) error {
	seen := 0
	for _, entry := range first.Entries {
		if err := f(entry); err != nil {
			return err
		}
		if seen++; seen == max {
			return nil
		}
	}
	if first.Next == "" {
		return nil
	}
	if max > 0 {
		max -= seen
	}
	u, err := c.ownURL(first.Next)
	if err != nil {
		return err
	}
	return c.each(ctx, first.Next, u.Path, max, f)
}
