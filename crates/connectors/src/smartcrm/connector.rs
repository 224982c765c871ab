//! SmartCRM as a [`Connector`].

use api_core::{Error, ErrorKind};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use smartcrm_client::{ExternalIdMode, Guarded, ListParams, RecordId as WireId, Resource};
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Connector, Cursor, EntityKind, Fields, FindKey, Page,
    Record, RecordId, Unreadable,
};

use super::decode::{id, record_from_wire};
use super::encode::filter;
use super::{SmartCrm, entity_of, table};

/// The most records of a page that SmartCRM gives (inferred contract).
const MAX_PAGE: usize = 100;

impl SmartCrm {
    pub(super) fn resource(&self, kind: EntityKind) -> Result<Resource, Error> {
        let entity = entity_of(kind).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                format!("SmartCRM has no {}.", kind.plural()),
            )
        })?;
        Ok(self.client.resource(entity))
    }
}

/// Where a listing is: the page to read next, and how many records its pages have.
fn place(cursor: Option<&Cursor>, limit: usize) -> Option<(u32, u32)> {
    let Some(cursor) = cursor else {
        let size = u32::try_from(limit.clamp(1, MAX_PAGE)).ok()?;
        return Some((1, size));
    };
    let (page, size) = cursor.as_str().split_once('/')?;
    Some((page.parse().ok()?, size.parse().ok()?))
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
        let (page, size) = place(cursor, limit).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "The cursor is no page of SmartCRM's.")
                .operation("smartcrm.pull")
        })?;
        let params = ListParams::new().page(page).per_page(size);
        let listed = resource.list(&params).await?;
        let mut out = Page {
            next: listed
                .next
                .map(|next| Cursor::new(format!("{next}/{size}"))),
            complete: listed.next.is_none(),
            ..Page::default()
        };
        for item in listed.items {
            match item {
                Guarded::Good(fields) => match record_from_wire(kind, &fields) {
                    Ok(record) => out.records.push(record),
                    Err(error) => out.unreadable.push(Unreadable {
                        id: id(&fields).unwrap_or_else(|| RecordId::from("?")),
                        error: error.operation("smartcrm.pull"),
                    }),
                },
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
                .map(|(name, value)| filter(kind, name, value))
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
        found
            .iter()
            .map(|fields| {
                record_from_wire(kind, fields).map_err(|error| error.operation("smartcrm.find"))
            })
            .collect()
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        let resource = self.resource(kind)?;
        match resource.get(&WireId::new(id.as_str())).await {
            Ok(fields) => record_from_wire(kind, &fields)
                .map(Some)
                .map_err(|error| error.operation("smartcrm.fetch")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn hold(&self, kind: EntityKind, fields: &mut Fields) {
        table::hold(kind, fields);
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
        assert_eq!(place(None, 50), Some((1, 50)));
        assert_eq!(place(None, 0), Some((1, 1)));
        assert_eq!(place(None, 5000), Some((1, 100)));
        assert_eq!(place(Some(&Cursor::from("3/20")), 50), Some((3, 20)));
        for bad in ["", "3", "3/", "x/20", "-1/20"] {
            assert_eq!(place(Some(&Cursor::from(bad)), 50), None, "{bad}");
        }
    }
}
