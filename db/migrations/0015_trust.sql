-- +goose Up
-- The requests that changed something in an org, by the step that sent them, and the events that the org's System
-- Log has for them.
CREATE TABLE run_request (
    run_id         TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx            INTEGER NOT NULL,
    request        TEXT NOT NULL,            -- X-Okta-Request-Id
    application_id TEXT NOT NULL,
    at             TEXT NOT NULL,            -- when its answer was there
    tries          INTEGER NOT NULL DEFAULT 0,
    due_at         TEXT NOT NULL DEFAULT '', -- when the log is looked at next; '' is never again
    found          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, idx, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_request_due ON run_request (application_id, due_at) WHERE due_at <> '';
CREATE INDEX run_request_first ON run_request (due_at) WHERE due_at <> '';

CREATE TABLE run_event (
    run_id    TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx       INTEGER NOT NULL,
    uuid      TEXT NOT NULL,
    published TEXT NOT NULL,
    detail    TEXT NOT NULL, -- JSON of workflow.LogEvent
    PRIMARY KEY (run_id, idx, uuid)
) STRICT, WITHOUT ROWID;

-- One node reads an org's log at a time.
CREATE TABLE log_reader (
    application_id TEXT PRIMARY KEY NOT NULL,
    busy_until     TEXT NOT NULL,
    problem        TEXT NOT NULL DEFAULT '', -- why the log could not be read the last time
    scope          TEXT NOT NULL DEFAULT ''  -- that was missing
) STRICT, WITHOUT ROWID;

-- A run that goes on where another failed. One run is continued once, whoever asks.
ALTER TABLE run ADD COLUMN continues TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX run_continues ON run (continues) WHERE continues <> '';
ALTER TABLE run_step ADD COLUMN taken_from TEXT NOT NULL DEFAULT ''; -- the run that carried the step out, if another
ALTER TABLE run_step ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;    -- it did not end as done and may have changed something
ALTER TABLE run_step ADD COLUMN resume TEXT NOT NULL DEFAULT '';     -- JSON of workflow.Resume: what it goes on with
