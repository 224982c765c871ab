//! The file that heads are carried into. It may be on another system, which does not always answer.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::error::{self, Error};

/// How long the writers of the log wait for the file.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct HeadsFile {
    path: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// A thread is at work on it.
    busy: bool,
    /// What the last thread wrote after everybody had stopped waiting for it.
    late: String,
}

impl HeadsFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: Arc::default(),
        }
    }

    /// Whether it still has not answered to the last call.
    pub(super) fn is_busy(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy
    }

    /// Adds lines; they are on the disk when this returns.
    ///
    /// Where the file does not answer this ends with an error, and the lines may get there later:
    /// they are not written again when they are given again.
    pub(super) async fn append(&self, lines: &str) -> Result<(), Error> {
        let rest = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let late = std::mem::take(&mut state.late);
            let rest = lines.strip_prefix(&late).unwrap_or(lines).to_owned();
            state.busy = !rest.is_empty();
            rest
        };
        if rest.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let (path, state, lines) = (self.path.clone(), Arc::clone(&self.state), lines.to_owned());
        // Not one of the runtime's threads: for those the program waits at its end.
        let thread = std::thread::Builder::new().name("audit-heads".to_owned());
        let begun = thread.spawn(move || {
            let done = append(&path, rest.as_bytes());
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.busy = false;
            let written = done.is_ok();
            if answer.send(done).is_err() && written {
                state.late = lines;
            }
        });
        if let Err(e) = begun {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.busy = false;
            return Err(self.failed(&e));
        }
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(done)) => done.map_err(|e| self.failed(&e)),
            Ok(Err(_)) => Err(Error::Closed),
            Err(_) => Err(Error::Unavailable(format!(
                "`{}` cannot be written: it does not answer; the daily heads wait in the log",
                self.path.display()
            ))),
        }
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        error::file(&self.path, "written", error)
    }
}

/// Adds to a file that only its owner can read; it is on the disk when this returns.
fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_late_is_not_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("heads.jsonl");
        let file = HeadsFile::new(path.clone());
        let written = || std::fs::read_to_string(&path).unwrap();
        file.append("a\n").await.unwrap();
        file.state.lock().unwrap().late = "b\n".to_owned();
        file.append("b\nc\n").await.unwrap();
        assert_eq!(written(), "a\nc\n");
        file.append("b\n").await.unwrap();
        assert_eq!(written(), "a\nc\nb\n");
        file.state.lock().unwrap().late = "d\n".to_owned();
        file.append("d\n").await.unwrap();
        assert_eq!(written(), "a\nc\nb\n");
        assert!(!file.is_busy());
    }
}
