//! Lists: what to ask for, and what a page says of the next one.

use api_core::Timestamp;

use crate::envelope::Meta;
use crate::profile::{Entity, Paging, PagingMode, Profile};

/// Which records of a list to send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListParams {
    /// The page, from 1; `None` is the first.
    pub page: Option<u32>,
    /// How many records a page holds; `None` is the client's batch size.
    pub per_page: Option<u32>,
    /// Only records changed since, where the server can tell.
    ///
    /// A profile without `updated_since_param` lists everything.
    pub updated_since: Option<Timestamp>,
    /// Exact values of fields, all of which must hold.
    pub filters: Vec<(String, String)>,
}

impl ListParams {
    /// Everything, from the first page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts at a page, from 1.
    #[must_use]
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// Sets how many records a page holds.
    #[must_use]
    pub fn per_page(mut self, per_page: u32) -> Self {
        self.per_page = Some(per_page);
        self
    }

    /// Leaves out what has not changed since.
    #[must_use]
    pub fn updated_since(mut self, since: Timestamp) -> Self {
        self.updated_since = Some(since);
        self
    }

    /// Adds an exact value a field must have.
    #[must_use]
    pub fn filter(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.filters.push((field.into(), value.into()));
        self
    }

    /// The query of one page.
    pub(crate) fn query(
        &self,
        profile: &Profile,
        paging: &Paging,
        entity: Entity,
        page: u32,
        per_page: u32,
    ) -> Vec<(String, String)> {
        let mut query = Vec::new();
        let place = match paging.mode {
            PagingMode::Page => Some(u64::from(page)),
            PagingMode::Offset => Some(u64::from(page.saturating_sub(1)) * u64::from(per_page)),
            PagingMode::None => None,
        };
        if let Some(place) = place {
            query.push((paging.page_param.clone(), place.to_string()));
            query.push((paging.per_page_param.clone(), per_page.to_string()));
        }
        if let Some(since) = self.updated_since
            && !profile.updated_since_param.is_empty()
        {
            query.push((profile.updated_since_param.clone(), since.to_string()));
        }
        for (field, value) in &self.filters {
            let name = match profile.search.params.get(field) {
                Some(name) => name.as_str(),
                None => profile.wire_name(entity, field),
            };
            query.push((name.to_owned(), value.clone()));
        }
        query
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The records, in the server's order.
    pub items: Vec<T>,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many records were asked for.
    pub per_page: u32,
    /// How many records there are in all, where the server says.
    pub total: Option<u64>,
    /// The page to ask for next; `None` after the last.
    pub next: Option<u32>,
}

impl<T> Page<T> {
    pub(crate) fn empty(page: u32, per_page: u32) -> Self {
        Self {
            items: Vec::new(),
            page,
            per_page,
            total: None,
            next: None,
        }
    }
}

/// Whether another page follows; `Err` where the server contradicts itself.
pub(crate) fn next_page(
    paging: &Paging,
    meta: &Meta,
    page: u32,
    per_page: u32,
    count: usize,
) -> Result<Option<u32>, String> {
    if paging.mode == PagingMode::None {
        return Ok(None);
    }
    let here = u64::from(page);
    let announced = meta
        .has_more
        .or_else(|| meta.total_pages.map(|pages| here < pages))
        .or_else(|| {
            let size = meta.per_page.unwrap_or(u64::from(per_page));
            meta.total.map(|total| here.saturating_mul(size) < total)
        });
    let more = match announced {
        Some(true) if count == 0 => {
            return Err(format!(
                "Page {page} is empty although the server says there are more."
            ));
        }
        Some(more) => more,
        None if count == 0 => false,
        // Everything at once, or pages of its own size: only the profile can tell.
        None if count > per_page as usize => {
            return Err(format!(
                "{count} records were sent where {per_page} were asked for: the server ignores \
                 the size of pages. If it sends everything at once, set the profile's \
                 `paging.mode` to `none`."
            ));
        }
        None => !paging.short_page_is_last || count >= per_page as usize,
    };
    match (more, page.checked_add(1)) {
        (false, _) => Ok(None),
        (true, Some(next)) => Ok(Some(next)),
        (true, None) => Err("There are more pages than can be counted.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_believed_before_the_length_of_the_page() {
        let paging = Paging::default();
        let next = |meta: Meta, count| next_page(&paging, &meta, 2, 50, count);
        let more = |has_more| Meta {
            has_more: Some(has_more),
            ..Meta::default()
        };
        assert_eq!(next(more(true), 10), Ok(Some(3)));
        assert_eq!(next(more(false), 50), Ok(None));
        let pages = Meta {
            total_pages: Some(3),
            ..Meta::default()
        };
        assert_eq!(next(pages, 10), Ok(Some(3)));
        // The server sends 25 a page although 50 were asked for.
        let total = Meta {
            total: Some(60),
            per_page: Some(25),
            ..Meta::default()
        };
        assert_eq!(next(total, 25), Ok(Some(3)));
        assert!(next(more(true), 0).is_err());
    }

    #[test]
    fn without_meta_a_short_or_empty_page_is_the_last() {
        let mut paging = Paging::default();
        let meta = Meta::default();
        assert_eq!(next_page(&paging, &meta, 1, 50, 50), Ok(Some(2)));
        assert_eq!(next_page(&paging, &meta, 1, 50, 49), Ok(None));
        assert_eq!(next_page(&paging, &meta, 1, 50, 0), Ok(None));
        paging.short_page_is_last = false;
        assert_eq!(next_page(&paging, &meta, 1, 50, 49), Ok(Some(2)));
        assert_eq!(next_page(&paging, &meta, 1, 50, 0), Ok(None));
        paging.mode = PagingMode::None;
        assert_eq!(next_page(&paging, &meta, 1, 50, 50), Ok(None));
    }

    #[test]
    fn more_records_than_asked_for_are_no_page() {
        let mut paging = Paging::default();
        let meta = Meta::default();
        let said = next_page(&paging, &meta, 1, 50, 51).unwrap_err();
        assert!(said.contains("paging.mode"), "{said}");
        paging.mode = PagingMode::None;
        assert_eq!(next_page(&paging, &meta, 1, 50, 51), Ok(None));
    }

    #[test]
    fn a_query_says_what_the_profile_calls_things() {
        let mut profile = Profile::smartcrm();
        let since = Timestamp::from_seconds(1_767_225_600);
        let params = ListParams::new().updated_since(since).filter("vat", "NL1");
        let pairs = |profile: &Profile| {
            params
                .query(profile, &profile.paging, Entity::Clients, 3, 20)
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert_eq!(
            pairs(&profile),
            "page=3&per_page=20&updated_since=2026-01-01T00:00:00Z&vat=NL1"
        );
        profile.paging.mode = PagingMode::Offset;
        profile.paging.page_param = "offset".to_owned();
        profile.paging.per_page_param = "limit".to_owned();
        profile.updated_since_param.clear();
        profile
            .fields
            .entry(Entity::Clients)
            .or_default()
            .insert("vat".to_owned(), "vat_number".to_owned());
        assert_eq!(pairs(&profile), "offset=40&limit=20&vat_number=NL1");
    }
}
