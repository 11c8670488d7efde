-- +goose Up
-- When the health of an application is checked by itself.
CREATE TABLE health_watch (
    application_id TEXT PRIMARY KEY NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    every          TEXT NOT NULL,    -- '', hourly or daily
    at             TEXT NOT NULL,    -- of daily: 08:30
    zone           TEXT NOT NULL,    -- of daily: IANA name
    max_age        INTEGER NOT NULL, -- days after which a credential is old
    due_at         TEXT NOT NULL     -- '' is never
) STRICT, WITHOUT ROWID;
CREATE INDEX health_watch_due ON health_watch (due_at) WHERE due_at <> '';

-- What people are told of an application, each once.
CREATE TABLE notice (
    id             TEXT PRIMARY KEY NOT NULL, -- sorts by time
    application_id TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    key            TEXT NOT NULL, -- the same key is told once
    at             TEXT NOT NULL,
    verdict        TEXT NOT NULL,
    title          TEXT NOT NULL,
    detail         TEXT NOT NULL,
    seen_at        TEXT NOT NULL DEFAULT '',
    seen_by        TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notice_once ON notice (application_id, key);
CREATE INDEX notice_by_application ON notice (application_id, id);
CREATE INDEX notice_unseen ON notice (id) WHERE seen_at = '';
