package oktasim

import (
	"fmt"
	"net/url"
	"strings"
)

// route is one operation of the Management API.
type route struct {
	method  string
	pattern string // /api/v1/users/{userId}/lifecycle/suspend
	scope   string // the OAuth 2.0 scope; "" = API tokens only, "-" = open to all
	bucket  string // rate-limit bucket; "" = derived from the path
	handle  func(c *call) (status int, body any, err *apiError)

	names []string // the pattern's parameters, in order
}

// routeNode is one segment of the path tree. A literal beats a parameter, and
// the search falls back to the parameter when the literal leads nowhere.
type routeNode struct {
	literal map[string]*routeNode
	param   *routeNode
	methods map[string]*route
}

func newRouteTree(routes []route) *routeNode {
	root := &routeNode{}
	for i := range routes {
		root.add(&routes[i])
	}
	return root
}

func (n *routeNode) add(rt *route) {
	for _, seg := range strings.Split(strings.Trim(rt.pattern, "/"), "/") {
		if strings.HasPrefix(seg, "{") {
			rt.names = append(rt.names, strings.Trim(seg, "{}"))
			if n.param == nil {
				n.param = &routeNode{}
			}
			n = n.param
			continue
		}
		if n.literal == nil {
			n.literal = map[string]*routeNode{}
		}
		next := n.literal[seg]
		if next == nil {
			next = &routeNode{}
			n.literal[seg] = next
		}
		n = next
	}
	if n.methods == nil {
		n.methods = map[string]*route{}
	}
	if n.methods[rt.method] != nil {
		panic(fmt.Sprintf("oktasim: %s %s is routed twice", rt.method, rt.pattern))
	}
	n.methods[rt.method] = rt
}

// find returns the route for method and path with its parameters. known says
// that the path exists, perhaps with other methods only.
func (n *routeNode) find(method, escapedPath string) (rt *route, params map[string]string, known bool) {
	segs := strings.Split(strings.Trim(escapedPath, "/"), "/")
	for i, s := range segs {
		if strings.Contains(s, "%") {
			plain, err := url.PathUnescape(s)
			if err != nil {
				return nil, nil, false
			}
			segs[i] = plain
		}
	}
	values := make([]string, 0, 4)
	rt, values, known = n.walk(method, segs, values)
	if rt == nil {
		return nil, nil, known
	}
	params = make(map[string]string, len(values))
	for i, name := range rt.names {
		params[name] = values[i]
	}
	return rt, params, true
}

func (n *routeNode) walk(method string, segs, values []string) (*route, []string, bool) {
	if len(segs) == 0 {
		return n.methods[method], values, n.methods != nil
	}
	known := false
	if next := n.literal[segs[0]]; next != nil {
		rt, v, k := next.walk(method, segs[1:], values)
		if rt != nil {
			return rt, v, true
		}
		known = k
	}
	if n.param != nil && segs[0] != "" {
		rt, v, k := n.param.walk(method, segs[1:], append(values, segs[0]))
		if rt != nil {
			return rt, v, true
		}
		known = known || k
	}
	return nil, nil, known
}
