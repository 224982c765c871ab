//! Entries as runs write them: many connections, a few of whose runs are under way at once.

use std::time::Duration;

use api_core::Timestamp;
use audit_log::{Bodies, Entry, EventName, Level, Outcome, Tally};
use serde_json::json;
use uuid::Uuid;

use crate::records::values;

/// The part of the past that the entries lie in.
const SPAN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many connections there are.
pub(crate) const CONNECTIONS: u64 = 2000;

const SYSTEMS: [&str; 5] = ["smartcrm", "simplycrm", "snelstart", "syncro", "crmconnect"];
const ENTITIES: [&str; 6] = [
    "customer", "contact", "lead", "project", "ticket", "invoice",
];

/// Makes entries, the same ones for the same size.
#[derive(Debug)]
pub(crate) struct Generator {
    random: fastrand::Rng,
    runs: Vec<Run>,
    start: Timestamp,
    rows: u64,
    made: u64,
}

/// A run under way.
#[derive(Debug)]
struct Run {
    id: Uuid,
    connection: u64,
    system: &'static str,
    entity: &'static str,
    /// Entries still to come; the first is the start, the last the end.
    left: u64,
    written: u64,
    failed: u64,
    record: u64,
    begun: bool,
}

/// What a query can be asked for: something that is there.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// A connection.
    pub(crate) connection: String,
    /// A run of it.
    pub(crate) run: Uuid,
    /// A kind of record.
    pub(crate) entity: String,
    /// The record's id in the source.
    pub(crate) record: String,
    /// When it was written.
    pub(crate) at: Timestamp,
}

impl Generator {
    /// Entries over the 30 days before `end`, of so many runs under way at once.
    pub(crate) fn new(rows: u64, active_runs: u64, end: Timestamp) -> Self {
        let mut generator = Self {
            random: fastrand::Rng::with_seed(0x5eed),
            runs: Vec::new(),
            start: end.saturating_sub(SPAN),
            rows,
            made: 0,
        };
        for _ in 0..active_runs {
            let run = generator.begin();
            generator.runs.push(run);
        }
        generator
    }

    /// When the next entry happened.
    fn at(&self) -> Timestamp {
        let micros = u128::from(self.made) * SPAN.as_micros() / u128::from(self.rows.max(1));
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        self.start.saturating_add(Duration::from_micros(micros))
    }

    /// An id that says when it was made, as those that the crate makes.
    fn id(&mut self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.as_micros() / 1000).unwrap_or_default();
        let mut random = [0; 10];
        self.random.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn begin(&mut self) -> Run {
        let at = self.at();
        let connection = self.random.u64(0..CONNECTIONS);
        Run {
            id: self.id(at),
            connection,
            system: SYSTEMS[(connection % 5) as usize],
            entity: ENTITIES[self.random.usize(0..ENTITIES.len())],
            left: self.random.u64(10..400),
            written: 0,
            failed: 0,
            record: self.random.u64(1..2_000_000),
            begun: false,
        }
    }

    /// The next entries, and what a query may look for in them.
    pub(crate) fn batch(&mut self, size: usize) -> (Vec<Entry>, Option<Sample>) {
        let entries: Vec<Entry> = (0..size).map(|_| self.next()).collect();
        let sample = entries.iter().rev().find_map(|entry| {
            Some(Sample {
                connection: entry.connection.clone()?,
                run: entry.run?,
                entity: entry.entity.clone()?,
                record: entry.record.clone()?,
                at: entry.at,
            })
        });
        (entries, sample)
    }

    fn next(&mut self) -> Entry {
        let at = self.at();
        let id = self.id(at);
        self.made += 1;
        let slot = self.random.usize(0..self.runs.len().max(1));
        let chance = self.random.u32(0..1000);
        let step = self.random.u64(1..20);
        let millis = self.random.u64(5..900);
        let Some(run) = self.runs.get_mut(slot) else {
            return Entry::new(Level::Info, EventName::LogMessage, "There is no run.");
        };
        let mut entry = if !run.begun {
            run.begun = true;
            Entry::new(Level::Info, EventName::RunStart, "The run began.")
        } else if run.left == 0 {
            run.end()
        } else {
            run.left -= 1;
            run.record += step;
            run.work(chance, Duration::from_millis(millis))
        };
        entry.id = id;
        entry.at = at;
        entry.system = Some(run.system.to_owned());
        entry.connection = Some(format!("{}-{:04}", run.system, run.connection));
        entry.flow = Some(format!("push-{:04}", run.connection));
        entry.run = Some(run.id);
        if entry.event == EventName::RunEnd {
            let fresh = self.begin();
            if let Some(slot) = self.runs.get_mut(slot) {
                *slot = fresh;
            }
        }
        entry
    }
}

