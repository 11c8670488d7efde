package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"caracal/secret"
)

// keyring reads the master keys from the configuration or from the key file, which is made at the first start.
func keyring(c Config, log *slog.Logger) (*secret.Keyring, error) {
	if !c.Keys.IsZero() {
		return secret.ParseKeyring(c.Keys.Reveal())
	}
	path := c.keyFile()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKeyFile(c, path, log)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by other accounts (%s); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	ring, err := secret.ParseKeyring(string(b))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return ring, nil
}

// keyringThere is keyring for a command that makes no key.
func keyringThere(c Config) (*secret.Keyring, error) {
	if c.Keys.IsZero() {
		if _, err := os.Stat(c.keyFile()); err != nil {
			return nil, fmt.Errorf("there is no key file at %s; name it with CARACAL_KEY_FILE: %w", c.keyFile(), err)
		}
	}
	return keyring(c, slog.New(slog.DiscardHandler))
}

// makeKeyFile makes the first key. It refuses when there is a database already: its secrets were sealed with a
// key that is not here, and a new one would open none of them.
func makeKeyFile(c Config, path string, log *slog.Logger) (*secret.Keyring, error) {
	if _, err := os.Stat(c.database()); err == nil {
		return nil, fmt.Errorf("there is a database at %s and no key at %s; put the key file back where it was, or name it with CARACAL_KEY_FILE", c.database(), path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the key file: %w", err)
	}
	key := secret.NewKey("k1")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the key file: %w", err)
	}
	_, err = file.WriteString(key + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write the key file: %w", err)
	}
	log.Warn("made a master key; keep a copy of it in a safe place and never beside the database: without it no stored credential can be opened",
		"file", path)
	return secret.ParseKeyring(key)
}

// database is the file of the database, or the address of one on PostgreSQL.
func (c Config) database() string {
	if !c.DatabaseURL.IsZero() {
		return c.DatabaseURL.Reveal()
	}
	return filepath.Join(c.Data, "caracal.db")
}
