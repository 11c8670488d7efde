package handlers

import (
	"strings"
	"testing"
)

// TestDownloadName: what is downloaded is called after the file that was uploaded, and by no name that leads elsewhere.
func TestDownloadName(t *testing.T) {
	t.Parallel()
	for of, want := range map[string]string{
		"hires.csv": "hires-results.csv", "Neue Leute.CSV": "Neue Leute-results.csv", "v1.2": "v1.2-results.csv", "pasted rows": "pasted rows-results.csv",
		"../../etc/passwd": "etc-passwd-results.csv", `C:\a.txt`: "C--a-results.csv", "a\r\nb.tsv": "a--b-results.csv", ".csv": "caracal-results.csv", "Zoë.csv": "Zoë-results.csv",
		strings.Repeat("ä", 300) + ".csv": strings.Repeat("ä", maxDownloadName) + "-results.csv",
	} {
		if got := downloadName(of, "results"); got != want {
			t.Errorf("%q is saved as %q, want %q", of, got, want)
		}
	}
}
