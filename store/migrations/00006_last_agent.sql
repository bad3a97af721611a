-- +goose Up
-- Who talked to a number last is asked while its call waits to be queued.
CREATE INDEX calls_number ON calls (from_number, arrived) WHERE from_number <> '';

-- +goose Down
DROP INDEX calls_number;
