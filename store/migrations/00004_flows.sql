-- +goose Up
-- Which version of its flow a call ran and the nodes it passed, what callers
-- answered and said, and what other systems are to be told.

ALTER TABLE calls ADD COLUMN flow_version TEXT NOT NULL DEFAULT '';
-- JSON: [{"at": ..., "flow": ..., "node": ...}]
ALTER TABLE calls ADD COLUMN path TEXT NOT NULL DEFAULT '[]';

-- +goose StatementBegin
CREATE TABLE survey_answers (
    uid      INTEGER PRIMARY KEY,
    call_id  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    question TEXT NOT NULL,
    answer   INTEGER NOT NULL,
    agent    TEXT NOT NULL DEFAULT '',
    queue    TEXT NOT NULL DEFAULT ''
) STRICT;
-- +goose StatementEnd
CREATE INDEX survey_answers_call ON survey_answers (call_id);
CREATE INDEX survey_answers_at ON survey_answers (at);

-- name is the file below the folder of recordings.
-- +goose StatementBegin
CREATE TABLE caller_recordings (
    uid       INTEGER PRIMARY KEY,
    call_id   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    name      TEXT NOT NULL,
    length_us INTEGER NOT NULL,
    how       TEXT NOT NULL,
    node      TEXT NOT NULL
) STRICT;
-- +goose StatementEnd
CREATE INDEX caller_recordings_call ON caller_recordings (call_id);

-- The outbox: due is when it is told next, NULL when it has been told or given
-- up. The id is the one under which the other system knows it.
-- +goose StatementBegin
CREATE TABLE notices (
    id       TEXT PRIMARY KEY,
    call_id  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    url      TEXT NOT NULL,
    headers  TEXT NOT NULL,
    body     TEXT NOT NULL,
    due      INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    told     INTEGER
) STRICT;
-- +goose StatementEnd
CREATE INDEX notices_due ON notices (due) WHERE due IS NOT NULL;

-- +goose Down
DROP TABLE notices;
DROP TABLE caller_recordings;
DROP TABLE survey_answers;
ALTER TABLE calls DROP COLUMN path;
ALTER TABLE calls DROP COLUMN flow_version;
