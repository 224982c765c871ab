//! The parts of a profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Entity;

/// How the token travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "style", rename_all = "lowercase", deny_unknown_fields)]
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
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PushMode {
    /// `POST {entity}/batch` with one result per record.
    #[default]
    Batch,
    /// One `POST` or `PUT` per record.
    Single,
    /// `POST batch` with operations that name a tool each, as the Perfex API
    /// has it; results come in the order of the operations.
    PerfexBatch,
}

/// The push half of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Push {
    /// Whether records travel in batches or alone.
    pub mode: PushMode,
    /// The batch route; `{entity}` stands for the entity's path.
    pub route: String,
    /// The most records the server takes at once, where that is known.
    ///
    /// A client never sends more, whatever its batch size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_records: Option<usize>,
    /// The tool that creates, for `perfex_batch`; `{entity}` stands for the entity's path.
    pub create_tool: String,
    /// The tool that updates, for `perfex_batch`; `{entity}` stands for the entity's path.
    pub update_tool: String,
}

impl Default for Push {
    fn default() -> Self {
        Self {
            mode: PushMode::Batch,
            route: "{entity}/batch".to_owned(),
            max_records: None,
            create_tool: "{entity}_create".to_owned(),
            update_tool: "{entity}_update".to_owned(),
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
    /// The most records a page may hold, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_page: Option<u32>,
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
            max_per_page: None,
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
    /// The route of entities whose searches have one of their own.
    pub routes: BTreeMap<Entity, String>,
    /// Whether the answer to a search comes in pages; otherwise all hits come at once.
    pub paged: bool,
    /// Field names whose query parameter is called otherwise.
    pub params: BTreeMap<String, String>,
    /// How many pages a search may read before the filter counts as ignored by the server.
    pub max_pages: u32,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            route: "{entity}".to_owned(),
            routes: BTreeMap::new(),
            paged: true,
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

/// How values inside records are written, where a list of names cannot say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Dialect {
    /// As the inferred contract of SmartCRM has it.
    #[default]
    SmartCrm,
    /// As the Perfex API has it: invoice numbers are whole numbers, lines are
    /// `newitems` with taxes such as `VAT|19.00`, flags are `on`.
    Perfex,
    /// As the REST plugin of RISE has it.
    Rise,
}

/// A list on the server that gives names their ids, such as `common/currencies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameList {
    /// The route.
    pub route: String,
    /// The member that holds the id.
    pub id: String,
    /// The member that holds the name (a code, for countries and currencies).
    pub name: String,
}

/// How a server prints the numbers of documents of which it keeps a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbering {
    /// What stands before the number.
    pub prefix: String,
    /// 1 is `PREFIX000123`, 2 `PREFIX2026/000123`, 3 `PREFIX000123-26`,
    /// 4 `PREFIX000123/03/2026`.
    pub format: u8,
    /// How many digits the number is padded to.
    pub digits: u8,
}

impl Default for Numbering {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            format: 1,
            digits: 6,
        }
    }
}
