//! What is known about fields, as data.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// An exact decimal number.
    Decimal,
    /// A date and time without a zone.
    Time,
    /// An identifier.
    Uuid,
    /// Bytes in base64.
    Bytes,
    /// Anything.
    Any,
    /// One of some words.
    Words(&'static [&'static str]),
    /// A reference to another record: its id and its address.
    Reference,
    /// A part with fields of its own, by its name in the OpenAPI document.
    Model(&'static str),
    /// Several of something.
    List(&'static FieldKind),
}

/// What is known about one field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldInfo {
    /// Its name on the wire.
    pub wire: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether only the server sets it.
    pub read_only: bool,
    /// Whether a create needs it.
    pub required: bool,
    /// The most characters it takes.
    pub max: Option<u32>,
}

impl FieldInfo {
    /// Describes a field.
    pub(crate) const fn new(
        wire: &'static str,
        kind: FieldKind,
        read_only: bool,
        required: bool,
        max: Option<u32>,
    ) -> Self {
        Self {
            wire,
            kind,
            read_only,
            required,
            max,
        }
    }
}

/// What is known about one kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// Its name in the OpenAPI document.
    pub wire: &'static str,
    /// Its fields.
    pub fields: &'static [FieldInfo],
}

#[cfg(any(test, feature = "testing"))]
impl ModelInfo {
    /// Describes a kind of record.
    pub(crate) const fn of<M: super::Model>() -> Self {
        Self {
            wire: M::WIRE,
            fields: M::FIELDS,
        }
    }
}