impl Run {
    fn end(&self) -> Entry {
        let outcome = match self.failed {
            0 => Outcome::RunSucceeded,
            _ => Outcome::RunPartial,
        };
        let read = self.written * 10;
        let mut entry = Entry::new(Level::Info, EventName::RunEnd, "The run ended.");
        entry.outcome = Some(outcome);
        entry.tallies = vec![Tally {
            entity: Some(self.entity.to_owned()),
            outcome: Outcome::Unchanged,
            count: read - self.written,
        }];
        let counts = json!({
            "read": read, "created": self.written, "updated": 0, "unchanged": read - self.written,
            "skipped": 0, "parked": self.failed, "failed": 0,
        });
        entry
            .details
            .insert("status".to_owned(), json!("succeeded"));
        entry
            .details
            .insert("counts".to_owned(), json!({ self.entity: counts }));
        entry
    }

    /// Of 1000 entries 940 are records written, 30 warnings, 10 errors, 10 exchanges without one.
    fn work(&mut self, chance: u32, took: Duration) -> Entry {
        let record = self.record.to_string();
        let target = (self.record * 7 % 5_000_000).to_string();
        let (entity, system) = (self.entity, self.system);
        let mut entry = match chance {
            0..620 => Entry::new(
                Level::Info,
                EventName::RecordCreate,
                format!("The {entity} {record} was created as {target}."),
            ),
            620..920 => Entry::new(
                Level::Info,
                EventName::RecordUpdate,
                format!("The {entity} {record} was updated: {target}."),
            ),
            920..950 => Entry::new(
                Level::Info,
                EventName::RecordLink,
                format!("The {entity} {record} was found as {target} and linked."),
            ),
            950..970 => {
                self.failed += 1;
                let mut entry = Entry::new(
                    Level::Warning,
                    EventName::RecordPark,
                    format!("The {entity} {record} was set aside: the VAT number is not valid."),
                );
                entry.code = Some("validation".to_owned());
                entry.status = Some(422);
                entry
            }
            970..980 => exchange(system, entity, self.record, 503, Level::Warning),
            980..990 => exchange(system, entity, self.record, 422, Level::Error),
            _ => exchange(system, entity, self.record, 201, Level::Debug),
        };
        if entry.event == EventName::HttpExchange {
            entry.duration = Some(took);
        } else {
            self.written += 1;
            entry.target = Some(target);
        }
        entry.entity = Some(entity.to_owned());
        entry.record = Some(record);
        entry
    }
}

/// A request that creates a record, with both bodies.
fn exchange(system: &str, entity: &str, n: u64, status: u16, level: Level) -> Entry {
    let [name, vat, phone, website, street, city, ..] = values(n);
    let request = json!({
        "company": name, "vat": vat, "phonenumber": phone, "website": website,
        "address": street, "city": city, "country": "NL", "default_currency": "EUR",
    });
    let (code, response) = match status {
        201 => (None, json!({"status": true, "id": n.to_string()})),
        503 => (
            Some("server"),
            json!({"status": false, "message": "Come back later."}),
        ),
        _ => (
            Some("validation"),
            json!({"status": false, "message": "The field vat is not valid.",
                   "errors": {"vat": ["is not valid"]}}),
        ),
    };
    let mut entry = Entry::new(
        level,
        EventName::HttpExchange,
        format!("POST /api/{entity}s was answered with {status}."),
    );
    entry.operation = Some(format!("{entity}s.create"));
    entry.method = Some("POST".to_owned());
    entry.path = Some(format!("/api/{entity}s"));
    entry.status = Some(status);
    entry.attempt = Some(1);
    entry.code = code.map(str::to_owned);
    entry.request_id = Some(format!("req-{n:x}"));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    entry.bodies = Some(Bodies {
        url: format!("https://{system}.example/api/{entity}s"),
        request_headers: vec![header("content-type", "application/json")],
        request: request.to_string(),
        response_headers: vec![header("content-type", "application/json")],
        response: response.to_string(),
    });
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_makes_the_same_entries_in_the_order_of_time_and_id() {
        let end = Timestamp::from_seconds(1_800_000_000);
        let (one, sample) = Generator::new(5000, 20, end).batch(5000);
        let (two, _) = Generator::new(5000, 20, end).batch(5000);
        assert_eq!(one, two);
        assert!(sample.is_some());
        assert!(one.is_sorted_by(|a, b| a.at < b.at && a.id < b.id));
        assert!(one.iter().all(|entry| entry.at <= end));
    }

    #[test]
    fn runs_begin_and_end_and_some_entries_are_errors_with_bodies() {
        let end = Timestamp::from_seconds(1_800_000_000);
        let (entries, _) = Generator::new(20_000, 20, end).batch(20_000);
        let count = |event| entries.iter().filter(|entry| entry.event == event).count();
        let (starts, ends) = (count(EventName::RunStart), count(EventName::RunEnd));
        assert!(ends > 20 && starts >= ends && starts <= ends + 20);
        let errors: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.level == Level::Error)
            .collect();
        assert!((100..400).contains(&errors.len()), "{}", errors.len());
        assert!(errors.iter().all(|entry| entry.bodies.is_some()));
    }
}
