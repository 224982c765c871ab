//! A small CRM behind the client's seam to the network: queries and `sync` by
//! the reference's rules, on a clock that the test moves.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use api_core::{ManualClock, Timestamp, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use simplycrm_ws::{Client, ClientBuilder};

use crate::support::{self, KEY, USER};
use crate::vtql::{self, Cond};

/// The user that is logged in.
pub(crate) const ME: &str = "19x1";

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// When it was changed, in seconds.
    pub(crate) second: i64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) gone: bool,
}

/// What `sync` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    /// Everything, when `syncType=application` is asked for.
    Application,
    /// Everything, to whoever asks.
    All,
    /// The user's own records.
    Own,
    /// The server dies.
    Dead,
}

type Event = Box<dyn FnOnce(&mut State) + Send>;

pub(crate) struct State {
    pub(crate) rows: BTreeMap<u64, Row>,
    pub(crate) sync: Sync,
    /// `count(*)` answers `[]`.
    pub(crate) counts_nothing: bool,
    /// Rows that are filtered out after a page is cut.
    pub(crate) hidden: Vec<u64>,
    /// What happens before each of the next queries and syncs.
    pub(crate) events: VecDeque<Event>,
    /// The queries and syncs that came.
    pub(crate) log: Vec<String>,
    pub(crate) clock: ManualClock,
    zone: TimeZone,
    next: u64,
}

/// The CRM; clones share it.
#[derive(Clone)]
pub(crate) struct Crm(Arc<Mutex<State>>);

impl std::fmt::Debug for Crm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Crm")
    }
}

/// When tests begin.
pub(crate) const NOON: i64 = 1_795_262_400;

impl State {
    pub(crate) fn now(&self) -> i64 {
        use api_core::Clock as _;
        self.clock.now().as_micros().div_euclid(1_000_000)
    }

    /// Makes a contact, now.
    pub(crate) fn make(&mut self, owner: &str, name: impl Into<String>) -> u64 {
        self.next += 1;
        let row = Row {
            second: self.now(),
            owner: owner.to_owned(),
            name: name.into(),
            gone: false,
        };
        self.rows.insert(self.next, row);
        self.next
    }

    /// Changes one, now.
    pub(crate) fn edit(&mut self, number: u64, name: impl Into<String>) {
        let now = self.now();
        let row = self.rows.get_mut(&number).expect("there is such a row");
        row.name = name.into();
        row.second = now;
    }

    /// Deletes one, now.
    pub(crate) fn delete(&mut self, number: u64) {
        let now = self.now();
        let row = self.rows.get_mut(&number).expect("there is such a row");
        row.gone = true;
        row.second = now;
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// What is there, by id.
    pub(crate) fn alive(&self) -> BTreeMap<String, String> {
        self.rows
            .iter()
            .filter(|(_, row)| !row.gone)
            .map(|(number, row)| (format!("12x{number}"), row.name.clone()))
            .collect()
    }

    fn text(&self, second: i64) -> String {
        let at = self
            .zone
            .to_datetime(Timestamp::from_seconds(second).jiff());
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn record(&self, number: u64, row: &Row) -> Value {
        json!({
            "id": format!("12x{number}"),
            "lastname": row.name,
            "assigned_user_id": row.owner,
            "modifiedtime": self.text(row.second),
        })
    }

    fn field(&self, number: u64, row: &Row, name: &str) -> String {
        match name {
            "id" => number.to_string(),
            "modifiedtime" => self.text(row.second),
            "assigned_user_id" => row.owner.clone(),
            "lastname" => row.name.clone(),
            other => panic!("no field {other}"),
        }
    }

    fn matches(&self, number: u64, row: &Row, condition: &Cond) -> bool {
        let value = self.field(number, row, &condition.field);
        let against = |raw: &String| {
            let text = vtql::database_text(raw).unwrap_or_else(|| panic!("{raw} breaks out"));
            if condition.field == "id" {
                let digits = text.split_once('x').expect("an id").1.to_owned();
                return value
                    .parse::<u64>()
                    .unwrap()
                    .cmp(&digits.parse::<u64>().unwrap());
            }
            value.cmp(&text)
        };
        match condition.operator.as_str() {
            "=" => against(&condition.values[0]).is_eq(),
            "!=" => against(&condition.values[0]).is_ne(),
            "<" => against(&condition.values[0]).is_lt(),
            "<=" => against(&condition.values[0]).is_le(),
            ">" => against(&condition.values[0]).is_gt(),
            ">=" => against(&condition.values[0]).is_ge(),
            "in" => condition.values.iter().any(|raw| against(raw).is_eq()),
            "like" => vtql::is_like(
                &value,
                &vtql::like(&vtql::database_text(&condition.values[0]).unwrap()),
            ),
            other => panic!("no operator {other}"),
        }
    }

    fn query(&self, text: &str) -> Value {
        let parsed = match vtql::parse(text) {
            Ok(parsed) => parsed,
            Err(vtql::Refusal::Lexer(_)) => {
                return refusal(
                    "INTERNAL_SERVER_ERROR",
                    "Unknown Error while processing request",
                );
            }
            Err(vtql::Refusal::Syntax(at)) => {
                return refusal("QUERY_SYNTAX_ERROR", &format!("token {at}"));
            }
        };
        assert_eq!(parsed.module, "Contacts");
        let mut found: Vec<(u64, &Row)> = self
            .rows
            .iter()
            .map(|(number, row)| (*number, row))
            .filter(|(number, row)| {
                !row.gone
                    && (parsed.clauses.is_empty()
                        || parsed.clauses.iter().any(|clause| {
                            clause
                                .iter()
                                .all(|condition| self.matches(*number, row, condition))
                        }))
            })
            .collect();
        if parsed.columns == ["count(*)"] {
            if self.counts_nothing {
                return json!([]);
            }
            return json!([{"count": found.len().to_string()}]);
        }
        found.sort_by(|(one, a), (other, b)| {
            let keys = parsed.order.iter().map(|name| match name.as_str() {
                "id" => one.cmp(other),
                name => self.field(*one, a, name).cmp(&self.field(*other, b, name)),
            });
            let order = keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then);
            if parsed.descending {
                order.reverse()
            } else {
                order
            }
        });
        let (offset, limit) = match parsed.limit[..] {
            [] => (0, 100),
            [limit] => (0, limit),
            [offset, limit] => (offset, limit),
            _ => panic!("a limit of {:?}", parsed.limit),
        };
        found
            .into_iter()
            .skip(usize::try_from(offset).unwrap())
            .take(usize::try_from(limit.min(100)).unwrap())
            .filter(|(number, _)| !self.hidden.contains(number))
            .map(|(number, row)| self.record(number, row))
            .collect()
    }

    fn sync(&self, since: i64, everything: bool) -> Option<Value> {
        let all = match self.sync {
            Sync::Dead => return None,
            Sync::All => true,
            Sync::Application => everything,
            Sync::Own => false,
        };
        let after = self.text(since);
        let changed: Vec<(String, u64, &Row)> = self
            .rows
            .iter()
            .filter(|(_, row)| all || row.owner == ME)
            .map(|(number, row)| (self.text(row.second), *number, row))
            .filter(|(text, _, _)| *text > after)
            .collect();
        let mut times: Vec<&String> = changed.iter().map(|(text, _, _)| text).collect();
        times.sort();
        let last = times.get(times.len().min(100).wrapping_sub(1)).copied();
        let page = |gone: bool| {
            changed
                .iter()
                .filter(move |(text, _, row)| row.gone == gone && Some(text) <= last)
        };
        let updated: Vec<Value> = page(false)
            .map(|(_, number, row)| self.record(*number, row))
            .collect();
        let deleted: Vec<String> = page(true)
            .map(|(_, number, _)| format!("12x{number}"))
            .collect();
        if since == 0 && changed.is_empty() {
            return None;
        }
        let reached = last.map_or(since, |text| {
            Timestamp::from_civil(text, &self.zone).unwrap().as_micros() / 1_000_000
        });
        Some(json!({
            "updated": updated,
            "deleted": deleted,
            "more": changed.iter().any(|(text, _, _)| Some(text) > last),
            "lastModifiedTime": reached,
        }))
    }
}

fn refusal(code: &str, message: &str) -> Value {
    json!({"refused": {"code": code, "message": message}})
}

impl Crm {
    /// An empty CRM at noon, in UTC.
    pub(crate) fn new(sync: Sync) -> Self {
        Self::in_zone(sync, "UTC", NOON)
    }

