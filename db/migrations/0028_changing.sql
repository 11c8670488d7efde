-- +goose Up
-- Whether a token may change workflows and triggers. No token that was made before may.
ALTER TABLE api_token ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
-- The token by which a trigger was made, and the one by which it was changed last, as JSON; '' is on a page.
ALTER TABLE run_trigger ADD COLUMN created_through TEXT NOT NULL DEFAULT '';
ALTER TABLE run_trigger ADD COLUMN updated_through TEXT NOT NULL DEFAULT '';
