-- +goose Up
CREATE TABLE person (
    id          TEXT PRIMARY KEY,
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    roles       TEXT NOT NULL, -- JSON array, as mapped at the last sign-in
    group_names TEXT NOT NULL, -- JSON array, as the groups claim gave them
    created_at  TEXT NOT NULL,
    seen_at     TEXT NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;

CREATE TABLE session (
    id              TEXT PRIMARY KEY,     -- public, to list and end a session
    token_hash      BLOB NOT NULL UNIQUE, -- SHA-256 of the cookie's token
    person_id       TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at      TEXT NOT NULL,
    last_seen_at    TEXT NOT NULL,
    idle_ends_at    TEXT NOT NULL,
    ends_at         TEXT NOT NULL,
    ip              TEXT NOT NULL,
    user_agent      TEXT NOT NULL,
    id_token_sealed BLOB,                 -- the hint that the provider's sign-out asks for
    flashes         TEXT NOT NULL         -- JSON array: messages for the next page
) STRICT;
CREATE INDEX session_person ON session (person_id, last_seen_at);
CREATE INDEX session_ends ON session (ends_at);

CREATE TABLE signin_attempt (
    state_hash   BLOB PRIMARY KEY, -- SHA-256 of the state parameter
    browser_hash BLOB NOT NULL,    -- SHA-256 of the cookie that binds the attempt to one browser
    nonce        TEXT NOT NULL,
    verifier     TEXT NOT NULL,    -- PKCE (RFC 7636)
    return_to    TEXT NOT NULL,
    ends_at      TEXT NOT NULL
) STRICT;
CREATE INDEX signin_attempt_ends ON signin_attempt (ends_at);

