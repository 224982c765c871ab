//! One record at a time: read, write, delete.

use std::time::Duration;

use api_core::{Error, ErrorKind, Json, SendOutcome};

use super::{Create, Replace, Revise, Values};
use crate::record::Record;
use crate::{Client, Operation, Params, RecordId};

impl Client {
    /// Reads a record.
    ///
    /// The answer for a user holds the password's hash and the access key
    /// (recorded vtiger 5.4.0 and 7.1.0 servers): [`Record`] does not show
    /// them.
    ///
    /// # Errors
    /// `Permission` when there is no such record, when it is deleted, and
    /// when the user may not read it: servers do not tell these apart
    /// (recorded vtiger 5.4.0 and 7.1.0 servers). `Validation` when the
    /// prefix belongs to another module. Otherwise as [`Client::call`].
    pub async fn retrieve(&self, id: &RecordId) -> Result<Record, Error> {
        let params = Params::new().with("id", id.to_string());
        let answer = self.call_as(&Operation::RETRIEVE, params).await?;
        let record =
            Record::from_json(answer).map_err(|error| error.operation("simplycrm.retrieve"))?;
        check_id(&record, *id)?;
        Ok(record)
    }

    /// Makes a record; await the value, or first say how to look it up.
    ///
    /// Mandatory fields come from the description; the owner is one of them
    /// nearly everywhere. The answer is compared with what was sent, and what
    /// differs is told as a warning.
    ///
    /// Some modules have their own demands:
    /// - `Users` (for admins): `user_name`, `user_password`,
    ///   `confirm_password`, `last_name`, `email1` and `roleid` such as `H5`
    ///   on 5.4.0 servers; 7.1.0 servers refuse the role, so that users cannot
    ///   be made there (recorded servers).
    /// - `Groups` (for admins): `groupname`, `description`; members cannot be
    ///   given (recorded vtiger 5.4.0 server).
    /// - Invoices, quotes and orders: [`Client::create_inventory`].
    /// - `Documents` with a file: [`Client::upload`].
    ///
    /// A create whose outcome stays unknown is never sent again; see
    /// [`Create::look_up_by`].
    ///
    /// ```no_run
    /// # async fn example(client: &simplycrm_ws::Client) -> Result<(), simplycrm_ws::Error> {
    /// use simplycrm_ws::{RecordId, Values};
    ///
    /// let values = Values::new()
    ///     .set("lastname", "Vos")
    ///     .set("assigned_user_id", RecordId::new(19, 1))
    ///     .set("cf_901", "koppel-4711");
    /// let written = client.create("Contacts", &values).look_up_by("cf_901").await?;
    /// for warning in &written.warnings {
    ///     eprintln!("{warning}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn create<'a>(&self, module: &'a str, values: &'a Values) -> Create<'a> {
        Create::new(self.clone(), module, values)
    }

    /// Changes the given fields of a record and no other: the normal update.
    ///
    /// An empty value blanks its field. The operation is missing from the
    /// vendor documentation and present on all recorded servers.
    ///
    /// Nothing guards against a change by somebody else in between: compare
    /// `modifiedtime` where that matters. A change whose answer was lost is
    /// read back, and not sent again: see [`Written::adopted`](crate::Written::adopted).
    ///
    /// # Errors
    /// `Validation`, nothing sent, when no field is given; otherwise those of
    /// [`Client::call`].
    pub fn revise<'a>(&self, id: &RecordId, values: &'a Values) -> Revise<'a> {
        Revise::new(self.clone(), Operation::REVISE, *id, values)
    }

    /// Sends the `update` operation: **not** the normal update.
    ///
    /// What happens to a field that is not sent depends on the server: a
    /// 5.4.0 one blanks it (booleans become `"0"`), a 7.1.0 or 8.3.0 one keeps
    /// it (recorded servers). All mandatory fields must be sent. Use
    /// [`revise`](Self::revise) to change some fields, and
    /// [`replace`](Self::replace) to blank the others, on any server.
    ///
    /// # Errors
    /// As [`revise`](Self::revise).
    pub fn update<'a>(&self, id: &RecordId, values: &'a Values) -> Revise<'a> {
        Revise::new(self.clone(), Operation::UPDATE, *id, values)
    }

    /// Makes a record hold the given values and nothing else.
    ///
    /// Reads the record, lays the values over it and blanks every other field
    /// that can be blanked - by sending it empty, never by leaving it out, so
    /// that all generations do the same. See [`Replace`] for what is kept.
    pub fn replace<'a>(&self, id: &RecordId, module: &'a str, values: &'a Values) -> Replace<'a> {
        Replace::new(self.clone(), *id, module, values)
    }

    /// Moves a record to the recycle bin.
    ///
    /// # Errors
    /// `Permission` when there is no such record, also when it is deleted
    /// already (recorded vtiger 5.4.0 server); a delete whose answer was lost
    /// is therefore not sent again. Otherwise as [`Client::call`].
    pub async fn delete(&self, id: &RecordId) -> Result<(), Error> {
        let params = Params::new().with("id", id.to_string());
        let answer = self.call_as(&Operation::DELETE, params).await?;
        let status = answer.get("status").and_then(Json::as_str);
        if status.is_some_and(|status| status.eq_ignore_ascii_case("successful")) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Decode,
            "The server does not say that it deleted.",
        )
        .operation("simplycrm.delete")
        .outcome(SendOutcome::Unknown)
        .excerpt(answer.to_string()))
    }
}

/// How long [`Create::look_up_by`] waits for a record to appear.
pub(super) const SETTLE: Duration = Duration::from_secs(10);

/// Sends a write and reads the record it answers with.
pub(super) async fn send(
    client: &Client,
    operation: &Operation,
    params: Params,
) -> Result<Record, Error> {
    let answer = client.call_as(operation, params).await?;
    let name = format!("simplycrm.{}", operation.name());
    let record = Record::from_json(answer)
        .map_err(|error| error.operation(name.clone()).outcome(SendOutcome::Unknown))?;
    if record.id().is_none() {
        return Err(
            Error::new(ErrorKind::Decode, "The server's answer names no record.")
                .operation(name)
                .outcome(SendOutcome::Unknown),
        );
    }
    Ok(record)
}

/// Checks that an answer is about the record that was asked for.
pub(super) fn check_id(record: &Record, id: RecordId) -> Result<(), Error> {
    match record.id() {
        Some(answered) if answered.number == id.number => Ok(()),
        Some(answered) => Err(Error::new(
            ErrorKind::Decode,
            format!("The server answered with record {answered} instead of {id}."),
        )
        .outcome(SendOutcome::Unknown)),
        None => Err(
            Error::new(ErrorKind::Decode, "The server's answer names no record.")
                .outcome(SendOutcome::Unknown),
        ),
    }
}
