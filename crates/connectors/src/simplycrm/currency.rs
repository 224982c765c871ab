//! The currencies of an installation: codes to us, references to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::{Client, Query, Record, RecordId as WireId};

/// How long the server's own list is believed.
const FRESH: Duration = Duration::from_secs(300);

/// One currency.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Currency {
    id: WireId,
    /// ISO 4217.
    code: String,
    /// How many of it are one of the base currency, as the server writes it.
    rate: String,
    /// Whether prices and totals are in it unless told.
    base: bool,
}

/// The currencies that are in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Currencies(Vec<Currency>);

impl Currencies {
    fn of(rows: &[Record]) -> Self {
        let used = rows.iter().filter(|row| {
            row.text("deleted") != "1"
                && !row.text("currency_status").eq_ignore_ascii_case("inactive")
        });
        let read = used.filter_map(|row| {
            Some(Currency {
                id: row.id()?,
                code: row.text("currency_code").trim().to_ascii_uppercase(),
                rate: row.text("conversion_rate").to_string(),
                base: row.text("defaultid").starts_with('-'),
            })
        });
        Self(read.collect())
    }

    /// The code behind a reference.
    pub(super) fn code(&self, id: WireId) -> Option<&str> {
        self.0
            .iter()
            .find(|currency| currency.id == id)
            .map(|currency| currency.code.as_str())
    }

    /// The code of the base currency.
    pub(super) fn base(&self) -> Option<&str> {
        self.0
            .iter()
            .find(|currency| currency.base)
            .map(|currency| currency.code.as_str())
    }

    /// The reference and the rate of a code; the problem in words otherwise.
    pub(super) fn find(&self, code: &str) -> Result<(WireId, &str), String> {
        let mut found = self
            .0
            .iter()
            .filter(|currency| currency.code.eq_ignore_ascii_case(code));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok((one.id, one.rate.as_str())),
            (Some(_), Some(_)) => Err(format!(
                "holds the currency `{code}`, which the server has twice"
            )),
            (None, _) => {
                let known: Vec<&str> = self.0.iter().map(|c| c.code.as_str()).collect();
                Err(format!(
                    "holds the currency `{code}`, which the server does not have (it has {})",
                    known.join(", ")
                ))
            }
        }
    }
}

/// The currencies, read once and then now and again.
#[derive(Debug, Default)]
pub(super) struct CurrencyCache(Mutex<Option<(Instant, Arc<Currencies>)>>);

impl CurrencyCache {
    pub(super) async fn get(&self, client: &Client) -> Result<Arc<Currencies>, Error> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((read, currencies)) = known
            && read.elapsed() < FRESH
        {
            return Ok(currencies);
        }
        let rows = client.query(&Query::all().from("Currency")).await?;
        let currencies = Arc::new(Currencies::of(&rows));
        if currencies.0.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                "The server names no currency that is in use.",
            )
            .operation("simplycrm.currencies")
            .outcome(SendOutcome::NotSent)
            .help("Let the user read the module Currency, or activate a currency."));
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::clone(&currencies)));
        Ok(currencies)
    }
}
