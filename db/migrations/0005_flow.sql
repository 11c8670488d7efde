-- +goose Up
-- A step may wait for a time or a person, and carries what its workflow says about when it runs and what follows
-- when it fails. SQLite can't change the CHECK of a table, so the table is made anew.
CREATE TABLE run_step_new (
    run_id     TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx        INTEGER NOT NULL,
    step_id    TEXT NOT NULL,
    title      TEXT NOT NULL,
    action     TEXT NOT NULL,
    fields     TEXT NOT NULL, -- JSON object as published: expressions not yet resolved
    control    TEXT NOT NULL DEFAULT '', -- JSON of workflow.Control as published
    state      TEXT NOT NULL CHECK (state IN ('pending', 'waiting', 'started', 'done', 'failed', 'uncertain', 'skipped')),
    input      TEXT NOT NULL DEFAULT '', -- JSON object, resolved; secrets hidden
    output     TEXT NOT NULL DEFAULT '', -- JSON object; secrets hidden
    error      TEXT NOT NULL DEFAULT '',
    error_code TEXT NOT NULL DEFAULT '',
    finding    TEXT NOT NULL DEFAULT '',
    attempts   INTEGER NOT NULL DEFAULT 0,
    request    TEXT NOT NULL DEFAULT '',
    started_at TEXT NOT NULL DEFAULT '',
    ended_at   TEXT NOT NULL DEFAULT '',
    due_at     TEXT NOT NULL DEFAULT '', -- while waiting: when it goes on by itself; '' is never
    PRIMARY KEY (run_id, idx)
) STRICT, WITHOUT ROWID;
INSERT INTO run_step_new (run_id, idx, step_id, title, action, fields, state, input, output, error, error_code, finding, attempts, request, started_at, ended_at)
    SELECT run_id, idx, step_id, title, action, fields, state, input, output, error, error_code, finding, attempts, request, started_at, ended_at FROM run_step;
DROP TABLE run_step;
ALTER TABLE run_step_new RENAME TO run_step;
-- What people are asked, without looking at every step there ever was.
CREATE INDEX run_step_waiting ON run_step (action, run_id) WHERE state = 'waiting';
