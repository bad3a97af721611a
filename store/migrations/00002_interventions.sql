-- +goose Up
-- What supervisors did to a queue or to somebody in line.

-- +goose StatementBegin
CREATE TABLE interventions (
    uid      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    what     TEXT NOT NULL,
    call_id  TEXT NOT NULL DEFAULT '',
    queue    TEXT NOT NULL,
    moved_to TEXT NOT NULL DEFAULT '',
    agent    TEXT NOT NULL DEFAULT '',
    priority INTEGER NOT NULL DEFAULT 0
) STRICT;
-- +goose StatementEnd
CREATE INDEX interventions_at ON interventions (at);
CREATE INDEX interventions_call ON interventions (call_id);

-- Where the contact went on waiting, if the visit ended by moving.
ALTER TABLE queue_visits ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE queue_visits DROP COLUMN moved_to;
DROP TABLE interventions;
