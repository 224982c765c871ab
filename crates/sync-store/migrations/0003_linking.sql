-- Linking by hand: what a person decided about records, and what is suggested to one.

-- What holds of a record of the source by decision. The target is empty where a rule is about none.
CREATE TABLE link_rule (
    source    INTEGER NOT NULL REFERENCES connection (id),
    target    INTEGER NOT NULL REFERENCES connection (id),
    entity    TEXT    NOT NULL,
    source_id TEXT    NOT NULL,
    rule      TEXT    NOT NULL,
    target_id TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (source, target, entity, source_id, rule, target_id)
) STRICT, WITHOUT ROWID;

-- Every decision with what held before and after, so that it can be undone. Numbers are never used
-- again: a person may have written one down.
CREATE TABLE link_decision (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    flow         INTEGER NOT NULL REFERENCES flow (id),
    source       INTEGER NOT NULL REFERENCES connection (id),
    target       INTEGER NOT NULL REFERENCES connection (id),
    at           INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    entity       TEXT    NOT NULL,
    source_id    TEXT    NOT NULL,
    target_id    TEXT,
    before_state TEXT    NOT NULL,
    after_state  TEXT    NOT NULL,
    undone_at    INTEGER
) STRICT;

CREATE INDEX link_decision_record ON link_decision (source, target, entity, source_id);

-- What may be the same, likeliest first, as it was when somebody looked.
CREATE TABLE suggestion (
    source    INTEGER NOT NULL REFERENCES connection (id),
    target    INTEGER NOT NULL REFERENCES connection (id),
    entity    TEXT    NOT NULL,
    source_id TEXT    NOT NULL,
    name      TEXT,
    found     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (source, target, entity, source_id)
) STRICT, WITHOUT ROWID;
