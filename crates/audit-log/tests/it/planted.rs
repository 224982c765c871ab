//! People and secrets planted in what our clients really exchange are nowhere
//! in the file.

pub(crate) mod corpus;
mod people;
mod secrets;

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use api_core::transport::Reply;
use api_core::{Call, Caller, FakeTransport, ManualClock, RetryPolicy, Safety, Timestamp};
use audit_log::{AuditLog, Observer};
use bytes::Bytes;
use flate2::read::DeflateDecoder;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use crate::support::Place;

/// One request and the answer to it.
pub(crate) struct Talk {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) template: String,
    pub(crate) content_type: &'static str,
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) response: String,
}

impl Talk {
    /// A POST of JSON.
    pub(crate) fn post(
        request: impl Into<String>,
        status: u16,
        response: impl Into<String>,
    ) -> Self {
        Self {
            method: "POST",
            path: "/api/records".to_owned(),
            template: "/api/records".to_owned(),
            content_type: "application/json",
            request: request.into(),
            status,
            response: response.into(),
        }
    }
}

/// Leads talks through a caller with the observer of a log; answers after
/// each whether it failed.
pub(crate) async fn hold(log: &AuditLog, talks: Vec<Talk>) {
    let fake = FakeTransport::new();
    let caller = Caller::builder(fake.clone())
        .clock(ManualClock::auto_advance(Timestamp::from_seconds(
            1_800_000_000,
        )))
        .retry(RetryPolicy::never())
        .observer(Observer::new(log.clone(), "smartcrm", "shop"))
        .build()
        .unwrap();
    for talk in talks {
        fake.push(
            Reply::new(talk.status, talk.response).header("content-type", "application/json"),
        );
        let request = http::Request::builder()
            .method(talk.method)
            .uri(format!("https://crm.test{}", talk.path))
            .header("content-type", talk.content_type)
            .body(Bytes::from(talk.request))
            .unwrap();
        let call = Call::new("records.create", talk.template, Safety::Create, request);
        // A refusal is a talk like any other here.
        drop(caller.call(call).await);
    }
}

/// Everything a closed log left on the disk, with its bodies unpacked.
pub(crate) async fn everything(place: &Place) -> String {
    let mut found = Vec::new();
    for file in std::fs::read_dir(place.database().parent().unwrap()).unwrap() {
        found.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let mut text = String::from_utf8_lossy(&found).into_owned();
    for body in bodies(place).await {
        text.push_str(&body);
        text.push('\n');
    }
    text
}

/// All bodies of a log, unpacked, in the order of their entries.
pub(crate) async fn bodies(place: &Place) -> Vec<String> {
    let mut conn = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(place.database())
        .connect()
        .await
        .unwrap();
    let rows = sqlx::query("SELECT codec, content FROM audit_body ORDER BY event")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    rows.iter()
        .map(|row| {
            let (codec, content) = (row.get::<i64, _>(0), row.get::<Vec<u8>, _>(1));
            if codec == 0 {
                return String::from_utf8(content).unwrap();
            }
            let mut plain = String::new();
            DeflateDecoder::new(&content[..])
                .read_to_string(&mut plain)
                .unwrap();
            plain
        })
        .collect()
}

/// Asserts that none of these texts is there, in any case, escaped or encoded.
pub(crate) fn assert_none(everything: &str, planted: &[String]) {
    let everything = everything.to_lowercase();
    let mut found = Vec::new();
    for text in planted {
        let text = text.to_lowercase();
        let escaped = serde_json::Value::from(text.as_str()).to_string();
        let twice = serde_json::Value::from(escaped.as_str()).to_string();
        let percent: String = text
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
                other => format!("%{other:02x}"),
            })
            .collect();
        for form in [
            text.clone(),
            escaped.trim_matches('"').to_owned(),
            twice.trim_matches(['"', '\\']).to_owned(),
            percent.clone(),
            percent.replace("%20", "+"),
            text.replace('\'', "&#039;"),
        ] {
            for (at, _) in everything.match_indices(&form).take(3) {
                let mut from = at.saturating_sub(80);
                while !everything.is_char_boundary(from) {
                    from += 1;
                }
                let around: String = everything[from..].chars().take(160).collect();
                found.push(format!("{form:?}: …{around}…"));
            }
        }
    }
    assert!(found.is_empty(), "in the file:\n{}", found.join("\n"));
}

/// Opens a log that keeps everything.
pub(crate) async fn log(place: &Place) -> AuditLog {
    place
        .builder()
        .batch(500, Duration::from_millis(5))
        .open()
        .await
        .unwrap()
}

/// What talks leave on the disk.
pub(crate) async fn left_by(talks: Vec<Talk>) -> (String, Arc<Place>) {
    let place = Arc::new(Place::sqlite());
    let log = log(&place).await;
    let count = talks.len();
    hold(&log, talks).await;
    assert_eq!(log.lost(), 0);
    log.close().await.unwrap();
    assert_eq!(bodies(&place).await.len(), count, "every talk is kept");
    (everything(&place).await, place)
}
