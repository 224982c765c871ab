//! What changes seldom in an account: its words, its custom fields, its currency, its users.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api_core::{Date, Error, ErrorKind, Json, Timestamp};
use jiff::tz::{Offset, TimeZone};
use syncro_client::{InvoiceId, Ticket, UserId};

use super::Syncro;
use super::decode::text;
use super::find::newest::Newest;
use crate::cached::Cached;

/// How long what was read counts.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How soon what is missing is looked for once more.
const AGAIN: Duration = Duration::from_secs(60);
/// How many invoices and users are kept in mind.
const MANY: usize = 200_000;

/// What is kept of an account.
#[derive(Debug, Default)]
pub(super) struct Models {
    account: Cached<Account>,
    /// The e-mail addresses of users; nothing for one that cannot be had.
    users: Mutex<HashMap<UserId, Option<String>>>,
    /// Whether invoices are from before the first day that is read.
    old_invoices: Mutex<HashMap<InvoiceId, bool>>,
    /// Held while a payment is written: each must see what the one before left open.
    pub(super) paying: tokio::sync::Mutex<()>,
    /// The marks of the newest customers and tickets.
    pub(super) newest_customers: Newest,
    pub(super) newest_tickets: Newest,
}

impl Models {
    /// Whether an invoice is from before the first day that is read, if it was seen.
    pub(super) fn is_old(&self, id: InvoiceId) -> Option<bool> {
        lock(&self.old_invoices).get(&id).copied()
    }

