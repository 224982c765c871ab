//! Contacts: `contacts`.

use api_core::Error;
use sync_core::fields::Contact;
use sync_core::{EntityKind, Fields, OpId, Record, Value};

use super::draft::{Cell, Draft, id_of};
use super::entity::{Built, Children, Entity, custom_fields, key, reference};
use super::lookups::{Names, Snapshot};
use super::parts::numbers;
use super::reader::Reader;
use super::schema::Table;
use crate::sql::applied;
use crate::sql::db::{Arg, Session, WriteSession};
use crate::sql::row::{Flaw, Row};

/// Contacts.
pub(super) struct Contacts;

static TABLE: Table = Table {
    name: "contacts",
    key: "id",
    required: &[
        "userid",
        "is_primary",
        "firstname",
        "lastname",
        "email",
        "phonenumber",
        "title",
        "datecreated",
        "active",
    ],
    optional: &[],
};

impl Entity for Contacts {
    fn kind(&self) -> EntityKind {
        EntityKind::Contact
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn custom(&self) -> Option<&'static str> {
        Some("contacts")
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "email" => Some("email"),
            "customer" => Some("userid"),
            _ => None,
        }
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("customer")?;
        draft.reference("customer", "userid", EntityKind::Customer)?;
        draft.text("first_name", "firstname")?;
        draft.text("last_name", "lastname")?;
        draft.text("email", "email")?;
        draft.text("phone", "phonenumber")?;
        draft.text("title", "title")?;
        draft.flag("primary", "is_primary")?;
        draft.flag("active", "active")?;
        draft.moment("created_at", "datecreated")?;
        draft.custom_fields(self.custom_defined())?;
        draft.default("active", Cell::Int(1));
        draft.default("datecreated", draft.now());
        Ok(())
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        Ok(Built::active(Contact {
            customer: reference(row, "userid", EntityKind::Customer)?,
            first_name: row.text("firstname")?,
            last_name: row.text("lastname")?,
            email: row.text("email")?,
            phone: row.text("phonenumber")?,
            title: row.text("title")?,
            primary: row.flag("is_primary")?,
            active: row.flag("active")?,
            created_at: row.moment("datecreated", &names.snapshot.settings.zone)?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}

/// Under this kind of record, a contact that only stands in for another one is noted.
const STAND_IN: &str = "stand_in_contact";
/// Under this one, that it does so no more. Notes are added and never taken away: that is all that
/// the user of the database may have to do with them.
const NO_STAND_IN: &str = "stand_in_over";

async fn note(
    session: &mut WriteSession,
    what: &str,
    customer: i64,
    contact: i64,
) -> Result<(), Error> {
    let args = [
        OpId::new().to_string(),
        customer.to_string(),
        what.to_owned(),
        contact.to_string(),
    ];
    session
        .insert_many(
            applied::TABLE,
            &["op_id", "marker", "entity", "record_id"],
            args.map(Arg::Text).to_vec(),
        )
        .await
        .map(drop)
}

/// Notes that a contact was made to name a customer that is a person, before the contact itself
/// was written.
pub(super) async fn note_stand_in(
    session: &mut WriteSession,
    customer: i64,
    contact: i64,
) -> Result<(), Error> {
    note(session, STAND_IN, customer, contact).await
}

/// The contacts that only stand in, of one customer.
async fn stand_ins(session: &mut WriteSession, customer: i64) -> Result<Vec<i64>, Error> {
    let sql = format!(
        "SELECT `record_id` FROM {table} WHERE `entity` = ? AND `marker` = ? AND `record_id` \
         NOT IN (SELECT `record_id` FROM {table} WHERE `entity` = ? AND `marker` = ?)",
        table = applied::TABLE
    );
    let marker = customer.to_string();
    let args = [STAND_IN, &marker, NO_STAND_IN, &marker];
    let rows = session
        .rows(sql, args.map(|text| Arg::Text(text.to_owned())).to_vec())
        .await?;
    Ok(numbers(rows))
}

/// Notes that a contact stands in no more: somebody knows it as a contact by now.
pub(super) async fn forget_stand_in(
    session: &mut WriteSession,
    customer: i64,
    contact: i64,
) -> Result<(), Error> {
    if stand_ins(session, customer).await?.contains(&contact) {
        note(session, NO_STAND_IN, customer, contact).await?;
    }
    Ok(())
}

/// Takes out contacts that only stand in for another one: they are no records of their own yet.
pub(super) async fn without_stand_ins(
    session: &mut Session,
    records: &mut Vec<Record>,
) -> Result<(), Error> {
    if records.is_empty() {
        return Ok(());
    }
    let marks = vec!["?"; records.len()].join(", ");
    let sql = format!(
        "SELECT `record_id` FROM {table} WHERE `entity` = ? AND `record_id` IN ({marks}) \
         AND `record_id` NOT IN (SELECT `record_id` FROM {table} WHERE `entity` = ?)",
        table = applied::TABLE
    );
    let ids = records.iter().map(|record| record.id.as_str().to_owned());
    let args = std::iter::once(STAND_IN.to_owned())
        .chain(ids)
        .chain([NO_STAND_IN.to_owned()]);
    let rows = session.rows(sql, args.map(Arg::Text).collect()).await?;
    let noted = numbers(rows);
    records.retain(|record| {
        let id: Option<i64> = record.id.as_str().parse().ok();
        id.is_none_or(|id| !noted.contains(&id))
    });
    Ok(())
}

/// The contact that stood in for this one until now: of the same name, and with no e-mail or the
/// same one. From now on it is the contact itself.
pub(super) async fn take_stand_in(
    session: &mut WriteSession,
    reader: &Reader,
    snapshot: &Snapshot,
    fields: &Fields,
) -> Result<Option<i64>, Error> {
    let Value::Ref(customer) = fields.get("customer") else {
        return Ok(None);
    };
    let customer = id_of("customer", customer, EntityKind::Customer)?;
    let noted = stand_ins(session, customer).await?;
    let name = |first: Option<&str>, last: Option<&str>| {
        let parts = [first, last].into_iter().flatten().map(str::trim);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    };
    let wanted = name(fields.text("first_name"), fields.text("last_name"));
    for id in noted {
        let Some(row) = reader.row(session, &Contacts, snapshot, id).await? else {
            continue;
        };
        let (Ok(owner), Ok(first), Ok(last), Ok(email)) = (
            row.int("userid"),
            row.text("firstname"),
            row.text("lastname"),
            row.text("email"),
        ) else {
            continue;
        };
        if owner == Some(customer)
            && name(first.as_deref(), last.as_deref()) == wanted
            && (email.is_none() || email.as_deref() == fields.text("email"))
        {
            note(session, NO_STAND_IN, customer, id).await?;
            return Ok(Some(id));
        }
    }
    Ok(None)
}
