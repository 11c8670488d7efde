-- +goose Up
-- When the org last said that a person is active, and in which of their groups.
ALTER TABLE person ADD COLUMN checked_at TEXT NOT NULL DEFAULT '';
-- What a token may do at most: the roles that its person had when it was made, as a JSON list.
ALTER TABLE api_token ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
UPDATE api_token SET roles = (SELECT person.roles FROM person WHERE person.id = api_token.person_id);
