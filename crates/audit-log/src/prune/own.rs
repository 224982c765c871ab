//! Entries that the log writes about itself, in the transaction that they tell of.

use crate::db::Tx;
use crate::entry::Entry;
use crate::error::Error;
use crate::queue::Shared;
use crate::write::{Appended, Written, append_in};

/// Appends an entry with details that are kept as they are; returns its number.
///
/// After the commit [`Shared::committed`] is told.
pub(crate) async fn append(
    shared: &Shared,
    tx: &mut Tx,
    entry: Entry,
    details: String,
) -> Result<(i64, Written), Error> {
    let mut prepared = shared.prepare(entry);
    // Digests, numbers and times: nothing of a person, and nothing may be masked in them.
    prepared.details = Some(details);
    let written = append_in(shared, tx, &[&prepared]).await?;
    match written.results.first() {
        Some(Appended::Written { number }) => Ok((*number, written)),
        // Its id is new: a log that knows it is not what it should be.
        _ => Err(Error::Corrupt(
            "the audit log knows an entry already that is only being written".to_owned(),
        )),
    }
}
