//! How a resource's types are declared: once, for reading, creating and changing.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::exact::{self, RawMap};
use crate::profile::Entity;

/// A record that can be read from the members of a JSON object.
///
/// Implemented by the typed models and by a plain JSON map.
pub trait FromRecord: Sized + Send + 'static {
    /// Reads a record from its members, named as in this crate.
    ///
    /// # Errors
    ///
    /// The path of the field that cannot be read, and why.
    fn from_members(members: RecordMembers) -> Result<Self, (String, String)>;

    /// Reads a record from its text, its members renamed to this crate's names.
    ///
    /// # Errors
    ///
    /// As [`from_members`](Self::from_members).
    fn from_text(raw: &RawValue, renames: &BTreeMap<&str, &str>) -> Result<Self, (String, String)> {
        let members = members(raw).map_err(|message| (String::new(), message))?;
        Self::from_members(RecordMembers(renamed(members, renames)))
    }
}

/// The members under this crate's names.
fn renamed(members: RawMap, renames: &BTreeMap<&str, &str>) -> RawMap {
    if renames.is_empty() {
        return members;
    }
    members
        .into_iter()
        .map(|(name, raw)| match renames.get(name.as_str()) {
            Some(ours) => ((*ours).to_owned(), raw),
            None => (name, raw),
        })
        .collect()
}

/// The members of one record, each still in its own text.
#[derive(Debug)]
pub struct RecordMembers(pub(crate) RawMap);

impl FromRecord for Map<String, Value> {
    fn from_members(members: RecordMembers) -> Result<Self, (String, String)> {
        exact::map(&members.0)
    }

    fn from_text(raw: &RawValue, renames: &BTreeMap<&str, &str>) -> Result<Self, (String, String)> {
        exact::object(raw, |name| renames.get(name).copied())
    }
}

impl FromRecord for RecordMembers {
    fn from_members(members: RecordMembers) -> Result<Self, (String, String)> {
        Ok(members)
    }
}

/// Ties a resource's record, new record, patch and id together.
pub trait Kind: Send + Sync + 'static {
    /// Which entity this is.
    const ENTITY: Entity;
    /// The id the server gives.
    type Id: AsRef<str> + From<String> + Clone + Send + Sync;
    /// What the server sends.
    type Record: FromRecord;
    /// What a create sends.
    type New: ToFields + Sync;
    /// What an update sends.
    type Patch: ToFields + Sync;
}

/// Fields to send.
pub trait ToFields {
    /// The fields as a JSON map, named as in the inferred contract.
    fn to_fields(&self) -> Map<String, Value>;
}

impl ToFields for Map<String, Value> {
    fn to_fields(&self) -> Self {
        self.clone()
    }
}

/// Reads a record's text.
pub(crate) fn members(raw: &RawValue) -> Result<RawMap, String> {
    serde_json::from_str(raw.get()).map_err(|_| "the record is not a JSON object".to_owned())
}

/// Declares an id.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id the server gave.
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as the server writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $crate::field::WireField for $name {
            fn read(raw: &serde_json::value::RawValue) -> Result<Option<Self>, String> {
                Ok($crate::envelope::id_of(raw).map(Self))
            }

            fn write(&self) -> serde_json::Value {
                serde_json::Value::String(self.0.clone())
            }
        }
    };
}

/// Declares an enumeration that keeps what it does not know.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $word:literal, )* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )*
            /// A word this crate does not know, kept as it is.
            Other(String),
        }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word.trim().to_ascii_lowercase().as_str() {
                    $( $word => Self::$variant, )*
                    _ => Self::Other(word.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::field::WireField for $name {
            fn read(raw: &serde_json::value::RawValue) -> Result<Option<Self>, String> {
                Ok(<String as $crate::field::WireField>::read(raw)?.map(|word| Self::from(word.as_str())))
            }

            fn write(&self) -> serde_json::Value {
                serde_json::Value::String(self.as_str().to_owned())
            }
        }
    };
}

/// Declares a part of a record, such as an invoice line.
macro_rules! part {
    ($(#[$meta:meta])* $name:ident { $( $(#[$fmeta:meta])* $field:ident: $ty:ty, )* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $( $(#[$fmeta])* pub $field: Option<$ty>, )*
            /// Fields this crate does not know, numbers exact.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $crate::field::WireField for $name {
            fn read(raw: &serde_json::value::RawValue) -> Result<Option<Self>, String> {
                let mut members = $crate::model::members(raw)?;
                let read = || -> Result<Self, (String, String)> {
                    Ok(Self {
                        $( $field: $crate::field::take(&mut members, stringify!($field))?, )*
                        extra: $crate::exact::map(&members)?,
                    })
                };
                let mut read = read;
                read().map(Some).map_err(|(path, message)| format!("{path}: {message}"))
            }

            fn write(&self) -> serde_json::Value {
                let mut body = self.extra.clone();
                $( if let Some(value) = &self.$field {
                    body.insert(stringify!($field).to_owned(), $crate::field::WireField::write(value));
                } )*
                serde_json::Value::Object(body)
            }
        }
    };
}

