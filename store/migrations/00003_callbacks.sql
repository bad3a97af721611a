-- +goose Up
-- Callbacks that were kept, with what became of the last attempt.

-- +goose StatementBegin
CREATE TABLE callbacks (
    id       TEXT PRIMARY KEY,
    call_id  TEXT NOT NULL DEFAULT '',
    asked    INTEGER NOT NULL,
    queue    TEXT NOT NULL,
    number   TEXT NOT NULL,
    name     TEXT NOT NULL DEFAULT '',
    due      INTEGER,
    actor    TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    tried    INTEGER,
    how      TEXT NOT NULL DEFAULT '',
    again    INTEGER,
    ended    INTEGER,
    ending   TEXT NOT NULL DEFAULT '',
    agent    TEXT NOT NULL DEFAULT ''
) STRICT;
-- +goose StatementEnd
CREATE INDEX callbacks_asked ON callbacks (asked);
CREATE INDEX callbacks_open ON callbacks (asked) WHERE ended IS NULL;
CREATE INDEX callbacks_number ON callbacks (number, asked);

-- What kind of contact visited: call, callback, task, ...
ALTER TABLE queue_visits ADD COLUMN kind TEXT NOT NULL DEFAULT 'call';

-- +goose Down
ALTER TABLE queue_visits DROP COLUMN kind;
DROP TABLE callbacks;
