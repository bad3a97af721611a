-- +goose Up
-- Every time is Unix time in microseconds, UTC. uid orders the rows of all
-- tables as the records were handed over, and makes each of them unique.

-- +goose StatementBegin
CREATE TABLE calls (
    id          TEXT PRIMARY KEY,
    arrived     INTEGER NOT NULL,
    from_number TEXT NOT NULL DEFAULT '',
    from_name   TEXT NOT NULL DEFAULT '',
    dialled     TEXT NOT NULL DEFAULT '',
    trunk       TEXT NOT NULL DEFAULT '',
    flow        TEXT NOT NULL DEFAULT '',
    sip_call_id TEXT NOT NULL DEFAULT '',
    answered    INTEGER,
    bridged     INTEGER,
    ended       INTEGER,
    cause       TEXT,
    agent       TEXT NOT NULL DEFAULT '',
    queue       TEXT NOT NULL DEFAULT '',
    menu_path   TEXT NOT NULL DEFAULT '',
    disposition TEXT NOT NULL DEFAULT '',
    notes       TEXT NOT NULL DEFAULT ''
) STRICT;
-- +goose StatementEnd
CREATE INDEX calls_arrived ON calls (arrived);
CREATE INDEX calls_agent ON calls (agent, arrived) WHERE agent <> '';
CREATE INDEX calls_open ON calls (arrived) WHERE ended IS NULL;

-- +goose StatementBegin
CREATE TABLE queue_visits (
    uid     INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    contact TEXT NOT NULL,
    queue   TEXT NOT NULL,
    entered INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    ending  TEXT NOT NULL,
    agent   TEXT NOT NULL DEFAULT '',
    offers  INTEGER NOT NULL DEFAULT 0
) STRICT;
-- +goose StatementEnd
CREATE INDEX queue_visits_entered ON queue_visits (entered);
CREATE INDEX queue_visits_call ON queue_visits (call_id);

-- Who is in line now; becomes a visit when it ends, or at the start after a kill.
-- +goose StatementBegin
CREATE TABLE queue_waits (
    call_id TEXT PRIMARY KEY,
    contact TEXT NOT NULL,
    queue   TEXT NOT NULL,
    entered INTEGER NOT NULL
) STRICT;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TABLE offers (
    uid     INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    offer   INTEGER NOT NULL,
    contact TEXT NOT NULL,
    queue   TEXT NOT NULL,
    agent   TEXT NOT NULL,
    began   INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    how     TEXT NOT NULL
) STRICT;
-- +goose StatementEnd
CREATE INDEX offers_call ON offers (call_id);
CREATE INDEX offers_agent ON offers (agent, began);

-- +goose StatementBegin
CREATE TABLE agent_status (
    uid    INTEGER PRIMARY KEY,
    agent  TEXT NOT NULL,
    began  INTEGER NOT NULL,
    ended  INTEGER,
    status TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    actor  TEXT NOT NULL
) STRICT;
-- +goose StatementEnd
CREATE INDEX agent_status_agent ON agent_status (agent, uid);
CREATE INDEX agent_status_open ON agent_status (agent) WHERE ended IS NULL;

-- +goose StatementBegin
CREATE TABLE agent_activity (
    uid      INTEGER PRIMARY KEY,
    agent    TEXT NOT NULL,
    began    INTEGER NOT NULL,
    ended    INTEGER,
    activity TEXT NOT NULL,
    call_id  TEXT NOT NULL DEFAULT '',
    contact  TEXT NOT NULL DEFAULT '',
    queue    TEXT NOT NULL DEFAULT ''
) STRICT;
-- +goose StatementEnd
CREATE INDEX agent_activity_agent ON agent_activity (agent, uid);
CREATE INDEX agent_activity_open ON agent_activity (agent) WHERE ended IS NULL;

-- Every choice is kept; calls.disposition and calls.notes hold the last one.
-- +goose StatementBegin
CREATE TABLE dispositions (
    uid         INTEGER PRIMARY KEY,
    call_id     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    disposition TEXT NOT NULL,
    notes       TEXT NOT NULL
) STRICT;
-- +goose StatementEnd
CREATE INDEX dispositions_call ON dispositions (call_id);

-- A web password is kept as argon2id, a phone's secret as its HA1 (RFC 7616,
-- section 3.4.2, MD5), which is as good as the secret itself for its realm.
-- +goose StatementBegin
CREATE TABLE agent_secrets (
    agent       TEXT PRIMARY KEY,
    password    TEXT NOT NULL DEFAULT '',
    password_at INTEGER,
    phone_realm TEXT NOT NULL DEFAULT '',
    phone_ha1   TEXT NOT NULL DEFAULT '',
    phone_at    INTEGER
) STRICT;
-- +goose StatementEnd

-- token is the SHA-256 of what the browser holds.
-- +goose StatementBegin
CREATE TABLE sessions (
    token   BLOB PRIMARY KEY,
    agent   TEXT NOT NULL,
    began   INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
-- +goose StatementEnd
CREATE INDEX sessions_agent ON sessions (agent);

-- When the server was last seen alive.
-- +goose StatementBegin
CREATE TABLE heartbeat (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;
-- +goose StatementEnd

-- How far the spool file has been taken over, in bytes.
-- +goose StatementBegin
CREATE TABLE spool (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    file TEXT NOT NULL,
    done INTEGER NOT NULL
) STRICT;
-- +goose StatementEnd

-- +goose Down
DROP TABLE spool;
DROP TABLE heartbeat;
DROP TABLE sessions;
DROP TABLE agent_secrets;
DROP TABLE dispositions;
DROP TABLE agent_activity;
DROP TABLE agent_status;
DROP TABLE offers;
DROP TABLE queue_visits;
DROP TABLE calls;
