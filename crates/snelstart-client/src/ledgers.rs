//! Ledger accounts (`grootboeken`).

mod function;

use api_core::Error;

use crate::calls::handle;
use crate::list::List;
use crate::model::{ids, model, words};
use crate::operations as ops;
use crate::vat_tariffs::VatKind;
use crate::wall_time::WallTime;

pub use function::LedgerFunction;

ids! {
    /// The id of a ledger account (grootboek).
    LedgerId "/grootboeken"
}

words! {
    /// On which side of the books an account stands (`rekeningCode`).
    pub enum AccountKind {
        /// The balance sheet (`Balans`).
        BalanceSheet = "Balans",
        /// Profit and loss (`WinstEnVerlies`).
        ProfitAndLoss = "WinstEnVerlies",
    }
}

model! {
    /// A code of the national chart of accounts (RGS).
    pub struct RgsCode, fields RgsCodeFields, wire "RgsModel" {
        /// The chart's version (`versie`).
        version: String = "versie",
        /// The code (`rgsCode`).
        code: String = "rgsCode",
    }
}

model! {
    /// A ledger account (grootboek).
    pub struct Ledger, fields LedgerFields, wire "GrootboekModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// Its name (`omschrijving`).
        description: String = "omschrijving",
        /// Whether bookings on it need a cost centre (`kostenplaatsVerplicht`).
        cost_centre_required: bool = "kostenplaatsVerplicht",
        /// Balance sheet or profit and loss (`rekeningCode`).
        account_kind: AccountKind = "rekeningCode",
        /// Whether it is as good as deleted (`nonactief`).
        inactive: bool = "nonactief",
        /// Its number (`nummer`).
        number: i32 = "nummer",
        /// What it is for (`grootboekfunctie`).
        function: LedgerFunction = "grootboekfunctie",
        /// The section it stands in (`grootboekRubriek`), set by the server.
        section: String = "grootboekRubriek" [read_only],
        /// Its codes in the national chart (`rgsCode`), set by the server.
        rgs_codes: Vec<RgsCode> = "rgsCode" [read_only],
        /// The VAT rates allowed on it (`btwSoort`), set by the server.
        vat_kinds: Vec<VatKind> = "btwSoort" [read_only],
        /// The foreign VAT rate it is for (`vatRateCode`).
        vat_rate_code: String = "vatRateCode",
        /// Its id (`id`).
        id: LedgerId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Ledger accounts (`grootboeken`); the API changes and deletes none.
    pub fn ledgers -> Ledgers, "Ledger accounts";
}

impl<'c> Ledgers<'c> {
    /// Lists ledger accounts; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, Ledger> {
        self.client.list_of(&ops::LEDGERS_LIST)
    }

    /// Fetches a ledger account.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &LedgerId) -> Result<Ledger, Error> {
        self.client
            .get_model(&ops::LEDGERS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Creates a ledger account; an id in it is not sent.
    ///
    /// It is sent once: with an unknown outcome, look for it before trying
    /// again.
    ///
    /// # Errors
    ///
    /// `Validation` where a text is too long, before anything is
    /// sent, and those of any call.
    pub async fn create(&self, ledger: &Ledger) -> Result<Ledger, Error> {
        ledger.check()?;
        self.client
            .post_model(&ops::LEDGERS_CREATE, &[], ledger)
            .await
    }
}
