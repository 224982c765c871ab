//! Another process with the same log: this program, started again.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use api_core::SecretString;
use audit_log::{Appended, AuditLog, Level};

use crate::support::{Place, created, refused};

/// What a child is told, by variables of these names.
const URL: &str = "AUDIT_CHILD_URL";
const PASSWORD: &str = "AUDIT_CHILD_PASSWORD";
const SCHEMA: &str = "AUDIT_CHILD_SCHEMA";
const WRITER: &str = "AUDIT_CHILD_WRITER";
const ENTRIES: &str = "AUDIT_CHILD_ENTRIES";

/// How many tasks of a child append at once.
const TASKS: u32 = 4;

/// A process that appends, and prints the number and id of each entry once it is acknowledged.
pub(crate) struct Writing {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// What a child printed of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) number: i64,
    pub(crate) id: String,
}

impl Writing {
    /// Starts a process that appends this many entries under the name of a writer.
    pub(crate) fn start(place: &Place, writer: &str, entries: u32) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::appends_until_it_is_stopped"])
            .args(["--nocapture", "--test-threads=1"])
            .env(URL, place.url())
            .env(PASSWORD, place.password())
            .env(SCHEMA, place.schema())
            .env(WRITER, writer)
            .env(ENTRIES, entries.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next acknowledgement; `None` when the process is gone.
    pub(crate) fn next(&mut self) -> Option<Acknowledged> {
        loop {
            let line = self.lines.next()?.unwrap();
            // Behind what the test harness prints.
            let Some((_, said)) = line.split_once("acknowledged ") else {
                continue;
            };
            // A line may be cut where the process died.
            let Some((number, id)) = said.split_once(' ') else {
                continue;
            };
            if id.len() == 36 {
                let number = number.parse().unwrap();
                let id = id.to_owned();
                return Some(Acknowledged { number, id });
            }
        }
    }

    /// Kills it as `kill -9` does, and returns what it had said by then.
    pub(crate) fn kill(mut self) -> Vec<Acknowledged> {
        self.child.kill().unwrap();
        let said = std::iter::from_fn(|| self.next()).collect();
        let status = self.child.wait().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
        }
        said
    }

    /// Waits until it has done everything, and returns what it said.
    pub(crate) fn finish(mut self) -> Vec<Acknowledged> {
        let said = std::iter::from_fn(|| self.next()).collect();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        said
    }
}

fn said(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_until_it_is_stopped() {
    let Ok(entries) = std::env::var(ENTRIES) else {
        println!("left out: it is a process that other tests start");
        return;
    };
    let entries: u32 = entries.parse().unwrap();
    let log = AuditLog::builder(&said(URL))
        .password(SecretString::from(said(PASSWORD)))
        .schema(said(SCHEMA))
        .writer(said(WRITER))
        .level(Level::Debug)
        .open()
        .await
        .unwrap();
    let next = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (log, next) = (log.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= entries {
                        return;
                    }
                    let entry = match number % 3 {
                        0 => refused(number),
                        _ => created(number),
                    };
                    let id = entry.id;
                    let appended = log.append(entry).await.unwrap();
                    let Appended::Written { number } = appended else {
                        panic!("not written but {appended:?}");
                    };
                    println!("acknowledged {number} {id}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    log.close().await.unwrap();
}
