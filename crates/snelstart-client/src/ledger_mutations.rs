//! What was booked on the ledger accounts (`grootboekmutaties`), read only.

mod apply;

use rust_decimal::Decimal;

use crate::model::{ids, model};
use crate::wall_time::WallTime;

pub use apply::{Aggregate, AggregateRow, Aggregation, Apply, Group, Measure};

ids! {
    /// The id of a ledger mutation (grootboekmutatie).
    LedgerMutationId "/grootboekmutaties"
}

model! {
    /// An amount booked on a ledger account (grootboekmutatie).
    pub struct LedgerMutation, fields LedgerMutationFields, wire "GrootboekMutatieModel" {
        /// The ledger account (`grootboek`).
        ledger: Ref<LedgerId> = "grootboek",
        /// The cost centre (`kostenplaats`).
        cost_centre: Ref<CostCentreId> = "kostenplaats",
        /// The day of the booking (`datum`).
        date: WallTime = "datum",
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// The journal it came through (`dagboek`).
        journal: Ref<JournalId> = "dagboek",
        /// What it is for (`omschrijving`).
        description: String = "omschrijving",
        /// The amount debited (`debet`), in euros.
        debit: Decimal = "debet",
        /// The amount credited (`credit`), in euros.
        credit: Decimal = "credit",
        /// Debit less credit (`saldo`), in euros; on the debtors' account a
        /// payment received is below 0.
        balance: Decimal = "saldo",
        /// Its attachments (`documents`).
        documents: Vec<Document> = "documents",
        /// The voucher's number (`boekstuk`).
        voucher_number: String = "boekstuk",
        /// The invoice's number (`factuurNummer`), where there is one.
        invoice_number: String = "factuurNummer",
        /// Whom it concerns (`relatiePublicIdentifier`).
        relation: Ref<RelationId> = "relatiePublicIdentifier",
        /// Its id (`id`).
        id: LedgerMutationId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}
