//! What is printed: data on stdout, everything else on stderr.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{CellAlignment, Table, presets};
use koppel_app::{AppError, ErrorJson};
use serde::Serialize;

use crate::cli::Global;

/// The longest cell on a terminal, in characters.
const CELL: usize = 100;

/// Where output goes, and in which form.
pub(crate) struct Out {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) terminal: bool,
    color: bool,
    /// Whether stdout has colours.
    tints: bool,
    /// Whether whoever read stdout has gone; the work goes on without it.
    closed: bool,
}

impl Out {
    pub(crate) fn new(global: &Global) -> Self {
        let no_color =
            global.no_color || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json: global.json,
            quiet: global.quiet,
            terminal: std::io::stdout().is_terminal(),
            color: !no_color && std::io::stderr().is_terminal(),
            tints: !no_color && std::io::stdout().is_terminal(),
            closed: false,
        }
    }

    /// Prints a line of data.
    pub(crate) fn line(&mut self, text: &str) {
        if self.closed {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        let done = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.write_all(b"\n"));
        if let Err(error) = done {
            self.gone(&error);
        }
    }

    /// Prints an object as one line of JSON.
    pub(crate) fn object(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(&text),
            Err(error) => self.error(&format!("the answer cannot be written: {error}"), None),
        }
    }

    pub(crate) fn flush(&mut self) {
        if let Err(error) = std::io::stdout().flush() {
            self.gone(&error);
        }
    }

    fn gone(&mut self, error: &std::io::Error) {
        if self.closed {
            return;
        }
        self.closed = true;
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            self.error(&format!("the output cannot be written: {error}"), None);
        }
    }

    /// Begins a table. In a pipe its rows are printed at once, without the header.
    pub(crate) fn table(&mut self, header: &[&str]) -> Rows<'_> {
        let table = (self.terminal && !self.json).then(|| grid(header));
        Rows { out: self, table }
    }

    /// Prints a small table with its header, also in a pipe.
    pub(crate) fn summary(&mut self, header: &[&str], rows: Vec<Vec<String>>) {
        if !self.terminal {
            self.line(&header.join("\t").to_lowercase());
        }
        let mut table = self.table(header);
        for row in rows {
            table.row(row);
        }
        table.end();
    }

    /// Says something on stderr, unless that is not wanted.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    pub(crate) fn warn(&self, text: &str) {
        self.stderr(&format!("{} {text}", self.paint("33", "warning:")));
    }

    pub(crate) fn error(&self, text: &str, help: Option<&str>) {
        let help = help.map_or_else(String::new, |help| format!("\n  help: {help}"));
        self.stderr(&format!("{} {text}{help}", self.paint("1;31", "error:")));
    }

    /// Prints an error with its next step; with `--json` as an object on stdout as well.
    pub(crate) fn failed(&mut self, error: &AppError) {
        if self.json {
            #[derive(Serialize)]
            struct Failed {
                error: ErrorJson,
            }
            self.object(&Failed {
                error: ErrorJson::of(error),
            });
        }
        self.explain(error);
    }

    /// Prints an error with its next step on stderr.
    pub(crate) fn explain(&self, error: &AppError) {
        self.error(&error.to_string(), error.help().as_deref());
    }

    /// Colours a text of stdout, on a terminal that wants colours.
    pub(crate) fn tint(&self, code: &str, text: &str) -> String {
        match self.tints {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn stderr(&self, text: &str) {
        // Nobody is left who could be told that this failed.
        match writeln!(std::io::stderr(), "{text}") {
            Ok(()) | Err(_) => {}
        }
    }
}

/// The rows of a table that is being printed.
pub(crate) struct Rows<'a> {
    out: &'a mut Out,
    table: Option<Table>,
}

impl Rows<'_> {
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        match &mut self.table {
            Some(table) => {
                table.add_row(cells.iter().map(|cell| shorten(&plain(cell), CELL)));
            }
            None => {
                let cells: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
                self.out.line(&cells.join("\t"));
            }
        }
    }

    /// Prints what a terminal sees.
    pub(crate) fn end(self) {
        if let Some(mut table) = self.table {
            let columns = table.column_count();
            for at in 0..columns {
                let numbers = table
                    .row_iter()
                    .filter_map(|row| row.cell_iter().nth(at).map(|cell| cell.content()))
                    .all(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()));
                if numbers && let Some(column) = table.column_mut(at) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
            self.out.line(&table.to_string());
        }
    }
}

fn grid(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.to_vec());
    table
}

/// A cell on one line, without characters that steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// At most so many characters.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_steer_the_terminal_or_break_the_line() {
        assert_eq!(plain("a\u{1b}[31m\tb\nc"), "a [31m b c");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shorten("Panificație", 8), "Panifica…");
        assert_eq!(shorten("kort", 8), "kort");
    }

    #[test]
    fn a_table_on_a_terminal_has_its_header() {
        let mut table = grid(&["NAME", "RECORDS"]);
        table.add_row(["customer", "5000"]);
        let text = table.to_string();
        assert!(text.contains("NAME") && text.contains("5000"), "{text}");
    }
}
