-- +goose Up
-- That this database is being moved to another or was, or that it is made of another: at most one of each.
CREATE TABLE copy_mark (
    way      TEXT PRIMARY KEY NOT NULL CHECK (way IN ('to', 'from')), -- the other database is where this one went, or where it came from
    copy_id  TEXT NOT NULL,            -- the same on both sides
    other    TEXT NOT NULL,            -- the place of the other, without a password
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL DEFAULT ''  -- '' while it goes on
) STRICT, WITHOUT ROWID;
