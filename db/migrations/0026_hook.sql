-- +goose Up
-- Who works on an application's event hook in Okta, and until when at most: one node at a time does.
ALTER TABLE event_source ADD COLUMN hook_holder TEXT NOT NULL DEFAULT '';
ALTER TABLE event_source ADD COLUMN hook_until TEXT NOT NULL DEFAULT '';
