//! Which session a call uses, and how many calls are under way at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;
use simplycrm_ws::{Client, ErrorKind, Params, SendOutcome};
use tokio::sync::Barrier;
use wiremock::matchers::{body_string_contains, query_param};

use crate::support::{
    CHALLENGE, KEY, USER, builder, challenge, get, post, quick, server, session, yes,
};

/// A server in this process: logs in at once, and lets a call end only when
/// `together` calls are under way.
#[derive(Debug)]
struct Meeting {
    together: Barrier,
    /// How many calls never get an answer.
    hangs: AtomicUsize,
    logins: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    sessions: Mutex<Vec<String>>,
}

impl Meeting {
    fn of(calls: usize) -> Arc<Self> {
        Arc::new(Self {
            together: Barrier::new(calls),
            hangs: AtomicUsize::new(0),
            logins: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            sessions: Mutex::default(),
        })
    }

    fn client(self: &Arc<Self>, sessions: usize) -> Client {
        Client::builder("https://crm.test", USER, KEY.into())
            .sessions(sessions)
            .retry(quick())
            .transport(Arc::clone(self) as Arc<dyn Transport>)
            .build()
            .unwrap()
    }
}

#[async_trait]
impl Transport for Meeting {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = if query.contains("getchallenge") {
            r#"{"success":true,"result":{"token":"t0ken-0001"}}"#.to_owned()
        } else if query.is_empty() {
            let number = self.logins.fetch_add(1, Ordering::SeqCst);
            format!(
                r#"{{"success":true,"result":{{"sessionName":"s3ssion-{number}","userId":"19x1"}}}}"#
            )
        } else {
            let name = query.split("sessionName=").nth(1).unwrap();
            let name = name.split('&').next().unwrap().to_owned();
            self.sessions.lock().unwrap().push(name);
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            let less = |left: usize| left.checked_sub(1);
            let order = Ordering::SeqCst;
            if self.hangs.fetch_update(order, order, less).is_ok() {
                return std::future::pending().await;
            }
            self.together.wait().await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            r#"{"success":true,"result":[]}"#.to_owned()
        };
        Ok(http::Response::new(Bytes::from(body)))
    }
}

#[tokio::test]
async fn three_sessions_do_three_calls_at_once() {
    // The calls end only when three are under way, so this ends only if so.
    let meeting = Meeting::of(3);
    let client = meeting.client(3);
    let calls = (0..9).map(|_| client.call("listtypes", Params::new()));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(meeting.most.load(Ordering::SeqCst), 3);
    assert_eq!(meeting.logins.load(Ordering::SeqCst), 3);
    let sessions = meeting.sessions.lock().unwrap().clone();
    assert_eq!(BTreeSet::from_iter(sessions).len(), 3);
}

#[tokio::test]
async fn one_session_does_one_call_after_the_other() {
    let meeting = Meeting::of(1);
    let client = meeting.client(1);
    let calls = (0..9).map(|_| client.call("listtypes", Params::new()));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(meeting.most.load(Ordering::SeqCst), 1);
    assert_eq!(meeting.logins.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_caller_who_asks_one_thing_after_the_other_uses_one_session() {
    let meeting = Meeting::of(1);
    let client = meeting.client(4);
    for _ in 0..9 {
        client.call("listtypes", Params::new()).await.unwrap();
    }
    assert_eq!(meeting.logins.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_its_session_behind() {
    let meeting = Meeting::of(1);
    meeting.hangs.store(1, Ordering::SeqCst);
    let client = meeting.client(2);
    let lost = {
        let client = client.clone();
        tokio::spawn(async move { client.call("listtypes", Params::new()).await })
    };
    while meeting.now.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    lost.abort();
    assert!(lost.await.unwrap_err().is_cancelled());
    let held = std::mem::take(&mut *meeting.sessions.lock().unwrap());
    assert_eq!(held, ["s3ssion-0"]);
    let calls = (0..2).map(|_| client.call("listtypes", Params::new()));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    let sessions = meeting.sessions.lock().unwrap().clone();
    assert!(!sessions.contains(&"s3ssion-0".to_owned()), "{sessions:?}");
}

#[tokio::test]
async fn a_session_whose_call_got_no_answer_in_time_is_left_behind() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .expect(2)
        .mount(&server)
        .await;
    post("login")
        .respond_with(session("s3ssion-old"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    post("login")
        .respond_with(session("s3ssion-new"))
        .expect(1)
        .mount(&server)
        .await;
    post("create")
        .and(body_string_contains("s3ssion-old"))
        .respond_with(yes(json!({})).set_delay(Duration::from_secs(20)))
        .expect(1)
        .mount(&server)
        .await;
    get("listtypes")
        .and(query_param("sessionName", "s3ssion-new"))
        .respond_with(yes(json!([])))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server)
        .timeout(Duration::from_millis(400))
        .build()
        .unwrap();
    let error = client.call("create", Params::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    client.call("listtypes", Params::new()).await.unwrap();
}
