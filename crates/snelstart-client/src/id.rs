//! Identifiers, and references by them.

use std::fmt;
use std::marker::PhantomData;

use api_core::Json;
use uuid::Uuid;

use crate::filter::{Path, Property};
use crate::model::{Field, FieldKind, Misread, Written};

/// A text that is no identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseIdError(String);

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no identifier of SnelStart", self.0)
    }
}

impl std::error::Error for ParseIdError {}

pub(crate) fn parse(text: &str) -> Result<Uuid, ParseIdError> {
    Uuid::try_parse(text.trim()).map_err(|_| ParseIdError(text.chars().take(64).collect()))
}

/// An identifier of one kind of record.
pub trait Id:
    Field + Copy + PartialEq + fmt::Debug + fmt::Display + From<Uuid> + Send + Sync + 'static
{
    /// The address that records of this kind stand under.
    const PATH: &'static str;
}

/// A reference to another record; a write needs the id alone (measured by
/// client authors).
#[derive(Clone, PartialEq)]
pub struct Ref<I> {
    /// The id of the record.
    pub id: Option<I>,
    /// Its address, set by the server.
    pub uri: Option<String>,
}

impl<I> Ref<I> {
    /// Refers to a record.
    #[must_use]
    pub fn to(id: I) -> Self {
        Self {
            id: Some(id),
            uri: None,
        }
    }
}

impl<I> Default for Ref<I> {
    fn default() -> Self {
        Self {
            id: None,
            uri: None,
        }
    }
}

impl<I> From<I> for Ref<I> {
    fn from(id: I) -> Self {
        Self::to(id)
    }
}

impl<I: fmt::Debug> fmt::Debug for Ref<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(&self.id).finish()
    }
}

impl<I: Id> Field for Ref<I> {
    const KIND: FieldKind = FieldKind::Reference;

    type Property<M> = RefFields<M, I>;

    fn property<M>(path: Path) -> RefFields<M, I> {
        RefFields {
            path,
            records: PhantomData,
        }
    }

    fn read(json: &Json) -> Result<Self, Misread> {
        let Some(members) = json.as_map() else {
            return Err(Misread::expected("a reference", json));
        };
        let mut read = Self::default();
        for (name, value) in members {
            if name.eq_ignore_ascii_case("id") {
                crate::model::assign(&mut read.id, name, value)?;
            } else if name.eq_ignore_ascii_case("uri") {
                crate::model::assign(&mut read.uri, name, value)?;
            }
        }
        // Zeros alone name no record.
        read.id = read.id.filter(|id| *id != I::from(Uuid::nil()));
        Ok(read)
    }

    fn write(&self, how: Written) -> Json {
        let id = self.id.map(|id| ("id".to_owned(), id.write(how)));
        let uri = self.uri.as_ref().filter(|_| how == Written::Whole);
        let uri = uri.map(|uri| ("uri".to_owned(), Json::from(uri.as_str())));
        Json::Map(id.into_iter().chain(uri).collect())
    }
}

/// The properties of a reference in filters.
pub struct RefFields<M, I> {
    path: Path,
    records: PhantomData<fn() -> (M, I)>,
}

impl<M, I> RefFields<M, I> {
    /// The id of the record that is referred to (`id`).
    #[must_use]
    pub fn id(&self) -> Property<M, I> {
        Property::new(self.path.join("id"))
    }
}

impl<M, I> fmt::Debug for RefFields<M, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RefFields").field(&self.path).finish()
    }
}