    pub(crate) fn in_zone(sync: Sync, zone: &str, now: i64) -> Self {
        Self(Arc::new(Mutex::new(State {
            rows: BTreeMap::new(),
            sync,
            counts_nothing: false,
            hidden: Vec::new(),
            events: VecDeque::new(),
            log: Vec::new(),
            clock: ManualClock::new(Timestamp::from_seconds(now)),
            zone: TimeZone::get(zone).unwrap(),
            next: 100,
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A client of it.
    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        let clock = self.lock().clock.clone();
        Client::builder("https://crm.example.com", USER, KEY.into())
            .sessions(1)
            .retry(support::quick())
            .clock(Arc::new(clock))
            .transport(Arc::new(self.clone()))
    }

    /// Takes the queries and syncs that came.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().log)
    }

    fn answer(&self, pairs: &BTreeMap<String, String>) -> Option<Value> {
        let mut state = self.lock();
        let operation = pairs["operation"].as_str();
        let result = match operation {
            "getchallenge" => json!({"token": "t", "serverTime": state.now(), "expireTime": 1}),
            "login" => json!({
                "sessionName": "s", "userId": ME, "version": "0.22", "vtigerVersion": "7.1.0",
            }),
            "query" | "sync" => {
                if let Some(event) = state.events.pop_front() {
                    event(&mut state);
                }
                if operation == "query" {
                    let query = &pairs["query"];
                    state.log.push(query.clone());
                    state.query(query)
                } else {
                    assert_eq!(pairs["elementType"], "Contacts");
                    let since = pairs["modifiedTime"].parse().unwrap();
                    state.log.push(format!("sync {since}"));
                    let everything =
                        pairs.get("syncType").map(String::as_str) == Some("application");
                    state.sync(since, everything)?
                }
            }
            other => panic!("unexpected {other}"),
        };
        Some(result)
    }
}

#[async_trait]
impl Transport for Crm {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let query = request
            .uri()
            .query()
            .unwrap_or_default()
            .as_bytes()
            .to_vec();
        let pairs = support::url_decode(&query)
            .into_iter()
            .chain(support::url_decode(request.body()))
            .collect();
        let answer = http::Response::builder().header("content-type", "application/json");
        let (status, body) = match self.answer(&pairs) {
            Some(mut result) => match result.get_mut("refused").map(Value::take) {
                Some(error) => (200, json!({"success": false, "error": error}).to_string()),
                None => (200, json!({"success": true, "result": result}).to_string()),
            },
            None => (500, String::new()),
        };
        Ok(answer.status(status).body(Bytes::from(body)).unwrap())
    }
}
