//! Everything another installation could do differently, as data.
//!
//! The client has no code for a particular server: routes, header names, paging and the meaning of
//! an identifier are read from a [`Profile`]. A configuration file can write one; what it leaves out
//! is taken from [`Profile::smartcrm`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of record the API serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Entity {
    /// Companies one does business with.
    Clients,
    /// People at a client.
    Contacts,
    /// People or companies that are not yet a client.
    Leads,
    /// Work done for a client.
    Projects,
    /// Questions and complaints.
    Tickets,
    /// Sales invoices with their lines and payments.
    Invoices,
}

impl Entity {
    /// Every entity, in the order references need: clients before all else.
    pub const ALL: [Self; 6] = [
        Self::Clients,
        Self::Contacts,
        Self::Leads,
        Self::Projects,
        Self::Tickets,
        Self::Invoices,
    ];

    /// The word the inferred contract uses in paths, such as `clients`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Contacts => "contacts",
            Self::Leads => "leads",
            Self::Projects => "projects",
            Self::Tickets => "tickets",
            Self::Invoices => "invoices",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the token travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "style", rename_all = "lowercase")]
#[non_exhaustive]
pub enum AuthStyle {
    /// `Authorization: Bearer TOKEN`.
    Bearer,
    /// A header of its own, such as `authtoken` or `X-API-Token`.
    Header {
        /// The header's name.
        name: String,
    },
    /// A query parameter. Tokens in URLs end up in access logs: a last resort.
    Query {
        /// The parameter's name.
        name: String,
    },
}

/// How many records one request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PushMode {
    /// `POST {entity}/batch` with one result per record.
    #[default]
    Batch,
    /// One `POST` or `PUT` per record.
    Single,
}

/// The push half of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Push {
    /// Whether records travel in batches or alone.
    pub mode: PushMode,
    /// The batch route; `{entity}` stands for the entity's path.
    pub route: String,
}

impl Default for Push {
    fn default() -> Self {
        Self {
            mode: PushMode::Batch,
            route: "{entity}/batch".to_owned(),
        }
    }
}

/// How a list is cut into pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PagingMode {
    /// A page number that starts at 1.
    #[default]
    Page,
    /// The number of records to skip.
    Offset,
    /// The server sends everything at once.
    None,
}

/// The paging half of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paging {
    /// How pages are addressed.
    pub mode: PagingMode,
    /// The parameter that says which page (or how many records to skip).
    pub page_param: String,
    /// The parameter that says how many records a page holds.
    pub per_page_param: String,
    /// Whether a short page ends a listing whose answer has no `meta`.
    ///
    /// Set this to `false` for a server that silently sends fewer records than asked for; the
    /// listing then goes on until a page is empty.
    pub short_page_is_last: bool,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            mode: PagingMode::Page,
            page_param: "page".to_owned(),
            per_page_param: "per_page".to_owned(),
            short_page_is_last: true,
        }
    }
}

/// How records are looked up by the value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// The route of a search; `{entity}` and `{value}` are filled in.
    ///
    /// Without `{value}` the filters are query parameters (`clients?vat=…`); with it only the first
    /// filter's value is sent (`clients/search/…`) and the rest is checked on this side.
    pub route: String,
    /// Field names whose query parameter is called otherwise.
    pub params: BTreeMap<String, String>,
    /// How many pages a search may read before the filter counts as ignored by the server.
    pub max_pages: u32,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            route: "{entity}".to_owned(),
            params: BTreeMap::new(),
            max_pages: 5,
        }
    }
}

/// How a request body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BodyEncoding {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`, nested values in brackets as PHP reads them.
    Form,
}

/// What the server does with the `external_id` a record is sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExternalIdMode {
    /// A second create with the same `external_id` updates the first record.
    Upsert,
    /// It is kept and can be searched, but a second create makes a second record.
    #[default]
    Stored,
    /// It is dropped.
    Ignored,
}

