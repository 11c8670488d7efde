-- +goose Up
CREATE TABLE run (
    id             TEXT PRIMARY KEY NOT NULL, -- sorts by creation
    workflow_id    TEXT NOT NULL,
    version        INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    name           TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'asking', 'succeeded', 'failed', 'cancelled')),
    input          TEXT NOT NULL, -- JSON object
    started_by     TEXT NOT NULL,
    once_token     TEXT NOT NULL,
    error          TEXT NOT NULL DEFAULT '',
    wait_reason    TEXT NOT NULL DEFAULT '',
    wait_until     TEXT NOT NULL DEFAULT '', -- '' while waiting: until somebody wakes it
    created_at     TEXT NOT NULL,
    started_at     TEXT NOT NULL DEFAULT '',
    ended_at       TEXT NOT NULL DEFAULT '',
    job_id         INTEGER NOT NULL, -- the newest burst on the queue
    revision       INTEGER NOT NULL DEFAULT 1, -- grows with every change, for pages that watch
    search         TEXT NOT NULL -- lower case words that the list's search looks at
) STRICT, WITHOUT ROWID;

-- A double click sends one token twice and starts one run.
CREATE UNIQUE INDEX run_once ON run (once_token) WHERE once_token <> '';
-- One index for each filter of the list, in the list's order.
CREATE INDEX run_by_workflow ON run (workflow_id, id);
CREATE INDEX run_by_application ON run (application_id, id);
CREATE INDEX run_by_state ON run (state, id);
CREATE INDEX run_by_person ON run (started_by, id);
CREATE INDEX run_by_search ON run (id, state, search);

CREATE TABLE run_step (
    run_id     TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx        INTEGER NOT NULL,
    step_id    TEXT NOT NULL,
    title      TEXT NOT NULL,
    action     TEXT NOT NULL,
    fields     TEXT NOT NULL, -- JSON object as published: expressions not yet resolved
    state      TEXT NOT NULL CHECK (state IN ('pending', 'started', 'done', 'failed', 'uncertain', 'skipped')),
    input      TEXT NOT NULL DEFAULT '', -- JSON object, resolved; secrets hidden
    output     TEXT NOT NULL DEFAULT '', -- JSON object; secrets hidden
    error      TEXT NOT NULL DEFAULT '',
    error_code TEXT NOT NULL DEFAULT '',
    finding    TEXT NOT NULL DEFAULT '',
    attempts   INTEGER NOT NULL DEFAULT 0,
    request    TEXT NOT NULL DEFAULT '',
    started_at TEXT NOT NULL DEFAULT '',
    ended_at   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run_id, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY NOT NULL,
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL, -- JSON object
    hash    TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, seq);
CREATE INDEX audit_by_person ON audit (by, seq);
CREATE TRIGGER audit_kept_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit record is never changed'); END;
CREATE TRIGGER audit_kept_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit record is never changed'); END;
