package oktasim

import (
	"fmt"
	"net/url"
	"strconv"
)

// page cuts one page out of items by the query's `limit` and `after` and sets
// the Link headers, one line each, as Okta does. key gives an item's id, which
// is the cursor; items are in the order of creation, so that a cursor whose
// item was deleted still finds its place. On the collections of users, groups
// and apps, what the caller's resource sets hide is left out.
func page[T any](c *call, items []T, def, limit int, key func(T) string) []T {
	if c.route != nil && !c.principal.seesAll() {
		if kind := collectionKind(c.route.pattern); kind != "" {
			seen := make([]T, 0, len(items))
			for _, it := range items {
				if c.sees(kind, key(it)) {
					seen = append(seen, it)
				}
			}
			items = seen
		}
	}
	n := def
	if v, err := strconv.Atoi(c.q("limit")); err == nil && v > 0 {
		n = min(v, limit)
	}
	start := 0
	if after := c.q("after"); after != "" {
		start = len(items)
		for i, it := range items {
			k := key(it)
			if k == after {
				start = i + 1
				break
			}
			if k > after && start == len(items) {
				start = i
			}
		}
	}
	end := min(start+n, len(items))
	out := items[start:end]

	query := url.Values{}
	for k, v := range c.query {
		query[k] = v
	}
	query.Set("limit", strconv.Itoa(n))
	self := c.o.base(c.r) + c.r.URL.EscapedPath()
	addLink(c, self+"?"+query.Encode(), "self")
	if end < len(items) && len(out) > 0 {
		query.Set("after", key(out[len(out)-1]))
		addLink(c, self+"?"+query.Encode(), "next")
	}
	if out == nil {
		out = []T{} // an empty list is [], never null
	}
	return out
}

func addLink(c *call, href, rel string) {
	c.w.Header().Add("Link", fmt.Sprintf("<%s>; rel=%q", href, rel))
}
