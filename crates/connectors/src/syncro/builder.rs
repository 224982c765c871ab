//! The settings of a connection.

use std::sync::Arc;
use std::time::Duration;

use api_core::{Date, Error, ErrorKind, SendOutcome};
use rust_decimal::Decimal;
use syncro_client::Client;

use super::capabilities::capabilities;
use super::model::Models;
use super::pull::Listings;
use super::statuses::TicketWords;
use super::taxes::TaxRate;
use super::{Inner, Syncro};

/// The label of the custom field that keeps the marker, unless set.
const MARKER_FIELD: &str = "Koppel ID";
/// How far a reading of changes goes back behind the one before.
const OVERLAP: Duration = Duration::from_secs(10 * 60);
/// How often what is gone is looked for.
const SWEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a write that was cut off may still be at work, or a search miss what it made (assumed:
/// the search is shaped like one of a search engine).
const SEARCH_DELAY: Duration = Duration::from_secs(120);
/// How many requests are under way at once unless told.
const IN_FLIGHT: usize = 4;

/// How often the ids of all tickets and invoices are read, to see which are gone.
///
/// Syncro names no deleted record, and what changed is listed without what is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sweep {
    /// Never: what is deleted in Syncro is not noticed.
    Never,
    /// In the first run after this time.
    Every(Duration),
}

/// What a ticket gets that is made here, where its record says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct TicketDefaults {
    pub(super) status: Option<String>,
    pub(super) problem_type: Option<String>,
    pub(super) priority: Option<String>,
}

impl TicketDefaults {
    /// Nothing: what is not told is left to the account.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the status, in the account's own word.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Sets the problem type, in the account's own word.
    pub fn problem_type(mut self, problem_type: impl Into<String>) -> Self {
        self.problem_type = Some(problem_type.into());
        self
    }

    /// Sets the priority, in the account's own word.
    pub fn priority(mut self, priority: impl Into<String>) -> Self {
        self.priority = Some(priority.into());
        self
    }
}

/// Settings of a [`Syncro`].
///
/// ```
/// use connectors::syncro::{Syncro, TicketDefaults};
/// use syncro_client::{Client, SecretString};
///
/// let token = SecretString::from("from-the-admin-page".to_owned());
/// let client = Client::builder("acme", token).build()?;
/// let syncro = Syncro::builder(client)
///     .marker_field("Koppel ID")
///     .currency("EUR")
///     .tax_rate("VAT high", "21".parse().expect("a number"))
///     .status("Open", "In Progress")
///     .ticket_defaults(TicketDefaults::new().problem_type("Other"))
///     .invoice_start("2026-01-01".parse().expect("a date"))
///     .build()?;
/// assert_eq!(syncro.invoice_start(), "2026-01-01".parse().ok());
/// # Ok::<(), syncro_client::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SyncroBuilder {
    client: Client,
    marker_field: String,
    overlap: Duration,
    sweep: Sweep,
    statuses: Vec<(String, String)>,
    priorities: Vec<(String, String)>,
    ticket_defaults: TicketDefaults,
    invoice_start: Option<Date>,
    tax_rates: Vec<TaxRate>,
    currency: Option<String>,
    writable: bool,
    notify_customers: bool,
    search_delay: Duration,
    max_in_flight: usize,
}

