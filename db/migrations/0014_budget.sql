-- +goose Up
-- What nodes together know of the present window of each rate limit, and the calls of it that they lease.
CREATE TABLE rate_window (
    host     TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    ends     INTEGER NOT NULL, -- Unix seconds by the org's clock, of the last window that a node was told of
    guessed  INTEGER NOT NULL, -- that one is over; this is the next
    until    INTEGER NOT NULL, -- of a guessed one: it is over by then
    leased   INTEGER NOT NULL,
    calls    INTEGER NOT NULL, -- the limit
    used     INTEGER NOT NULL, -- by everybody, as a node was told
    heard_at TEXT NOT NULL,
    PRIMARY KEY (host, bucket)
) STRICT, WITHOUT ROWID;

-- Of each rate limit, what may be used for an application, in percent; 0 is what the configuration says.
ALTER TABLE application ADD COLUMN rate_share INTEGER NOT NULL DEFAULT 0;

-- How soon a run is needed (org.Urgency), and which rate limit it waits for.
ALTER TABLE run ADD COLUMN urgency INTEGER NOT NULL DEFAULT 1;
ALTER TABLE run ADD COLUMN wait_for TEXT NOT NULL DEFAULT '';
CREATE INDEX run_waits_for ON run (application_id, wait_for, state, urgency, id) WHERE wait_for <> '';
