//! What SnelStart's part of the sandbox tells over HTTP, and takes.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::handler::App;
use super::people::PayBy;
use super::resource::Resource;
use super::store::JournalEntry;
use crate::common::{Desk, System, read};

/// A payment that somebody books in SnelStart.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    invoice: String,
    /// A text, so that its digits stay.
    amount: String,
    date: jiff::civil::Date,
    #[serde(default)]
    by: PayBy,
}

impl System for App {
    type Entry = JournalEntry;

    const ROUTES: &'static str = "GET state, POST pay and POST expire-tokens";

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn with_journal<T>(&self, read: impl FnOnce(&[JournalEntry]) -> T) -> T {
        read(self.store().journal())
    }

    fn facts(&self) -> Map<String, Value> {
        let store = self.store();
        let records: Map<String, Value> = Resource::all()
            .map(|resource| {
                let count = store.table(resource).len();
                (resource.path().to_owned(), count.into())
            })
            .collect();
        Map::from_iter([
            ("tokens".to_owned(), self.auth.given().into()),
            ("over_limit".to_owned(), self.limits.refused().into()),
            ("most_at_once".to_owned(), self.limits.most_running().into()),
            ("records".to_owned(), records.into()),
        ])
    }

    fn refused(status: u16, message: &str) -> Answer {
        Answer::json(status, &json!({"message": message}))
    }

    fn control(&self, method: &str, route: &str, body: &Bytes) -> Option<Answer> {
        match (method, route) {
            ("POST", "pay") => Some(self.pay(body)),
            ("POST", "expire-tokens") => {
                self.auth.expire();
                Some(Answer::done())
            }
            _ => None,
        }
    }
}

impl App {
    fn pay(&self, body: &Bytes) -> Answer {
        let payment = match read::<App, Payment>(body, "This is no payment") {
            Ok(payment) => payment,
            Err(refused) => return refused,
        };
        let Ok(amount) = payment.amount.parse() else {
            return App::refused(422, "The amount is no number");
        };
        let mut store = self.store();
        match store.pay(&payment.invoice, amount, payment.date, payment.by) {
            Ok(id) => Answer::json(201, &json!({"id": id.to_string()})),
            Err(refusal) => App::refused(422, &refusal.text()),
        }
    }
}
