//! Everything another installation could do differently, as data.
//!
//! The client has no code for a particular server: routes, header names, paging and the meaning of
//! an identifier are read from a [`Profile`]. A configuration file can write one; what it leaves out
//! is taken from the profile named as its `base`, [`Profile::smartcrm`] by default.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod builtin;
mod config;
mod entity;
mod fault;
mod parts;
mod perfex;

pub use config::ProfileError;
pub use entity::Entity;
pub use parts::{
    AuthStyle, BodyEncoding, Dialect, ExternalIdMode, NameList, Numbering, Paging, PagingMode,
    Push, PushMode, Search,
};

/// What one SmartCRM installation does differently from another.
///
/// ```
/// use smartcrm_client::{Entity, Profile};
///
/// let profile = Profile::from_config(serde_json::json!({
///     "base": "perfex",
///     "paths": {"leads": "prospects"},
///     "lookups": {"departments": {"Support": "1"}},
/// }))?;
/// assert_eq!(profile.path(Entity::Clients), Some("customers"));
/// assert_eq!(profile.path(Entity::Leads), Some("prospects"));
/// assert_eq!(Profile::from_config("perfex".into())?, Profile::perfex());
/// # Ok::<(), smartcrm_client::ProfileError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// A name for messages.
    pub name: String,
    /// What is appended to an API URL that does not end in `/api`; empty appends nothing.
    pub api_prefix: String,
    /// How the token travels; more than one way at once where a server wants that.
    pub auth: Vec<AuthStyle>,
    /// The header of the second token.
    pub client_token_header: String,
    /// Paths that begin with this need the second token.
    pub client_token_prefix: String,
    /// The route of the connection test; empty goes straight to the first page of clients.
    pub ping_path: String,
    /// The path of each entity; one without a path (or with an empty one) is not offered.
    pub paths: BTreeMap<Entity, String>,
    /// The entities that can be read but not written.
    pub read_only: BTreeSet<Entity>,
    /// How records are pushed.
    pub push: Push,
    /// How lists are paged.
    pub paging: Paging,
    /// The parameter that asks for records changed since a moment; empty where there is none, and a
    /// list is then always the whole list.
    pub updated_since_param: String,
    /// How records are looked up.
    pub search: Search,
    /// How bodies are written.
    pub body: BodyEncoding,
    /// The header that carries a key of its own for every `POST`; empty where none is to be sent.
    pub idempotency_header: String,
    /// Whether this server is known to replay its answer when a key comes again. Only then is a
    /// create with a key repeated; no remote is trusted with that unless somebody says so.
    pub idempotency_honoured: bool,
    /// How long a request that was cut off may still be at work in the server, or its record be
    /// missing from searches, in milliseconds.
    pub settle_ms: u64,
    /// What the server does with an `external_id`.
    pub external_id: ExternalIdMode,
    /// Where the answer to a create carries the new record's id, in order of preference.
    pub id_fields: Vec<String>,
    /// Field names that differ, per entity: ours → the server's.
    pub fields: BTreeMap<Entity, BTreeMap<String, String>>,
    /// Field names that differ once more in what the server sends: ours → the server's.
    pub read_fields: BTreeMap<Entity, BTreeMap<String, String>>,
    /// The fields the server takes, by our names; an entity that is not named takes them all.
    pub takes: BTreeMap<Entity, BTreeSet<String>>,
    /// What every create is sent with besides, by the server's names.
    pub constants: BTreeMap<Entity, Map<String, Value>>,
    /// Fields that travel as the id of a name: field → the list that has the id.
    pub named: BTreeMap<Entity, BTreeMap<String, String>>,
    /// Lists of names with their ids that are written down here: list → name → id.
    pub lookups: BTreeMap<String, BTreeMap<String, String>>,
    /// Lists of names with their ids that the server has.
    pub lists: BTreeMap<String, NameList>,
    /// How documents are numbered of which the server keeps a whole number only.
    pub numbering: BTreeMap<Entity, Numbering>,
    /// How values inside records are written.
    pub dialect: Dialect,
    /// The zone of times that come without one, an IANA name. The untyped calls give such times as
    /// they are, and the typed ones read them as UTC.
    pub time_zone: String,
    /// Whether the answer to a create carries the new record's id.
    ///
    /// Where it does not, the record is found back by `natural_keys`; that takes a search before
    /// and one after every create.
    pub creates_return_id: bool,
    /// Fields that together identify a record, most telling first, by our names. Where searches go
    /// by a word in the path, the first field of a key has to be one the search looks at.
    pub natural_keys: BTreeMap<Entity, Vec<Vec<String>>>,
    /// Messages of a 404 that mean "nothing found", compared without regard to case.
    pub empty_texts: Vec<String>,
    /// Message parts that mean "your token is wrong", whatever the status.
    pub auth_texts: Vec<String>,
    /// Message parts that mean "no such route".
    pub route_texts: Vec<String>,
}

