-- +goose Up
-- Where the notices of an application go besides the pages.
CREATE TABLE notice_target (
    application_id TEXT PRIMARY KEY NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    emails         TEXT NOT NULL DEFAULT '', -- JSON list of addresses
    url            TEXT NOT NULL DEFAULT '', -- of the webhook
    secret_sealed  BLOB,                     -- signs what goes to the webhook
    secret_at      TEXT NOT NULL DEFAULT '',
    old_sealed     BLOB,                     -- signs it too, for a while
    old_at         TEXT NOT NULL DEFAULT '',
    old_until      TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- What is to be sent: one notice to one place, stored in the transaction that stores the notice.
CREATE TABLE notice_delivery (
    id        TEXT PRIMARY KEY NOT NULL, -- also names it to who gets it, however often it is sent
    notice_id TEXT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,             -- email or webhook
    place     TEXT NOT NULL,
    since     TEXT NOT NULL,             -- what is not sent within a day of it is given up
    due_at    TEXT NOT NULL,             -- of the next attempt; taking it up moves it on; '' is never
    attempts  INTEGER NOT NULL DEFAULT 0,
    sent_at   TEXT NOT NULL DEFAULT '',
    failed_at TEXT NOT NULL DEFAULT '',  -- when it was given up
    error     TEXT NOT NULL DEFAULT ''   -- of the last attempt
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notice_delivery_once ON notice_delivery (notice_id, kind, place);
CREATE INDEX notice_delivery_due ON notice_delivery (due_at) WHERE due_at <> '';

-- The age at which a credential is warned of for the first time; 0 is not at all.
ALTER TABLE health_watch ADD COLUMN first_age INTEGER NOT NULL DEFAULT 0;
UPDATE health_watch SET first_age = max_age * 2 / 3;