/// What one SmartCRM installation does differently from another.
///
/// ```
/// use smartcrm_client::{Entity, Profile};
///
/// let profile: Profile = serde_json::from_str(
///     r#"{"paths":{"clients":"customers"},"auth":[{"style":"header","name":"authtoken"}]}"#,
/// )?;
/// assert_eq!(profile.path(Entity::Clients), "customers");
/// assert_eq!(profile.path(Entity::Leads), "leads");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// The path of each entity that is not called by its own name.
    pub paths: BTreeMap<Entity, String>,
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
    /// The inferred contract of SmartCRM.
    #[must_use]
    pub fn smartcrm() -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            name: "smartcrm".to_owned(),
            api_prefix: "index.php/api/".to_owned(),
            auth: vec![AuthStyle::Bearer],
            client_token_header: "X-Client-Token".to_owned(),
            client_token_prefix: "v2/".to_owned(),
            ping_path: "ping".to_owned(),
            paths: BTreeMap::new(),
            push: Push::default(),
            paging: Paging::default(),
            updated_since_param: "updated_since".to_owned(),
            search: Search::default(),
            body: BodyEncoding::Json,
            idempotency_header: "Idempotency-Key".to_owned(),
            idempotency_honoured: false,
            settle_ms: 5_000,
            external_id: ExternalIdMode::Stored,
            id_fields: owned(&["record_id", "id", "data.id", "insert_id"]),
            fields: BTreeMap::new(),
            empty_texts: owned(&["no data were found", "no data found"]),
            auth_texts: owned(&["token", "unauthorised", "unauthorized"]),
            route_texts: owned(&["unknown method", "unknown endpoint", "unknown route"]),
        }
    }

    /// The path of an entity, without slashes at its ends.
    #[must_use]
    pub fn path(&self, entity: Entity) -> &str {
        self.paths
            .get(&entity)
            .map_or(entity.as_str(), |path| path.trim_matches('/'))
    }

    /// The server's name of one of our fields.
    #[must_use]
    pub fn wire_name<'a>(&'a self, entity: Entity, field: &'a str) -> &'a str {
        self.fields
            .get(&entity)
            .and_then(|names| names.get(field))
            .map_or(field, String::as_str)
    }

    /// Our name of one of the server's fields.
    #[must_use]
    pub fn own_name<'a>(&'a self, entity: Entity, wire: &'a str) -> &'a str {
        self.fields
            .get(&entity)
            .and_then(|names| names.iter().find(|(_, theirs)| theirs.as_str() == wire))
            .map_or(wire, |(ours, _)| ours.as_str())
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

    /// Whether a path needs the second token.
    pub(crate) fn needs_client_token(&self, path: &str) -> bool {
        !self.client_token_prefix.is_empty() && path.starts_with(&self.client_token_prefix)
    }

    /// The first thing in this profile that cannot work, if any.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.auth.is_empty() {
            return Some("`auth` names no way to send the token".to_owned());
        }
        if self.id_fields.is_empty() {
            return Some("`id_fields` is empty, so no create could be recognised".to_owned());
        }
        if self.paging.mode != PagingMode::None
            && (self.paging.page_param.is_empty() || self.paging.per_page_param.is_empty())
        {
            return Some("`paging` lacks a parameter name".to_owned());
        }
        if self.search.max_pages == 0 {
            return Some("`search.max_pages` is 0".to_owned());
        }
        let mut names: Vec<(&str, &str)> = self
            .auth
            .iter()
            .filter_map(|style| match style {
                AuthStyle::Header { name } => Some(("auth.name", name.as_str())),
                _ => None,
            })
            .collect();
        names.push(("client_token_header", &self.client_token_header));
        if self.idempotency_honoured && !self.sends_idempotency_keys() {
            return Some("`idempotency_honoured` needs an `idempotency_header`".to_owned());
        }
        if self.sends_idempotency_keys() {
            names.push(("idempotency_header", &self.idempotency_header));
        }
        names
            .into_iter()
            .find(|(_, name)| http::HeaderName::from_bytes(name.as_bytes()).is_err())
            .map(|(key, name)| format!("`{key}` is not a header name: {name:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_configuration_is_the_smartcrm_profile() {
        let profile: Profile = serde_json::from_str("{}").unwrap();
        assert_eq!(profile, Profile::smartcrm());
        assert_eq!(profile.fault(), None);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = serde_json::from_str::<Profile>(r#"{"pingpath":"x"}"#).unwrap_err();
        assert!(error.to_string().contains("pingpath"), "{error}");
    }

    #[test]
    fn a_relative_of_the_contract_fits_by_data_alone() {
        let profile: Profile = serde_json::from_str(
            r#"{"name":"rise","auth":[{"style":"bearer"},{"style":"header","name":"X-API-Token"}],
                "push":{"mode":"single"},"paging":{"mode":"none"},"body":"form",
                "idempotency_header":"","external_id":"ignored","updated_since_param":"",
                "fields":{"clients":{"company":"company_name","vat":"vat_number"}},
                "search":{"route":"get_{entity}_search/search/{value}"}}"#,
        )
        .unwrap();
        assert_eq!(profile.fault(), None);
        assert_eq!(profile.wire_name(Entity::Clients, "vat"), "vat_number");
        assert_eq!(profile.own_name(Entity::Clients, "vat_number"), "vat");
        assert_eq!(profile.own_name(Entity::Leads, "vat_number"), "vat_number");
        assert!(!profile.sends_idempotency_keys());
    }

    #[test]
    fn a_header_name_with_a_blank_is_found_out() {
        let mut profile = Profile::smartcrm();
        profile.idempotency_header = "Idem potency".to_owned();
        assert!(profile.fault().unwrap().contains("idempotency_header"));
    }
}
