package describe

import (
	"html"
	"regexp"
	"strings"
)

// How long the descriptions may be, in characters.
const (
	operationText = 700
	valueText     = 220
)

var (
	tags      = regexp.MustCompile(`<[a-zA-Z/][^>]*>`)
	links     = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
	headings  = regexp.MustCompile(`(?m)^\s*(#+|>)\s*`)
	tableRows = regexp.MustCompile(`(?m)^\s*\|.*$`)
	bold      = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// plain turns Okta's Markdown with HTML into sentences, cut at the end of one.
func plain(s string, limit int) string {
	s = tableRows.ReplaceAllString(s, "")
	s = headings.ReplaceAllString(s, "")
	s = links.ReplaceAllString(s, "$1")
	s = bold.ReplaceAllString(s, "$1")
	s = html.UnescapeString(tags.ReplaceAllString(s, " "))
	return cut(oneLine(strings.ReplaceAll(s, "`", "")), limit)
}

// cut shortens a text at the end of its last whole sentence, or else at a word.
func cut(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	short := string(r[:limit])
	if at := strings.LastIndex(short, ". "); at > limit/3 {
		return short[:at+1]
	}
	if at := strings.LastIndexByte(short, ' '); at > 0 {
		short = short[:at]
	}
	return strings.TrimRight(short, ",;: ") + "…"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
