package workflow

import "strings"

// DiffLine is one line of a difference between two files.
type DiffLine struct {
	Mark string // " ", "-" or "+"; "…" stands for lines that are the same
	Text string
}

const (
	diffContext = 3         // lines around a change
	maxDiff     = 4_000_000 // pairs of lines to compare; beyond it the files count as all different
)

// DiffText compares two files line by line: what has to go and what has to come, with a few lines around each.
// Equal files give nothing.
func DiffText(before, after string) []DiffLine {
	if before == after {
		return nil
	}
	return shortened(diffLines(textLines(before), textLines(after)))
}

func textLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// diffLines finds a longest common order of lines after what is the same at both ends.
func diffLines(a, b []string) (out []DiffLine) {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	add := func(mark string, lines []string) {
		for _, l := range lines {
			out = append(out, DiffLine{mark, l})
		}
	}
	add(" ", a[:start])
	x, y := a[start:len(a)-end], b[start:len(b)-end]
	if len(x)*len(y) > maxDiff {
		add("-", x)
		add("+", y)
	} else {
		out = append(out, commonOrder(x, y)...)
	}
	add(" ", a[len(a)-end:])
	return out
}

func commonOrder(x, y []string) (out []DiffLine) {
	length := make([][]int32, len(x)+1)
	for i := range length {
		length[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) || j < len(y); {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, DiffLine{" ", x[i]})
			i, j = i+1, j+1
		case i < len(x) && (j == len(y) || length[i+1][j] >= length[i][j+1]):
			out = append(out, DiffLine{"-", x[i]})
			i++
		default:
			out = append(out, DiffLine{"+", y[j]})
			j++
		}
	}
	return out
}

// shortened leaves out what is far from any change.
func shortened(lines []DiffLine) (out []DiffLine) {
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l.Mark == " " {
			continue
		}
		for j := max(0, i-diffContext); j < min(len(lines), i+diffContext+1); j++ {
			near[j] = true
		}
	}
	for i, l := range lines {
		switch {
		case near[i]:
			out = append(out, l)
		case len(out) == 0 || out[len(out)-1].Mark != "…":
			out = append(out, DiffLine{Mark: "…"})
		}
	}
	return out
}
