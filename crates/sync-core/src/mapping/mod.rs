//! Mapping: what is sent of a record, and how.
//!
//! Source and target speak the same canonical vocabulary, so the mapping of a flow may be nothing
//! at all ([`identity`]). Rust users map typed views ([`typed`]); configurations override single
//! fields by expressions ([`Expressions`]).

mod expressions;

use std::marker::PhantomData;
use std::sync::Arc;

pub use expressions::{Expressions, FieldRule, RuleError};

use crate::fields::{FieldTypeError, View};
use crate::{EntityKind, Fields, Record};

/// Why a record cannot be mapped. It concerns this record only, never the run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// A field cannot be mapped.
    #[error("field `{field}`: {message}")]
    Field {
        /// The field of the target.
        field: String,
        /// Why.
        message: String,
    },
    /// The record is not to be synced.
    #[error("{0}")]
    Skip(String),
}

impl MapError {
    /// A field that cannot be mapped.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl From<FieldTypeError> for MapError {
    fn from(error: FieldTypeError) -> Self {
        let message = format!("should be {}, not {}", error.expected, error.found);
        Self::Field {
            field: error.field,
            message,
        }
    }
}

/// Turns a source record into the content that the target is to have.
pub trait EntityMapper: Send + Sync {
    /// The content to send, in canonical fields; references keep the source's ids.
    fn map(&self, record: &Record) -> Result<Fields, MapError>;

    /// The same where the record's own content is not needed any more.
    fn map_owned(&self, record: &mut Record) -> Result<Fields, MapError> {
        self.map(record)
    }

    /// Tells one mapping from another, as far as that can be told: a record of which only a part
    /// was read is read as a whole again when this changes. Empty where nothing can be told.
    fn fingerprint(&self) -> String {
        String::new()
    }
}

/// Sends every field as it is.
pub fn identity() -> Arc<dyn EntityMapper> {
    struct Identity;
    impl EntityMapper for Identity {
        fn map(&self, record: &Record) -> Result<Fields, MapError> {
            Ok(record.fields.clone())
        }

        fn map_owned(&self, record: &mut Record) -> Result<Fields, MapError> {
            Ok(std::mem::take(&mut record.fields))
        }
    }
    Arc::new(Identity)
}

/// Maps one typed view to another.
///
/// ```
/// use sync_core::fields::Customer;
/// use sync_core::mapping;
///
/// let mapper = mapping::typed(|mut customer: Customer| {
///     customer.name = customer.name.map(|name| name.to_uppercase());
///     Ok(customer)
/// });
/// # let _ = mapper;
/// ```
pub fn typed<V, W, F>(map: F) -> Arc<dyn EntityMapper>
where
    V: View + 'static,
    W: View + 'static,
    F: Fn(V) -> Result<W, MapError> + Send + Sync + 'static,
{
    struct Typed<V, W, F>(F, PhantomData<fn(V) -> W>);
    impl<V: View, W: View, F: Fn(V) -> Result<W, MapError> + Send + Sync> EntityMapper
        for Typed<V, W, F>
    {
        fn map(&self, record: &Record) -> Result<Fields, MapError> {
            Ok((self.0)(V::from_fields(&record.fields)?)?.into_fields())
        }
    }
    Arc::new(Typed(map, PhantomData))
}

/// The reference fields that a record of this kind cannot do without.
pub(crate) fn required_refs(kind: EntityKind) -> &'static [&'static str] {
    match kind {
        EntityKind::Contact | EntityKind::Project | EntityKind::Invoice | EntityKind::Order => {
            &["customer"]
        }
        EntityKind::Payment => &["invoice"],
        EntityKind::Stock => &["product"],
        _ => &[],
    }
}
