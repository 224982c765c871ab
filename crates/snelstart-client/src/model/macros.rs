//! The macros that declare records, words and ids.

/// Reads the options behind a field's wire name.
macro_rules! option {
    (read_only) => { false };
    (read_only read_only $($rest:tt)*) => { true };
    (read_only $other:tt $($rest:tt)*) => { $crate::model::option!(read_only $($rest)*) };
    (required) => { false };
    (required required $($rest:tt)*) => { true };
    (required $other:tt $($rest:tt)*) => { $crate::model::option!(required $($rest)*) };
    (max) => { None };
    (max max $most:literal $($rest:tt)*) => { Some($most) };
    (max $other:tt $($rest:tt)*) => { $crate::model::option!(max $($rest)*) };
}

/// Declares a record or a part of one.
///
/// Options behind a wire name, in square brackets: `read_only`, `required`,
/// `max 50`, separated by commas.
macro_rules! model {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident, fields $fields:ident, wire $wire:literal {
            $(
                $(#[$fmeta:meta])*
                $field:ident: $type:ty = $member:literal $([$($option:tt)*])?
            ),* $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        ///
        /// Every field may be missing. `other` holds members this crate does
        /// not know; they are sent back, and `Json::Null` under a known name
        /// empties that field.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $( $(#[$fmeta])* pub $field: Option<$type>, )*
            /// Members this crate does not know, by their wire names.
            pub other: ::std::collections::BTreeMap<String, ::api_core::Json>,
        }

        impl $name {
            /// Its name in the OpenAPI document.
            pub const WIRE: &'static str = $wire;

            /// Its fields.
            pub const FIELDS: &'static [$crate::model::FieldInfo] = &[$(
                $crate::model::FieldInfo::new(
                    $member,
                    <$type as $crate::model::Field>::KIND,
                    $crate::model::option!(read_only $($($option)*)?),
                    $crate::model::option!(required $($($option)*)?),
                    $crate::model::option!(max $($($option)*)?),
                ),
            )*];

            /// Its properties, for filters.
            #[must_use]
            pub fn fields() -> $fields<Self> {
                $fields::at($crate::filter::Path::root())
            }

            /// Reads one; see [`Model::from_json`]($crate::Model::from_json).
            ///
            /// # Errors
            ///
            /// `Decode`, naming the path of the field that cannot be read.
            pub fn from_json(json: &::api_core::Json) -> Result<Self, ::api_core::Error> {
                <Self as $crate::model::Field>::read(json)
                    .map_err(|misread| $crate::model::misread_error($wire, &misread))
            }

            /// Writes what a create or a change sends.
            #[must_use]
            pub fn to_json(&self) -> ::api_core::Json {
                $crate::model::Field::write(self, $crate::model::Written::ToSend)
            }

            /// Checks lengths and required fields before sending.
            ///
            /// # Errors
            ///
            /// `Validation`, naming every field that is wrong.
            pub fn check(&self) -> Result<(), ::api_core::Error> {
                let mut faults = $crate::model::Faults::default();
                $crate::model::Field::inspect(self, true, None, &mut faults);
                faults.into_result($wire)
            }
        }

        impl $crate::model::Model for $name {
            const WIRE: &'static str = $wire;
            const FIELDS: &'static [$crate::model::FieldInfo] = Self::FIELDS;

            fn from_json(json: &::api_core::Json) -> Result<Self, ::api_core::Error> {
                Self::from_json(json)
            }

            fn to_json(&self) -> ::api_core::Json {
                self.to_json()
            }

            fn to_whole_json(&self) -> ::api_core::Json {
                $crate::model::Field::write(self, $crate::model::Written::Whole)
            }

            fn check(&self) -> Result<(), ::api_core::Error> {
                self.check()
            }
        }

        impl $crate::model::Field for $name {
            const KIND: $crate::model::FieldKind = $crate::model::FieldKind::Model($wire);

            type Property<M> = $fields<M>;

            fn property<M>(path: $crate::filter::Path) -> $fields<M> {
                $fields::at(path)
            }

            fn read(json: &::api_core::Json) -> Result<Self, $crate::model::Misread> {
                let Some(members) = json.as_map() else {
                    return Err($crate::model::Misread::expected("an object", json));
                };
                let mut read = Self::default();
                let mut strange = Vec::new();
                for (name, value) in members {
                    match name.as_str() {
                        $( $member => $crate::model::assign(&mut read.$field, name, value)?, )*
                        _ => strange.push((name, value)),
                    }
                }
                for (name, value) in strange {
                    $( if read.$field.is_none() && name.eq_ignore_ascii_case($member) {
                        $crate::model::assign(&mut read.$field, name, value)?;
                        continue;
                    } )*
                    read.other.insert(name.clone(), value.clone());
                }
                Ok(read)
            }

            fn write(&self, how: $crate::model::Written) -> ::api_core::Json {
                let whole = how == $crate::model::Written::Whole;
                let mut members = self.other.clone();
                $( if let Some(value) = &self.$field
                    && (whole
                        || !($crate::model::option!(read_only $($($option)*)?) || $member == "uri"))
                {
                    members.insert($member.to_owned(), $crate::model::Field::write(value, how));
                } )*
                ::api_core::Json::Map(members)
            }

            fn inspect(
                &self,
                whole: bool,
                _max: Option<u32>,
                faults: &mut $crate::model::Faults,
            ) {
                $( match &self.$field {
                    Some(value) => faults.within($member, |faults| {
                        let max: Option<u32> = $crate::model::option!(max $($($option)*)?);
                        $crate::model::Field::inspect(value, whole, max, faults);
                    }),
                    None if whole && $crate::model::option!(required $($($option)*)?) => {
                        faults.add($member, "is missing");
                    }
                    None => {}
                } )*
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let whole = $crate::model::Field::write(self, $crate::model::Written::Whole);
                ::serde::Serialize::serialize(&whole, serializer)
            }
        }

        #[doc = concat!("The properties of a [`", stringify!($name), "`] in filters.")]
        pub struct $fields<M> {
            path: $crate::filter::Path,
            records: ::std::marker::PhantomData<fn() -> M>,
        }

        impl<M> $fields<M> {
            fn at(path: $crate::filter::Path) -> Self {
                Self { path, records: ::std::marker::PhantomData }
            }

            $(
                $(#[$fmeta])*
                #[must_use]
                pub fn $field(&self) -> <$type as $crate::model::Field>::Property<M> {
                    <$type as $crate::model::Field>::property(self.path.join($member))
                }
            )*
        }

        impl<M> ::std::fmt::Debug for $fields<M> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($fields)).field(&self.path).finish()
            }
        }
    )+ };
}

