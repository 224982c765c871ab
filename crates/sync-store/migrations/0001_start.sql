-- Times are microseconds since 1970 in UTC; ids of operations, runs and events are the 16 bytes of
-- a UUID; hashes are the 32 bytes of a SHA-256; contents are JSON.

-- The systems on either end of a flow, so that a link names each by a small number.
CREATE TABLE connection (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The flows, which are also the queue: whoever runs one holds its lease.
CREATE TABLE flow (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    source      INTEGER NOT NULL REFERENCES connection (id),
    target      INTEGER NOT NULL REFERENCES connection (id),
    every       INTEGER,
    next_due    INTEGER,
    seq         INTEGER NOT NULL DEFAULT 0,
    fence       INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER,
    crash_count INTEGER NOT NULL DEFAULT 0,
    state       TEXT    NOT NULL DEFAULT 'idle',
    position    TEXT
) STRICT;

-- Where the next run of a kind of record starts to read.
CREATE TABLE cursor (
    flow   INTEGER NOT NULL REFERENCES flow (id),
    entity TEXT    NOT NULL,
    cursor TEXT    NOT NULL,
    PRIMARY KEY (flow, entity)
) STRICT, WITHOUT ROWID;

-- Which record of the source is which record of the target; unique both ways.
CREATE TABLE link (
    source    INTEGER NOT NULL REFERENCES connection (id),
    target    INTEGER NOT NULL REFERENCES connection (id),
    entity    TEXT    NOT NULL,
    source_id TEXT    NOT NULL,
    target_id TEXT    NOT NULL,
    origin    TEXT    NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (source, target, entity, source_id),
    UNIQUE (source, target, entity, target_id)
) STRICT, WITHOUT ROWID;

-- What was last agreed. A table with rowids: its rows are long, and records come in an order that
-- is not the order of their ids as text.
CREATE TABLE base (
    flow      INTEGER NOT NULL REFERENCES flow (id),
    entity    TEXT    NOT NULL,
    source_id TEXT    NOT NULL,
    hash      BLOB    NOT NULL,
    lifecycle TEXT    NOT NULL,
    run       BLOB    NOT NULL,
    synced_at INTEGER NOT NULL,
    fields    TEXT    NOT NULL,
    UNIQUE (flow, entity, source_id)
) STRICT;

-- Writes that were planned and whose end is not known yet.
CREATE TABLE intent (
    flow      INTEGER NOT NULL REFERENCES flow (id),
    op        BLOB    NOT NULL,
    run       BLOB    NOT NULL,
    entity    TEXT    NOT NULL,
    source_id TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    marker    TEXT    NOT NULL,
    batch_key TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    payload   TEXT    NOT NULL,
    PRIMARY KEY (flow, op)
) STRICT, WITHOUT ROWID;

-- Updates, with what was there before.
CREATE TABLE change (
    id            INTEGER PRIMARY KEY,
    flow          INTEGER NOT NULL REFERENCES flow (id),
    op            BLOB    NOT NULL,
    run           BLOB    NOT NULL,
    entity        TEXT    NOT NULL,
    source_id     TEXT    NOT NULL,
    target_id     TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    before_fields TEXT    NOT NULL,
    after_fields  TEXT    NOT NULL
) STRICT;

CREATE INDEX change_run ON change (run);

-- Records that are set aside, each with its reason.
CREATE TABLE parked (
    flow      INTEGER NOT NULL REFERENCES flow (id),
    entity    TEXT    NOT NULL,
    source_id TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    error     TEXT    NOT NULL,
    attempts  INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    run       BLOB    NOT NULL,
    hash      BLOB,
    PRIMARY KEY (flow, entity, source_id)
) STRICT, WITHOUT ROWID;

-- Runs.
CREATE TABLE run (
    id         BLOB    NOT NULL PRIMARY KEY,
    flow       INTEGER NOT NULL REFERENCES flow (id),
    set_off_by TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    status     TEXT    NOT NULL,
    message    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX run_flow ON run (flow, id);

-- What became of the records of a run.
CREATE TABLE run_count (
    run       BLOB    NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    entity    TEXT    NOT NULL,
    read      INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    skipped   INTEGER NOT NULL,
    parked    INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    PRIMARY KEY (run, entity)
) STRICT, WITHOUT ROWID;

-- Events that nobody has taken yet.
CREATE TABLE event_outbox (
    id   BLOB    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL,
    body TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Settings that are changed while the program runs.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
