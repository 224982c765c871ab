//! What can stand in a field.

use api_core::Json;
use api_core::reading::Misread;

use super::info::FieldKind;

/// What is written: what a write sends, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Without what only the server sets.
    ToSend,
    /// Everything.
    Whole,
}

/// A type that can stand in a field of a record or a parameter of a list.
pub trait Field: Sized + Clone {
    /// What it is.
    const KIND: FieldKind;

    /// Reads it; `null` comes here only within lists.
    ///
    /// # Errors
    ///
    /// Where the value is wrong, and what was expected.
    fn read(json: &Json) -> Result<Self, Misread>;

    /// Writes it.
    fn write(&self, how: Written) -> Json;
}

impl<T: Field> Field for Vec<T> {
    const KIND: FieldKind = FieldKind::List(&T::KIND);

    /// Leaves `null` out: `invoice_ids` of a payment without invoice is
    /// `[null]` (OpenAPI document). An empty text is an empty list, and so is an
    /// empty object: the OpenAPI document calls `contacts` of an appointment's
    /// customer an object.
    fn read(json: &Json) -> Result<Self, Misread> {
        let items = match json {
            Json::List(items) => items.as_slice(),
            Json::Text(text) if text.trim().is_empty() => &[],
            Json::Map(members) if members.is_empty() => &[],
            other => return Err(Misread::expected("a list", other)),
        };
        items
            .iter()
            .enumerate()
            .filter(|(_, item)| !item.is_null())
            .map(|(index, item)| T::read(item).map_err(|misread| misread.at(index)))
            .collect()
    }

    fn write(&self, how: Written) -> Json {
        Json::List(self.iter().map(|item| item.write(how)).collect())
    }
}
