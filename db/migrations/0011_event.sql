-- +goose Up
-- A secret that was replaced is good for a while more, so that its sender can be given the new one in peace.
ALTER TABLE run_trigger ADD COLUMN old_sealed BLOB;
ALTER TABLE run_trigger ADD COLUMN old_hash BLOB;
ALTER TABLE run_trigger ADD COLUMN old_at TEXT NOT NULL DEFAULT '';    -- when it was made
ALTER TABLE run_trigger ADD COLUMN old_until TEXT NOT NULL DEFAULT ''; -- '' is never: there is none
ALTER TABLE trigger_event ADD COLUMN secret_at TEXT NOT NULL DEFAULT ''; -- when the secret was made that proved it

-- A trigger that listens to the events of an org.
ALTER TABLE run_trigger ADD COLUMN application_id TEXT NOT NULL DEFAULT '';
CREATE INDEX run_trigger_by_application ON run_trigger (application_id, id) WHERE application_id <> '';
-- How many runs led to this one, each by a change that it made: 0 is one that no run brought about.
ALTER TABLE run ADD COLUMN chain INTEGER NOT NULL DEFAULT 0;

-- How the events of an application come: by a hook that Okta calls, and by reading its log.
CREATE TABLE event_source (
    application_id TEXT PRIMARY KEY NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    revision       INTEGER NOT NULL DEFAULT 1,
    address        TEXT NOT NULL DEFAULT '', -- last part of the URL
    secret_sealed  BLOB,
    secret_at      TEXT NOT NULL DEFAULT '',
    old_sealed     BLOB,
    old_at         TEXT NOT NULL DEFAULT '',
    old_until      TEXT NOT NULL DEFAULT '',
    hook_id        TEXT NOT NULL DEFAULT '', -- in Okta, of one that Caracal registered
    hook_url       TEXT NOT NULL DEFAULT '',
    hook_types     TEXT NOT NULL DEFAULT '', -- JSON list
    hook_on        INTEGER NOT NULL DEFAULT 0,
    hook_error     TEXT NOT NULL DEFAULT '',
    verified_at    TEXT NOT NULL DEFAULT '',
    heard_at       TEXT NOT NULL DEFAULT '',
    unread         INTEGER NOT NULL DEFAULT 0,
    polls          INTEGER NOT NULL DEFAULT 1,
    every          INTEGER NOT NULL, -- seconds
    catch_up       INTEGER NOT NULL, -- hours
    cursor         TEXT NOT NULL DEFAULT '',
    filter         TEXT NOT NULL DEFAULT '',
    read_to        TEXT NOT NULL DEFAULT '',
    behind         INTEGER NOT NULL DEFAULT 0,
    due_at         TEXT NOT NULL DEFAULT '', -- of the next look; taking it up moves it on
    poll_error     TEXT NOT NULL DEFAULT '',
    polled_at      TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX event_source_address ON event_source (address) WHERE address <> '';
CREATE INDEX event_source_due ON event_source (due_at) WHERE due_at <> '' AND polls = 1;

-- Events that were judged, so that one that comes again starts nothing again.
CREATE TABLE event_seen (
    application_id TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    uuid           TEXT NOT NULL,
    ends_at        TEXT NOT NULL, -- nothing of it can come again by then
    PRIMARY KEY (application_id, uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_seen_ends ON event_seen (ends_at);

-- What is still to be started: one line for each trigger that an event fits. It goes in the transaction that starts the run.
CREATE TABLE event_start (
    trigger_id TEXT NOT NULL REFERENCES run_trigger (id) ON DELETE CASCADE,
    uuid       TEXT NOT NULL,
    at         TEXT NOT NULL, -- when it came
    due_at     TEXT NOT NULL, -- when to look at it
    tries      INTEGER NOT NULL DEFAULT 0,
    way        TEXT NOT NULL, -- hook or log
    secret_at  TEXT NOT NULL DEFAULT '',
    body       TEXT NOT NULL, -- JSON of the event
    PRIMARY KEY (trigger_id, uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_start_due ON event_start (due_at);