/// Declares a resource: its kind, id, record, new record and patch.
macro_rules! resource {
    (
        $(#[$kmeta:meta])* kind $kind:ident;
        $(#[$imeta:meta])* id $id:ident;
        $(#[$rmeta:meta])* record $record:ident;
        $(#[$nmeta:meta])* new $new:ident;
        $(#[$pmeta:meta])* patch $patch:ident;
        required { $( $(#[$qmeta:meta])* $req:ident: $qty:ty, )+ }
        optional { $( $(#[$fmeta:meta])* $field:ident: $ty:ty, )* }
    ) => {
        $(#[$kmeta])*
        #[derive(Debug, Clone, Copy)]
        pub enum $kind {}

        impl $crate::model::Kind for $kind {
            const ENTITY: $crate::profile::Entity = $crate::profile::Entity::$kind;
            type Id = $id;
            type Record = $record;
            type New = $new;
            type Patch = $patch;
        }

        $crate::model::id! { $(#[$imeta])* $id }

        $(#[$rmeta])*
        ///
        /// Every field may be missing; unknown ones are kept in `extra`.
        #[derive(Debug, Clone, PartialEq, Default)]
        #[non_exhaustive]
        pub struct $record {
            /// The server's id.
            pub id: Option<$id>,
            /// The key the record was created with, where the server keeps it.
            pub external_id: Option<String>,
            /// When the server first stored it.
            pub created_at: Option<api_core::Timestamp>,
            /// When the server last changed it.
            pub updated_at: Option<api_core::Timestamp>,
            $( $(#[$qmeta])* pub $req: Option<$qty>, )+
            $( $(#[$fmeta])* pub $field: Option<$ty>, )*
            /// Fields this crate does not know, numbers exact.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $crate::model::FromRecord for $record {
            fn from_members(
                members: $crate::model::RecordMembers,
            ) -> Result<Self, (String, String)> {
                let mut members = members.0;
                Ok(Self {
                    id: $crate::field::take(&mut members, "id")?,
                    external_id: $crate::field::take(&mut members, "external_id")?,
                    created_at: $crate::field::take(&mut members, "created_at")?,
                    updated_at: $crate::field::take(&mut members, "updated_at")?,
                    $( $req: $crate::field::take(&mut members, stringify!($req))?, )+
                    $( $field: $crate::field::take(&mut members, stringify!($field))?, )*
                    extra: $crate::exact::map(&members)?,
                })
            }
        }

        $(#[$nmeta])*
        ///
        /// Fields left at `None` are not sent.
        #[derive(Debug, Clone, PartialEq)]
        pub struct $new {
            $( $(#[$qmeta])* pub $req: $qty, )+
            $( $(#[$fmeta])* pub $field: Option<$ty>, )*
            /// Further fields, sent as they are.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $new {
            /// Starts with what the server requires and nothing else.
            #[must_use]
            pub fn new($( $req: impl Into<$qty>, )+) -> Self {
                Self {
                    $( $req: $req.into(), )+
                    $( $field: None, )*
                    extra: serde_json::Map::new(),
                }
            }
        }

        impl $crate::model::ToFields for $new {
            fn to_fields(&self) -> serde_json::Map<String, serde_json::Value> {
                let mut body = self.extra.clone();
                $( body.insert(
                    stringify!($req).to_owned(),
                    $crate::field::WireField::write(&self.$req),
                ); )+
                $( if let Some(value) = &self.$field {
                    body.insert(
                        stringify!($field).to_owned(),
                        $crate::field::WireField::write(value),
                    );
                } )*
                body
            }
        }

        $(#[$pmeta])*
        ///
        /// Fields left at [`Change::Keep`]($crate::Change::Keep) are not sent.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $patch {
            $( $(#[$qmeta])* pub $req: $crate::field::Change<$qty>, )+
            $( $(#[$fmeta])* pub $field: $crate::field::Change<$ty>, )*
            /// Further fields, sent as they are.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $crate::model::ToFields for $patch {
            fn to_fields(&self) -> serde_json::Map<String, serde_json::Value> {
                let mut body = self.extra.clone();
                $( self.$req.put(stringify!($req), &mut body); )+
                $( self.$field.put(stringify!($field), &mut body); )*
                body
            }
        }
    };
}

pub(crate) use {id, part, resource, words};

id! {
    /// The id of a record of any kind, as the untyped calls use it.
    RecordId
}
