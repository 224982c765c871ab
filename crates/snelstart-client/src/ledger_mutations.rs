//! What was booked on the ledger accounts (`grootboekmutaties`), read only.

mod apply;

use api_core::{Error, ErrorKind};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::cost_centres::CostCentreId;
use crate::documents::Document;
use crate::filter::Filter;
use crate::id::Ref;
use crate::journals::JournalId;
use crate::ledgers::LedgerId;
use crate::list::List;
use crate::model::{ids, model};
use crate::operations as ops;
use crate::relations::RelationId;
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

handle! {
    /// Ledger mutations (`grootboekmutaties`), read only.
    pub fn ledger_mutations -> LedgerMutations, "Ledger mutations";
}

impl<'c> LedgerMutations<'c> {
    /// Lists ledger mutations; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, LedgerMutation> {
        self.client.list_of(&ops::LEDGER_MUTATIONS_LIST)
    }

    /// Fetches a ledger mutation.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &LedgerMutationId) -> Result<LedgerMutation, Error> {
        self.client
            .get_model(&ops::LEDGER_MUTATIONS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Has sums worked out over ledger mutations (`$apply`).
    ///
    /// The vendor documentation applies it after the filter; whether the
    /// server's page of 500 limits the mutations or the rows of the answer is
    /// unknown, so compare once before relying on it.
    ///
    /// # Errors
    ///
    /// `Decode` where a row lacks the amount asked for, and those of any call.
    pub async fn apply(
        &self,
        apply: &Apply,
        filter: Option<Filter<LedgerMutation>>,
    ) -> Result<Vec<AggregateRow>, Error> {
        let operation = &ops::LEDGER_MUTATIONS_LIST;
        let mut query = vec![("$apply", apply.to_string())];
        if let Some(filter) = filter {
            query.push(("$filter", filter.to_string()));
        }
        let answer = self.client.send(operation, &[], &query, None).await?;
        let rows = answer.json()?.unwrap_or_default();
        let rows = match rows.as_list() {
            Some(rows) => apply.read(rows),
            None => Err(Error::new(ErrorKind::Decode, "The answer is no list.")),
        };
        rows.map_err(|error| error.operation(operation.name))
    }
}
