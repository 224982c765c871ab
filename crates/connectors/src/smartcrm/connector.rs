//! SmartCRM as a [`Connector`].

use api_core::{Error, ErrorKind};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use smartcrm_client::{ExternalIdMode, Guarded, ListParams, RecordId as WireId, Resource};
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Connector, Cursor, EntityKind, Fields, FindKey, Page,
    Record, RecordId, Unreadable,
};

use super::decode::id;
use super::{SmartCrm, entity_of, table};

/// The most records of a page that SmartCRM gives (inferred contract).
const MAX_PAGE: usize = 100;

impl SmartCrm {
    pub(super) fn resource(&self, kind: EntityKind) -> Result<Resource, Error> {
        let profile = self.client.profile();
        let entity = entity_of(kind)
            .filter(|entity| profile.offers(*entity))
            .ok_or_else(|| {
                let what = format!("The profile {} has no {}.", profile.name, kind.plural());
                Error::new(ErrorKind::Config, what)
            })?;
        Ok(self.client.resource(entity))
    }
}

/// Where a listing is.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    /// The page to read next.
    page: u32,
    /// How many records its pages have.
    size: u32,
    /// The first id of the page before: one that comes again shows a server that knows no pages.
    before: Option<&'a str>,
}

fn place(cursor: Option<&Cursor>, limit: usize) -> Option<Place<'_>> {
    let Some(cursor) = cursor else {
        let size = u32::try_from(limit.clamp(1, MAX_PAGE)).ok()?;
        return Some(Place {
            page: 1,
            size,
            before: None,
        });
    };
    let (page, rest) = cursor.as_str().split_once('/')?;
    let (size, before) = match rest.split_once('/') {
        Some((size, before)) => (size, Some(before)),
        None => (rest, None),
    };
    Some(Place {
        page: page.parse().ok()?,
        size: size.parse().ok()?,
        before,
    })
}

/// The id of the first record of a page, as far as it can be told.
fn first_id(items: &[Guarded<smartcrm_client::Fields>]) -> Option<String> {
    match items.first()? {
        Guarded::Good(fields) => id(fields).map(|id| id.to_string()),
        Guarded::Bad(bad) => bad.id.clone(),
    }
}

#[async_trait]
impl Connector for SmartCrm {
    fn describe(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> CheckReport {
        super::check::check(self).await
    }

    async fn pull(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let resource = self.resource(kind)?;
        let codec = self.codec(kind).await?;
        let Place { page, size, before } = place(cursor, limit).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "The cursor is no page of SmartCRM's.")
                .operation("smartcrm.pull")
        })?;
        let params = ListParams::new().page(page).per_page(size);
        let listed = resource.list(&params).await?;
        let first = first_id(&listed.items);
        if before.is_some() && first.as_deref() == before {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("Page {page} begins with the same records as the page before it."),
            )
            .operation("smartcrm.pull")
            .help("The server ignores the page number: correct the profile's `paging`."));
        }
        let first = first.map_or_else(String::new, |id| format!("/{id}"));
        let mut out = Page {
            next: listed
                .next
                .map(|next| Cursor::new(format!("{next}/{size}{first}"))),
            complete: listed.next.is_none(),
            ..Page::default()
        };
        for item in listed.items {
            match item {
                Guarded::Good(fields) => {
                    let known = id(&fields);
                    match codec.read(fields) {
                        Ok(record) => out.records.push(record),
                        Err(error) => out.unreadable.push(Unreadable {
                            id: known.unwrap_or_else(|| RecordId::from("?")),
                            error: error.operation("smartcrm.pull"),
                        }),
                    }
                }
                Guarded::Bad(bad) => out.unreadable.push(Unreadable {
                    id: RecordId::new(bad.id.clone().unwrap_or_else(|| "?".to_owned())),
                    error: Error::from(bad).operation("smartcrm.pull"),
                }),
            }
        }
        Ok(out)
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        self.send(batch)
    }

    async fn find(&self, kind: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        let resource = self.resource(kind)?;
        let codec = self.codec(kind).await?;
        let filters = match key {
            FindKey::Marker(_) if self.client.profile().external_id == ExternalIdMode::Ignored => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "This SmartCRM keeps no external ids, so nothing can be found by them.",
                )
                .operation("smartcrm.find"));
            }
            FindKey::Marker(marker) => vec![("external_id", marker.as_str().to_owned())],
            FindKey::Natural(pairs) => pairs
                .iter()
                .map(|(name, value)| codec.filter(name, value))
                .collect::<Result<_, _>>()?,
            _ => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "SmartCRM cannot be searched by this kind of key.",
                )
                .operation("smartcrm.find"));
            }
        };
        let filters: Vec<(&str, &str)> = filters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let found = resource.find(&filters).await?;
        let mut records = Vec::with_capacity(found.len());
        for fields in found {
            let record = codec
                .read(fields)
                .map_err(|error| error.operation("smartcrm.find"))?;
            let confirmed = match key {
                FindKey::Natural(pairs) => pairs
                    .iter()
                    .all(|(name, value)| codec.confirms(&record, name, value)),
                _ => true,
            };
            if confirmed {
                records.push(record);
            }
        }
        Ok(records)
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        let resource = self.resource(kind)?;
        let codec = self.codec(kind).await?;
        match resource.get(&WireId::new(id.as_str())).await {
            Ok(fields) => codec
                .read(fields)
                .map(Some)
                .map_err(|error| error.operation("smartcrm.fetch")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn hold(&self, kind: EntityKind, fields: &mut Fields) {
        table::hold(self.client.profile(), kind, fields);
    }

    async fn count(&self, kind: EntityKind) -> Option<u64> {
        let params = ListParams::new().page(1).per_page(1);
        let resource = self.resource(kind).ok()?;
        let listed = resource.list(&params).await.ok()?;
        match listed.total {
            None if listed.items.is_empty() => Some(0),
            total => total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_keeps_the_size_of_its_pages() {
        let at = |page, size, before| Some(Place { page, size, before });
        assert_eq!(place(None, 50), at(1, 50, None));
        assert_eq!(place(None, 0), at(1, 1, None));
        assert_eq!(place(None, 5000), at(1, 100, None));
        assert_eq!(place(Some(&Cursor::from("3/20")), 50), at(3, 20, None));
        let after = Cursor::from("3/20/90/01");
        assert_eq!(place(Some(&after), 50), at(3, 20, Some("90/01")));
        for bad in ["", "3", "3/", "x/20", "-1/20"] {
            assert_eq!(place(Some(&Cursor::from(bad)), 50), None, "{bad}");
        }
    }
}
