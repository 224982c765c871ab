//! Relations: customers and suppliers (`relaties`).

use api_core::{Error, ErrorKind, Guarded};
use futures_util::TryStreamExt as _;

use crate::calls::handle;
use crate::code::Code;
use crate::custom_fields::{RelationCustomFieldUpdates, RelationCustomFields};
use crate::list::List;
use crate::operations::{
    RELATIONS_CREATE, RELATIONS_CUSTOM_FIELDS, RELATIONS_DELETE, RELATIONS_GET, RELATIONS_LIST,
    RELATIONS_MANDATES, RELATIONS_PURCHASE_BOOKINGS, RELATIONS_REPLACE, RELATIONS_SALES_BOOKINGS,
    RELATIONS_SET_CUSTOM_FIELDS,
};
use crate::purchase_bookings::PurchaseBooking;
use crate::sales_bookings::SalesBooking;
use crate::write::{Adopted, create_or_adopt};

mod model;

pub use model::{
    DirectDebitKind, EmailDelivery, EmailDeliveryFields, Mandate, MandateFields, MandateId,
    Relation, RelationExtraField, RelationExtraFieldFields, RelationFields, RelationId,
    RelationKind, ReminderKind,
};

handle! {
    /// Relations: customers, suppliers, the administration itself (`relaties`).
    pub fn relations -> Relations, "Relations";
}

