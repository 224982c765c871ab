//! How far pruning has come.

use api_core::Timestamp;
use serde_json::Value as Json;
use serde_json::json;

use crate::db::{Db, Tx, Value};
use crate::error::Error;
use crate::gaps::Digest;
use crate::level::Level;
use crate::retention::Retention;
use crate::verify::{self, Attestation};

/// The key under which `audit_meta` holds it.
const KEY: &str = "prune";

/// Entries that have a cut-off of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Debug,
    Info,
    Warning,
    Error,
    /// What says why bodies are not there: kept until no body can be that old.
    Erase,
}

impl Class {
    pub(super) const ALL: [Self; 5] = [
        Self::Debug,
        Self::Info,
        Self::Warning,
        Self::Error,
        Self::Erase,
    ];
    pub(super) const LAST: Self = Self::Erase;

    /// What its rows of `audit_event e` have. The literal numbers let the partial indices serve
    /// it.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Self::Debug => "e.level < 9 AND e.event <> 'log.erase'",
            Self::Info => "e.level >= 9 AND e.level < 13 AND e.event <> 'log.erase'",
            Self::Warning => "e.level >= 13 AND e.level < 17 AND e.event <> 'log.erase'",
            Self::Error => "e.level >= 17 AND e.event <> 'log.erase'",
            Self::Erase => "e.event = 'log.erase'",
        }
    }

    /// The moment before which its entries are removed.
    pub(super) fn cut_off(self, keep: &Retention, now: Timestamp) -> i64 {
        match self {
            Self::Debug => keep.cut_off(Level::Debug, now),
            Self::Info => keep.cut_off(Level::Info, now),
            Self::Warning => keep.cut_off(Level::Warning, now),
            Self::Error => keep.cut_off(Level::Error, now),
            Self::Erase => keep.cut_off(Level::Info, now).min(keep.bodies_cut_off(now)),
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// How far pruning has come. Only a help for the next one: nothing is believed because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The number of the newest `log.prune` entry; 0 if there is none.
    pub(super) newest: i64,
    /// Entries up to this number with times before `from` are dealt with.
    pub(super) seen: i64,
    from: [i64; Class::ALL.len()],
}

impl Default for State {
    fn default() -> Self {
        Self {
            newest: 0,
            seen: 0,
            from: [i64::MIN; Class::ALL.len()],
        }
    }
}

impl State {
    /// Entries of the class before this time are gone, unless they arrived since.
    pub(super) fn from(&self, class: Class) -> i64 {
        self.from.get(class.index()).copied().unwrap_or(i64::MIN)
    }

    pub(super) fn reached(&mut self, class: Class, ts: i64) {
        if let Some(from) = self.from.get_mut(class.index()) {
            *from = ts;
        }
    }

    pub(super) async fn read(db: &Db) -> Result<Self, Error> {
        let rows = db
            .read(
                "SELECT value FROM audit_meta WHERE key = ?",
                &[Value::from(KEY)],
            )
            .await?;
        Ok(rows
            .first()
            .and_then(|row| row.text(0).ok())
            .and_then(Self::parse)
            .unwrap_or_default())
    }

    fn parse(text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        let mut state = Self {
            newest: json.get("newest")?.as_i64()?,
            seen: json.get("seen")?.as_i64()?,
            ..Self::default()
        };
        let from = json.get("from")?.as_array()?;
        for (slot, value) in state.from.iter_mut().zip(from) {
            *slot = value.as_i64()?;
        }
        Some(state)
    }

    fn text(&self) -> String {
        json!({ "newest": self.newest, "seen": self.seen, "from": self.from }).to_string()
    }

    /// Keeps it, when nothing else is to be written.
    pub(super) async fn write(&self, db: &Db) -> Result<(), Error> {
        let mut tx = db.begin().await?;
        let noted = noted(&mut tx).await?;
        let state = Self {
            // Another process may have pruned since.
            newest: noted.map_or(0, |noted| noted.newest).max(self.newest),
            ..self.clone()
        };
        set(&mut tx, KEY, &state.text()).await?;
        tx.commit().await
    }

    pub(super) async fn write_in(&self, tx: &mut Tx, digest: Digest) -> Result<(), Error> {
        set(tx, KEY, &self.text()).await?;
        set(tx, verify::META_GAPS, &digest.to_string()).await
    }
}

async fn set(tx: &mut Tx, key: &str, value: &str) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO audit_meta (key, value) VALUES (?, ?) \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        &[Value::from(key), Value::from(value)],
    )
    .await
    .map(drop)
}

/// The newest `log.prune` entry, as the transaction sees it.
pub(super) async fn newest(tx: &mut Tx) -> Result<Option<Attestation>, Error> {
    if let Some(state) = noted(tx).await?
        && let Some(newest) = verify::at(tx, state.newest).await?
    {
        return Ok(Some(newest));
    }
    if meta(tx, verify::META_GAPS).await?.is_none() {
        return Ok(None);
    }
    // The note was lost: look for it.
    verify::newest(tx).await
}

async fn noted(tx: &mut Tx) -> Result<Option<State>, Error> {
    Ok(meta(tx, KEY).await?.as_deref().and_then(State::parse))
}

async fn meta(tx: &mut Tx, key: &str) -> Result<Option<String>, Error> {
    let rows = tx
        .fetch(
            "SELECT value FROM audit_meta WHERE key = ?",
            &[Value::from(key)],
        )
        .await?;
    rows.first()
        .map(|row| row.text(0).map(str::to_owned))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_reads_back_and_damage_makes_it_begin_anew() {
        let mut state = State {
            newest: 7,
            seen: 9,
            ..State::default()
        };
        state.reached(Class::Warning, 5);
        assert_eq!(State::parse(&state.text()), Some(state));
        for text in ["", "{}", "{\"newest\":1,\"seen\":2,\"from\":[\"x\"]}"] {
            assert_eq!(State::parse(text), None, "{text}");
        }
    }
}
