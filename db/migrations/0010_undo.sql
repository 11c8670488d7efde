-- +goose Up
-- What a step found before its first call, so that it can be put back.
ALTER TABLE run_step ADD COLUMN prior TEXT NOT NULL DEFAULT ''; -- JSON of workflow.Prior; '' is nothing kept
-- An undo is a run whose steps take back those of another.
ALTER TABLE run ADD COLUMN undoes TEXT NOT NULL DEFAULT '';
CREATE INDEX run_by_undone ON run (undoes, id) WHERE undoes <> '';
ALTER TABLE run_step ADD COLUMN undoes_run TEXT NOT NULL DEFAULT '';
ALTER TABLE run_step ADD COLUMN undoes_step INTEGER NOT NULL DEFAULT 0; -- its idx there
ALTER TABLE run_step ADD COLUMN undoes_part INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_step ADD COLUMN guard TEXT NOT NULL DEFAULT ''; -- JSON of workflow.Guard
-- Whatever two people believe, a step is taken back once; what failed or was left out may be tried again.
CREATE UNIQUE INDEX run_step_undone ON run_step (undoes_run, undoes_step, undoes_part)
    WHERE undoes_run <> '' AND state NOT IN ('failed', 'skipped');
CREATE INDEX run_step_undoes ON run_step (undoes_run, undoes_step) WHERE undoes_run <> '';
