-- +goose Up
-- A secret that was replaced is good for a while more, so that its sender can be given the new one in peace.
ALTER TABLE run_trigger ADD COLUMN old_sealed BLOB;
ALTER TABLE run_trigger ADD COLUMN old_hash BLOB;
ALTER TABLE run_trigger ADD COLUMN old_at TEXT NOT NULL DEFAULT '';    -- when it was made
ALTER TABLE run_trigger ADD COLUMN old_until TEXT NOT NULL DEFAULT ''; -- '' is never: there is none
ALTER TABLE trigger_event ADD COLUMN secret_at TEXT NOT NULL DEFAULT ''; -- when the secret was made that proved it
