//! The macros that declare records, words and ids.

/// Reads the options behind a field's wire name.
macro_rules! option {
    (read_only) => { false };
    (read_only read_only $($rest:tt)*) => { true };
    (read_only $other:tt $($rest:tt)*) => { $crate::model::option!(read_only $($rest)*) };
    (write_only) => { false };
    (write_only write_only $($rest:tt)*) => { true };
    (write_only $other:tt $($rest:tt)*) => { $crate::model::option!(write_only $($rest)*) };
}

/// Declares a record or a part of one.
///
/// `wire "one"/"many"` names the keys that one and several of them stand under;
/// `also ["alert"]` names further keys, `row ["id", "name"]` the columns where
/// it may come as a row. Options behind a wire name, in square brackets:
/// `read_only`, `write_only`.
macro_rules! model {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident, wire $wire:literal / $plural:literal
            $(, also [$($alias:literal),* $(,)?])? $(, row [$($column:literal),* $(,)?])? {
            $(
                $(#[$fmeta:meta])*
                $field:ident: $type:ty = $member:literal $([$($option:tt)*])?
            ),* $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        ///
        /// Every field may be missing. `other` holds members this crate does
        /// not know; they are not sent.
        #[derive(Clone, PartialEq, Default)]
        pub struct $name {
            $( $(#[$fmeta])* pub $field: Option<$type>, )*
            /// Members this crate does not know, by their wire names.
            pub other: ::std::collections::BTreeMap<String, ::api_core::Json>,
        }

        impl $name {
            /// The key that an answer of one stands under, where it is wrapped.
            pub const WIRE: &'static str = $wire;

            /// The key that a list of them stands under.
            pub const PLURAL: &'static str = $plural;

            /// Its fields.
            pub const FIELDS: &'static [$crate::model::FieldInfo] = &[$(
                $crate::model::FieldInfo::new(
                    $member,
                    <$type as $crate::model::Field>::KIND,
                    $crate::model::option!(read_only $($($option)*)?),
                    $crate::model::option!(write_only $($($option)*)?),
                ),
            )*];

            /// Reads one without an envelope; see
            /// [`Model::from_json`]($crate::Model::from_json).
            ///
            /// # Errors
            ///
            /// `Decode`, naming the path of the field that cannot be read.
            pub fn from_json(json: &::api_core::Json) -> Result<Self, ::api_core::Error> {
                <Self as $crate::model::Field>::read(json)
                    .map_err(|misread| $crate::model::misread_error($wire, &misread))
            }

            /// Writes what a create or a change sends: what is set and not
            /// read-only, and `null` for what [`clear`](Self::clear) named.
            #[must_use]
            pub fn to_json(&self) -> ::api_core::Json {
                $crate::model::Field::write(self, $crate::model::Written::ToSend)
            }

            /// Writes everything, as an answer of the API has it.
            #[must_use]
            pub fn to_whole_json(&self) -> ::api_core::Json {
                $crate::model::Field::write(self, $crate::model::Written::Whole)
            }

            /// Empties a field by its wire name: a change sends `null` for it.
            ///
            /// A name that is no field of its, or one that only the server
            /// sets, is not sent.
            #[must_use]
            pub fn clear(mut self, wire: &str) -> Self {
                $( if wire == $member {
                    self.$field = None;
                } )*
                self.other.insert(wire.to_owned(), ::api_core::Json::Null);
                self
            }
        }

        impl $crate::model::Model for $name {
            const NAME: &'static str = stringify!($name);
            const WIRE: &'static str = $wire;
            const PLURAL: &'static str = $plural;
            const ALIASES: &'static [&'static str] = &[$($($alias),*)?];
            const FIELDS: &'static [$crate::model::FieldInfo] = Self::FIELDS;

            fn from_json(json: &::api_core::Json) -> Result<Self, ::api_core::Error> {
                Self::from_json(json)
            }

            fn to_json(&self) -> ::api_core::Json {
                self.to_json()
            }

            fn to_whole_json(&self) -> ::api_core::Json {
                self.to_whole_json()
            }
        }

        impl $crate::model::Field for $name {
            const KIND: $crate::model::FieldKind = $crate::model::FieldKind::Model($wire);

            fn read(json: &::api_core::Json) -> Result<Self, $crate::model::Misread> {
                let named = $crate::model::row(&[$($($column),*)?], json);
                let Some(members) = named.as_ref().unwrap_or(json).as_map() else {
                    return Err($crate::model::Misread::expected("an object", json));
                };
                let mut read = Self::default();
                for (name, value) in members {
                    match name.as_str() {
                        $( $member => $crate::model::assign(&mut read.$field, name, value)?, )*
                        _ => {
                            read.other.insert(name.clone(), value.clone());
                        }
                    }
                }
                Ok(read)
            }

            fn write(&self, how: $crate::model::Written) -> ::api_core::Json {
                let whole = how == $crate::model::Written::Whole;
                let mut members = if whole {
                    self.other.clone()
                } else {
                    ::std::collections::BTreeMap::new()
                };
                $( if whole || !$crate::model::option!(read_only $($($option)*)?) {
                    if let Some(value) = &self.$field {
                        members.insert($member.to_owned(), $crate::model::Field::write(value, how));
                    } else if self.other.get($member).is_some_and(::api_core::Json::is_null) {
                        members.insert($member.to_owned(), ::api_core::Json::Null);
                    }
                } )*
                ::api_core::Json::Map(members)
            }
        }

        impl ::std::fmt::Debug for $name {
            /// Writes what is set, without secrets.
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::redact::debug(f, stringify!($name), &self.to_whole_json())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.to_whole_json(), serializer)
            }
        }
    )+ };
}

