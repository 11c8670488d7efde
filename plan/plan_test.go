package plan

import (
	"slices"
	"testing"
	"time"

	"caracal/org"
)

func TestLost(t *testing.T) {
	t.Parallel()
	a := Change{Kind: Membership, Verb: Added, Subject: "a", Object: "G"}
	b := Change{Kind: Membership, Verb: Added, Subject: "b", Object: "G"}
	lost, added := Lost([]Change{a, b}, []Change{b, {Kind: Person, Verb: Deleted, Subject: "a"}})
	if len(lost) != 1 || lost[0].Subject != "a" || len(added) != 1 || added[0].Kind != Person {
		t.Errorf("lost %v, added %v", lost, added)
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	got := Buckets(map[string]int{"/api/v1/users": 600, "/api/v1/groups": 3}, []org.Headroom{{Bucket: "/api/v1/users", Limit: 200}}, 0.5)
	want := []Bucket{{"/api/v1/users", 600, 200, true, 5 * time.Minute}, {"/api/v1/groups", 3, UnknownLimit, false, 0}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
