-- What is known of who calls beside number and name: what the signature of the
-- number has shown, and which number was dialled first.

-- +goose Up
ALTER TABLE calls ADD COLUMN verstat TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN diverted TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE calls DROP COLUMN diverted;
ALTER TABLE calls DROP COLUMN verstat;
