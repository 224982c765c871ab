//! Bank statement files to be read by SnelStart (`bankafschriftbestanden`).

use api_core::{Error, ErrorKind, Json, SendOutcome};

use crate::calls::handle;
use crate::error::without_tags;
use crate::model::model;
use crate::operations as ops;
use crate::value::Base64;

model! {
    /// A bank statement file: Camt053, Camt052 or structured MT940.
    pub struct BankStatementFile, fields BankStatementFileFields, wire "BankafschriftBestand" {
        /// The file's name (`name`); required.
        name: String = "name" [required],
        /// The file as UTF-8 (`base64EncodedContent`); required.
        content: Base64 = "base64EncodedContent" [required],
    }
}

model! {
    /// Why a bank statement file was not read.
    pub struct BankStatementError, fields BankStatementErrorFields,
        wire "BankafschriftBestandResponseError"
    {
        /// What is wrong (`description`); may hold HTML (measured by client
        /// authors).
        description: String = "description",
        /// More about it (`details`).
        details: Vec<String> = "details",
    }
}

model! {
    /// How it went with one bank statement file.
    pub struct BankStatementResult, fields BankStatementResultFields,
        wire "BankafschriftBestandResponse"
    {
        /// The file's name (`name`).
        name: String = "name",
        /// What is wrong with it (`errors`).
        errors: Vec<BankStatementError> = "errors",
        /// Whether it was read (`isSuccess`).
        is_success: bool = "isSuccess",
    }
}

/// The mark of a file in UTF-8, which the server takes for content.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What the server says of rows that it has read before (measured by client
/// authors).
const READ_BEFORE: &str = "al eerder zijn ingelezen";

impl BankStatementFile {
    /// Makes a statement file out of a name and its bytes.
    ///
    /// A byte order mark is left out: the server stumbles over it (measured by
    /// client authors).
    ///
    /// # Errors
    ///
    /// `Validation` where the file is not UTF-8, which the server needs
    /// (OpenAPI document).
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Result<Self, Error> {
        let plain = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if std::str::from_utf8(plain).is_err() {
            return Err(Error::new(
                ErrorKind::Validation,
                "The bank statement file is not UTF-8.",
            )
            .help("Convert the file to UTF-8 and send it again.")
            .outcome(SendOutcome::NotSent));
        }
        Ok(Self {
            name: Some(name.into()),
            content: Some(Base64::from(plain)),
            ..Self::default()
        })
    }
}

impl BankStatementResult {
    /// Tells whether the file was refused for having been read before.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.messages()
            .iter()
            .any(|text| text.contains(READ_BEFORE))
    }

    /// Returns what is wrong with the file, without the HTML in it.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        let errors = self.errors.iter().flatten();
        errors
            .flat_map(|error| {
                let details = error.details.iter().flatten();
                error.description.iter().chain(details)
            })
            .map(|text| without_html(text))
            .filter(|text| !text.is_empty())
            .collect()
    }
}

/// Leaves out tags and writes the common entities as the characters they are.
fn without_html(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let plain = entities
        .iter()
        .fold(without_tags(text), |text, (entity, plain)| {
            text.replace(entity, plain)
        });
    plain.trim().to_owned()
}

handle! {
    /// Bank statement files (`bankafschriftbestanden`).
    pub fn bank_statement_files -> BankStatementFiles, "Bank statement files";
}

impl BankStatementFiles<'_> {
    /// Has bank statement files read; the result has one entry for each.
    ///
    /// They are sent once. A file that is refused is no error of the call: see
    /// [`BankStatementResult::is_success`].
    ///
    /// # Errors
    ///
    /// `Validation` where there is no file, or one without name or content,
    /// before anything is sent, and those of any call.
    pub async fn send(
        &self,
        files: &[BankStatementFile],
    ) -> Result<Vec<BankStatementResult>, Error> {
        if files.is_empty() {
            return Err(Error::new(
                ErrorKind::Validation,
                "There is no bank statement file to send.",
            )
            .operation(ops::BANK_STATEMENT_FILES_SEND.name)
            .outcome(SendOutcome::NotSent));
        }
        for file in files {
            file.check()?;
        }
        let body = Json::List(files.iter().map(BankStatementFile::to_json).collect());
        let operation = &ops::BANK_STATEMENT_FILES_SEND;
        let answer = self.client.send(operation, &[], &[], Some(&body)).await?;
        answer.models()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_left_out_and_what_is_no_tag_stays() {
        for (html, plain) in [
            ("<b>3</b> regels", "3 regels"),
            ("1 < 2", "1 < 2"),
            ("<", "<"),
            ("a &amp;lt; b", "a &lt; b"),
            ("<br/>&nbsp;x<i", "x<i"),
            ("", ""),
        ] {
            assert_eq!(without_html(html), plain, "{html}");
        }
    }

    #[test]
    fn a_result_without_errors_has_no_messages() {
        let result = BankStatementResult::default();
        assert_eq!(result.messages(), Vec::<String>::new());
        assert!(!result.is_duplicate());
    }
}