impl Default for Profile {
    fn default() -> Self {
        Self::smartcrm()
    }
}

impl Profile {
    /// The path of an entity, without slashes at its ends; `None` where the server has no such
    /// records.
    #[must_use]
    pub fn path(&self, entity: Entity) -> Option<&str> {
        let path = self.paths.get(&entity)?.trim_matches('/');
        (!path.is_empty()).then_some(path)
    }

    /// Whether the server has such records.
    #[must_use]
    pub fn offers(&self, entity: Entity) -> bool {
        self.path(entity).is_some()
    }

    /// Whether such records can be written.
    #[must_use]
    pub fn writes(&self, entity: Entity) -> bool {
        self.offers(entity) && !self.read_only.contains(&entity)
    }

    /// Whether the server has a place for one of our fields.
    #[must_use]
    pub fn takes(&self, entity: Entity, field: &str) -> bool {
        self.takes
            .get(&entity)
            .is_none_or(|fields| fields.contains(field))
    }

    /// Whether requests about an entity need the second token.
    #[must_use]
    pub fn needs_client_token(&self, entity: Entity) -> bool {
        !self.client_token_prefix.is_empty()
            && self
                .path(entity)
                .is_some_and(|path| path.starts_with(&self.client_token_prefix))
    }

    /// The list that has the id of a field's name, where the field travels as an id.
    #[must_use]
    pub fn list_of(&self, entity: Entity, field: &str) -> Option<&str> {
        self.named.get(&entity)?.get(field).map(String::as_str)
    }

    /// The server's name of one of our fields.
    #[must_use]
    pub fn wire_name<'a>(&'a self, entity: Entity, field: &'a str) -> &'a str {
        self.fields
            .get(&entity)
            .and_then(|names| names.get(field))
            .map_or(field, String::as_str)
    }

    /// Our name of one of the fields the server sends.
    #[must_use]
    pub fn own_name<'a>(&'a self, entity: Entity, wire: &'a str) -> &'a str {
        [&self.read_fields, &self.fields]
            .into_iter()
            .filter_map(|names| names.get(&entity))
            .find_map(|names| names.iter().find(|(_, theirs)| theirs.as_str() == wire))
            .map_or(wire, |(ours, _)| ours.as_str())
    }

    /// The server's names of an entity's fields with ours.
    pub(crate) fn own_names(&self, entity: Entity) -> BTreeMap<&str, &str> {
        // What is read by another name goes before what is written.
        [&self.fields, &self.read_fields]
            .into_iter()
            .filter_map(|names| names.get(&entity))
            .flatten()
            .map(|(ours, theirs)| (theirs.as_str(), ours.as_str()))
            .collect()
    }

    /// Whether keys are sent along with creates.
    #[must_use]
    pub fn sends_idempotency_keys(&self) -> bool {
        !self.idempotency_header.is_empty()
    }

    /// Whether a create with a key may be repeated.
    #[must_use]
    pub fn honours_idempotency_keys(&self) -> bool {
        self.idempotency_honoured && self.sends_idempotency_keys()
    }

    /// The route of a search, `{entity}` filled in.
    pub(crate) fn search_route(&self, entity: Entity, path: &str) -> String {
        self.search
            .routes
            .get(&entity)
            .unwrap_or(&self.search.route)
            .replace("{entity}", path)
    }
}

#[cfg(test)]
mod tests;
