//! Names that the rows hold as numbers: systems, connections, flows, kinds of record.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::db::{Arg, Db, Insert, Kind, Row, Tx, Value};
use crate::error::Error;

/// How many names one query looks for.
const LOOK_UP: usize = 64;

static NAME: Insert = Insert::new("audit_name", &[("id", Kind::Int), ("name", Kind::Text)], "");

/// The names that are known in this process. Names are only ever added.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_name: HashMap<Arc<str>, i64>,
    by_id: HashMap<i64, Arc<str>>,
    /// All names up to this number were read.
    read_to: i64,
}

impl Known {
    fn add(&mut self, name: &str, id: i64) {
        let name: Arc<str> = name.into();
        self.by_id.insert(id, Arc::clone(&name));
        self.by_name.insert(name, id);
    }
}

/// Names that a transaction added or found; to be told to [`Names::learn`] once it is committed.
pub(crate) type Learnt = Vec<(String, i64)>;

impl Names {
    fn cached_id(&self, name: &str) -> Option<i64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.by_name.get(name).copied()
    }

    /// Takes names that are committed.
    pub(crate) fn learn(&self, names: &Learnt) {
        if names.is_empty() {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (name, id) in names {
            known.add(name, *id);
        }
    }

    /// The number of a name; `None` if no entry has ever had it.
    pub(crate) async fn id(&self, db: &Db, name: &str) -> Result<Option<i64>, Error> {
        if let Some(id) = self.cached_id(name) {
            return Ok(Some(id));
        }
        self.refresh(db).await?;
        Ok(self.cached_id(name))
    }

    /// The names with these numbers; `None` for 0, and for what is no number of a name.
    pub(crate) async fn of(&self, db: &Db, ids: &[i64]) -> Result<Vec<Option<String>>, Error> {
        let is_new = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            (ids.iter()).any(|id| *id != 0 && !known.by_id.contains_key(id))
        };
        if is_new {
            self.refresh(db).await?;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let name = |id| known.by_id.get(id).map(|name| name.as_ref().to_owned());
        Ok(ids.iter().map(name).collect())
    }

    /// Reads the names that came since.
    async fn refresh(&self, db: &Db) -> Result<(), Error> {
        let last = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.read_to
        };
        let rows = db
            .read(
                "SELECT id, name FROM audit_name WHERE id > ? ORDER BY id",
                &[Value::Int(last)],
            )
            .await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for row in &rows {
            let id = row.int(0)?;
            known.add(row.text(1)?, id);
            // Names are added in the order of their numbers, under the lock of the log.
            known.read_to = known.read_to.max(id);
        }
        Ok(())
    }

    /// The numbers of these names, which are added if they are new.
    ///
    /// What is returned beside them is to be told to [`learn`](Self::learn) after the commit.
    pub(crate) async fn intern<'a>(
        &self,
        tx: &mut Tx,
        wanted: impl Iterator<Item = &'a str>,
    ) -> Result<(HashMap<&'a str, i64>, Learnt), Error> {
        let mut ids = HashMap::new();
        let mut missing: Vec<&str> = Vec::new();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let mut seen = HashSet::new();
            for name in wanted {
                if !seen.insert(name) {
                    continue;
                }
                match known.by_name.get(name) {
                    Some(id) => {
                        ids.insert(name, *id);
                    }
                    None => missing.push(name),
                }
            }
        }
        let mut learnt = Learnt::new();
        if missing.is_empty() {
            return Ok((ids, learnt));
        }
        for chunk in missing.chunks(LOOK_UP) {
            for row in look_up(tx, chunk).await? {
                learnt.push((row.text(1)?.to_owned(), row.int(0)?));
            }
        }
        let stored: HashMap<&str, i64> = (learnt.iter())
            .map(|(name, id)| (name.as_str(), *id))
            .collect();
        let rows = tx
            .fetch("SELECT COALESCE(MAX(id), 0) FROM audit_name", &[])
            .await?;
        let mut last = rows.first().map_or(Ok(0), |row| row.int(0))?;
        let (mut cells, mut added) = (Vec::new(), Learnt::new());
        for name in missing {
            let id = stored.get(name).copied().unwrap_or_else(|| {
                last = last.saturating_add(1);
                cells.extend([Arg::Int(last), Arg::Text(name)]);
                added.push((name.to_owned(), last));
                last
            });
            ids.insert(name, id);
        }
        tx.insert(&NAME, &cells).await?;
        learnt.extend(added);
        Ok((ids, learnt))
    }
}

/// The rows of these names; the list is filled up so that there are few texts to prepare.
async fn look_up(tx: &mut Tx, names: &[&str]) -> Result<Vec<Row>, Error> {
    let Some(last) = names.last() else {
        return Ok(Vec::new());
    };
    let size = names.len().next_power_of_two();
    let values: Vec<Value> = names
        .iter()
        .chain(std::iter::repeat_n(last, size - names.len()))
        .map(|name| Value::from(*name))
        .collect();
    let marks = vec!["?"; size].join(", ");
    let sql = format!("SELECT id, name FROM audit_name WHERE name IN ({marks})");
    tx.fetch(&sql, &values).await
}
