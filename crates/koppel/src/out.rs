//! What is printed: data on stdout, everything else on stderr.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{CellAlignment, Table, presets};
use koppel_app::{AppError, ErrorJson};
use serde::Serialize;

use crate::cli::Global;

/// The longest cell on a terminal, in characters.
const CELL: usize = 100;
/// The last column is not made narrower, whatever the terminal is like.
const NARROWEST: usize = 24;

/// Where output goes, and in which form.
pub(crate) struct Out {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) terminal: bool,
    color: bool,
    /// Whether stdout has colours.
    tints: bool,
    /// Whether whoever read stdout has gone; the work goes on without it.
    pub(crate) closed: bool,
    /// How many characters go into a line of the terminal, where that is known.
    width: Option<usize>,
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
            width: terminal_size::terminal_size_of(std::io::stdout())
                .map(|(width, _)| usize::from(width.0)),
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
        let shown = self.terminal && !self.json;
        let header = header.iter().map(ToString::to_string).collect();
        let rows = shown.then(|| vec![header]);
        Rows { out: self, rows }
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
    /// What a terminal sees at the end, the header first.
    rows: Option<Vec<Vec<String>>>,
}

impl Rows<'_> {
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        match &mut self.rows {
            Some(rows) => {
                let cells = cells.iter().map(|cell| shorten(&plain(cell), CELL));
                rows.push(cells.collect());
            }
            None => {
                let cells: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
                self.out.line(&cells.join("\t"));
            }
        }
    }

    /// Prints what a terminal sees.
    pub(crate) fn end(self) {
        if let Some(mut rows) = self.rows {
            if let Some(width) = self.out.width {
                fit(&mut rows, width);
            }
            self.out.line(&grid(rows));
        }
    }
}

/// Shortens the last column, which has the most to say, so that a row fits into a line; where the
/// others leave no room for it, into as few lines as can be, and fills these.
fn fit(rows: &mut [Vec<String>], width: usize) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let Some(last) = columns.checked_sub(1) else {
        return;
    };
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        // One blank on each side.
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0) + 2
    };
    let others: usize = (0..last).map(widest).sum();
    let width = width.max(1);
    let lines = (others + 2 + NARROWEST).div_ceil(width);
    let room = (lines * width).saturating_sub(others + 2);
    for cell in rows.iter_mut().filter_map(|row| row.get_mut(last)) {
        if cell.chars().count() > room {
            *cell = shorten(cell, room - 1);
        }
    }
}

fn grid(rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut rows = rows.into_iter();
    table.set_header(rows.next().unwrap_or_default());
    table.add_rows(rows);
    for at in 0..table.column_count() {
        let numbers = table
            .row_iter()
            .filter_map(|row| row.cell_iter().nth(at).map(|cell| cell.content()))
            .all(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()));
        if numbers && let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
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

    fn rows(rows: &[[&str; 2]]) -> Vec<Vec<String>> {
        let row = |row: &[&str; 2]| row.map(str::to_owned).to_vec();
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_table_on_a_terminal_has_its_header() {
        let text = grid(rows(&[["NAME", "RECORDS"], ["customer", "5000"]]));
        assert!(text.contains("NAME") && text.contains("5000"), "{text}");
    }

    #[test]
    fn the_last_column_gives_way_on_a_narrow_terminal() {
        let long = "The record was not written, as the target refused it twice.";
        let mut narrow = rows(&[["NUMBER", "MESSAGE"], ["1", long], ["2", "Short."]]);
        let wide = narrow.clone();
        fit(&mut narrow, 40);
        let text = grid(narrow.clone());
        assert!(
            text.lines().all(|line| line.chars().count() <= 40),
            "{text}"
        );
        assert!(
            narrow[1][1].ends_with('…') && narrow[2][1] == "Short.",
            "{text}"
        );
        let mut same = wide.clone();
        fit(&mut same, 80);
        assert_eq!(same, wide);
        // Two lines of 30 characters, of which the first column takes eight.
        fit(&mut same, 30);
        let text = grid(same);
        assert!(
            text.lines().all(|line| line.chars().count() <= 60),
            "{text}"
        );
        let mut least = wide;
        fit(&mut least, 0);
        assert_eq!(least[1][1].chars().count(), NARROWEST);
    }
}
