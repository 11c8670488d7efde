-- +goose Up
CREATE TABLE application (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL,
    domain            TEXT NOT NULL,
    method            TEXT NOT NULL CHECK (method IN ('integration', 'custom')),
    client_id         TEXT NOT NULL,
    scopes            TEXT NOT NULL, -- JSON list
    granted           TEXT NOT NULL, -- JSON list
    status            TEXT NOT NULL CHECK (status IN ('active', 'paused', 'disconnected')),
    org_id            TEXT NOT NULL,
    cell              TEXT NOT NULL,
    credential_sealed BLOB, -- NULL once disconnected
    key_set           TEXT NOT NULL, -- which keys of key_pair are its own, '' for none
    key_id            TEXT NOT NULL,
    key_thumbprint    TEXT NOT NULL,
    credential_set    TEXT NOT NULL,
    next_key          TEXT NOT NULL, -- of key_pair, during a rotation
    token_at          TEXT NOT NULL,
    token_dpop        INTEGER NOT NULL,
    token_error       TEXT NOT NULL,
    used_at           TEXT NOT NULL,
    created_at        TEXT NOT NULL,
    created_by        TEXT NOT NULL,
    revision          INTEGER NOT NULL
) STRICT;
CREATE INDEX application_by_name ON application (name, id);

-- Keys that Caracal made. The public half is served at the JWKS URL of its set.
CREATE TABLE key_pair (
    id                TEXT PRIMARY KEY,
    key_set           TEXT NOT NULL,
    private_sealed    BLOB NOT NULL,
    public_jwk        TEXT NOT NULL,
    thumbprint        TEXT NOT NULL,
    created_at        TEXT NOT NULL,
    created_by        TEXT NOT NULL
) STRICT;
CREATE INDEX key_pair_by_set ON key_pair (key_set, created_at);

CREATE TABLE check_run (
    id                TEXT PRIMARY KEY,
    application_id    TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    started_at        TEXT NOT NULL,
    ended_at          TEXT NOT NULL, -- '' while it goes on
    by                TEXT NOT NULL,
    deep              INTEGER NOT NULL,
    verdict           TEXT NOT NULL,
    detail            TEXT NOT NULL -- JSON of org.CheckRun
) STRICT;
CREATE INDEX check_run_by_application ON check_run (application_id, started_at DESC);

-- +goose Down
DROP TABLE check_run;
DROP TABLE key_pair;
DROP TABLE application;
