package okta

// WithKeyID returns the key under another kid: the one that Okta lists beside a key that came as PEM and so
// carries none.
func (k Key) WithKeyID(id string) Key {
	k.jwk.KeyID = id
	return k
}