    pub(super) fn note_old(&self, id: InvoiceId, is_old: bool) {
        let mut known = lock(&self.old_invoices);
        if known.len() < MANY {
            known.insert(id, is_old);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The settings of an account.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Account {
    pub(super) statuses: Vec<String>,
    pub(super) priorities: Vec<String>,
    pub(super) problem_types: Vec<String>,
    /// The labels of the custom fields of customers.
    pub(super) customer_fields: Vec<String>,
    /// The labels of the custom fields of tickets, of all types.
    pub(super) ticket_fields: Vec<String>,
    currency: Option<&'static str>,
    zone: TimeZone,
}

impl Account {
    /// Out of `GET /settings` and `GET /tickets/settings`.
    fn of(settings: &Json, tickets: &Json) -> Self {
        let under = |json: &Json, path: &[&str]| -> Option<Json> {
            let mut at = json;
            for name in path {
                at = at.get(name)?;
            }
            Some(at.clone())
        };
        let list = |json: &Json, path: &[&str]| -> Vec<Json> {
            under(json, path)
                .and_then(Json::into_list)
                .unwrap_or_default()
        };
        let words = |items: Vec<Json>| -> Vec<String> {
            let words = items.iter().filter_map(Json::as_str);
            words.map(str::to_owned).collect()
        };
        let labels = |items: Vec<Json>| -> Vec<String> {
            let labels = items.iter().filter_map(|item| item.get("name")?.as_str());
            labels.map(str::to_owned).collect()
        };
        let mut ticket_fields = labels(list(settings, &["ticket", "ticket_type_fields"]));
        ticket_fields.extend(labels(list(tickets, &["ticket_type_fields"])));
        ticket_fields.sort_unstable();
        ticket_fields.dedup();
        let locale = |name| under(settings, &["locale", name]);
        let symbol = locale("currency_symbol");
        let zone = |name| locale(name).and_then(|zone| zone.as_str().map(str::to_owned));
        let zone = zone("time_zone")
            .and_then(|name| TimeZone::get(&name).ok())
            .or_else(|| fixed(&zone("time_offset")?))
            .unwrap_or(TimeZone::UTC);
        Self {
            statuses: words(list(tickets, &["ticket_status_list"])),
            priorities: words(list(settings, &["ticket", "priorities"])),
            problem_types: words(list(settings, &["ticket", "problem_types"])),
            customer_fields: labels(list(settings, &["customers", "customer_fields"])),
            ticket_fields,
            currency: symbol.as_ref().and_then(Json::as_str).and_then(code_of),
            zone,
        }
    }
}

/// The zone of an offset such as `-08:00`.
fn fixed(offset: &str) -> Option<TimeZone> {
    let (sign, rest) = match offset.trim().split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let hours: i32 = hours.parse().ok().filter(|hours| *hours <= 14)?;
    let minutes: i32 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    let seconds = sign * (hours * 3600 + minutes * 60);
    Offset::from_seconds(seconds).ok().map(Offset::to_time_zone)
}

/// What a currency symbol stands for; `$` for the dollar of the United States (assumed).
fn code_of(symbol: &str) -> Option<&'static str> {
    match symbol.trim() {
        "$" | "US$" => Some("USD"),
        "€" => Some("EUR"),
        "£" => Some("GBP"),
        "C$" | "CA$" => Some("CAD"),
        "A$" | "AU$" => Some("AUD"),
        "NZ$" => Some("NZD"),
        "CHF" => Some("CHF"),
        _ => None,
    }
}

impl Syncro {
    /// The settings of the account, read at most once in an hour.
    pub(super) async fn account(&self) -> Result<Arc<Account>, Error> {
        self.account_within(KEPT).await
    }

    /// The settings of the account, read anew unless that was a minute ago.
    pub(super) async fn account_anew(&self) -> Result<Arc<Account>, Error> {
        self.account_within(AGAIN).await
    }

    async fn account_within(&self, within: Duration) -> Result<Arc<Account>, Error> {
        let read = || async {
            let settings = self.client().settings().get().await?;
            let tickets = self.client().ticket_settings().await?;
            Ok(Account::of(
                &settings.to_whole_json(),
                &tickets.to_whole_json(),
            ))
        };
        self.inner.models.account.get(within, read).await
    }

    /// The currency of all amounts, if that can be told.
    pub(super) async fn currency(&self) -> Result<Option<String>, Error> {
        if let Some(code) = &self.inner.currency {
            return Ok(Some(code.clone()));
        }
        Ok(self.account().await?.currency.map(str::to_owned))
    }

    /// The zone that the account is in.
    pub(super) async fn zone(&self) -> Result<TimeZone, Error> {
        Ok(self.account().await?.zone.clone())
    }

    /// The day it is where the account is.
    pub(super) async fn today(&self) -> Result<Date, Error> {
        Ok(Timestamp::now().date_in(&self.account().await?.zone))
    }

    /// The e-mail address of the user who has a ticket; nothing where it cannot be had.
    pub(super) async fn user_of(&self, ticket: &Ticket) -> Result<Option<String>, Error> {
        let told = ticket.user.as_ref().and_then(|user| user.email.as_deref());
        if let Some(email) = text(told) {
            return Ok(Some(email.to_owned()));
        }
        let Some(id) = ticket.user_id.filter(|id| id.get() > 0) else {
            return Ok(None);
        };
        if let Some(known) = lock(&self.inner.models.users).get(&id) {
            return Ok(known.clone());
        }
        let email = match self.client().users().get(id).await {
            Ok(user) => text(user.email.as_deref()).map(str::to_owned),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => {
                None
            }
            Err(error) => return Err(error),
        };
        let mut users = lock(&self.inner.models.users);
        if users.len() < MANY {
            users.insert(id, email.clone());
        }
        Ok(email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn the_settings_of_an_account_are_its_own_words() {
        let settings = json(
            r#"{"customers": {"customer_fields": [{"id": 1, "name": "Koppel ID"}]},
                "locale": {"currency_symbol": "€", "time_zone": "Europe/Amsterdam"},
                "ticket": {"ticket_type_fields": [{"name": "Koppel ID"}, {"name": "Room"}],
                           "problem_types": ["Network", "Other"], "priorities": ["", "1 High"]}}"#,
        );
        let tickets = json(
            r#"{"ticket_status_list": ["New", "Parked"],
                "ticket_type_fields": [{"name": "Room"}, {"name": "Floor"}]}"#,
        );
        let account = Account::of(&settings, &tickets);
        assert_eq!(account.statuses, ["New", "Parked"]);
        assert_eq!(account.priorities, ["", "1 High"]);
        assert_eq!(account.problem_types, ["Network", "Other"]);
        assert_eq!(account.customer_fields, ["Koppel ID"]);
        assert_eq!(account.ticket_fields, ["Floor", "Koppel ID", "Room"]);
        assert_eq!(account.currency, Some("EUR"));
        assert_eq!(account.zone.iana_name(), Some("Europe/Amsterdam"));
    }

    #[test]
    fn settings_that_tell_nothing_are_no_failure() {
        let account = Account::of(&json("{}"), &json(r#"{"ticket_status_list": null}"#));
        assert!(account.statuses.is_empty() && account.currency.is_none());
        assert_eq!(account.zone, TimeZone::UTC);
    }

    #[test]
    fn an_offset_is_a_zone_where_the_name_of_the_zone_is_not_known() {
        let settings = json(
            r#"{"locale": {"time_zone": "Pacific Time (US & Canada)", "time_offset": "-08:00"}}"#,
        );
        let account = Account::of(&settings, &json("{}"));
        let zone = TimeZone::fixed(Offset::constant(-8));
        assert_eq!(account.zone, zone);
        for odd in ["", "8", "+8", "+99:00", "-aa:00", "+05:60", "−08:00"] {
            assert_eq!(fixed(odd), None, "{odd:?}");
        }
    }
}
