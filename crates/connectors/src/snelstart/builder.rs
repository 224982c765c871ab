//! The settings of a connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Date, Error, ErrorKind, SendOutcome};
use jiff::tz::TimeZone;
use snelstart_client::{Client, JournalKind};

use super::known::KnownInvoices;
use super::ledgers::{JournalChoice, LedgerChoice, LedgerRules};
use super::model::Models;
use super::rules::{IncompleteAddress, Rounding, WriteRules};
use super::vat::VatRules;
use super::{Inner, SnelStart, capabilities};

/// How long a write that was cut off may still be at work: orders of a hundred lines and more were
/// made after the sender had given up (measured by client authors).
const SEARCH_DELAY: Duration = Duration::from_secs(120);
/// How far a reading of changes goes back behind the one before: which zone the server's times are
/// in is unknown.
const OVERLAP: Duration = Duration::from_secs(3 * 60 * 60);
/// How many requests are under way at once unless told: what the smallest product allows.
const IN_FLIGHT: usize = 4;

/// Settings of a [`SnelStart`].
///
/// ```
/// use connectors::snelstart::{LedgerChoice, SnelStart};
/// use snelstart_client::{Client, JournalKind, SecretString};
///
/// let key = |text: &str| SecretString::from(text.to_owned());
/// let client = Client::builder(key("subscription"), key("koppelsleutel")).build()?;
/// let books = SnelStart::builder(client)
///     .start_date("2019-05-28".parse().expect("a date"))
///     .debtors_ledger(LedgerChoice::Number(1300))
///     .payment_journals([JournalKind::Bank, JournalKind::Cash])
///     .build()?;
/// assert_eq!(books.start_date(), "2019-05-28".parse().ok());
/// # Ok::<(), snelstart_client::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SnelStartBuilder {
    client: Client,
    start_date: Option<Date>,
    debtors: LedgerChoice,
    payment_journals: BTreeSet<JournalKind>,
    payment_modes: BTreeMap<JournalKind, String>,
    overlap: Duration,
    zone: Option<String>,
    currency: String,
    writable: bool,
    search_delay: Duration,
    max_in_flight: usize,
    rules: WriteRules,
}

impl SnelStartBuilder {
    pub(super) fn new(client: Client) -> Self {
        let modes = [
            (JournalKind::Bank, "Bank"),
            (JournalKind::Cash, "Contant"),
            (JournalKind::Memorial, "Memoriaal"),
        ];
        Self {
            client,
            start_date: None,
            debtors: LedgerChoice::Auto,
            payment_journals: BTreeSet::from([JournalKind::Bank, JournalKind::Cash]),
            payment_modes: BTreeMap::from(modes.map(|(kind, mode)| (kind, mode.to_owned()))),
            overlap: OVERLAP,
            zone: None,
            currency: "EUR".to_owned(),
            writable: true,
            search_delay: SEARCH_DELAY,
            max_in_flight: IN_FLIGHT,
            rules: WriteRules::new(),
        }
    }

    /// Leaves out invoices from before a day, and payments of them; none unless set.
    ///
    /// Customers are read whatever their age: an old one may get a new invoice.
    pub fn start_date(mut self, date: Date) -> Self {
        self.start_date = Some(date);
        self
    }

    /// Sets the ledger that customers' debts are booked on; the one of the sales journal
    /// (function `DagboekVerkoop`) unless set.
    pub fn debtors_ledger(mut self, ledger: LedgerChoice) -> Self {
        self.debtors = ledger;
        self
    }

    /// Sets through which journals payments come; those of banks and cash unless set.
    ///
    /// With the memorial's, what was settled there counts as paid, too, such as what was written
    /// off.
    pub fn payment_journals(mut self, kinds: impl IntoIterator<Item = JournalKind>) -> Self {
        self.payment_journals = kinds.into_iter().collect();
        self
    }

    /// Says what a payment through such a journal is called (`mode`): `Bank`, `Contant` and
    /// `Memoriaal` unless set.
    pub fn payment_mode(mut self, kind: JournalKind, mode: impl Into<String>) -> Self {
        self.payment_modes.insert(kind, mode.into());
        self
    }

