//! Records: what crosses from one system to the other.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use api_core::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::{EntityKind, FieldName, RecordId, Ref, Value};

/// The fields of a record, by name.
///
/// A clone shares the content until one of the two is changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Arc<Content>);

#[derive(Debug, Default)]
struct Content {
    map: BTreeMap<FieldName, Value>,
    /// The hash, once somebody asked for it.
    hash: OnceLock<ContentHash>,
}

impl Clone for Content {
    fn clone(&self) -> Self {
        Self::from(self.map.clone())
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl From<BTreeMap<FieldName, Value>> for Content {
    fn from(map: BTreeMap<FieldName, Value>) -> Self {
        Self {
            map,
            hash: OnceLock::new(),
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.map.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|fields| Self(Arc::new(Content::from(fields))))
    }
}

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields, to change them: what others share stays as it is, the hash is forgotten.
    fn map_mut(&mut self) -> &mut BTreeMap<FieldName, Value> {
        let content = Arc::make_mut(&mut self.0);
        content.hash = OnceLock::new();
        &mut content.map
    }

    /// Sets a field; [`Value::Null`] is kept, as "this is empty".
    pub fn set(&mut self, name: impl Into<FieldName>, value: impl Into<Value>) {
        self.map_mut().insert(name.into(), value.into());
    }

    /// Sets a field, for building in one expression.
    pub fn with(mut self, name: impl Into<FieldName>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The value of a field, [`Value::Null`] when it is not there.
    pub fn get(&self, name: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        self.0.map.get(name).unwrap_or(NULL)
    }

    /// The text of a field, if it holds text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_text()
    }

    /// Whether the field is there, even if it is null.
    pub fn contains(&self, name: &str) -> bool {
        self.0.map.contains_key(name)
    }

    /// The value of a field that is there, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.map_mut().get_mut(name)
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        // Without a need nothing that is shared is copied.
        if !self.0.map.contains_key(name) {
            return None;
        }
        self.map_mut().remove(name)
    }

    /// All fields in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldName, &Value)> {
        self.0.map.iter()
    }

    /// All values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.map_mut().values_mut()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.map.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.map.is_empty()
    }

    /// Every reference in any field.
    pub fn refs(&self) -> Vec<&Ref> {
        let mut found = Vec::new();
        for value in self.0.map.values() {
            value.visit_refs(&mut |reference| found.push(reference));
        }
        found
    }

    /// Whether any field refers to a record of this kind.
    pub(crate) fn refers_to(&self, entity: EntityKind) -> bool {
        let mut refers = false;
        for value in self.0.map.values() {
            value.visit_refs(&mut |reference| refers |= reference.entity == entity);
        }
        refers
    }

    /// The hash of the content: equal content, equal hash, whatever the order or the spelling of
    /// numbers; empty fields do not count.
    pub fn content_hash(&self) -> ContentHash {
        *self.0.hash.get_or_init(|| self.hash_now())
    }

    fn hash_now(&self) -> ContentHash {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(b"koppel-record-1");
        for (name, value) in self.0.map.iter().filter(|(_, value)| !value.is_empty()) {
            bytes.extend_from_slice(&(name.as_str().len() as u64).to_be_bytes());
            bytes.extend_from_slice(name.as_str().as_bytes());
            value.write_canonical(&mut bytes);
        }
        ContentHash(Sha256::digest(&bytes).into())
    }
}

impl FromIterator<(FieldName, Value)> for Fields {
    fn from_iter<T: IntoIterator<Item = (FieldName, Value)>>(iter: T) -> Self {
        Self(Arc::new(Content::from(
            iter.into_iter().collect::<BTreeMap<_, _>>(),
        )))
    }
}

impl IntoIterator for Fields {
    type Item = (FieldName, Value);
    type IntoIter = std::collections::btree_map::IntoIter<FieldName, Value>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).map.into_iter()
    }
}

/// The SHA-256 of a record's canonical content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Reads the bytes of a hash; `None` if there are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads the hexadecimal digits that a hash is shown with.
    fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut found = [0_u8; 32];
        if text.len() != 2 * found.len() {
            return None;
        }
        for (pair, byte) in text.as_bytes().chunks_exact(2).zip(&mut found) {
            let [high, low] = pair else { return None };
            *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
        }
        Some(Self(found))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_hex(&text)
            .ok_or_else(|| serde::de::Error::custom("a hash is 64 hexadecimal digits"))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a record is in use or has come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// In use: created and updated.
    #[default]
    Active,
    /// At its end (a finished project): never created in the other system, and a record that was
    /// synced while it was active gets one last update.
    Ended,
}

/// A record of one system, in the shared vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What kind of record it is.
    pub entity: EntityKind,
    /// Its id in its system.
    pub id: RecordId,
    /// Its content, under canonical field names ([`crate::fields`]).
    pub fields: Fields,
    /// When its system says that it changed last, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Whether it is still in use.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Whether this is only what a listing gives of it: the rest is read
    /// ([`crate::Connector::complete`]) when the record is new or this part of it has changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Record {
    /// A record with this content, active and without a modified stamp.
    pub fn new(entity: EntityKind, id: impl Into<RecordId>, fields: Fields) -> Self {
        Self {
            entity,
            id: id.into(),
            fields,
            modified: None,
            lifecycle: Lifecycle::Active,
            partial: false,
        }
    }

    /// Sets when it changed last.
    pub fn modified(mut self, at: Timestamp) -> Self {
        self.modified = Some(at);
        self
    }

    /// Marks it as come to its end.
    pub fn ended(mut self) -> Self {
        self.lifecycle = Lifecycle::Ended;
        self
    }

    /// Marks it as only a part of the record.
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// The hash of its content ([`Fields::content_hash`]).
    pub fn content_hash(&self) -> ContentHash {
        self.fields.content_hash()
    }
}
