-- +goose Up
-- A run that goes on with another one is held to the rest of the plan of that.
ALTER TABLE run_plan ADD COLUMN rest INTEGER NOT NULL DEFAULT 0;
-- What was looked at when a step was in doubt: JSON of workflow.Evidence.
ALTER TABLE run_step ADD COLUMN evidence TEXT NOT NULL DEFAULT '';

-- Requests that were found in the System Log and taken as those of a step in doubt: each counts for one step.
CREATE TABLE log_claim (
    application_id TEXT NOT NULL,
    request        TEXT NOT NULL,
    run_id         TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    idx            INTEGER NOT NULL,
    PRIMARY KEY (application_id, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_claim_of ON log_claim (run_id);
CREATE INDEX run_request_of ON run_request (application_id, request);
