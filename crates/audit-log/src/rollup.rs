//! Numbers that are kept up to date with each batch, so that nobody has to count.

use std::collections::BTreeMap;

use crate::db::{Arg, Insert, Kind, Tx};
use crate::error::Error;
use crate::prepare::{COUNT, Prepared};
use crate::schema::DAY;
use crate::struck;
use crate::totals::Totals;

/// The numbers of the names of an entry; 0 for none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NameIds {
    pub(crate) system: i64,
    pub(crate) connection: i64,
    pub(crate) flow: i64,
    pub(crate) entity: i64,
}

static STAT_SYSTEM: Insert = Insert::new(
    "audit_stat_system",
    &[
        ("day", Kind::Int),
        ("system", Kind::Int),
        ("level", Kind::Int),
        ("outcome", Kind::Int),
        ("n", Kind::Int),
        ("duration_us", Kind::Int),
    ],
    "ON CONFLICT (day, system, level, outcome) DO UPDATE SET \
     n = audit_stat_system.n + excluded.n, \
     duration_us = audit_stat_system.duration_us + excluded.duration_us",
);

static STAT_DAY: Insert = Insert::new(
    "audit_stat_day",
    &[
        ("day", Kind::Int),
        ("connection", Kind::Int),
        ("flow", Kind::Int),
        ("entity", Kind::Int),
        ("outcome", Kind::Int),
        ("n", Kind::Int),
    ],
    "ON CONFLICT (day, connection, flow, entity, outcome) DO UPDATE SET \
     n = audit_stat_day.n + excluded.n",
);

// What an issue says of itself is what its newest entry says. What happened before somebody resolved
// it and arrives late does not make it regressed.
static ISSUE: Insert = Insert::new(
    "audit_issue",
    &[
        ("fingerprint", Kind::Int),
        ("algo", Kind::Int),
        ("title", Kind::Text),
        ("level", Kind::Int),
        ("system", Kind::Int),
        ("event", Kind::Text),
        ("code", Kind::Text),
        ("first_ts", Kind::Int),
        ("last_ts", Kind::Int),
        ("n", Kind::Int),
        ("connections", Kind::Int),
        ("state", Kind::Int),
        ("last_event", Kind::Int),
    ],
    "ON CONFLICT (fingerprint) DO UPDATE SET \
     n = audit_issue.n + excluded.n, \
     connections = audit_issue.connections + excluded.connections, \
     first_ts = CASE WHEN excluded.first_ts < audit_issue.first_ts \
                THEN excluded.first_ts ELSE audit_issue.first_ts END, \
     title = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
             THEN excluded.title ELSE audit_issue.title END, \
     level = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
             THEN excluded.level ELSE audit_issue.level END, \
     system = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
              THEN excluded.system ELSE audit_issue.system END, \
     event = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
             THEN excluded.event ELSE audit_issue.event END, \
     code = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
            THEN excluded.code ELSE audit_issue.code END, \
     last_event = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
                  THEN excluded.last_event ELSE audit_issue.last_event END, \
     last_ts = CASE WHEN excluded.last_ts >= audit_issue.last_ts \
               THEN excluded.last_ts ELSE audit_issue.last_ts END, \
     state_ts = CASE WHEN audit_issue.state = 2 \
                AND excluded.last_ts > COALESCE(audit_issue.state_ts, 0) \
                THEN excluded.last_ts ELSE audit_issue.state_ts END, \
     state = CASE WHEN audit_issue.state = 2 \
             AND excluded.last_ts > COALESCE(audit_issue.state_ts, 0) \
             THEN 4 ELSE audit_issue.state END",
);

static ISSUE_CONNECTION: Insert = Insert::new(
    "audit_issue_connection",
    &[
        ("fingerprint", Kind::Int),
        ("connection", Kind::Int),
        ("n", Kind::Int),
        ("last_ts", Kind::Int),
    ],
    "ON CONFLICT (fingerprint, connection) DO UPDATE SET \
     n = audit_issue_connection.n + excluded.n, \
     last_ts = CASE WHEN excluded.last_ts > audit_issue_connection.last_ts \
               THEN excluded.last_ts ELSE audit_issue_connection.last_ts END",
);

static ISSUE_DAY: Insert = Insert::new(
    "audit_issue_day",
    &[
        ("fingerprint", Kind::Int),
        ("day", Kind::Int),
        ("n", Kind::Int),
    ],
    "ON CONFLICT (fingerprint, day) DO UPDATE SET n = audit_issue_day.n + excluded.n",
);

/// The sums of one batch.
#[derive(Debug, Default)]
pub(crate) struct Rollups<'a> {
    /// By day, system, level and outcome: how many, and how long they took.
    systems: BTreeMap<(i64, i64, i64, i64), (i64, i64)>,
    /// By day, connection, flow, kind of record and outcome.
    days: BTreeMap<(i64, i64, i64, i64, i64), i64>,
    issues: BTreeMap<i64, Issue<'a>>,
    issue_connections: BTreeMap<(i64, i64), (i64, i64)>,
    issue_days: BTreeMap<(i64, i64), i64>,
}

