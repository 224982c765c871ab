//! Reading: one record, pages, and searches whose answers are checked.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use api_core::paging::{self, paginate};
use api_core::{BadRecord, Error, ErrorKind, Guarded, Safety, redact};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::Method;
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::client::Operation;
use crate::envelope::{id_of, text_of};
use crate::error::{Answer, Asked};
use crate::exact::RawMap;
use crate::list::{self, ListParams, Page};
use crate::model::{FromRecord, RecordMembers};
use crate::profile::{Paging, PagingMode};
use crate::request::{Draft, check_id};
use crate::resource::Resource;

/// One page and what it is recognised by.
pub(crate) struct Listed<T> {
    pub(crate) page: Page<Guarded<T>>,
    fingerprint: Option<u64>,
}

impl Resource {
    pub(crate) async fn get_as<T: FromRecord>(&self, id: &str) -> Result<T, Error> {
        let name = self.operation("get");
        self.usable(name)?;
        check_id(id).map_err(|error| error.operation(name))?;
        let answer = self
            .client
            .call(Operation {
                name,
                template: format!("{}/{{id}}", self.path()),
                method: Method::GET,
                safety: Safety::Idempotent,
                asked: Asked::Get,
                draft: Draft {
                    path: self.record_path(id),
                    ..Draft::default()
                },
            })
            .await?;
        let raw = match &answer {
            Answer::Content(envelope) => envelope.record(),
            Answer::Empty | Answer::NoBody => None,
        };
        let raw = raw.ok_or_else(|| undecodable(name, "", "the answer holds no record"))?;
        let renames = self.client.profile().own_names(self.entity);
        T::from_text(&raw, &renames).map_err(|(path, message)| undecodable(name, &path, &message))
    }

    pub(crate) async fn list_as<T: FromRecord>(
        &self,
        params: &ListParams,
    ) -> Result<Listed<T>, Error> {
        let path = Draft::route(&self.path());
        let paging = &self.client.profile().paging;
        self.list_at("list", path, self.path(), params, paging)
            .await
    }

    async fn list_at<T: FromRecord>(
        &self,
        what: &str,
        path: Vec<String>,
        template: String,
        params: &ListParams,
        paging: &Paging,
    ) -> Result<Listed<T>, Error> {
        let profile = self.client.profile();
        let page = params.page.unwrap_or(1).max(1);
        let default = u32::try_from(self.client.batch_size()).unwrap_or(u32::MAX);
        let most = paging.max_per_page.unwrap_or(u32::MAX);
        let per_page = params.per_page.unwrap_or(default).min(most).max(1);
        let name = self.operation(what);
        self.usable(name)?;
        let answer = self
            .client
            .call(Operation {
                name,
                template,
                method: Method::GET,
                safety: Safety::Idempotent,
                asked: Asked::List,
                draft: Draft {
                    path,
                    query: params.query(profile, paging, self.entity, page, per_page),
                    ..Draft::default()
                },
            })
            .await?;
        let Answer::Content(envelope) = answer else {
            return Ok(Listed {
                page: Page::empty(page, per_page),
                fingerprint: None,
            });
        };
        let raws = envelope.list().unwrap_or_default();
        let next = list::next_page(paging, &envelope.meta, page, per_page, raws.len())
            .map_err(|message| Error::new(ErrorKind::Decode, message).operation(name))?;
        if let Some(answered) = envelope.meta.page
            && answered != u64::from(page)
            && paging.mode == PagingMode::Page
        {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("Page {page} was asked for and page {answered} was sent."),
            )
            .operation(name));
        }
        let fingerprint = (!raws.is_empty()).then(|| {
            let mut hasher = DefaultHasher::new();
            for raw in &raws {
                raw.get().hash(&mut hasher);
            }
            hasher.finish()
        });
        let renames = profile.own_names(self.entity);
        let items = raws.iter().map(|raw| guard(raw, &renames)).collect();
        Ok(Listed {
            page: Page {
                items,
                page,
                per_page,
                total: envelope.meta.total,
                next,
            },
            fingerprint,
        })
    }

    pub(crate) fn pages_as<T: FromRecord>(
        &self,
        params: ListParams,
    ) -> BoxStream<'static, Result<Page<Guarded<T>>, Error>> {
        let resource = self.clone();
        let last = Arc::new(Mutex::new(None));
        // The shared paging loop, one of our pages at a time.
        paginate(params.page.unwrap_or(1).max(1), move |page| {
            let resource = resource.clone();
            let params = params.clone().page(page);
            let last = Arc::clone(&last);
            async move {
                let listed = resource.list_as::<T>(&params).await?;
                let before = std::mem::replace(
                    &mut *last.lock().unwrap_or_else(PoisonError::into_inner),
                    listed.fingerprint,
                );
                if listed.fingerprint.is_some() && listed.fingerprint == before {
                    return Err(resource.repeated(page));
                }
                let next = listed.page.next;
                Ok(paging::Page::new(vec![listed.page], next))
            }
        })
        .records()
    }

    pub(crate) async fn find_as<T: FromRecord>(
        &self,
        filters: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        const FIND: &str = "find";
        let name = self.operation(FIND);
        let profile = self.client.profile();
        let Some((_, first)) = filters.first() else {
            return Err(Error::new(ErrorKind::Config, "A search needs a filter.").operation(name));
        };
        self.usable(name)?;
        let template = profile.search_route(self.entity, &self.path());
        let by_path = template.contains("{value}");
        let paging = Paging {
            mode: if profile.search.paged {
                profile.paging.mode
            } else {
                PagingMode::None
            },
            ..profile.paging.clone()
        };
        let path = Draft::route(&template)
            .into_iter()
            .map(|part| part.replace("{value}", first))
            .collect::<Vec<_>>();
        let mut params = ListParams::new();
        if by_path {
            check_id(first).map_err(|error| error.operation(name))?;
        } else {
            for (field, value) in filters {
                params = params.filter(*field, *value);
            }
        }
        let mut found = Vec::new();
        let mut last = None;
        for _ in 0..profile.search.max_pages {
            let listed = self
                .list_at::<RecordMembers>(FIND, path.clone(), template.clone(), &params, &paging)
                .await?;
            if listed.fingerprint.is_some() && listed.fingerprint == last {
                return Err(self.repeated(listed.page.page));
            }
            last = listed.fingerprint;
            for item in listed.page.items {
                let members = item
                    .into_result()
                    .map_err(|bad| Error::from(bad).operation(name))?;
                if self.matches(name, &members.0, filters)? {
                    found.push(
                        T::from_members(members)
                            .map_err(|(path, message)| undecodable(name, &path, &message))?,
                    );
                }
            }
            match listed.page.next {
                None => return Ok(found),
                next => params.page = next,
            }
        }
        let fields: Vec<&str> = filters.iter().map(|(field, _)| *field).collect();
        Err(Error::new(
            ErrorKind::Config,
            format!(
                "A search by {} fills more than {} pages: the server ignores the filter.",
                fields.join(" and "),
                profile.search.max_pages
            ),
        )
        .operation(name)
        .help("Correct the profile's `search`, or search by a field the server knows."))
    }

    fn matches(
        &self,
        name: &'static str,
        members: &RawMap,
        filters: &[(&str, &str)],
    ) -> Result<bool, Error> {
        let mut all = true;
        for (field, wanted) in filters {
            let Some(raw) = members.get(*field) else {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("The server answers a search by `{field}` with records that lack it."),
                )
                .operation(name)
                .help("Nothing proves that the filter works: search by another field."));
            };
            all &= same(&text_of(raw).unwrap_or_default(), wanted);
        }
        Ok(all)
    }

    fn repeated(&self, page: u32) -> Error {
        Error::new(
            ErrorKind::Decode,
            format!("Page {page} holds the same records as the page before it."),
        )
        .operation(self.operation("list"))
        .help("The server ignores the page number: correct the profile's `paging`.")
    }
}