/// Declares words; any other word is kept.
macro_rules! words {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $word:literal ),* $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )*
            /// Another word.
            Other(String),
        }

        impl $name {
            /// The words that are known.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// Returns the word on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )*
                    Self::Other(word) => word,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            /// Knows the words without regard to case; keeps any other.
            fn from(word: &str) -> Self {
                $( if word.eq_ignore_ascii_case($word) {
                    return Self::$variant;
                } )*
                Self::Other(word.to_owned())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(word))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::model::Field for $name {
            const KIND: $crate::model::FieldKind = $crate::model::FieldKind::Words(Self::WORDS);

            fn read(json: &::api_core::Json) -> Result<Self, $crate::model::Misread> {
                json.as_str()
                    .map(Self::from)
                    .ok_or_else(|| $crate::model::Misread::expected("a word", json))
            }

            fn write(&self, _how: $crate::model::Written) -> ::api_core::Json {
                ::api_core::Json::from(self.as_str())
            }
        }
    )+ };
}

/// Declares ids: whole numbers of 64 bits, one type for each kind of record.
macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident ),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Takes a number.
            #[must_use]
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// Returns the number.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl ::std::convert::From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl ::std::convert::From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse(text).map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.0)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let json = <::api_core::Json as ::serde::Deserialize>::deserialize(deserializer)?;
                $crate::model::whole(&json)
                    .map(Self)
                    .ok_or_else(|| ::serde::de::Error::custom("an id is a whole number"))
            }
        }

        impl $crate::model::Field for $name {
            const KIND: $crate::model::FieldKind = $crate::model::FieldKind::Id(stringify!($name));

            fn read(json: &::api_core::Json) -> Result<Self, $crate::model::Misread> {
                $crate::model::whole(json)
                    .map(Self)
                    .ok_or_else(|| $crate::model::Misread::expected("an id", json))
            }

            fn write(&self, _how: $crate::model::Written) -> ::api_core::Json {
                ::api_core::Json::from(self.0)
            }
        }
    )+ };
}

pub(crate) use {ids, model, option, words};
