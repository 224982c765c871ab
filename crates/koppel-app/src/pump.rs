//! The pump: moves events from the store's outbox to a file, one JSON object a line.
//!
//! Every event reaches the file, and none twice: they are appended and flushed to the disk before
//! they leave the outbox, and what a crash left in both is found at the end of the file.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sync_core::{Event, EventId, StateStore, StoreError};
use tokio::sync::{Mutex, Notify};

/// How many events are moved at a time; a crash leaves at most so many in both places.
const BATCH: usize = 500;
/// How often the outbox is looked at while a flow runs.
const PERIOD: Duration = Duration::from_millis(500);
/// How long another process may hold the file; it does so for one batch at a time.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is tried.
const LOCK_PERIOD: Duration = Duration::from_millis(10);
/// How much of the end of the file is read at a time, in bytes.
const CHUNK: u64 = 64 * 1024;

/// Why events stay in the outbox.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PumpError {
    /// The file cannot be written.
    #[error("the events file `{}` cannot be written: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The outbox cannot be read.
    #[error("the events cannot be read from the store: {0}")]
    Store(#[from] StoreError),
}

/// Moves events from a store's outbox to a file.
pub struct Pump {
    store: Arc<dyn StateStore>,
    path: PathBuf,
    /// How long the file was when this pump left it: a longer one was written by somebody else.
    left_at: Mutex<Option<u64>>,
}

impl std::fmt::Debug for Pump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pump")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Pump {
    /// A pump from this store to this file, which is made (mode 0600) with the first event.
    #[must_use]
    pub fn new(store: Arc<dyn StateStore>, path: impl Into<PathBuf>) -> Self {
        Self {
            store,
            path: path.into(),
            left_at: Mutex::new(None),
        }
    }

    /// Moves all events that are in the outbox, and says how many.
    ///
    /// # Errors
    /// When the file cannot be written or the outbox not be read; the events stay in the outbox.
    pub async fn drain(&self) -> Result<u64, PumpError> {
        let mut left_at = self.left_at.lock().await;
        let mut moved = 0;
        loop {
            // A first look without the lock: mostly there is nothing.
            if self.store.events(1).await?.is_empty() {
                return Ok(moved);
            }
            let path = self.path.clone();
            let file = self.blocking(move || open(&path)).await?;
            let events = self.store.events(BATCH).await?;
            let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
            let known = *left_at;
            *left_at = None;
            let (file, written, length) = self
                .blocking(move || {
                    let (written, length) = append(&file, &events, known)?;
                    Ok((file, written, length))
                })
                .await?;
            self.store.events_taken(&ids).await?;
            *left_at = Some(length);
            // The lock goes with the file.
            drop(file);
            moved += written;
        }
    }

    /// Moves events until `stop` is notified, and once more then. Says why it had to give up.
    pub(crate) async fn run_until(&self, stop: &Notify) -> Result<(), PumpError> {
        let mut result = self.drain().await.map(drop);
        loop {
            // A file that cannot be written is not tried twice a second, only once more at the end.
            let wait = async {
                match result {
                    Ok(()) => tokio::time::sleep(PERIOD).await,
                    Err(_) => std::future::pending().await,
                }
            };
            let stopped = tokio::select! {
                () = wait => false,
                () = stop.notified() => true,
            };
            result = self.drain().await.map(drop);
            if stopped {
                return result;
            }
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, PumpError> {
        let failed = |reason: String| PumpError::File {
            path: self.path.clone(),
            reason,
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result.map_err(|error| failed(reason(&error))),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "its directory does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}

/// Opens the file for appending and waits until no other process writes to it.
fn open(path: &Path) -> io::Result<File> {
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a directory",
            ));
        }
        // Opening one would wait for a reader.
        #[cfg(unix)]
        Ok(about) if std::os::unix::fs::FileTypeExt::is_fifo(&about.file_type()) => {
            return Err(io::Error::other("it is a pipe, not a file"));
        }
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // Some network file systems have no locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(file);
            }
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if began.elapsed() > LOCK_TIMEOUT => {
                return Err(io::Error::other(
                    "another process holds it and does not go on",
                ));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PERIOD),
        }
    }
}

/// Appends the events that are not at the end of the file already. Gives their number and the
/// file's new length.
fn append(mut file: &File, events: &[Event], left_at: Option<u64>) -> io::Result<(u64, u64)> {
    let about = file.metadata()?;
    let mut length = about.len();
    let mut text = String::new();
    let tail = if left_at == Some(length) {
        Tail::default()
    } else {
        tail(file, length)?
    };
    let mut written = 0;
    let mut lines = Vec::with_capacity(events.len());
    for event in events.iter().filter(|event| !tail.ids.contains(&event.id)) {
        let mut line = serde_json::to_string(event)?;
        line.push('\n');
        lines.push(line);
        written += 1;
    }
    if !tail.fragment.is_empty() {
        // The beginning of a line that a crash or a full disk cut off: that line is written anew.
        let ours = lines
            .iter()
            .any(|line| line.as_bytes().starts_with(&tail.fragment));
        if ours {
            length -= tail.fragment.len() as u64;
            file.set_len(length)?;
        } else {
            text.push('\n');
        }
    }
    text.extend(lines);
    if let Err(error) = file.write_all(text.as_bytes()) {
        if let Err(error) = file.set_len(length) {
            tracing::debug!(%error, "The cut-off line stays at the end of the events file.");
        }
        return Err(error);
    }
    if about.is_file() {
        file.sync_all()?;
    }
    Ok((written, length + text.len() as u64))
}

#[derive(Default)]
struct Tail {
    /// The events in the last lines.
    ids: HashSet<EventId>,
    /// What follows the last line break.
    fragment: Vec<u8>,
}

/// Reads the last [`BATCH`] lines.
fn tail(mut file: &File, length: u64) -> io::Result<Tail> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut from = length;
    while from > 0 && bytes.iter().filter(|byte| **byte == b'\n').count() <= BATCH {
        let size = CHUNK.min(from);
        from -= size;
        file.seek(SeekFrom::Start(from))?;
        let mut chunk = Vec::new();
        file.take(size).read_to_end(&mut chunk)?;
        chunk.extend_from_slice(&bytes);
        bytes = chunk;
    }
    #[derive(Deserialize)]
    struct Line {
        id: EventId,
    }
    let id = |line: &[u8]| {
        serde_json::from_slice::<Line>(line)
            .ok()
            .map(|line| line.id)
    };
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let fragment = bytes.split_off(end);
    let mut ids: HashSet<EventId> = bytes.split(|byte| *byte == b'\n').filter_map(id).collect();
    // A whole line that lacks nothing but its line break counts.
    ids.extend(id(&fragment));
    Ok(Tail { ids, fragment })
}
