//! Reading one record by its id.

use api_core::{Error, ErrorKind};
use snelstart_client::{Relation, RelationId};
use sync_core::{EntityKind, Record, RecordId};

use super::SnelStart;
use super::pull::no_such_kind;

impl SnelStart {
    pub(super) async fn one(
        &self,
        kind: EntityKind,
        id: &RecordId,
    ) -> Result<Option<Record>, Error> {
        match kind {
            EntityKind::Customer => self.customer_of(id).await,
            EntityKind::Invoice => self.invoice_of(id).await,
            EntityKind::Payment => self.payment_of(id).await,
            other => Err(no_such_kind(other)),
        }
    }

    async fn customer_of(&self, id: &RecordId) -> Result<Option<Record>, Error> {
        let Ok(id) = id.as_str().parse() else {
            return Ok(None);
        };
        let Some(relation) = self.relation(id).await? else {
            return Ok(None);
        };
        self.customer(&relation, &*self.countries().await?)
    }

    /// A relation by its id, in use or not.
    pub(super) async fn relation(&self, id: RelationId) -> Result<Option<Relation>, Error> {
        match self.client().relations().get(&id).await {
            Ok(relation) => Ok(Some(relation)),
            // By its id only an active relation may be had (vendor documentation); the list has
            // the others, too.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let filter = Relation::fields().id().eq(id);
                let relations = self.client().relations();
                let found = relations.list().filter(filter).first().await?;
                Ok(found.filter(|relation| relation.id == Some(id)))
            }
            Err(error) => Err(error),
        }
    }

    async fn invoice_of(&self, id: &RecordId) -> Result<Option<Record>, Error> {
        let Some(invoice) = self.sales_invoice(id).await? else {
            return Ok(None);
        };
        self.note(&invoice);
        let Some(part) = self.invoice_part(&invoice, self.today())? else {
            return Ok(None);
        };
        let vat = self.vat_table().await?;
        self.whole_invoice(part, &vat).await
    }
}
