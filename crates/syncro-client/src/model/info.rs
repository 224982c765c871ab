//! What is known about fields, as data.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal number.
    Decimal,
    /// An amount in whole cents.
    Cents,
    /// An instant.
    Time,
    /// A calendar date.
    Date,
    /// An id of one kind of record, by the name of its type.
    Id(&'static str),
    /// One of some words.
    Words(&'static [&'static str]),
    /// Custom fields by their label.
    Properties,
    /// Anything.
    Any,
    /// A part with fields of its own, by its name on the wire.
    Model(&'static str),
    /// Several of something.
    List(&'static FieldKind),
}

/// What is known about one field of a record or one parameter of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldInfo {
    /// Its name on the wire.
    pub wire: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether only the server sets it: never sent.
    pub read_only: bool,
    /// Whether it is only sent, never answered.
    pub write_only: bool,
}

impl FieldInfo {
    /// Describes a field.
    pub(crate) const fn new(
        wire: &'static str,
        kind: FieldKind,
        read_only: bool,
        write_only: bool,
    ) -> Self {
        Self {
            wire,
            kind,
            read_only,
            write_only,
        }
    }
}

/// What is known about one kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The name of its type in this crate.
    pub name: &'static str,
    /// The key that an answer of one stands under.
    pub wire: &'static str,
    /// The key that a list of them stands under.
    pub plural: &'static str,
    /// Other keys that one or a list of them may stand under.
    pub aliases: &'static [&'static str],
    /// Its fields.
    pub fields: &'static [FieldInfo],
}

/// What is known about the parameters of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterInfo {
    /// The name of its type in this crate.
    pub name: &'static str,
    /// The operation that takes it, by name.
    pub operation: &'static str,
    /// Its parameters.
    pub params: &'static [FieldInfo],
}

#[cfg(any(test, feature = "testing"))]
impl ModelInfo {
    /// Describes a kind of record.
    pub(crate) const fn of<M: super::Model>() -> Self {
        Self {
            name: M::NAME,
            wire: M::WIRE,
            plural: M::PLURAL,
            aliases: M::ALIASES,
            fields: M::FIELDS,
        }
    }
}

#[cfg(any(test, feature = "testing"))]
impl FilterInfo {
    /// Describes the parameters of a list.
    pub(crate) fn of<F: crate::filter::Filter>() -> Self {
        Self {
            name: F::NAME,
            operation: F::operation().name,
            params: F::PARAMS,
        }
    }
}
