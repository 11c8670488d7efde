-- +goose Up
-- Where a rehearsal was asked for, when that is a page of its own: a batch lists its rehearsals. The rows in subject make
-- it too long to be looked through.
ALTER TABLE rehearsal ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX rehearsal_by_origin ON rehearsal (origin, id) WHERE origin <> '';
