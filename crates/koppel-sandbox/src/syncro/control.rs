//! What Syncro's part of the sandbox tells over HTTP, and takes.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::events::WebhookFaults;
use super::handler::App;
use super::list::Drift;
use super::schema::Resource;
use super::store::{Ask, JournalEntry};
use crate::common::{Desk, System, read};

/// Where webhooks shall go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receiver {
    url: String,
    #[serde(default)]
    events: BTreeSet<String>,
    #[serde(default)]
    faults: WebhookFaults,
}

/// A payment that somebody books in Syncro.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    invoice: i64,
    cents: i64,
}

impl System for App {
    type Entry = JournalEntry;

    const ROUTES: &'static str = "GET state, POST pay, GET/POST/PUT/DELETE records/RESOURCE/ID, \
                                  GET mails, POST/DELETE drift, POST/DELETE webhook and GET \
                                  webhooks";

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn with_journal<T>(&self, read: impl FnOnce(&[JournalEntry]) -> T) -> T {
        read(self.store().journal())
    }

    fn facts(&self) -> Map<String, Value> {
        let store = self.store();
        let records: Map<String, Value> = Resource::ALL
            .iter()
            .map(|resource| {
                (
                    resource.name().to_owned(),
                    store.table(*resource).len().into(),
                )
            })
            .collect();
        Map::from_iter([
            ("account".to_owned(), json!(store.settings.account)),
            ("over_limit".to_owned(), self.limit.refused().into()),
            ("most_per_minute".to_owned(), self.limit.most().into()),
            ("mails".to_owned(), store.mails.len().into()),
            ("records".to_owned(), records.into()),
        ])
    }

    fn refused(status: u16, message: &str) -> Answer {
        Answer::json(status, &json!({"message": message}))
    }

    fn control(&self, method: &str, route: &str, body: &Bytes) -> Option<Answer> {
        Some(match (method, route) {
            ("POST", "pay") => match read::<App, Payment>(body, UNREAD) {
                Ok(payment) => {
                    let body = json!({"invoice_id": payment.invoice, "amount_cents": payment.cents,
                        "payment_method": "Bank Transfer"});
                    self.put_in(Resource::Payments, &body)
                }
                Err(answer) => answer,
            },
            ("GET", "mails") => Answer::json(200, &json!({"mails": self.store().mails})),
            ("POST", "drift") => match read::<App, Drift>(body, UNREAD) {
                Ok(drift) => {
                    self.store().drift = Some(drift);
                    Answer::done()
                }
                Err(answer) => answer,
            },
            ("DELETE", "drift") => {
                self.store().drift = None;
                Answer::done()
            }
            ("POST", "webhook") => match read::<App, Receiver>(body, UNREAD) {
                Ok(receiver) => {
                    let outbox = self.store().outbox.clone();
                    outbox.point(Some((receiver.url, receiver.events)));
                    outbox.spoil(receiver.faults);
                    Answer::done()
                }
                Err(answer) => answer,
            },
            ("DELETE", "webhook") => {
                self.store().outbox.point(None);
                Answer::done()
            }
            ("GET", "webhooks") => {
                let outbox = self.store().outbox.clone();
                let (sent, dropped) = (outbox.sent(), outbox.dropped());
                Answer::json(200, &json!({"webhooks": sent, "dropped": dropped}))
            }
            (method, route) => self.at_hand(method, route.strip_prefix("records/")?, body)?,
        })
    }
}

/// How a refusal of what cannot be read begins.
const UNREAD: &str = "This cannot be read";

impl App {
    fn put_in(&self, resource: Resource, body: &Value) -> Answer {
        match self.store().create(resource, None, &Ask::direct(body)) {
            Ok(id) => Answer::json(201, &json!({"id": id})),
            Err(refusal) => App::refused(422, &refusal.text()),
        }
    }

    /// What a person does to a record in Syncro.
    fn at_hand(&self, method: &str, route: &str, body: &Bytes) -> Option<Answer> {
        let (name, id) = route.split_once('/').unwrap_or((route, ""));
        let resource = Resource::named(name)?;
        let id: i64 = id.parse().unwrap_or(0);
        let body = match method {
            "POST" | "PUT" => match read::<App, Value>(body, UNREAD) {
                Ok(body) => body,
                Err(answer) => return Some(answer),
            },
            _ => Value::Null,
        };
        let mut store = self.store();
        let ask = Ask::direct(&body);
        Some(match method {
            "POST" => {
                drop(store);
                self.put_in(resource, &body)
            }
            "GET" => match store.get(resource, id) {
                Some(record) => Answer::json(200, &store.detail(resource, record)),
                None => App::refused(404, "There is no such record"),
            },
            "PUT" => match store.update(resource, id, &ask) {
                Ok(()) => Answer::done(),
                Err(refusal) => App::refused(422, &refusal.text()),
            },
            "DELETE" => match store.delete(resource, id, &ask) {
                Ok(_) => Answer::done(),
                Err(refusal) => App::refused(404, &refusal.text()),
            },
            _ => return None,
        })
    }
}
