//! What Simply CRM's part of the sandbox tells over HTTP, and takes.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::handler::App;
use super::store::JournalEntry;
use crate::common::{Answer, Desk, System};

impl System for App {
    type Entry = JournalEntry;

    const ROUTES: &'static str = "GET state and POST expire-sessions";

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn with_journal<T>(&self, read: impl FnOnce(&[JournalEntry]) -> T) -> T {
        read(self.store().journal())
    }

    fn facts(&self) -> Map<String, Value> {
        let store = self.store();
        let records: Map<String, Value> = store
            .schema
            .modules
            .iter()
            .map(|module| {
                let live = store.all(module.name).filter(|row| row.is_live()).count();
                (module.name.to_owned(), live.into())
            })
            .collect();
        Map::from_iter([
            ("generation".to_owned(), store.generation.to_string().into()),
            ("sessions".to_owned(), self.doors().len().into()),
            ("records".to_owned(), records.into()),
        ])
    }

    fn control(&self, method: &str, route: &str, _: &Bytes) -> Option<Answer> {
        (method == "POST" && route == "expire-sessions").then(|| {
            self.doors().close_all();
            Answer::done()
        })
    }
}
