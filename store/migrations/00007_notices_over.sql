-- +goose Up
-- What a notice said goes when it has been told or given up; its row follows
-- some days later (notice.go).

UPDATE notices SET headers = '[]', body = '' WHERE due IS NULL;
CREATE INDEX notices_over ON notices (at) WHERE due IS NULL;

-- +goose Down
DROP INDEX notices_over;
