-- +goose Up
-- The processes that work on this database. One that is no longer here moves no run.
CREATE TABLE node (
    id         TEXT PRIMARY KEY NOT NULL, -- new at each start
    name       TEXT NOT NULL,
    version    TEXT NOT NULL,
    mode       TEXT NOT NULL,
    workers    INTEGER NOT NULL, -- bursts at once; 0 for one that serves pages alone
    bursts     INTEGER NOT NULL, -- under way at the last beat
    beats      INTEGER NOT NULL, -- others see by it that the node lives
    started_at TEXT NOT NULL,
    beat_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which node moves the run at the moment: '' while nobody does.
ALTER TABLE run ADD COLUMN holder TEXT NOT NULL DEFAULT '';
CREATE INDEX run_held ON run (holder) WHERE holder <> '';

-- Which node carries the checks out.
ALTER TABLE check_run ADD COLUMN node TEXT NOT NULL DEFAULT '';

-- How often an application was woken, for bursts that are about to wait for it.
CREATE TABLE application_wake (
    application_id TEXT PRIMARY KEY NOT NULL,
    count          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A text sealed with the master key, so that a node with another key is refused before it stores anything.
CREATE TABLE key_check (
    id     INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;