impl SyncroBuilder {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            marker_field: MARKER_FIELD.to_owned(),
            overlap: OVERLAP,
            sweep: Sweep::Every(SWEEP),
            statuses: Vec::new(),
            priorities: Vec::new(),
            ticket_defaults: TicketDefaults::new(),
            invoice_start: None,
            tax_rates: Vec::new(),
            currency: None,
            writable: true,
            notify_customers: false,
            search_delay: SEARCH_DELAY,
            max_in_flight: IN_FLIGHT,
        }
    }

    /// Sets the label of the custom field that keeps where a record came from; `Koppel ID` unless
    /// set. Customers and tickets need one of this label, made by hand in the account.
    pub fn marker_field(mut self, label: impl Into<String>) -> Self {
        self.marker_field = label.into();
        self
    }

    /// Sets how far a reading of changes goes back behind the one before; 10 minutes unless set.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// Sets how often what is gone is looked for among tickets and invoices; every 24 hours
    /// unless set.
    pub fn sweep(mut self, sweep: Sweep) -> Self {
        self.sweep = sweep;
        self
    }

    /// Says that a status of tickets is called `ours` elsewhere and `theirs` in the account. The
    /// first that is told for one of theirs is what it reads as.
    pub fn status(mut self, ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        self.statuses.push((ours.into(), theirs.into()));
        self
    }

    /// Says several of these at once ([`SyncroBuilder::status`]).
    pub fn statuses<A: Into<String>, B: Into<String>>(
        mut self,
        pairs: impl IntoIterator<Item = (A, B)>,
    ) -> Self {
        let pairs = pairs.into_iter();
        self.statuses
            .extend(pairs.map(|(ours, theirs)| (ours.into(), theirs.into())));
        self
    }

    /// Says that a priority of tickets is called `ours` elsewhere and `theirs` in the account, such
    /// as `High` and `1 High`. The first that is told for one of theirs is what it reads as.
    pub fn priority(mut self, ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        self.priorities.push((ours.into(), theirs.into()));
        self
    }

    /// Says several of these at once ([`SyncroBuilder::priority`]).
    pub fn priorities<A: Into<String>, B: Into<String>>(
        mut self,
        pairs: impl IntoIterator<Item = (A, B)>,
    ) -> Self {
        let pairs = pairs.into_iter();
        self.priorities
            .extend(pairs.map(|(ours, theirs)| (ours.into(), theirs.into())));
        self
    }

    /// Sets what a ticket gets where its record says nothing.
    pub fn ticket_defaults(mut self, defaults: TicketDefaults) -> Self {
        self.ticket_defaults = defaults;
        self
    }

    /// Sets the problem type of tickets whose record has none, in the account's own word
    /// ([`TicketDefaults::problem_type`]).
    pub fn problem_type(mut self, problem_type: impl Into<String>) -> Self {
        self.ticket_defaults.problem_type = Some(problem_type.into());
        self
    }

    /// Leaves out invoices from before a day, and payments of them; none unless set.
    pub fn invoice_start(mut self, date: Date) -> Self {
        self.invoice_start = Some(date);
        self
    }

    /// Adds a rate of tax of the account, in percent: the API tells none. Without any, the rate of
    /// an invoice is the roundest one that its tax can be of.
    pub fn tax_rate(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        let name = name.into();
        self.tax_rates.push(TaxRate { name, percent });
        self
    }

    /// Adds several rates of tax ([`SyncroBuilder::tax_rate`]).
    pub fn tax_rates(mut self, rates: impl IntoIterator<Item = TaxRate>) -> Self {
        self.tax_rates.extend(rates);
        self
    }

    /// Sets the currency of all amounts, ISO 4217. Unless set it is the one that the account's
    /// currency symbol stands for: `$` for USD, `€` for EUR, `£` for GBP.
    pub fn currency(mut self, code: impl Into<String>) -> Self {
        self.currency = Some(code.into());
        self
    }

    /// Says whether records are written here; if not, none can be, and the connection test asks
    /// for no right to. Yes unless set.
    pub fn writable(mut self, writable: bool) -> Self {
        self.writable = writable;
        self
    }

    /// Says whether Syncro may mail customers about what is written here. No unless set.
    pub fn notify_customers(mut self, notify: bool) -> Self {
        self.notify_customers = notify;
        self
    }

    /// Sets how long a request that was cut off may still be at work; 120 s unless set.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.search_delay = delay;
        self
    }

    /// Sets how many requests may be under way at once; 4 unless set.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = requests.max(1);
        self
    }

    /// Checks the settings; sends nothing.
    ///
    /// # Errors
    /// `Config` when the label of the marker is empty, the currency is none, or a rate of tax is
    /// below zero, above 100 or there twice.
    pub fn build(self) -> Result<Syncro, Error> {
        let marker_field = self.marker_field.trim().to_owned();
        if marker_field.is_empty() {
            return Err(config(
                "The custom field of the marker has no label.".to_owned(),
            ));
        }
        let currency = self.currency.map(|code| code.trim().to_owned());
        if let Some(code) = &currency
            && (code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            return Err(config(format!(
                "`{code}` is no currency: three capitals, such as EUR."
            )));
        }
        for (index, rate) in self.tax_rates.iter().enumerate() {
            let sane = Decimal::ZERO..=Decimal::ONE_HUNDRED;
            if !sane.contains(&rate.percent) {
                return Err(config(format!(
                    "The tax `{}` has {} %, which is no rate.",
                    rate.name, rate.percent
                )));
            }
            let before = self.tax_rates.iter().take(index);
            if before.clone().any(|other| other.percent == rate.percent) {
                return Err(config(format!(
                    "Two taxes have {} %: nothing tells which one an invoice has.",
                    rate.percent.normalize()
                )));
            }
        }
        let mut capabilities = capabilities(self.writable);
        capabilities.search_delay = self.search_delay;
        capabilities.max_in_flight = self.max_in_flight;
        Ok(Syncro {
            inner: Arc::new(Inner {
                client: self.client,
                capabilities,
                marker_field,
                overlap: self.overlap,
                sweep: self.sweep,
                words: TicketWords::new(self.statuses, self.priorities),
                ticket_defaults: self.ticket_defaults,
                invoice_start: self.invoice_start,
                tax_rates: self.tax_rates,
                currency,
                notify_customers: self.notify_customers,
                models: Models::default(),
                listings: Listings::default(),
            }),
        })
    }
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
        .operation("syncro.build")
        .outcome(SendOutcome::NotSent)
}