/// Reads one record of a list; what cannot be read is kept apart.
fn guard<T: FromRecord>(raw: &RawValue, renames: &BTreeMap<&str, &str>) -> Guarded<T> {
    match T::from_text(raw, renames) {
        Ok(record) => Guarded::Good(record),
        Err((path, message)) => {
            let id = RecordMembers::from_text(raw, renames)
                .ok()
                .and_then(|members| id_of(members.0.get("id")?));
            Guarded::Bad(BadRecord {
                id,
                path: if path.is_empty() {
                    ".".to_owned()
                } else {
                    path
                },
                message,
                excerpt: redact::excerpt(&redact::json_text(raw.get().as_bytes(), 2_000), 200),
            })
        }
    }
}

/// One record after the other out of a stream of pages.
pub(crate) fn records_of<T: Send + 'static>(
    pages: BoxStream<'static, Result<Page<Guarded<T>>, Error>>,
) -> BoxStream<'static, Result<Guarded<T>, Error>> {
    pages
        .map_ok(|page| stream::iter(page.items.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

/// Whether a field's text is the value that was searched for.
fn same(found: &str, wanted: &str) -> bool {
    let (found, wanted) = (found.trim(), wanted.trim());
    if found == wanted || found.to_lowercase() == wanted.to_lowercase() {
        return true;
    }
    let is_amount = |text: &str| text.contains('.');
    match (
        Decimal::from_str_exact(found),
        Decimal::from_str_exact(wanted),
    ) {
        (Ok(a), Ok(b)) => (is_amount(found) || is_amount(wanted)) && a == b,
        _ => false,
    }
}

fn undecodable(name: &'static str, path: &str, message: &str) -> Error {
    let message = if path.is_empty() {
        format!("The record cannot be read: {message}.")
    } else {
        format!("The record's field `{path}` cannot be read: {message}.")
    };
    Error::new(ErrorKind::Decode, message).operation(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_compares_text_without_case_and_amounts_by_value() {
        assert!(same("Info@Example.com ", "info@example.COM"));
        assert!(same("12.50", "12.5"));
        assert!(!same("0012", "12"));
        assert!(!same("", "12"));
        assert!(!same("NL123", "NL12"));
    }
}
