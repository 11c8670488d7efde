package db

import (
	"testing"

	"caracal/fault"
	"caracal/secret"
)

func TestNodes(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	for want := int64(1); want <= 2; want++ {
		if beats, err := d.Beat(t.Context(), Node{Name: "one", Version: "test", Workers: 3, StartedAt: testTime}); err != nil || beats != want {
			t.Fatalf("%d beats (%v), want %d", beats, err, want)
		}
	}
	list, err := d.Nodes(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != d.NodeID() || list[0].Workers != 3 || !list[0].BeatAt.Equal(testTime) {
		t.Fatalf("%+v %v", list, err)
	}
	if _, gone, err := d.ForgetNode(t.Context(), d.NodeID(), 1); err != nil || gone {
		t.Errorf("a node that has beaten since was forgotten (%v)", err)
	}
	if _, gone, err := d.ForgetNode(t.Context(), d.NodeID(), 2); err != nil || !gone {
		t.Errorf("a silent node was not forgotten (%v)", err)
	}
	if beats, err := d.Beat(t.Context(), Node{Name: "one"}); err != nil || beats != 1 {
		t.Errorf("%d beats after it was forgotten (%v)", beats, err)
	}
	if err := d.LeaveNode(t.Context()); err != nil {
		t.Error(err)
	}
	if list, err := d.Nodes(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestKeysOfAnotherInstallationAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	old, other := secret.NewKey("k1"), secret.NewKey("k1")
	for _, c := range []struct {
		keys string
		fits bool
	}{{old, true}, {old, true}, {other, false}, {secret.NewKey("k2") + "," + old, true}, {old, false}} {
		keys, err := secret.ParseKeyring(c.keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.CheckKeys(t.Context(), keys); (err == nil) != c.fits || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%.3s…: %v, want fits %v", c.keys, err, c.fits)
		}
	}
}
