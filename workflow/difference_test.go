package workflow

import "testing"

func TestDifferenceWords(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]Difference{
		"Department is “Legal” and not “Sales”": {Label: "Department", Before: "Sales", After: "Legal"},
		"Department is empty and not “Sales”":   {Label: "Department", Before: "Sales"},
		"Member is “no” and not “yes”":          {Label: "Member", Before: true},
		"Member is “yes” and not “no”":          {Label: "Member", After: true},
		"it is not there any more":              {Label: LabelThere, Before: true},
		"it is there again":                     {Label: LabelThere, After: true},
	} {
		if got := d.Words(); got != want {
			t.Errorf("it says %q and not %q", got, want)
		}
	}
}
