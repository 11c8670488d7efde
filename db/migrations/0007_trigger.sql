-- +goose Up
-- What started a run, when it may begin, and how much it may change.
ALTER TABLE run ADD COLUMN trigger_id TEXT NOT NULL DEFAULT '';   -- '' is a trigger without guard rails, or a deleted one's
ALTER TABLE run ADD COLUMN trigger_kind TEXT NOT NULL DEFAULT ''; -- '' is the form
ALTER TABLE run ADD COLUMN via TEXT NOT NULL DEFAULT '';          -- in words, for good: a trigger may be renamed or deleted
ALTER TABLE run ADD COLUMN behind TEXT NOT NULL DEFAULT '';       -- who made the trigger or the token, besides started_by
ALTER TABLE run ADD COLUMN begins_at TEXT NOT NULL DEFAULT '';    -- '' is at once
ALTER TABLE run ADD COLUMN max_changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;    -- objects that its steps were about to change
ALTER TABLE run_step ADD COLUMN changes INTEGER NOT NULL DEFAULT 0; -- those counted for this step, once
CREATE INDEX run_by_trigger ON run (trigger_id, id) WHERE trigger_id <> '';

CREATE TABLE run_trigger (
    id            TEXT PRIMARY KEY NOT NULL,
    workflow_id   TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,
    name          TEXT NOT NULL,
    config        TEXT NOT NULL, -- JSON of trigger.Config
    paused        INTEGER NOT NULL DEFAULT 0,
    revision      INTEGER NOT NULL DEFAULT 1,
    due_at        TEXT NOT NULL DEFAULT '', -- of a schedule: the next time
    address       TEXT NOT NULL DEFAULT '', -- of a webhook: the last part of its URL
    secret_sealed BLOB,                     -- of a webhook whose deliveries are signed
    secret_hash   BLOB,                     -- of a webhook that takes the secret itself
    secret_at     TEXT NOT NULL DEFAULT '',
    created_at    TEXT NOT NULL,
    created_by    TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    updated_by    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_trigger_by_workflow ON run_trigger (workflow_id, kind, id);
CREATE UNIQUE INDEX run_trigger_once ON run_trigger (workflow_id, kind) WHERE kind IN ('form', 'api');
CREATE UNIQUE INDEX run_trigger_address ON run_trigger (address) WHERE address <> '';
CREATE INDEX run_trigger_due ON run_trigger (due_at) WHERE due_at <> '' AND paused = 0;

-- The newest occasions of each trigger.
CREATE TABLE trigger_event (
    id           TEXT PRIMARY KEY NOT NULL, -- sorts by time
    trigger_id   TEXT NOT NULL REFERENCES run_trigger (id) ON DELETE CASCADE,
    at           TEXT NOT NULL,
    due_at       TEXT NOT NULL DEFAULT '',
    outcome      TEXT NOT NULL,
    words        TEXT NOT NULL DEFAULT '',
    run_id       TEXT NOT NULL DEFAULT '',
    known        INTEGER NOT NULL DEFAULT 1,
    status       INTEGER NOT NULL DEFAULT 0,
    body         TEXT NOT NULL DEFAULT '',
    type         TEXT NOT NULL DEFAULT '',
    sender       TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX trigger_event_by_trigger ON trigger_event (trigger_id, known, id);
-- Whatever two processes believe, one due time starts one run.
CREATE UNIQUE INDEX trigger_event_due ON trigger_event (trigger_id, due_at) WHERE due_at <> '';

-- Requests that must not start a second run.
CREATE TABLE start_key (
    scope   TEXT NOT NULL, -- whose key it is
    key     TEXT NOT NULL,
    body    TEXT NOT NULL, -- SHA-256 of what was sent with it
    run_id  TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX start_key_ends ON start_key (ends_at);

CREATE TABLE api_token (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    person_id  TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    workflows  TEXT NOT NULL, -- JSON list of ids; [] is every workflow that the person may run
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    used_at    TEXT NOT NULL DEFAULT '',
    revoked_at TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
