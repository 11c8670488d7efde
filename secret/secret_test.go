package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextHidesItself(t *testing.T) {
	t.Parallel()
	text := NewText("canary-4711")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", text, "in", struct{ S Text }{text})
	asJSON, err := json.Marshal(map[string]any{"s": text, "p": &text})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{log.String(), string(asJSON), fmt.Sprint(text), fmt.Sprintf("%v %+v %#v %s %q %x", text, text, text, text, text, text)} {
		if strings.Contains(out, "canary") || strings.Contains(out, "63616e617279") {
			t.Errorf("the secret shows in %q", out)
		}
	}
	if text.Reveal() != "canary-4711" {
		t.Error("Reveal does not tell")
	}
}

func ring(t testing.TB, keys ...string) *Keyring {
	t.Helper()
	k, err := ParseKeyring(strings.Join(keys, ","))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	k1, k2 := NewKey("k1"), NewKey("k2")
	old, both := ring(t, k1), ring(t, k2, k1)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		at := Place{rapid.String().Draw(t, "table"), rapid.String().Draw(t, "row"), "c"}
		sealed, err := old.Seal(NewText(value), at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := both.Open(sealed, at); err != nil || got.Reveal() != value {
			t.Fatalf("open: %v", err)
		}
		if _, err := both.Open(sealed, Place{at.Table, at.Row + "x", at.Column}); err == nil {
			t.Fatal("a secret moved to another row opens")
		}
		flip := bytes.Clone(sealed)
		flip[rapid.IntRange(0, len(flip)-1).Draw(t, "at")] ^= 1
		if got, err := both.Open(flip, at); err == nil {
			t.Fatalf("a tampered secret opens as %q", got.Reveal())
		}
	})
	sealed, err := both.Seal(NewText("x"), Place{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Open(sealed, Place{"a", "b", "c"}); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("got %v, want ErrUnknownKey", err)
	}
}

func TestParseKeyringRefuses(t *testing.T) {
	t.Parallel()
	good := NewKey("k1")
	for _, bad := range []string{"", "k1", "k1:", "k1:short", ":" + good, good + "," + good} {
		if _, err := ParseKeyring(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k := ring(f, NewKey("k1"))
	sealed, err := k.Seal(NewText("x"), Place{"a", "b", "c"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(sealed))
	f.Add([]byte{1, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := k.Open(b, Place{"a", "b", "other"}); err == nil {
			t.Error("opened at another place")
		}
	})
}
