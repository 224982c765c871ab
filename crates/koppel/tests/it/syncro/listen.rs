//! `koppel listen` and `koppel trigger`: webhooks come in, and what they name is synced.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use koppel_sandbox::syncro::{Size, WebhookFaults};
use serde_json::{Value, json};

use super::{Msp, TOKEN};
use crate::support::{koppel, private};

const PATH_TOKEN: &str = "S3CRET-path-token-0123456789";

/// A listener, and the lines that it prints.
struct Listener {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Listener {
    fn start(msp: &Msp, args: &[&str]) -> Self {
        let mut child = koppel(msp.dir.path())
            .args(["listen", "syncro", "--bind", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "it has ended");
        line.trim_end().to_owned()
    }

    fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// The next sync, and whether it was a poll.
    fn sync(&mut self) -> (Value, bool) {
        loop {
            let mut heard = self.json();
            if heard.get("sync").is_some() {
                let poll = heard["poll"].as_bool().unwrap();
                return (heard["sync"].take(), poll);
            }
        }
    }

    /// Presses Ctrl-C; what it printed until it ended, on both.
    fn interrupt(mut self) -> (i32, String, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.unwrap().success());
        let (mut rest, mut said) = (String::new(), String::new());
        self.lines.read_to_string(&mut rest).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        assert!(!said.contains("panicked"), "{said}");
        assert!(!said.contains(TOKEN) && !rest.contains(TOKEN));
        (code, rest, said)
    }
}

#[cfg(unix)]
#[test]
fn what_webhooks_name_is_synced_and_what_they_lost_is_repaired_by_the_next_poll() {
    let msp = Msp::new(Size {
        customers: 5,
        ..Size::default()
    });
    msp.config("", "entities = [\"customer\"]");
    let args = [
        "--sync",
        "msp",
        "--debounce",
        "50ms",
        "--poll",
        "3s",
        "--json",
    ];
    let mut listener = Listener::start(&msp, &args);
    let first = listener.json();
    assert_eq!(first["token_made_up"], true);
    let url = first["listening"].as_str().unwrap().to_owned();
    assert!(url.len() > 50, "{url}");
    let (run, poll) = listener.sync();
    assert!(poll);
    assert_eq!(run["entities"]["customer"]["created"], 5);
    assert_eq!(run.get("repaired"), None);

    msp.server.set_webhook(Some((&url, &[])));
    msp.server
        .insert("customers", json!({"business_name": "Bakkerij Bos"}));
    msp.server.set_webhook_faults(WebhookFaults {
        drop: 1.0,
        ..WebhookFaults::default()
    });
    msp.server
        .insert("customers", json!({"business_name": "Garage Maas"}));
    // The other one comes by its webhook, or by a poll that is faster.
    let (mut created, mut repaired, mut told) = (0, 0, 0);
    while created < 2 {
        let (run, poll) = listener.sync();
        let customers = &run["entities"]["customer"];
        created += customers["created"].as_i64().unwrap_or(0);
        if poll {
            repaired += run["repaired"].as_i64().unwrap();
        } else {
            assert_eq!(run["trigger"], "webhook");
            told += customers["created"].as_i64().unwrap_or(0);
        }
    }
    assert!(repaired >= 1 && repaired + told <= 2, "{repaired} {told}");
    msp.runtime.block_on(msp.server.webhooks_sent());
    let (code, rest, _) = listener.interrupt();
    assert_eq!(code, 0);
    let last: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
    assert_eq!(last["ended"]["repaired"], repaired);
    assert_eq!(last["ended"]["deliveries"], 1);
    assert_eq!(msp.number("SELECT COUNT(*) FROM tblclients"), 7);

    // The runs of hints stand among the others.
    let done = msp.koppel(&["run", "list"]);
    assert!(done.stdout.contains("schedule"), "{done:?}");
}

#[cfg(unix)]
#[test]
fn a_sample_is_heard_and_nothing_is_synced_without_a_flow() {
    let msp = Msp::new(Size::default());
    let mut listener = Listener::start(&msp, &[]);
    let first = listener.line();
    let url = first.strip_prefix("Listening at ").unwrap().to_owned();
    let done = msp.koppel(&[
        "trigger",
        "syncro",
        "ticket-status-changed",
        "--id",
        "4711",
        "--url",
        &url,
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("200"), "{done:?}");
    assert!(
        !done.stdout.contains(url.rsplit('/').next().unwrap()),
        "{done:?}"
    );
    let heard = listener.line();
    assert!(
        heard.ends_with("ticket_status_changed  ticket 4711  (In Progress)"),
        "{heard}"
    );
    let again = [
        "trigger",
        "syncro",
        "rmm_alert_resolved",
        "--url",
        &url,
        "--json",
    ];
    let done = msp.koppel(&again);
    assert_eq!(done.object()["answer"]["event"], "rmm_alert_resolved");
    assert!(listener.line().ends_with("rmm_alert_resolved  rmm_alert 1"));

    let wrong = url.replace("/hook/", "/hook/x");
    let done = msp.koppel(&["trigger", "syncro", "ticket_created", "--url", &wrong]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("knows no such path"), "{done:?}");

    let (code, rest, said) = listener.interrupt();
    assert_eq!(
        (code, rest.trim_end()),
        (0, "Ended after 2 webhooks (0 more came twice); 0 repaired.")
    );
    assert!(said.contains("Nothing is synced"), "{said}");
    assert!(msp.server.requests_by_operation().is_empty());
}

#[cfg(unix)]
#[test]
fn a_path_token_of_the_configuration_is_not_printed() {
    let msp = Msp::new(Size::default());
    let path = msp.dir.path().join("path-token");
    std::fs::write(&path, PATH_TOKEN).unwrap();
    private(&path);
    msp.config("webhook_token = \"file:path-token\"", "");
    let mut listener = Listener::start(&msp, &[]);
    let first = listener.line();
    assert!(first.ends_with("/hook/WEBHOOK_TOKEN"), "{first}");
    let url = (first.strip_prefix("Listening at ").unwrap()).replace("WEBHOOK_TOKEN", PATH_TOKEN);
    let done = msp.koppel(&["trigger", "syncro", "lead.created", "--url", &url]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(listener.line().contains("lead_created  lead 1"));
    let (code, rest, said) = listener.interrupt();
    assert_eq!(code, 0);
    for printed in [&first, &rest, &said, &done.stdout, &done.stderr] {
        assert!(!printed.contains(PATH_TOKEN), "{printed}");
    }
}

#[test]
fn what_sends_no_webhooks_and_what_is_no_event_is_refused() {
    let msp = Msp::new(Size::default());
    for args in [
        &["listen", "crm"][..],
        &["trigger", "crm", "ticket_created"],
        &["trigger", "syncro", "ticket_created"],
        &["trigger", "syncro", "ticket_lost"],
        &["trigger", "syncro", "ticket_created", "--id", "0"],
        &["listen", "syncro", "--sync", "nothing"],
        &["listen", "syncro", "--poll", "0s"],
        &["listen", "syncro", "--poll", "5m", "--no-poll"],
    ] {
        let done = msp.koppel(args);
        assert_eq!(done.code, 64, "{args:?} {done:?}");
        assert!(done.stdout.is_empty(), "{args:?} {done:?}");
    }
    let done = msp.koppel(&["trigger", "syncro", "ticket_lost"]);
    assert!(done.stderr.contains("payment_received"), "{done:?}");
}
