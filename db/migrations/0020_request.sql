-- +goose Up
-- Which run sent a request, asked of each event that a run may have brought about.
CREATE INDEX run_request_by_request ON run_request (request);
