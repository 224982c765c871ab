//! A server that does everything wrong at random, and what its callers are told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::transport::Fault;
use api_core::{RetryPolicy, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use simplycrm_ws::{Client, Params, SendOutcome};

use crate::support::{KEY, USER, url_decode};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    None,
    /// All sessions end before the request is looked at.
    Expired,
    /// Another client takes a challenge before the request is looked at.
    Overtaken,
    /// PHP's warnings stand before the answer.
    Noise,
    /// The connection breaks before the server reads the request.
    LostBefore,
    /// The connection breaks after the server did what was asked.
    LostAfter,
    /// PHP dies before it does what was asked.
    CrashBefore,
    /// PHP dies after it did what was asked.
    CrashAfter,
    /// A proxy says that the server is down.
    Down,
    /// The database is stuck.
    Stuck,
    /// The connection cannot be made at all.
    Refused,
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        12 => Just(Trouble::None),
        2 => Just(Trouble::Expired),
        2 => Just(Trouble::Overtaken),
        2 => Just(Trouble::Noise),
        1 => Just(Trouble::LostBefore),
        1 => Just(Trouble::LostAfter),
        1 => Just(Trouble::CrashBefore),
        1 => Just(Trouble::CrashAfter),
        1 => Just(Trouble::Down),
        1 => Just(Trouble::Stuck),
        1 => Just(Trouble::Refused),
    ]
}

#[derive(Debug, Default)]
struct State {
    troubles: Vec<Trouble>,
    at: usize,
    number: u32,
    challenge: String,
    sessions: BTreeSet<String>,
    /// How often each record was made.
    made: BTreeMap<String, u32>,
}

#[derive(Debug, Default)]
struct Storm(Mutex<State>);

impl State {
    fn next(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    fn answer(&mut self, form: &BTreeMap<String, String>) -> String {
        let no = |code: &str| json!({"success": false, "error": {"code": code, "message": "No."}});
        let yes = |result: serde_json::Value| {
            let result = result.to_string();
            format!(r#"{{"success":true,"result":{result}}}"#)
        };
        match form["operation"].as_str() {
            "getchallenge" => {
                self.challenge = format!("ch4llenge-{}", self.next());
                yes(json!({"token": self.challenge}))
            }
            "login" => {
                use md5::{Digest, Md5};
                let proof = Md5::digest(format!("{}{KEY}", self.challenge));
                let proof: String = proof.iter().map(|byte| format!("{byte:02x}")).collect();
                if form["accessKey"] != proof {
                    return no("INVALID_USER_CREDENTIALS").to_string();
                }
                let name = format!("s3ssion-{}", self.next());
                self.sessions.insert(name.clone());
                yes(json!({"sessionName": name, "userId": "19x1"}))
            }
            _ if !self.sessions.contains(&form["sessionName"]) => {
                no("INVALID_SESSIONID").to_string()
            }
            "create" => {
                *self.made.entry(form["element"].clone()).or_default() += 1;
                yes(json!({"id": "12x1"}))
            }
            _ => yes(json!([])),
        }
    }
}

#[async_trait]
impl Transport for Storm {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        // Others get their turn, so that requests mix.
        tokio::task::yield_now().await;
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let pairs = url_decode(query).into_iter();
        let form: BTreeMap<String, String> = pairs.chain(url_decode(request.body())).collect();
        let mut state = self.0.lock().unwrap();
        let trouble = state.troubles.get(state.at).copied();
        state.at += 1;
        let answer = |status: u16, body: String| {
            let mut response = http::Response::new(Bytes::from(body));
            *response.status_mut() = status.try_into().unwrap();
            Ok(response)
        };
        match trouble.unwrap_or(Trouble::None) {
            Trouble::LostBefore => return Err(TransportError::new(Fault::Timeout, "lost")),
            Trouble::Refused => return Err(TransportError::new(Fault::Refused, "refused")),
            Trouble::CrashBefore => return answer(500, String::new()),
            Trouble::Down => return answer(503, "<html>Down</html>".to_owned()),
            Trouble::Stuck => {
                let stuck = json!({"success": false, "error": {
                    "code": "DATABASE_QUERY_ERROR", "message": "Database error"}});
                return answer(200, stuck.to_string());
            }
            Trouble::Expired => state.sessions.clear(),
            Trouble::Overtaken => state.challenge = format!("0thers-{}", state.next()),
            _ => {}
        }
        let body = state.answer(&form);
        match trouble.unwrap_or(Trouble::None) {
            Trouble::LostAfter => Err(TransportError::new(Fault::Aborted, "lost")),
            Trouble::CrashAfter => answer(200, String::new()),
            Trouble::Noise => answer(200, format!("<br />\n<b>Notice</b>: x<br />\n{body}")),
            _ => answer(200, body),
        }
    }
}

/// Makes records from four callers at once; what each was told.
async fn make(storm: Arc<Storm>, sessions: usize) -> BTreeMap<String, SendOutcome> {
    let client = Client::builder("https://crm.test", USER, KEY.into())
        .sessions(sessions)
        .retry(RetryPolicy {
            max_retries: 2,
            base: Duration::ZERO,
            cap: Duration::ZERO,
            ..RetryPolicy::default()
        })
        .transport(storm)
        .build()
        .unwrap();
    let caller = |caller: usize| {
        let client = client.clone();
        async move {
            let mut told = Vec::new();
            for number in 0..4 {
                let name = format!("{{\"lastname\":\"{caller}-{number}\"}}");
                let params = Params::new().with("element", name.as_str());
                let outcome = match client.call("create", params).await {
                    Ok(_) => SendOutcome::Done,
                    Err(error) => error.send_outcome(),
                };
                told.push((name, outcome));
                // A reader in between takes sessions away from the writers.
                drop(client.call("listtypes", Params::new()).await);
            }
            told
        }
    };
    let told = futures_util::future::join_all((0..4).map(caller)).await;
    told.into_iter().flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn whatever_goes_wrong_nothing_is_made_twice_and_every_outcome_is_true(
        troubles in proptest::collection::vec(trouble(), 0..120),
        sessions in 1_usize..5,
    ) {
        let storm = Arc::new(Storm::default());
        storm.0.lock().unwrap().troubles = troubles;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let told = runtime.block_on(make(Arc::clone(&storm), sessions));
        prop_assert_eq!(told.len(), 16);
        let state = storm.0.lock().unwrap();
        for (name, outcome) in told {
            let made = state.made.get(&name).copied().unwrap_or_default();
            let right = match outcome {
                SendOutcome::Done => made == 1,
                SendOutcome::Unknown => made <= 1,
                SendOutcome::NotSent | SendOutcome::Rejected => made == 0,
            };
            prop_assert!(right, "{name} was made {made} times and is told {outcome}");
        }
    }
}
