-- +goose Up
-- Uploaded CSVs whose rows become runs. How a batch stands that was started, its run tells, and the runs within that.
CREATE TABLE batch (
    id          TEXT PRIMARY KEY NOT NULL, -- sorts by creation
    workflow_id TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,          -- that the rows are checked against
    name        TEXT NOT NULL,             -- of the file
    state       TEXT NOT NULL CHECK (state IN ('mapping', 'checking', 'checked', 'started', 'discarded')),
    dialect     TEXT NOT NULL,             -- JSON of batch.Dialect
    columns     TEXT NOT NULL,             -- JSON list
    mapping     TEXT NOT NULL,             -- JSON of batch.Map
    raw         BLOB,                      -- the file; NULL once its rows are stored for good
    again_of    TEXT NOT NULL DEFAULT '',  -- the batch whose rows that failed this one runs again
    row_count   INTEGER NOT NULL,
    bad         INTEGER NOT NULL DEFAULT 0,
    doubles     INTEGER NOT NULL DEFAULT 0,
    unsafe      INTEGER NOT NULL DEFAULT 0,
    refs        INTEGER NOT NULL DEFAULT 0, -- users, groups and apps that are named
    found       INTEGER NOT NULL DEFAULT 0, -- of these looked at so far
    wait        TEXT NOT NULL DEFAULT '',
    problem     TEXT NOT NULL DEFAULT '',
    check_no    INTEGER NOT NULL DEFAULT 0, -- of the check under way: one that was overtaken stores nothing
    at_once     INTEGER NOT NULL DEFAULT 0,
    stop_after  INTEGER NOT NULL DEFAULT 0,
    chosen      INTEGER NOT NULL DEFAULT 0, -- rows that were started
    run_id      TEXT NOT NULL DEFAULT '',
    guarded     INTEGER NOT NULL DEFAULT 0, -- guard rails say when each row may begin
    paused      INTEGER NOT NULL DEFAULT 0,
    paused_by   TEXT NOT NULL DEFAULT '',
    why         TEXT NOT NULL DEFAULT '',
    revision    INTEGER NOT NULL DEFAULT 1,
    created_at  TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    started_at  TEXT NOT NULL DEFAULT '',
    started_by  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_by_workflow ON batch (workflow_id, id);
CREATE INDEX batch_by_person ON batch (created_by, id);
CREATE UNIQUE INDEX batch_run ON batch (run_id) WHERE run_id <> '';

CREATE TABLE batch_row (
    batch_id  TEXT NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    no        INTEGER NOT NULL, -- counted from 1
    line      INTEGER NOT NULL, -- of the file
    cells     TEXT NOT NULL,    -- JSON list
    label     TEXT NOT NULL,
    input     TEXT NOT NULL,    -- JSON object
    problems  TEXT NOT NULL,    -- JSON list; '' is none
    double_of INTEGER NOT NULL,
    unsafe    TEXT NOT NULL,
    chosen    INTEGER NOT NULL DEFAULT 0,
    search    TEXT NOT NULL,    -- lower case
    PRIMARY KEY (batch_id, no)
) STRICT, WITHOUT ROWID;
-- What a person looks for among ten thousand rows.
CREATE INDEX batch_row_bad ON batch_row (batch_id, no) WHERE problems <> '';
CREATE INDEX batch_row_double ON batch_row (batch_id, no) WHERE double_of > 0;
CREATE INDEX batch_row_unsafe ON batch_row (batch_id, no) WHERE unsafe <> '';

-- The users, groups and apps that the rows name, and what became of each, while a batch is checked.
CREATE TABLE batch_ref (
    batch_id TEXT NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    typed    TEXT NOT NULL,
    looked   INTEGER NOT NULL DEFAULT 0,
    found    TEXT NOT NULL DEFAULT '', -- id
    problem  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch_id, kind, typed)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_ref_open ON batch_ref (batch_id, kind, typed) WHERE looked = 0;

-- The run of a batch, and the runs of its rows within that.
ALTER TABLE run ADD COLUMN batch_id TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN rested INTEGER NOT NULL DEFAULT 0; -- it gave its place among those at once to another row
DROP INDEX run_trigger_once;
CREATE UNIQUE INDEX run_trigger_once ON run_trigger (workflow_id, kind) WHERE kind IN ('form', 'api', 'csv');