/// Declares words that the API may extend.
macro_rules! words {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $word:literal ),* $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )*
            /// A word this crate does not know, kept as it is.
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

            type Property<M> = $crate::filter::Property<M, $name>;

            fn property<M>(path: $crate::filter::Path) -> Self::Property<M> {
                $crate::filter::Property::new(path)
            }

            fn read(json: &::api_core::Json) -> Result<Self, $crate::model::Misread> {
                json.as_str()
                    .map(Self::from)
                    .ok_or_else(|| $crate::model::Misread::expected("a word", json))
            }

            fn write(&self, _how: $crate::model::Written) -> ::api_core::Json {
                ::api_core::Json::from(self.as_str())
            }
        }

        impl $crate::filter::Literal<$name> for $name {
            fn literal(self) -> $crate::filter::Value {
                $crate::filter::Value::Text(self.as_str().to_owned())
            }
        }

        impl $crate::filter::Literal<$name> for &str {
            fn literal(self) -> $crate::filter::Value {
                $crate::filter::Value::Text(self.to_owned())
            }
        }
    )+ };
}

/// Declares identifiers and the addresses their records stand under.
macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident $path:literal ),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// The address that records of this kind stand under.
            pub const PATH: &'static str = $path;

            /// Wraps an identifier.
            #[must_use]
            pub const fn new(id: ::uuid::Uuid) -> Self {
                Self(id)
            }

            /// Returns the identifier.
            #[must_use]
            pub const fn uuid(self) -> ::uuid::Uuid {
                self.0
            }
        }

        impl ::std::convert::From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
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
                serializer.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        impl $crate::id::Id for $name {
            const PATH: &'static str = $path;
        }

        impl $crate::model::Field for $name {
            const KIND: $crate::model::FieldKind = $crate::model::FieldKind::Uuid;

            type Property<M> = $crate::filter::Property<M, $name>;

            fn property<M>(path: $crate::filter::Path) -> Self::Property<M> {
                $crate::filter::Property::new(path)
            }

            fn read(json: &::api_core::Json) -> Result<Self, $crate::model::Misread> {
                <::uuid::Uuid as $crate::model::Field>::read(json).map(Self)
            }

            fn write(&self, _how: $crate::model::Written) -> ::api_core::Json {
                ::api_core::Json::from(self.0.to_string())
            }
        }

        impl $crate::filter::Literal<$name> for $name {
            fn literal(self) -> $crate::filter::Value {
                $crate::filter::Value::Guid(self.0)
            }
        }

        impl $crate::filter::Literal<$name> for &$name {
            fn literal(self) -> $crate::filter::Value {
                $crate::filter::Value::Guid(self.0)
            }
        }

        impl $crate::filter::Literal<$name> for ::uuid::Uuid {
            fn literal(self) -> $crate::filter::Value {
                $crate::filter::Value::Guid(self)
            }
        }
    )+ };
}

pub(crate) use {ids, model, option, words};
