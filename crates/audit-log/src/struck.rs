//! How many connections an issue struck, counted as they come so that nobody has to.

use std::collections::{BTreeMap, HashSet};

use crate::db::{Tx, Value};
use crate::error::Error;

/// How many pairs one query looks for.
const LOOK_UP: usize = 128;

/// Counts by issue the connections among these pairs that it has not struck before.
pub(crate) async fn new_connections(
    tx: &mut Tx,
    pairs: impl Iterator<Item = (i64, i64)>,
) -> Result<BTreeMap<i64, i64>, Error> {
    let pairs: Vec<(i64, i64)> = pairs.collect();
    let mut known = HashSet::new();
    for chunk in pairs.chunks(LOOK_UP) {
        // The list is filled up so that there are few texts to prepare.
        let size = chunk.len().next_power_of_two();
        let filled = chunk.iter().cycle().take(size);
        let values: Vec<Value> = filled
            .flat_map(|(issue, connection)| [Value::Int(*issue), Value::Int(*connection)])
            .collect();
        let marks = vec!["(?, ?)"; size].join(", ");
        let sql = format!(
            "SELECT fingerprint, connection FROM audit_issue_connection \
             WHERE (fingerprint, connection) IN (VALUES {marks})"
        );
        for row in tx.fetch(&sql, &values).await? {
            known.insert((row.int(0)?, row.int(1)?));
        }
    }
    let mut new = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| !known.contains(pair)) {
        *new.entry(pair.0).or_default() += 1;
    }
    Ok(new)
}
