-- +goose Up
-- Which row of a list each step of a plan is of, and which changes it makes: a row that is held to its plan is compared with its
-- own part of it, among ten thousand others. What stands in a text that is no object was never a plan's.
ALTER TABLE rehearsal_step ADD COLUMN row_no INTEGER NOT NULL DEFAULT 0;
UPDATE rehearsal_step SET row_no = CAST(coalesce(json_extract(step, '$.Row'), '0') AS INTEGER) WHERE step LIKE '{"%';
CREATE INDEX rehearsal_step_of_row ON rehearsal_step (rehearsal_id, row_no, at);
CREATE TABLE rehearsal_made (
    rehearsal_id TEXT NOT NULL REFERENCES rehearsal (id) ON DELETE CASCADE,
    step_idx     INTEGER NOT NULL,
    change_idx   INTEGER NOT NULL,
    PRIMARY KEY (rehearsal_id, step_idx, change_idx)
) STRICT, WITHOUT ROWID;
INSERT INTO rehearsal_made (rehearsal_id, step_idx, change_idx)
    SELECT rehearsal_id, CAST(step.value AS INTEGER), idx
    FROM rehearsal_change, json_each(CASE WHEN change LIKE '{"%' THEN change ELSE '{}' END, '$.by') AS step;