#[derive(Debug)]
struct Issue<'a> {
    newest: &'a Prepared,
    algo: i64,
    title: &'a str,
    system: i64,
    number: i64,
    first_ts: i64,
    n: i64,
}

impl<'a> Rollups<'a> {
    /// Counts an entry, which has this number.
    pub(crate) fn add(&mut self, entry: &'a Prepared, number: i64, ids: NameIds) {
        let day = entry.ts.div_euclid(DAY);
        let outcome = entry.outcome().unwrap_or(0);
        let level = entry.entry.level.number();
        let sum = self
            .systems
            .entry((day, ids.system, level, outcome))
            .or_default();
        sum.0 += 1;
        sum.1 += entry.duration_us.unwrap_or(0);
        if outcome != 0 {
            let key = (day, ids.connection, ids.flow, ids.entity, outcome);
            *self.days.entry(key).or_default() += 1;
        }
        self.add_issue(entry, number, ids, day);
    }

    /// Counts records that have no entries of their own.
    pub(crate) fn add_tally(
        &mut self,
        entry: &Prepared,
        ids: NameIds,
        entity: i64,
        outcome: i64,
        count: u64,
    ) {
        let count = i64::try_from(count).unwrap_or(COUNT).min(COUNT);
        if count == 0 {
            return;
        }
        let day = entry.ts.div_euclid(DAY);
        let key = (day, ids.system, 0, outcome);
        self.systems.entry(key).or_default().0 += count;
        let key = (day, ids.connection, ids.flow, entity, outcome);
        *self.days.entry(key).or_default() += count;
    }

    fn add_issue(&mut self, entry: &'a Prepared, number: i64, ids: NameIds, day: i64) {
        let Some(fingerprint) = &entry.fingerprint else {
            return;
        };
        let issue = self.issues.entry(fingerprint.value).or_insert(Issue {
            newest: entry,
            algo: fingerprint.algo.into(),
            title: &fingerprint.title,
            system: ids.system,
            number,
            first_ts: entry.ts,
            n: 0,
        });
        issue.n += 1;
        issue.first_ts = issue.first_ts.min(entry.ts);
        if entry.ts >= issue.newest.ts {
            issue.newest = entry;
            issue.title = &fingerprint.title;
            issue.system = ids.system;
            issue.number = number;
        }
        if ids.connection != 0 {
            let key = (fingerprint.value, ids.connection);
            let hit = self.issue_connections.entry(key).or_insert((0, entry.ts));
            hit.0 += 1;
            hit.1 = hit.1.max(entry.ts);
        }
        *self.issue_days.entry((fingerprint.value, day)).or_default() += 1;
    }

    /// Adds the sums to what is stored.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Error> {
        let mut cells = Vec::new();
        for ((day, system, level, outcome), (n, duration_us)) in &self.systems {
            cells.extend([day, system, level, outcome, n, duration_us].map(|n| Arg::Int(*n)));
        }
        tx.insert(&STAT_SYSTEM, &cells).await?;
        cells.clear();
        let mut totals = Totals::default();
        for ((day, connection, flow, entity, outcome), n) in &self.days {
            cells.extend([day, connection, flow, entity, outcome, n].map(|n| Arg::Int(*n)));
            totals.add(*day, [*connection, *flow, *entity], *outcome, *n);
        }
        tx.insert(&STAT_DAY, &cells).await?;
        totals.write(tx).await?;
        if self.issues.is_empty() {
            return Ok(());
        }
        let pairs = self.issue_connections.keys().copied();
        let struck = struck::new_connections(tx, pairs).await?;
        cells.clear();
        for (fingerprint, issue) in &self.issues {
            let newest = &issue.newest.entry;
            cells.extend([
                Arg::Int(*fingerprint),
                Arg::Int(issue.algo),
                Arg::Text(issue.title),
                Arg::Int(newest.level.number()),
                match issue.system {
                    0 => Arg::Null,
                    system => Arg::Int(system),
                },
                Arg::Text(newest.event.as_str()),
                Arg::from(newest.code.as_deref()),
                Arg::Int(issue.first_ts),
                Arg::Int(issue.newest.ts),
                Arg::Int(issue.n),
                Arg::Int(struck.get(fingerprint).copied().unwrap_or(0)),
                Arg::Int(1),
                Arg::Int(issue.number),
            ]);
        }
        tx.insert(&ISSUE, &cells).await?;
        cells.clear();
        for ((fingerprint, connection), (n, last_ts)) in &self.issue_connections {
            cells.extend([fingerprint, connection, n, last_ts].map(|n| Arg::Int(*n)));
        }
        tx.insert(&ISSUE_CONNECTION, &cells).await?;
        cells.clear();
        for ((fingerprint, day), n) in &self.issue_days {
            cells.extend([fingerprint, day, n].map(|n| Arg::Int(*n)));
        }
        tx.insert(&ISSUE_DAY, &cells).await
    }
}
