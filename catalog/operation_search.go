package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// index finds operations by words. It is built once and read by many.
type index struct {
	words    []string           // every word that an operation is known by
	postings map[string][]entry // which operations, and how much the word says about each
	idWords  [][]string         // the words of each operation's id
	paths    [][]string         // the segments of each operation's path
}

// entry says that a word stands in an operation, and how telling its place is.
type entry struct {
	operation int
	weight    float64
}

// How telling the places of a word are.
const (
	inID      = 5.0
	inSummary = 4.5
	inTag     = 4.0
	inPath    = 3.0
	inScope   = 2.5
	inMethod  = 2.0
	inText    = 0.6
)

// synonyms are words that people type for those that Okta writes.
var synonyms = map[string][]string{
	"mfa": {"factor", "authenticator"}, "2fa": {"factor", "authenticator"}, "otp": {"factor"},
	"remove": {"delete", "unassign", "revoke"}, "add": {"assign", "create"}, "new": {"create"},
	"disable": {"deactivate", "suspend"}, "enable": {"activate"}, "offboard": {"deactivate"}, "block": {"suspend", "deactivate"},
	"edit": {"update", "replace"}, "change": {"update", "replace"}, "update": {"replace"}, "show": {"get", "retrieve"},
	"find": {"list", "get"}, "search": {"list"}, "read": {"get", "list"}, "clear": {"revoke", "delete"}, "kill": {"revoke"},
	"logout": {"session", "revoke"}, "audit": {"log"}, "member": {"user", "assign"}, "membership": {"user", "group"},
	"people": {"user"}, "person": {"user"}, "employee": {"user"}, "ip": {"zone", "network"}, "webhook": {"hook"},
	"invite": {"activate"}, "pwd": {"password"}, "sso": {"application", "identity"}, "idp": {"identity", "provider"}, "app": {"application"},
	"as": {"authorization"}, "admin": {"role"}, "permission": {"role"},
}

func newIndex(operations []Operation) *index {
	x := &index{postings: make(map[string][]entry, 4096), idWords: make([][]string, len(operations)), paths: make([][]string, len(operations))}
	weights := make(map[string]float64, 128)
	put := func(weight float64, words ...string) {
		for _, w := range words {
			weights[w] = max(weights[w], weight)
		}
	}
	for i, op := range operations {
		clear(weights)
		x.idWords[i] = words(op.ID)
		x.paths[i] = strings.Split(strings.ToLower(strings.Trim(op.Path, "/")), "/")
		put(inID, x.idWords[i]...)
		put(inID, strings.ToLower(op.ID))
		put(inSummary, words(op.Summary)...)
		put(inTag, words(op.Tag)...)
		put(inPath, words(op.Path)...)
		for _, s := range op.Scopes {
			put(inScope, words(strings.TrimPrefix(s, "okta."))...)
			put(inScope, strings.ToLower(s))
		}
		put(inMethod, strings.ToLower(op.Method))
		opening, _, _ := strings.Cut(op.Text, ". ")
		put(inText, words(opening)...)
		for w, weight := range weights {
			x.postings[w] = append(x.postings[w], entry{i, weight})
		}
	}
	x.words = slices.Sorted(maps.Keys(x.postings))
	return x
}

// words splits a text, and names written in camel case, into lower case words without a plural's s.
func words(text string) []string {
	out := make([]string, 0, len(text)/6+1)
	start, previous := -1, rune(0)
	for i, r := range text {
		within := unicode.IsLetter(r) || unicode.IsDigit(r)
		if start >= 0 && (!within || unicode.IsUpper(r) && unicode.IsLower(previous)) {
			out = append(out, singular(strings.ToLower(text[start:i])))
			start = -1
		}
		if within && start < 0 {
			start = i
		}
		previous = r
	}
	if start >= 0 {
		out = append(out, singular(strings.ToLower(text[start:])))
	}
	return out
}

func singular(w string) string {
	if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") {
		return w[:len(w)-1]
	}
	return w
}

// maxQuery is how much of what was typed is looked at.
const maxQuery = 200

