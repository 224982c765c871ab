//! Entries for another program or for a person's table.

mod csv;

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use crate::error::{Error, UnknownWord};
use crate::filter::Filter;
use crate::log::AuditLog;
use crate::page::Page;
use crate::record::Stored;
use crate::search;

/// How many entries are in memory at a time; with bodies a tenth of it.
const CHUNK: usize = 1_000;

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object on each line, the keys as [`Stored`] serialises them.
    Ndjson,
    /// Comma-separated values (RFC 4180) with a line of names; a cell that a spreadsheet would
    /// take for a formula begins with an apostrophe.
    Csv,
}

impl Format {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::Ndjson, Self::Csv];

    /// The word: `ndjson` or `csv`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownWord::new("format", text, Self::ALL.map(Self::as_str)))
    }
}

/// How to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// The format.
    pub format: Format,
    /// Whether request and response are written too, under `bodies`; not with CSV.
    pub bodies: bool,
}

impl ExportOptions {
    /// This format, without bodies.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            bodies: false,
        }
    }

    /// Writes request and response too.
    #[must_use]
    pub fn bodies(mut self, bodies: bool) -> Self {
        self.bodies = bodies;
        self
    }
}

impl AuditLog {
    /// Writes all entries that fit, the newest first, and returns how many.
    ///
    /// Memory stays small whatever the size of the log. Entries that arrive in the meantime with a
    /// later time are not among them.
    ///
    /// # Errors
    /// As [`search`](Self::search); [`Error::Invalid`] for bodies in CSV; [`Error::DiskFull`] or
    /// [`Error::Unavailable`] when `to` cannot be written.
    pub async fn export(
        &self,
        filter: &Filter,
        options: &ExportOptions,
        to: &mut (impl Write + Send),
    ) -> Result<u64, Error> {
        if options.bodies && options.format == Format::Csv {
            return Err(Error::Invalid(
                "a table has no room for request and response; export them as ndjson".to_owned(),
            ));
        }
        let db = &self.shared().db;
        let limit = if options.bodies { CHUNK / 10 } else { CHUNK };
        let mut page = Page::first(limit);
        let mut written = 0;
        let mut line = Vec::new();
        loop {
            let mut found = search::search(db, filter, &page).await?;
            if options.format == Format::Csv && page.after.is_none() {
                to.write_all(csv::HEAD.as_bytes()).map_err(|e| broken(&e))?;
            }
            for entry in &mut found.entries {
                line.clear();
                match options.format {
                    Format::Csv => csv::line(entry, &mut line),
                    Format::Ndjson => {
                        let bodies = if options.bodies && entry.has_bodies {
                            entry.or_damaged(search::bodies(db, entry.number).await)?
                        } else {
                            None
                        };
                        json_line(entry, bodies.as_ref(), &mut line)?;
                    }
                }
                to.write_all(&line).map_err(|e| broken(&e))?;
                written += 1;
            }
            match found.next {
                Some(next) => page = Page::after(next, limit),
                None => break,
            }
        }
        to.flush().map_err(|e| broken(&e))?;
        Ok(written)
    }
}

fn json_line(
    entry: &Stored,
    bodies: Option<&crate::entry::Bodies>,
    line: &mut Vec<u8>,
) -> Result<(), Error> {
    serde_json::to_writer(&mut *line, &entry.with_bodies(bodies)).map_err(|error| {
        let number = entry.number;
        Error::Corrupt(format!("entry {number} cannot be exported: {error}"))
    })?;
    line.push(b'\n');
    Ok(())
}

fn broken(error: &std::io::Error) -> Error {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::DiskFull(
            "the export cannot be written: there is no space left; free some and export again"
                .to_owned(),
        ),
        _ => Error::Unavailable(format!("the export cannot be written: {error}")),
    }
}
