//! How the records of the API are declared: once, for reading, writing and
//! filtering.

use api_core::{Error, Json};

mod field;
mod info;
mod macros;
mod read;
mod scalar;

pub use api_core::reading::{Faults, Misread};
pub(crate) use api_core::reading::{misread_error, refusal};
pub use field::{Field, Written};
pub use info::{FieldInfo, FieldKind, ModelInfo};
pub(crate) use macros::{ids, model, option, words};
pub(crate) use read::assign;

/// A record of the API, or a part of one.
///
/// The macros of this crate implement it; the functions stand on the types
/// themselves too.
pub trait Model: Field + std::fmt::Debug + PartialEq + Default + Send + Sync + 'static {
    /// Its name in the OpenAPI document.
    const WIRE: &'static str;
    /// Its fields, in the order of the OpenAPI document.
    const FIELDS: &'static [FieldInfo];

    /// Reads a record.
    ///
    /// Names are matched exactly first, then without regard to case; `null` is
    /// `None`; what is not known is kept in `other`.
    ///
    /// # Errors
    ///
    /// `Decode`, naming the path of the field that cannot be read.
    fn from_json(json: &Json) -> Result<Self, Error>;

    /// Writes what a create or a change sends: without read-only fields and
    /// addresses (`uri`).
    fn to_json(&self) -> Json;

    /// Writes everything, as an answer of the API has it.
    fn to_whole_json(&self) -> Json;

    /// Checks what can be known before sending: lengths and required fields.
    ///
    /// # Errors
    ///
    /// `Validation`, naming every field that is wrong; nothing was sent.
    fn check(&self) -> Result<(), Error>;
}
