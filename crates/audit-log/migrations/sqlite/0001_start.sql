CREATE TABLE audit_meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Systems, connections, flows and kinds of record: the rows hold their numbers.
CREATE TABLE audit_name (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Who writes, and the end of each writer's chain.
CREATE TABLE audit_writer (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_seq INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    last_ts INTEGER NOT NULL
) STRICT;

-- Times are microseconds since 1970, UTC. The id is the order of arrival, without holes.
CREATE TABLE audit_event (
    id INTEGER NOT NULL PRIMARY KEY,
    uid BLOB NOT NULL,
    writer INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    observed_ts INTEGER NOT NULL,
    level INTEGER NOT NULL,
    event TEXT NOT NULL,
    outcome INTEGER,
    system INTEGER,
    connection INTEGER,
    flow INTEGER,
    run BLOB,
    actor TEXT,
    entity INTEGER,
    record TEXT,
    target TEXT,
    operation TEXT,
    method TEXT,
    path TEXT,
    status INTEGER,
    duration_us INTEGER,
    attempt INTEGER,
    code TEXT,
    request_id TEXT,
    fingerprint INTEGER,
    message TEXT NOT NULL,
    details TEXT,
    body_hash BLOB,
    hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_event_uid ON audit_event (uid);
CREATE INDEX audit_event_ts ON audit_event (ts, id);
CREATE INDEX audit_event_connection ON audit_event (connection, ts, id);
CREATE INDEX audit_event_run ON audit_event (run, ts, id) WHERE run IS NOT NULL;
CREATE INDEX audit_event_record ON audit_event (entity, record, ts, id) WHERE record IS NOT NULL;
CREATE INDEX audit_event_target ON audit_event (entity, target, ts, id) WHERE target IS NOT NULL;
CREATE INDEX audit_event_error ON audit_event (ts, id) WHERE level >= 17;
CREATE INDEX audit_event_warning ON audit_event (ts, id) WHERE level >= 13;
CREATE INDEX audit_event_connection_warning ON audit_event (connection, ts, id) WHERE level >= 13;
CREATE INDEX audit_event_fingerprint ON audit_event (fingerprint, ts, id)
    WHERE fingerprint IS NOT NULL;

-- Entries under the minimum level that were counted: their ids, so that none is counted twice.
CREATE TABLE audit_counted (
    uid BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- JSON of request and response. Codec 0 is plain, 1 is deflated.
CREATE TABLE audit_body (
    event INTEGER NOT NULL PRIMARY KEY,
    ts INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX audit_body_ts ON audit_body (ts);

-- Roll-ups. 0 stands for none; days are counted from 1970, UTC.
CREATE TABLE audit_stat_day (
    day INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, connection, flow, entity, outcome)
) STRICT, WITHOUT ROWID;

-- The same days added up for each connection, flow and kind of record alone: the overview of some
-- days reads a few hundred rows here where the table above has hundreds of thousands. A row holds the
-- counts of 64 names, packed: see `totals.rs`. Its id is made of day, kind (1 is a connection, 2 a flow,
-- 3 a kind of record) and names, so that days stand together; every count is in each kind once.
CREATE TABLE audit_stat_total (
    id INTEGER NOT NULL PRIMARY KEY,
    counts BLOB NOT NULL
) STRICT;

-- Level 0 are records that are only counted, with no entry of their own.
CREATE TABLE audit_stat_system (
    day INTEGER NOT NULL,
    system INTEGER NOT NULL,
    level INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    n INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    PRIMARY KEY (day, system, level, outcome)
) STRICT, WITHOUT ROWID;

-- States: 1 open, 2 resolved, 3 ignored, 4 regressed.
CREATE TABLE audit_issue (
    fingerprint INTEGER NOT NULL PRIMARY KEY,
    algo INTEGER NOT NULL,
    title TEXT NOT NULL,
    level INTEGER NOT NULL,
    system INTEGER,
    event TEXT NOT NULL,
    code TEXT,
    first_ts INTEGER NOT NULL,
    last_ts INTEGER NOT NULL,
    n INTEGER NOT NULL,
    connections INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL,
    state_ts INTEGER,
    state_by TEXT,
    note TEXT,
    last_event INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_issue_last ON audit_issue (last_ts);
CREATE TABLE audit_issue_connection (
    fingerprint INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    n INTEGER NOT NULL,
    last_ts INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, connection)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_issue_day (
    fingerprint INTEGER NOT NULL,
    day INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, day)
) STRICT, WITHOUT ROWID;

-- Rows that retention removed: the chain goes on after them from this hash.
CREATE TABLE audit_gap (
    writer INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    PRIMARY KEY (writer, first_seq)
) STRICT, WITHOUT ROWID;

-- The end of each writer's chain at the end of each day.
CREATE TABLE audit_head (
    day INTEGER NOT NULL,
    writer INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    ts INTEGER NOT NULL,
    exported_ts INTEGER,
    PRIMARY KEY (day, writer)
) STRICT, WITHOUT ROWID;

INSERT INTO audit_meta (key, value) VALUES ('program', 'koppel-audit'), ('schema', '1');
