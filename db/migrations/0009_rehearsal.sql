-- +goose Up
-- Rehearsals: what was asked for and what was found. Their changes and steps are rows of their own, since there can be
-- a hundred thousand.
CREATE TABLE rehearsal (
    id          TEXT PRIMARY KEY NOT NULL, -- sorts by creation
    workflow_id TEXT NOT NULL,             -- '' for steps that belong to none
    kind        TEXT NOT NULL CHECK (kind IN ('draft', 'version', 'steps')),
    subject     TEXT NOT NULL,             -- JSON of plan.Subject
    input_hash  TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('under_way', 'ready', 'failed')),
    node        TEXT NOT NULL,             -- which process makes it
    done        INTEGER NOT NULL DEFAULT 0,
    error       TEXT NOT NULL DEFAULT '',
    hash        TEXT NOT NULL DEFAULT '',
    summary     TEXT NOT NULL DEFAULT '',  -- JSON of plan.Summary
    created_at  TEXT NOT NULL,
    ended_at    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX rehearsal_by_workflow ON rehearsal (workflow_id, id);
CREATE INDEX rehearsal_open ON rehearsal (node) WHERE state = 'under_way';

CREATE TABLE rehearsal_change (
    rehearsal_id TEXT NOT NULL REFERENCES rehearsal (id) ON DELETE CASCADE,
    idx          INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    follows      INTEGER NOT NULL,
    change       TEXT NOT NULL, -- JSON of plan.Change
    search       TEXT NOT NULL, -- lower case words
    PRIMARY KEY (rehearsal_id, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX rehearsal_change_by_kind ON rehearsal_change (rehearsal_id, kind, idx);

CREATE TABLE rehearsal_step (
    rehearsal_id TEXT NOT NULL REFERENCES rehearsal (id) ON DELETE CASCADE,
    idx          INTEGER NOT NULL,
    at           TEXT NOT NULL, -- the steps around it and its own; '' is a whole run
    state        TEXT NOT NULL,
    effect       TEXT NOT NULL, -- names what it changed
    step         TEXT NOT NULL, -- JSON of plan.Step
    PRIMARY KEY (rehearsal_id, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX rehearsal_step_at ON rehearsal_step (rehearsal_id, at, effect);

-- The rehearsal that a run was started from.
CREATE TABLE run_plan (
    run_id       TEXT PRIMARY KEY NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    rehearsal_id TEXT NOT NULL,             -- which may have been deleted since
    row_no       INTEGER NOT NULL,          -- which of its rows the run is; 0 is all of it
    hash         TEXT NOT NULL,
    summary      TEXT NOT NULL,             -- JSON of plan.Summary
    checked_at   TEXT NOT NULL DEFAULT '',  -- when the org was last found as planned
    difference   TEXT NOT NULL DEFAULT ''   -- JSON of plan.Difference, where it was not
) STRICT, WITHOUT ROWID;
