package workflow

import "testing"

func TestCountOf(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows", 999: "999 rows", 1000: "1,000 rows", 4200: "4,200 rows", 10_000: "10,000 rows",
		1_234_567: "1,234,567 rows", -1: "-1 rows", -123: "-123 rows", -4200: "-4,200 rows"} {
		if got := CountOf(n, "row"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if got := ItemCount(1000); got != "1,000 items" {
		t.Error(got)
	}
}