// Search returns the operations that fit what was typed, the best first; all of them when nothing was typed.
// Each word must be found, if only roughly: as a beginning, a part, a synonym, an abbreviation or with a slip
// of the finger. What holds a slash is a part of a path.
func (c *Catalog) Search(typed string) []Operation {
	typed = strings.ToLower(strings.TrimSpace(typed[:min(len(typed), maxQuery)]))
	if typed == "" {
		return c.operations
	}
	scores := make([]float64, len(c.operations))
	hits := make([]int, len(c.operations))
	terms := 0
	for _, part := range strings.Fields(typed) {
		if strings.Contains(part, "/") {
			terms++
			c.index.addPath(part, scores, hits)
			continue
		}
		if strings.HasPrefix(part, "okta.") {
			terms++
			c.index.addTerm(part, scores, hits)
			continue
		}
		for _, w := range words(part) {
			terms++
			c.index.addTerm(w, scores, hits)
		}
	}
	type found struct {
		operation int
		score     float64
	}
	var list []found
	for need := terms; need > 0 && need >= terms-1 && len(list) == 0; need-- { // all of the words, or else all but one
		for i, n := range hits {
			if strings.EqualFold(typed, c.operations[i].ID) {
				scores[i] += 100
			}
			if n >= need {
				list = append(list, found{i, scores[i] - 0.4*float64(len(c.index.idWords[i])) - deprecatedCost(c.operations[i])})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(b.score, a.score) })
	if len(list) > 0 { // what fits far worse than the best is noise
		best := list[0].score
		list = slices.DeleteFunc(list, func(f found) bool { return f.score < best*0.3 })
	}
	out := make([]Operation, len(list))
	for i, f := range list {
		out[i] = c.operations[f.operation]
	}
	return out
}

func deprecatedCost(op Operation) float64 {
	if op.Deprecated {
		return 3
	}
	return 0
}

// addTerm adds to the score of each operation how well its best word fits the term.
func (x *index) addTerm(term string, scores []float64, hits []int) {
	best := map[int]float64{}
	for _, w := range x.words {
		quality := fit(term, w)
		if quality == 0 {
			continue
		}
		for _, e := range x.postings[w] {
			if e.weight == inText && quality < 0.6 {
				continue // long texts hold a likeness of anything
			}
			best[e.operation] = max(best[e.operation], quality*e.weight)
		}
	}
	for i, score := range best {
		scores[i] += score
		hits[i]++
	}
}

// fit says how well a word of an operation answers a term, from 0 to 1.
func fit(term, word string) float64 {
	switch {
	case term == word:
		return 1
	case strings.HasPrefix(word, term) && len(term) >= 2:
		return 0.6 + 0.3*float64(len(term))/float64(len(word))
	case slices.Contains(synonyms[term], word):
		return 0.8
	case len(term) >= 4 && strings.Contains(word, term):
		return 0.55
	case len(term) < 3 || term[0] != word[0]:
		return 0
	case abbreviates(term, word):
		return 0.5
	case len(term) >= 7 && abs(len(term)-len(word)) <= 2 && distance(term, word) <= 2,
		len(term) >= 4 && abs(len(term)-len(word)) <= 1 && distance(term, word) <= 1,
		len(term) >= 4 && swapped(term, word):
		return 0.5
	}
	return 0
}

// Like reports whether a word as somebody typed it means another word, if only roughly: as its beginning, an
// abbreviation, what Okta calls it, or with a slip of the finger. Both are in small letters.
func Like(typed, word string) bool { return fit(singular(typed), singular(word)) >= 0.5 }

// abbreviates reports whether term is word with letters left out: usr for user, grp for group.
func abbreviates(term, word string) bool {
	if len(word) > 2*len(term)+1 || len(word) <= len(term) {
		return false
	}
	at := 0
	for i := range len(word) {
		if at < len(term) && word[i] == term[at] {
			at++
		}
	}
	return at == len(term)
}

// swapped reports whether two neighbouring letters changed places: gruop for group.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

func abs(n int) int { return max(n, -n) }

// addPath adds to the operations whose path holds the fragment; an id in it stands for the path's parameter.
func (x *index) addPath(fragment string, scores []float64, hits []int) {
	if at := strings.Index(fragment, "://"); at >= 0 { // a whole address was pasted
		_, rest, _ := strings.Cut(fragment[at+3:], "/")
		fragment = rest
	}
	fragment, _, _ = strings.Cut(fragment, "?")
	want := strings.Split(strings.Trim(fragment, "/"), "/")
	for i, have := range x.paths {
		for from := 0; from+len(want) <= len(have); from++ {
			if score := fitPath(want, have[from:]); score > 0 {
				if from+len(want) == len(have) {
					score += 3 // nothing comes after it
				}
				scores[i] += score
				hits[i]++
				break
			}
		}
	}
}

func fitPath(want, have []string) float64 {
	score := 0.0
	for i, w := range want {
		switch h := have[i]; {
		case w == h:
			score += 3
		case strings.HasPrefix(h, "{"):
			score++
		case i == len(want)-1 && strings.HasPrefix(h, w):
			score += 2
		default:
			return 0
		}
	}
	return score
}

// Tag is a group of operations that Okta's documentation shows together.
type Tag struct {
	Name  string
	Count int
}

// Tags returns the groups, by name.
func (c *Catalog) Tags() []Tag {
	counts := map[string]int{}
	for _, op := range c.operations {
		counts[op.Tag]++
	}
	out := make([]Tag, 0, len(counts))
	for name, count := range counts {
		out = append(out, Tag{name, count})
	}
	slices.SortFunc(out, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Tagged returns the operations of a group, by path and method.
func (c *Catalog) Tagged(tag string) []Operation {
	var out []Operation
	for _, op := range c.operations {
		if op.Tag == tag {
			out = append(out, op)
		}
	}
	return out
}
