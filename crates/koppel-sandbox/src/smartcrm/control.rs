//! What SmartCRM's part of the sandbox tells over HTTP, and takes.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::handler::App;
use super::record::JournalEntry;
use super::schema::Resource;
use crate::common::{Desk, System, read};

/// Where webhooks shall go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receiver {
    url: String,
    secret: String,
}

impl System for App {
    type Entry = JournalEntry;

    const ROUTES: &'static str = "GET state, POST/DELETE webhook and GET webhooks";

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn with_journal<T>(&self, read: impl FnOnce(&[JournalEntry]) -> T) -> T {
        read(self.store().journal())
    }

    fn facts(&self) -> Map<String, Value> {
        let store = self.store();
        let records: Map<String, Value> = Resource::ALL
            .into_iter()
            .filter_map(|resource| {
                let name = resource.path(self.face.dialect)?;
                Some((name.to_owned(), store.count(resource).into()))
            })
            .collect();
        Map::from_iter([
            ("dialect".to_owned(), self.face.dialect.as_str().into()),
            ("records".to_owned(), records.into()),
        ])
    }

    fn control(&self, method: &str, route: &str, body: &Bytes) -> Option<Answer> {
        Some(match (method, route) {
            ("POST", "webhook") => match read::<App, Receiver>(body, "This is no receiver") {
                Ok(receiver) => {
                    self.outbox.point(Some((receiver.url, receiver.secret)));
                    Answer::done()
                }
                Err(refused) => refused,
            },
            ("DELETE", "webhook") => {
                self.outbox.point(None);
                Answer::done()
            }
            ("GET", "webhooks") => Answer::json(200, &json!({"webhooks": self.outbox.sent()})),
            _ => return None,
        })
    }
}
