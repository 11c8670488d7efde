-- +goose Up
-- A run within another: one item of a for-each, or a workflow that was called. It is a run like any other, and
-- names the step of the run above that waits for it.
ALTER TABLE run ADD COLUMN parent_id TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN parent_step INTEGER NOT NULL DEFAULT 0; -- its idx there
ALTER TABLE run ADD COLUMN item_no INTEGER NOT NULL DEFAULT 0; -- counted from 1; 0 is a workflow that was called
ALTER TABLE run ADD COLUMN item TEXT NOT NULL DEFAULT ''; -- JSON
ALTER TABLE run ADD COLUMN kept TEXT NOT NULL DEFAULT ''; -- JSON: what the for-each keeps of this item
CREATE INDEX run_within ON run (parent_id, parent_step, state, item_no) WHERE parent_id <> '';
CREATE INDEX run_item ON run (parent_id, parent_step, item_no) WHERE parent_id <> '';
-- Lists show the runs that stand in no other, however many items those went over.
DROP INDEX run_by_workflow;
DROP INDEX run_by_application;
DROP INDEX run_by_person;
DROP INDEX run_by_search;
CREATE INDEX run_by_workflow ON run (workflow_id, id) WHERE parent_id = '';
CREATE INDEX run_by_application ON run (application_id, id, parent_id); -- what an application is used for counts items too
CREATE INDEX run_by_person ON run (started_by, id) WHERE parent_id = '';
CREATE INDEX run_by_search ON run (id, state, search) WHERE parent_id = '';
CREATE INDEX run_top_by_state ON run (state, id) WHERE parent_id = '';
