//! Bank statement files to be read by SnelStart (`bankafschriftbestanden`).

use crate::model::model;
use crate::value::Base64;

model! {
    /// A bank statement file: Camt053, Camt052 or structured MT940.
    pub struct BankStatementFile, fields BankStatementFileFields, wire "BankafschriftBestand" {
        /// The file's name (`name`); required.
        name: String = "name",
        /// The file as UTF-8 (`base64EncodedContent`); required.
        content: Base64 = "base64EncodedContent",
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
