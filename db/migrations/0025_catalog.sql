-- +goose Up
-- Imported descriptions of Okta's API, as the files of a node's folder hold them, where several nodes share a database.
CREATE TABLE catalog_file (
    name TEXT PRIMARY KEY NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE catalog_in_use (
    one  INTEGER PRIMARY KEY NOT NULL, -- 1: there is one line
    name TEXT NOT NULL
) STRICT;