    /// Sets how far a reading of changes goes back behind the one before; 3 hours unless set.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// Sets the zone of the server's times, an IANA name; that of the client unless set.
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets the currency that the administration is kept in, ISO 4217; `EUR` unless set.
    pub fn currency(mut self, code: impl Into<String>) -> Self {
        self.currency = code.into();
        self
    }

    /// Says whether records are written here; if not, none can be, and the connection test asks
    /// for no right to. Yes unless set.
    pub fn writable(mut self, writable: bool) -> Self {
        self.writable = writable;
        self
    }

    /// Sets how long a request that was cut off may still be at work; 120 s unless set.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.search_delay = delay;
        self
    }

    /// Sets how many requests may be under way at once; 4 unless set, and never more than the
    /// product allows.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = requests.max(1);
        self
    }

    /// Sets how records are written.
    pub fn rules(mut self, rules: WriteRules) -> Self {
        self.rules = rules;
        self
    }

    /// Says which ledger takes which turnover ([`WriteRules::ledgers`]).
    pub fn ledgers(mut self, ledgers: LedgerRules) -> Self {
        self.rules = self.rules.ledgers(ledgers);
        self
    }

    /// Says what the taxes of other systems are ([`WriteRules::vat`]).
    pub fn vat(mut self, vat: VatRules) -> Self {
        self.rules = self.rules.vat(vat);
        self
    }

    /// Sets the journal that payments are booked in ([`WriteRules::bank_journal`]).
    pub fn bank_journal(mut self, journal: JournalChoice) -> Self {
        self.rules = self.rules.bank_journal(journal);
        self
    }

    /// Cuts names that are too long instead of refusing them ([`WriteRules::truncate_names`]).
    pub fn truncate_names(mut self, truncate: bool) -> Self {
        self.rules = self.rules.truncate_names(truncate);
        self
    }

    /// Sets what is done with a cent or two that lines and VAT miss ([`WriteRules::rounding`]).
    pub fn rounding(mut self, rounding: Rounding) -> Self {
        self.rules = self.rules.rounding(rounding);
        self
    }

    /// Sets what is done with an incomplete address ([`WriteRules::incomplete_address`]).
    pub fn incomplete_address(mut self, what: IncompleteAddress) -> Self {
        self.rules = self.rules.incomplete_address(what);
        self
    }

    /// Checks the settings; sends nothing.
    ///
    /// # Errors
    /// `Config` when the time zone or the currency is none, or no journal of payments is left.
    pub fn build(self) -> Result<SnelStart, Error> {
        let zone = |name: &str| {
            TimeZone::get(name).map_err(|_| config(format!("`{name}` is no time zone there is.")))
        };
        let code = self.currency.trim();
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(config(format!(
                "`{code}` is no currency: three capitals, such as EUR."
            )));
        }
        if self.payment_journals.is_empty() {
            return Err(config(
                "No journal is named that payments come through.".to_owned(),
            ));
        }
        let mut capabilities = capabilities(self.writable);
        capabilities.search_delay = self.search_delay;
        capabilities.max_in_flight = self.max_in_flight;
        let server = match &self.zone {
            Some(name) => zone(name)?,
            None => self.client.time_zone().clone(),
        };
        if let Some(name) = server.iana_name() {
            capabilities.zone = name.to_owned();
        }
        Ok(SnelStart {
            inner: Arc::new(Inner {
                capabilities,
                start_date: self.start_date,
                debtors: self.debtors,
                payment_journals: self.payment_journals,
                payment_modes: self.payment_modes,
                overlap: self.overlap,
                zone: server,
                home: zone("Europe/Amsterdam")?,
                currency: code.to_owned(),
                rules: self.rules,
                models: Models::default(),
                known: Mutex::new(KnownInvoices::default()),
                paying: tokio::sync::Mutex::new(()),
                no_date_filter: AtomicBool::new(false),
                client: self.client,
            }),
        })
    }
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
        .operation("snelstart.build")
        .outcome(SendOutcome::NotSent)
}
