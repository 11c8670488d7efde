package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Sealed is a secret as it is stored: version, key id, wrapped data key and ciphertext in one blob. It says
// nothing without the Keyring that made it and the Place it was sealed for.
type Sealed []byte

// Place says where a sealed secret is stored. It is bound to the ciphertext, so that one moved to another
// row or column does not open.
type Place struct{ Table, Row, Column string }

func (p Place) aad(version byte) []byte {
	return fmt.Appendf(nil, "%q|%q|%q|%d", p.Table, p.Row, p.Column, version)
}

// Keyring holds the master keys. The first seals; all of them open. Safe for concurrent use.
type Keyring struct {
	active string
	keks   map[string]cipher.AEAD
}

const sealVersion = 1

// ErrUnknownKey says that a secret was sealed with a key that the keyring does not hold.
var ErrUnknownKey = errors.New("sealed with a key that is not in the keyring")

// ParseKeyring reads "id:base64,id:base64" (32 bytes each, first = active), as CARACAL_KEYS gives it.
func ParseKeyring(s string) (*Keyring, error) {
	ring := &Keyring{keks: map[string]cipher.AEAD{}}
	for entry := range strings.SplitSeq(strings.TrimSpace(s), ",") {
		id, b64, ok := strings.Cut(strings.TrimSpace(entry), ":")
		if !ok || id == "" || len(id) > 32 {
			return nil, errors.New("read keys: each key is written id:base64, separated by commas")
		}
		master, err := base64.StdEncoding.DecodeString(b64)
		if err != nil || len(master) != 32 {
			return nil, fmt.Errorf("read keys: key %q is not 32 bytes in base64", id)
		}
		if _, dup := ring.keks[id]; dup {
			return nil, fmt.Errorf("read keys: key %q is given twice", id)
		}
		kek, err := hkdf.Key(sha256.New, master, nil, "caracal/kek/v1", 32)
		if err != nil {
			return nil, fmt.Errorf("derive key %q: %w", id, err)
		}
		if ring.keks[id], err = newGCM(kek); err != nil {
			return nil, err
		}
		if ring.active == "" {
			ring.active = id
		}
	}
	return ring, nil
}

// NewKey returns a fresh random key in the form that ParseKeyring reads.
func NewKey(id string) string {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand.Read crashes the program instead (Go 1.24)
	return id + ":" + base64.StdEncoding.EncodeToString(key)
}

// Active returns the id of the key that seals.
func (k *Keyring) Active() string { return k.active }

// Seal encrypts a secret for one place: AES-256-GCM under a fresh data key, which is wrapped under the active
// master key.
func (k *Keyring) Seal(text Text, at Place) (Sealed, error) {
	dek := make([]byte, 32)
	rand.Read(dek)
	inner, err := newGCM(dek)
	if err != nil {
		return nil, err
	}
	aad := at.aad(sealVersion)
	wrapped := k.keks[k.active].Seal(nil, nil, dek, append([]byte("dek|"+k.active+"|"), aad...))
	out := append(Sealed{sealVersion, byte(len(k.active))}, k.active...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(wrapped)))
	out = append(out, wrapped...)
	return append(out, inner.Seal(nil, nil, []byte(text.value), aad)...), nil
}

// Open decrypts a secret that was sealed for this place.
func (k *Keyring) Open(sealed Sealed, at Place) (Text, error) {
	id, wrapped, ciphertext, err := sealed.split()
	if err != nil {
		return Text{}, err
	}
	kek, ok := k.keks[id]
	if !ok {
		return Text{}, fmt.Errorf("open secret of %s: %w", at.Table, ErrUnknownKey)
	}
	aad := at.aad(sealVersion)
	dek, err := kek.Open(nil, nil, wrapped, append([]byte("dek|"+id+"|"), aad...))
	if err != nil {
		return Text{}, fmt.Errorf("unwrap the data key of a secret of %s: %w", at.Table, err)
	}
	inner, err := newGCM(dek)
	if err != nil {
		return Text{}, err
	}
	plain, err := inner.Open(nil, nil, ciphertext, aad)
	if err != nil {
		return Text{}, fmt.Errorf("open secret of %s: %w", at.Table, err)
	}
	return Text{string(plain)}, nil
}

// KeyID returns the id of the master key a secret was sealed with.
func (s Sealed) KeyID() (string, error) {
	id, _, _, err := s.split()
	return id, err
}

var errMalformed = errors.New("open secret: the stored bytes are malformed")

func (s Sealed) split() (id string, wrapped, ciphertext []byte, err error) {
	if len(s) < 2 || s[0] != sealVersion {
		return "", nil, nil, errMalformed
	}
	rest := s[2:]
	n := int(s[1])
	if len(rest) < n+2 {
		return "", nil, nil, errMalformed
	}
	id, rest = string(rest[:n]), rest[n:]
	m := int(binary.BigEndian.Uint16(rest))
	if rest = rest[2:]; len(rest) < m {
		return "", nil, nil, errMalformed
	}
	return id, rest[:m], rest[m:], nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
