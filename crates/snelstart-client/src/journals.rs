//! Journals (`dagboeken`), read only.

use api_core::Error;

use crate::calls::handle;
use crate::model::{ids, model, words};
use crate::operations as ops;

ids! {
    /// The id of a journal (dagboek).
    JournalId "/dagboeken"
}

words! {
    /// What is booked in a journal (`soort`).
    pub enum JournalKind {
        /// Nothing (`Geen`).
        None = "Geen",
        /// Cash (`Kas`).
        Cash = "Kas",
        /// A bank account (`Bank`).
        Bank = "Bank",
        /// Sales (`Verkoop`).
        Sales = "Verkoop",
        /// Purchases (`Inkoop`).
        Purchases = "Inkoop",
        /// Everything without money moving (`Memoriaal`).
        Memorial = "Memoriaal",
        /// The opening balance (`Balans`).
        Balance = "Balans",
    }
}

model! {
    /// A journal: a book with the bookings of one kind (dagboek).
    pub struct Journal, fields JournalFields, wire "DagboekModel" {
        /// Its name (`omschrijving`).
        description: String = "omschrijving",
        /// What is booked in it (`soort`).
        kind: JournalKind = "soort",
        /// Whether it is as good as deleted (`nonactief`).
        inactive: bool = "nonactief",
        /// Its number (`nummer`): that of the ledger account behind it (inferred).
        number: i32 = "nummer",
        /// Its id (`id`).
        id: JournalId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Journals (`dagboeken`), read only; the server ignores filters here (measured by
    /// client authors).
    pub fn journals -> Journals, "Journals";
}

impl Journals<'_> {
    /// Lists journals, all at once.
    ///
    /// # Errors
    ///
    /// `Decode` where one cannot be read, and those of any call.
    pub async fn list(&self) -> Result<Vec<Journal>, Error> {
        self.client.get_models(&ops::JOURNALS_LIST, &[], &[]).await
    }
}
