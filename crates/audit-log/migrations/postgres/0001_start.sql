CREATE TABLE audit_meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Systems, connections, flows and kinds of record: the rows hold their numbers.
CREATE TABLE audit_name (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- Who writes, and the end of each writer's chain.
CREATE TABLE audit_writer (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_seq BIGINT NOT NULL,
    last_hash BYTEA NOT NULL,
    last_ts BIGINT NOT NULL
);

-- Times are microseconds since 1970, UTC. The id is the order of arrival, without holes.
CREATE TABLE audit_event (
    id BIGINT NOT NULL PRIMARY KEY,
    uid BYTEA NOT NULL,
    writer BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    observed_ts BIGINT NOT NULL,
    level BIGINT NOT NULL,
    event TEXT NOT NULL,
    outcome BIGINT,
    system BIGINT,
    connection BIGINT,
    flow BIGINT,
    run BYTEA,
    actor TEXT,
    entity BIGINT,
    record TEXT,
    target TEXT,
    operation TEXT,
    method TEXT,
    path TEXT,
    status BIGINT,
    duration_us BIGINT,
    attempt BIGINT,
    code TEXT,
    request_id TEXT,
    fingerprint BIGINT,
    message TEXT NOT NULL,
    details TEXT,
    body_hash BYTEA,
    hash BYTEA NOT NULL
);
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
    uid BYTEA NOT NULL PRIMARY KEY
);

-- JSON of request and response. Codec 0 is plain, 1 is deflated.
CREATE TABLE audit_body (
    event BIGINT NOT NULL PRIMARY KEY,
    ts BIGINT NOT NULL,
    codec BIGINT NOT NULL,
    content BYTEA NOT NULL
);
CREATE INDEX audit_body_ts ON audit_body (ts);

-- Roll-ups. 0 stands for none; days are counted from 1970, UTC.
CREATE TABLE audit_stat_day (
    day BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    flow BIGINT NOT NULL,
    entity BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (day, connection, flow, entity, outcome)
);

-- The same days added up for each connection, flow and kind of record alone: the overview of some
-- days reads a few hundred rows here where the table above has hundreds of thousands. A row holds the
-- counts of 64 names, packed: see `totals.rs`. Its id is made of day, kind (1 is a connection, 2 a flow,
-- 3 a kind of record) and names, so that days stand together; every count is in each kind once.
CREATE TABLE audit_stat_total (
    id BIGINT NOT NULL PRIMARY KEY,
    counts BYTEA NOT NULL
) WITH (fillfactor = 70);

-- Level 0 are records that are only counted, with no entry of their own.
CREATE TABLE audit_stat_system (
    day BIGINT NOT NULL,
    system BIGINT NOT NULL,
    level BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    n BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    PRIMARY KEY (day, system, level, outcome)
);

-- States: 1 open, 2 resolved, 3 ignored, 4 regressed.
CREATE TABLE audit_issue (
    fingerprint BIGINT NOT NULL PRIMARY KEY,
    algo BIGINT NOT NULL,
    title TEXT NOT NULL,
    level BIGINT NOT NULL,
    system BIGINT,
    event TEXT NOT NULL,
    code TEXT,
    first_ts BIGINT NOT NULL,
    last_ts BIGINT NOT NULL,
    n BIGINT NOT NULL,
    connections BIGINT NOT NULL DEFAULT 0,
    state BIGINT NOT NULL,
    state_ts BIGINT,
    state_by TEXT,
    note TEXT,
    last_event BIGINT NOT NULL
);
CREATE INDEX audit_issue_last ON audit_issue (last_ts);
CREATE TABLE audit_issue_connection (
    fingerprint BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    n BIGINT NOT NULL,
    last_ts BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, connection)
);
CREATE TABLE audit_issue_day (
    fingerprint BIGINT NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, day)
);

-- Rows that retention removed: the chain goes on after them from this hash.
CREATE TABLE audit_gap (
    writer BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_hash BYTEA NOT NULL,
    PRIMARY KEY (writer, first_seq)
);

-- The end of each writer's chain at the end of each day.
CREATE TABLE audit_head (
    day BIGINT NOT NULL,
    writer BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    ts BIGINT NOT NULL,
    exported_ts BIGINT,
    PRIMARY KEY (day, writer)
);

INSERT INTO audit_meta (key, value) VALUES ('program', 'koppel-audit'), ('schema', '1');
