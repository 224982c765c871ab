//! What `listModuleRecords` is asked for.

use api_core::{Error, Json};

use super::operations as op;
use super::{Generation, wire};
use crate::Params;

/// How a field is compared in [`ListRequest::search_field`].
///
/// Only `c` is in the vendor documentation; the other codes are those of the
/// list views and assumed to work here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparator {
    /// `c`: contains (vendor documentation).
    Contains,
    /// `k`: does not contain (assumed).
    NotContains,
    /// `e`: equals (assumed).
    Equals,
    /// `n`: differs (assumed).
    Differs,
    /// `s`: starts with (assumed).
    StartsWith,
    /// `ew`: ends with (assumed).
    EndsWith,
    /// Another code.
    Other(String),
}

impl Comparator {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Contains => "c",
            Self::NotContains => "k",
            Self::Equals => "e",
            Self::Differs => "n",
            Self::StartsWith => "s",
            Self::EndsWith => "ew",
            Self::Other(code) => code,
        }
    }
}

/// Which rows of a module to list, and from where.
///
/// ```
/// use simplycrm_ws::mobile::{Comparator, ListRequest};
///
/// let request = ListRequest::new("Contacts")
///     .search_field("email", Comparator::Contains, "anna@example.com")
///     .page(0);
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ListRequest {
    pub(super) module: String,
    pub(super) page: u32,
    search_text: Option<String>,
    search_field: Option<(String, Comparator, String)>,
    filter: Option<String>,
    alert: Option<String>,
    order: Option<(String, bool)>,
}

impl ListRequest {
    /// Lists every row of a module that the user may read.
    #[must_use]
    pub fn new(module: impl Into<String>) -> Self {
        Self {
            module: module.into(),
            page: 0,
            search_text: None,
            search_field: None,
            filter: None,
            alert: None,
            order: None,
        }
    }

    /// Picks a page, the first is 0; how many rows it has is the server's choice.
    ///
    /// Sent as the generation counts: from 0 in the old, from 1 in the new.
    #[must_use]
    pub fn page(mut self, page: u32) -> Self {
        self.page = page;
        self
    }

    /// Searches in all fields (`searchText`, vendor documentation).
    ///
    /// Servers that are not Simply's ignore it and list everything (recorded
    /// vtiger 5.4.0 and 7.1.0 servers): a [`Warning::Note`](crate::Warning::Note) tells of a search
    /// on a server that does not name a `simply_version`. The characters `<`, `>` and `&` are altered on the way.
    #[must_use]
    pub fn search_text(mut self, text: impl Into<String>) -> Self {
        self.search_text = Some(text.into());
        self
    }

    /// Searches in one field (`searchField`, vendor documentation).
    ///
    /// Servers that are not Simply's ignore it, as with
    /// [`search_text`](Self::search_text).
    #[must_use]
    pub fn search_field(
        mut self,
        field: impl Into<String>,
        comparator: Comparator,
        text: impl Into<String>,
    ) -> Self {
        self.search_field = Some((field.into(), comparator, text.into()));
        self
    }

    /// Lists what a saved filter shows; its id is [`Filter::id`](super::Filter).
    ///
    /// The server does not check that the filter is one of this module
    /// (recorded vtiger 5.4.0 server).
    #[must_use]
    pub fn filter(mut self, id: impl Into<String>) -> Self {
        self.filter = Some(id.into());
        self
    }

    /// Lists the rows of an alert; the old generation only.
    #[must_use]
    pub fn alert(mut self, id: impl Into<String>) -> Self {
        self.alert = Some(id.into());
        self
    }

    /// Sorts by a field; the new generation only.
    #[must_use]
    pub fn order_by(mut self, field: impl Into<String>) -> Self {
        self.order = Some((field.into(), false));
        self
    }

    /// Sorts by a field, the greatest first; the new generation only.
    #[must_use]
    pub fn order_by_desc(mut self, field: impl Into<String>) -> Self {
        self.order = Some((field.into(), true));
        self
    }

    /// Whether it searches, which not every server does.
    pub(super) fn searches(&self) -> bool {
        self.search_text.is_some() || self.search_field.is_some()
    }

    pub(super) fn params(&self, generation: Generation) -> Result<Params, Error> {
        let refused = |what: &str| wire::refused(op::LIST.name(), what);
        if !wire::is_name(&self.module) {
            return Err(refused(
                "The module's name is empty or holds odd characters.",
            ));
        }
        let first = u32::from(generation == Generation::New);
        let mut params = Params::new()
            .with("module", self.module.as_str())
            .with("page", (self.page.saturating_add(first)).to_string());
        if let Some(text) = &self.search_text {
            params = params.with("searchText", text.as_str());
        }
        if let Some((field, comparator, text)) = &self.search_field {
            if !wire::is_name(field) {
                return Err(refused("The field to search in is no field name."));
            }
            let search = Json::from(vec![
                Json::from(field.as_str()),
                Json::from(comparator.as_str()),
                Json::from(text.as_str()),
            ]);
            params = params.with("searchField", wire::escaped(&search));
        }
        if let Some(id) = &self.filter {
            params = params.with("filterid", id.as_str());
        }
        if let Some(id) = &self.alert {
            if generation == Generation::New {
                return Err(refused("The server's mobile module cannot list an alert.")
                    .help("It dies of it; read the alert's own module with a filter."));
            }
            params = params.with("alertid", id.as_str());
        }
        if let Some((field, descending)) = &self.order {
            // It is pasted into the server's query.
            if !wire::is_name(field) {
                return Err(refused("The field to sort by is no field name."));
            }
            if generation == Generation::Old {
                return Err(refused("The server's mobile module cannot sort a list.")
                    .help("Use a query with `order by`."));
            }
            params = params
                .with("orderBy", field.as_str())
                .with("sortOrder", if *descending { "DESC" } else { "ASC" });
        }
        Ok(params)
    }
}
