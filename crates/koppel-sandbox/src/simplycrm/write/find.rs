//! Records by their ids.

use crate::simplycrm::inventory::Line;
use crate::simplycrm::reply::{
    Failure, Outcome, denied, denied_for, error, fail, no_read, wrong_id,
};
use crate::simplycrm::schema::{Module, Schema};
use crate::simplycrm::store::{By, Row, Store};

/// An id taken apart: the module, and the record's number.
pub(crate) struct Id<'a> {
    pub(crate) module: &'a Module,
    pub(crate) number: u64,
}

impl Store {
    /// Takes an id apart.
    ///
    /// # Errors
    /// No id, no x in it, a prefix of no module.
    pub(crate) fn id<'a>(schema: &'a Schema, id: &str) -> Result<Id<'a>, Failure> {
        let bad = || {
            if schema.generation.is_newest() {
                wrong_id()
            } else {
                denied_for("id")
            }
        };
        // Without an x the whole is taken for the prefix, of a record that is not there.
        let (prefix, number) = id.split_once('x').unwrap_or((id, ""));
        let module = prefix
            .parse()
            .ok()
            .and_then(|prefix| schema.by_prefix(prefix))
            .ok_or_else(bad)?;
        Ok(Id {
            module,
            number: number.parse().unwrap_or_default(),
        })
    }

    /// A live record for reading.
    ///
    /// # Errors
    /// Missing, deleted and foreign ones cannot be told apart: all are `ACCESS_DENIED`.
    pub(crate) fn readable<'a>(&'a self, id: &Id<'_>, by: &By) -> Result<&'a Row, Failure> {
        let module = id.module;
        if !by.user.sees(module) {
            return Err(denied());
        }
        if module.entity
            && module.name != "Users"
            && let Some(other) = self.whose(id.number)
            && other != module.name
        {
            return Err(wrong_id());
        }
        let Some(row) = self.row(module.name, id.number).filter(|row| !row.deleted) else {
            return if module.entity {
                Err(denied())
            } else {
                fail(
                    "RECORD_NOT_FOUND",
                    "Record you are trying to access is not found",
                )
            };
        };
        if !self.may_read(&by.user, row) {
            return Err(no_read());
        }
        Ok(row)
    }

    /// `retrieve`.
    pub(crate) fn retrieve(&self, id: &str, by: &By) -> Outcome {
        let id = Store::id(&self.schema, id)?;
        if id.module.name == "LineItem" {
            return self.line(id.number);
        }
        let row = self.readable(&id, by)?;
        Ok(self.whole(row, &by.user).into())
    }

    fn line(&self, number: u64) -> Outcome {
        self.lines()
            .find(|(_, line)| line.number == number)
            .map(|(row, line)| line.alone(&self.id_of(row)))
            .ok_or_else(|| {
                error(
                    "RECORD_NOT_FOUND",
                    "Record you are trying to access is not found",
                )
            })
    }

    /// Every line with its record.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&Row, &Line)> {
        ["Invoice", "Quotes", "SalesOrder", "PurchaseOrder"]
            .into_iter()
            .flat_map(|module| self.all(module))
            .filter(|row| row.is_live())
            .flat_map(|row| row.lines.iter().map(move |line| (row, line)))
    }
}
