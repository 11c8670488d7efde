-- +goose Up
CREATE TABLE workflow (
    id             TEXT PRIMARY KEY NOT NULL,
    name           TEXT NOT NULL COLLATE NOCASE, -- of the draft, for the list
    application_id TEXT NOT NULL,                -- of the draft
    draft          TEXT NOT NULL,                -- JSON of workflow.Definition
    revision       INTEGER NOT NULL,             -- of the draft: compare-and-set
    published      INTEGER NOT NULL DEFAULT 0,   -- newest version, 0 if none
    runners        TEXT NOT NULL DEFAULT '[]',   -- JSON list of roles, of the newest version
    dirty          INTEGER NOT NULL DEFAULT 1,
    created_at     TEXT NOT NULL,
    created_by     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    updated_by     TEXT NOT NULL,
    archived       INTEGER NOT NULL DEFAULT 0,
    search         TEXT NOT NULL -- lower case words that the list's search looks at
) STRICT, WITHOUT ROWID;
CREATE INDEX workflow_by_name ON workflow (archived, name, id);
CREATE INDEX workflow_by_application ON workflow (application_id, name);

-- Every saved state of a draft, the newest hundred of each: what an undo goes back to, and what a second
-- editor's form is compared with.
CREATE TABLE workflow_draft (
    workflow_id TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
    revision    INTEGER NOT NULL,
    definition  TEXT NOT NULL,
    editor      TEXT NOT NULL, -- one open builder page
    at          TEXT NOT NULL,
    by          TEXT NOT NULL,
    PRIMARY KEY (workflow_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE workflow_version (
    workflow_id TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    definition  TEXT NOT NULL,
    note        TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    PRIMARY KEY (workflow_id, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER workflow_version_frozen BEFORE UPDATE ON workflow_version BEGIN SELECT RAISE(ABORT, 'a published version is never changed'); END;
