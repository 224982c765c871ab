//! Payments: `invoicepaymentrecords`.

use api_core::Error;
use sync_core::EntityKind;
use sync_core::fields::Payment;

use super::draft::{Cell, Draft};
use super::entity::{Built, Children, Entity, reference};
use super::lookups::{Hit, Lookup, Names};
use super::schema::Table;
use crate::sql::row::{Flaw, Row};

/// Payments.
pub(super) struct Payments;

pub(super) static PAYMENTS: Table = Table {
    name: "invoicepaymentrecords",
    key: "id",
    required: &[
        "invoiceid",
        "amount",
        "paymentmode",
        "date",
        "note",
        "transactionid",
    ],
    optional: &[],
};

impl Entity for Payments {
    fn kind(&self) -> EntityKind {
        EntityKind::Payment
    }

    fn table(&self) -> &'static Table {
        &PAYMENTS
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![Lookup::PaymentModes.table()]
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "invoice" => Some("invoiceid"),
            "transaction_id" => Some("transactionid"),
            _ => None,
        }
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        for field in ["invoice", "amount", "date"] {
            draft.require(field)?;
        }
        draft.reference("invoice", "invoiceid", EntityKind::Invoice)?;
        draft.decimal("amount", "amount")?;
        draft.date("date", "date")?;
        draft.text("transaction_id", "transactionid")?;
        draft.text("note", "note")?;
        if let Some(mode) = draft.wanted::<String>("mode")? {
            let cell = match mode {
                None => Cell::Empty,
                Some(mode) => Cell::Text(mode_column(draft, &mode)?),
            };
            draft.set("paymentmode", cell);
        }
        draft.default("daterecorded", draft.now());
        Ok(())
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, _: &Children) -> Result<Built, Flaw> {
        Ok(Built::active(Payment {
            invoice: reference(row, "invoiceid", EntityKind::Invoice)?,
            amount: row.decimal("amount")?,
            date: row.date("date")?,
            mode: mode(names, row)?,
            transaction_id: row.text("transactionid")?,
            note: row.text("note")?,
        }))
    }
}

/// How it was paid: the column holds the id of a payment mode or the name of a gateway.
pub(super) fn mode(names: &mut Names<'_>, row: &Row) -> Result<Option<String>, Flaw> {
    let mode = row.text("paymentmode")?;
    Ok(
        match mode.as_deref().map(|text| text.trim().parse::<i64>()) {
            Some(Ok(number)) => names.name(Lookup::PaymentModes, Some(number)).or(mode),
            _ => mode,
        },
    )
}

/// Gateways that come with the CRM; what was paid through one carries its name.
const GATEWAYS: [&str; 14] = [
    "authorize_acceptjs",
    "authorize_aim",
    "instamojo",
    "mollie",
    "paypal",
    "paypal_braintree",
    "paypal_checkout",
    "payu_money",
    "paystack",
    "razorpay",
    "stripe",
    "stripe_ideal",
    "two_checkout",
    "two_checkout_aim",
];

/// What stands in the column for a way of paying.
fn mode_column(draft: &Draft<'_>, mode: &str) -> Result<String, Error> {
    const FIELD: &str = "mode";
    match draft.snapshot.id_of(Lookup::PaymentModes, mode) {
        Hit::None if GATEWAYS.contains(&mode) || draft.snapshot.settings.has_gateway(mode) => {
            Ok(mode.to_owned())
        }
        _ => Ok(draft
            .id_by_name(FIELD, Lookup::PaymentModes, mode)?
            .to_string()),
    }
}
