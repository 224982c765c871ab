//! How the records of the API are declared: once, for reading and writing.
//!
//! # How a module of a resource is written
//!
//! 1. Its operations stand in `operations/a.rs` or `operations/b.rs`, see there.
//! 2. Its ids, words, records and list parameters are declared by [`ids!`],
//!    [`words!`], [`model!`] and [`filter!`](crate::filter); the types are made
//!    public in `lib.rs` (`pub use vendors::{Vendor, VendorFilter, ..}`) and
//!    named in `testing/a.rs` or `testing/b.rs` (`MODELS`, `FILTERS`).
//! 3. Its handle is declared by [`handle!`](crate::calls), and has calls made of
//!    the helpers in `wire.rs`:
//!    - `client.one::<M>(&ops::X_GET, &[&id.to_string()], &[])` reads a record;
//!    - `client.post::<M>(&ops::X_CREATE, &[], &record.to_json())` makes one,
//!      sent once; `client.put::<M>(..)` changes one;
//!    - `client.act(&ops::X_EMAIL, args, query, body)` does something that
//!      answers `{"message": ..}` or `{"success": ..}`, `client.delete(..)` too;
//!    - `client.rows::<M>(&ops::X_LIST, args, query)` reads a list that has no
//!      pages, `client.json(..)` and `client.text(..)` what is neither;
//!    - `List::new(client, &ops::X_LIST)` with `.at(id)` for placeholders of the
//!      path, `.params(filter.query())` for the filter, is a list with pages.
//!
//! `vendors.rs` is a small example of all of it.

use api_core::{Error, Json};

mod field;
mod info;
mod macros;
mod read;
mod scalar;

pub use api_core::reading::Misread;
pub(crate) use api_core::reading::misread_error;
pub use field::{Field, Written};
pub use info::{FieldInfo, FieldKind, FilterInfo, ModelInfo};
pub(crate) use macros::{ids, model, option, words};
pub(crate) use read::{assign, row};
pub(crate) use scalar::whole;
pub use scalar::{Cents, Properties};

/// A record of the API, or a part of one.
///
/// The macros of this crate implement it; the functions stand on the types
/// themselves too.
pub trait Model: Field + std::fmt::Debug + PartialEq + Default + Send + Sync + 'static {
    /// The name of its type in this crate.
    const NAME: &'static str;
    /// The key that an answer of one stands under, where it is wrapped.
    const WIRE: &'static str;
    /// The key that a list of them stands under.
    const PLURAL: &'static str;
    /// Other keys that one or a list of them may stand under.
    const ALIASES: &'static [&'static str];
    /// Its fields.
    const FIELDS: &'static [FieldInfo];

    /// Reads a record without an envelope.
    ///
    /// `null` is `None`; what is not known is kept in `other`.
    ///
    /// # Errors
    ///
    /// `Decode`, naming the path of the field that cannot be read.
    fn from_json(json: &Json) -> Result<Self, Error>;

    /// Writes what a create or a change sends: what is set, flat, without
    /// read-only fields and without members this crate does not know.
    fn to_json(&self) -> Json;

    /// Writes everything, as an answer of the API has it.
    fn to_whole_json(&self) -> Json;
}