impl<'a> Relations<'a> {
    /// Lists relations, those of the system and inactive ones among them.
    pub fn list(&self) -> List<'a, Relation> {
        self.client.list_of(&RELATIONS_LIST)
    }

    /// Fetches a relation.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and perhaps where it is inactive: the
    /// vendor speaks of active ones (inferred); and those of any call.
    pub async fn get(&self, id: &RelationId) -> Result<Relation, Error> {
        self.client
            .get_model(&RELATIONS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Finds the relation with this number (`relatiecode`).
    ///
    /// Where the server ignores the filter, page after page is read until the
    /// number turns up.
    ///
    /// # Errors
    ///
    /// `Conflict` where several have it, `Decode` where it was not found and a
    /// row that cannot be read may be it, and those of any call.
    pub async fn by_code(&self, code: i32) -> Result<Option<Relation>, Error> {
        let with_code = Relation::fields().code().eq(code);
        let mut pages = self.list().filter(with_code).pages();
        let mut unreadable = None;
        while let Some(page) = pages.try_next().await? {
            let mut found = Vec::new();
            for row in page {
                match row {
                    Guarded::Good(relation) if relation.code == Some(code) => found.push(relation),
                    Guarded::Good(_) => {}
                    Guarded::Bad(bad) => unreadable = Some(bad),
                }
            }
            if found.len() > 1 {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("{} relations have the number {code}.", found.len()),
                )
                .operation(RELATIONS_LIST.name)
                .help("Give all but one of them another number in SnelStart."));
            }
            if let Some(relation) = found.pop() {
                return Ok(Some(relation));
            }
        }
        match unreadable {
            Some(bad) => Err(Error::from(bad).operation(RELATIONS_LIST.name)),
            None => Ok(None),
        }
    }

    /// Makes a relation; sent once.
    ///
    /// # Errors
    ///
    /// `Validation` before sending where a member is too long, and those of
    /// any call; an outcome that is not known is `SendOutcome::Unknown`.
    pub async fn create(&self, relation: &Relation) -> Result<Relation, Error> {
        self.client
            .post_model(&RELATIONS_CREATE, &[], relation)
            .await
    }

    /// Makes a relation, or adopts the one that has its number.
    ///
    /// Where the server says that the number is in use (`REL-0008`), or its
    /// answer is lost, the relation is looked up by its number (`relatiecode`)
    /// and compared with what was sent; the differences are the caller's to
    /// judge. A relation without a number is made as by
    /// [`create`](Self::create).
    ///
    /// # Errors
    ///
    /// Those of [`create`](Self::create), where nothing is found.
    pub async fn create_or_adopt(&self, relation: &Relation) -> Result<Adopted<Relation>, Error> {
        let look_up = || async {
            match relation.code {
                Some(code) => self.by_code(code).await,
                None => Ok(None),
            }
        };
        create_or_adopt(
            relation,
            &Code::RelationCodeInUse,
            self.create(relation),
            look_up,
        )
        .await
    }

    /// Replaces a relation as a whole: what is not named is emptied (measured
    /// by client authors). [`revise`](Self::revise) keeps it.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `NotFound`.
    pub async fn replace(&self, id: &RelationId, relation: &Relation) -> Result<Relation, Error> {
        self.client
            .put_model(&RELATIONS_REPLACE, &[&id.to_string()], relation)
            .await
    }

    /// Changes what is named and keeps the rest.
    ///
    /// The relation is read, changed and written back, with members that this
    /// crate does not know and without what only the server sets. Nothing is
    /// written where nothing changes. There is no way to write only if nobody
    /// else wrote in between.
    ///
    /// ```no_run
    /// # async fn run(client: snelstart_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use snelstart_client::{Address, Json, Relation};
    ///
    /// let id = "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4".parse()?;
    /// let mut change = Relation {
    ///     address: Some(Address { city: Some("Goes".to_owned()), ..Address::default() }),
    ///     ..Relation::default()
    /// };
    /// change.other.insert("memo".to_owned(), Json::Null); // emptied
    /// let stored = client.relations().revise(&id, &change).await?;
    /// # drop(stored);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`replace`](Self::replace).
    pub async fn revise(&self, id: &RelationId, change: &Relation) -> Result<Relation, Error> {
        self.client
            .revise_whole(&RELATIONS_GET, &RELATIONS_REPLACE, &id.to_string(), change)
            .await
    }

    /// Deletes a relation.
    ///
    /// # Errors
    ///
    /// `Validation` where something of it is open (`REL-0049` to `REL-0054`),
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: &RelationId) -> Result<(), Error> {
        self.client
            .delete_at(&RELATIONS_DELETE, &[&id.to_string()])
            .await
    }

    /// Lists a relation's mandates for direct debit; one answer, no pages.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call; `Decode` where one cannot be read.
    pub async fn mandates(&self, id: &RelationId) -> Result<Vec<Mandate>, Error> {
        self.client
            .get_models(&RELATIONS_MANDATES, &[&id.to_string()], &[])
            .await
    }

    /// Lists a relation's sales bookings; no pages are documented.
    pub fn sales_bookings(&self, id: &RelationId) -> List<'a, SalesBooking> {
        self.client.list_of(&RELATIONS_SALES_BOOKINGS).at(id)
    }

    /// Lists a relation's purchase bookings; no pages are documented.
    pub fn purchase_bookings(&self, id: &RelationId) -> List<'a, PurchaseBooking> {
        self.client.list_of(&RELATIONS_PURCHASE_BOOKINGS).at(id)
    }

    /// Reads a relation's extra fields.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn custom_fields(&self, id: &RelationId) -> Result<RelationCustomFields, Error> {
        self.client
            .get_model(&RELATIONS_CUSTOM_FIELDS, &[&id.to_string()], &[])
            .await
    }

    /// Sets extra fields of a relation, by their names; returns all of them.
    ///
    /// # Errors
    ///
    /// `Validation` where a value does not fit its field (`REF-…`),
    /// `NotFound`, and those of any call.
    pub async fn set_custom_fields(
        &self,
        id: &RelationId,
        updates: &RelationCustomFieldUpdates,
    ) -> Result<RelationCustomFields, Error> {
        let (operation, body) = (&RELATIONS_SET_CUSTOM_FIELDS, updates.to_json());
        self.client
            .send(operation, &[&id.to_string()], &[], Some(&body))
            .await?
            .model()
    }
}
