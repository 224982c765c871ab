//! What changes seldom in an administration: countries, journals, ledgers and VAT rates.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use api_core::{Date, Error, ErrorKind, SendOutcome, Timestamp};
use snelstart_client::{
    Country, CountryId, Journal, JournalId, JournalKind, Ledger, LedgerFunction, LedgerId, VatTable,
};

use super::SnelStart;
use super::ledgers::LedgerChoice;
use crate::cached::Cached;

/// How long what was read counts.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How soon what is missing is looked for once more.
const AGAIN: Duration = Duration::from_secs(60);

/// What is kept of an administration.
#[derive(Debug, Default)]
pub(super) struct Models {
    countries: Cached<Countries>,
    journals: Cached<Vec<Journal>>,
    ledgers: Cached<Vec<Ledger>>,
    vat: Cached<VatTable>,
}

/// The countries by id and by their codes of two letters.
#[derive(Debug, Default)]
pub(super) struct Countries {
    codes: HashMap<CountryId, String>,
    ids: HashMap<String, CountryId>,
}

impl Countries {
    fn of(countries: Vec<Country>) -> Self {
        let mut all = Self::default();
        for country in countries {
            let code = country.code.map(|code| code.trim().to_ascii_uppercase());
            if let (Some(id), Some(code)) = (country.id, code.filter(|code| !code.is_empty())) {
                all.ids.entry(code.clone()).or_insert(id);
                all.codes.insert(id, code);
            }
        }
        all
    }

    /// The code of two letters of a country.
    pub(super) fn code(&self, id: CountryId) -> Option<&str> {
        self.codes.get(&id).map(String::as_str)
    }

    /// The id of the country with this code of two letters.
    pub(super) fn id(&self, code: &str) -> Option<CountryId> {
        self.ids.get(&code.trim().to_ascii_uppercase()).copied()
    }
}

impl SnelStart {
    /// The countries.
    pub(super) async fn countries(&self) -> Result<Arc<Countries>, Error> {
        let read = || async { Ok(Countries::of(self.client().countries().list().await?)) };
        self.inner.models.countries.get(KEPT, read).await
    }

    /// The journals.
    pub(super) async fn journals(&self) -> Result<Arc<Vec<Journal>>, Error> {
        self.journals_within(KEPT).await
    }

    async fn journals_within(&self, within: Duration) -> Result<Arc<Vec<Journal>>, Error> {
        let read = || async { self.client().journals().list().await };
        self.inner.models.journals.get(within, read).await
    }

    /// What is booked in a journal; `None` if there is none with this id.
    pub(super) async fn journal_kind(&self, id: JournalId) -> Result<Option<JournalKind>, Error> {
        let kind_in = |journals: &[Journal]| {
            let found = journals.iter().find(|journal| journal.id == Some(id));
            found.and_then(|journal| journal.kind.clone())
        };
        match kind_in(&self.journals().await?) {
            Some(kind) => Ok(Some(kind)),
            None => Ok(kind_in(&self.journals_within(AGAIN).await?)),
        }
    }

    /// The ledgers.
    pub(super) async fn ledgers(&self) -> Result<Arc<Vec<Ledger>>, Error> {
        let read = || async { self.client().ledgers().list().all().await };
        self.inner.models.ledgers.get(KEPT, read).await
    }

    /// The VAT rates.
    pub(super) async fn vat_table(&self) -> Result<Arc<VatTable>, Error> {
        let read = || async {
            let tariffs = self.client().vat_tariffs().list().await?;
            Ok(VatTable::new(tariffs))
        };
        self.inner.models.vat.get(KEPT, read).await
    }

    /// The ledger that customers' debts are booked on.
    pub(super) async fn debtors(&self) -> Result<LedgerId, Error> {
        let function = match &self.inner.debtors {
            LedgerChoice::Id(id) => return Ok(*id),
            LedgerChoice::Number(_) | LedgerChoice::Auto => &LedgerFunction::SalesJournal,
            LedgerChoice::Function(function) => function,
        };
        let ledgers = self.ledgers().await?;
        let (found, what) = match &self.inner.debtors {
            LedgerChoice::Number(number) => (
                ledgers.iter().find(|ledger| ledger.number == Some(*number)),
                format!("There is no ledger {number}, which is set as that of the debtors."),
            ),
            _ => (
                ledgers
                    .iter()
                    .filter(|ledger| ledger.function.as_ref() == Some(function))
                    .filter(|ledger| ledger.inactive != Some(true))
                    .min_by_key(|ledger| ledger.number.unwrap_or(i32::MAX)),
                format!(
                    "No ledger in use has the function {}, which that of the debtors has.",
                    function.as_str()
                ),
            ),
        };
        found.and_then(|ledger| ledger.id).ok_or_else(|| {
            Error::new(ErrorKind::Config, what)
                .operation("snelstart.payments")
                .outcome(SendOutcome::NotSent)
                .help(
                    "Set `debtors_ledger` of the connection to the number of the ledger of the \
                     debtors, such as 1300.",
                )
        })
    }

    /// The day it is where the administration is kept.
    pub(super) fn today(&self) -> Date {
        Timestamp::now().date_in(&self.inner.home)
    }
}
