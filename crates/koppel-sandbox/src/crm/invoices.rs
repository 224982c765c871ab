//! Invoices with their lines, taxes, payments and credits.

use fastrand::Rng;

use super::fixed::STAFF;
use super::generator::{Generator, Party, Stream, TODAY, pick};
use super::money::{Cents, Discount, Line, totals};
use super::parties::address;
use super::rows::Shape;
use super::words::{EXTRA_TAX, PAYMENT_MODES};

/// The number every draft carries until it is issued.
const DRAFT_NUMBER: u32 = 1_000_000_000;

/// The shape of invoices with their printed number as the last column.
const INVOICE_PRINTED: Shape = Shape {
    table: "invoices",
    columns: "id,sent,datesend,clientid,deleted_customer_name,number,prefix,number_format,\
              datecreated,date,duedate,currency,subtotal,total_tax,total,adjustment,addedfrom,\
              hash,status,clientnote,adminnote,allowed_payment_modes,token,discount_percent,\
              discount_total,discount_type,terms,sale_agent,billing_street,billing_city,\
              billing_state,billing_zip,billing_country,show_quantity_as,project_id,\
              formatted_number",
};
const INVOICE: Shape = Shape {
    table: "invoices",
    columns: "id,sent,datesend,clientid,deleted_customer_name,number,prefix,number_format,\
              datecreated,date,duedate,currency,subtotal,total_tax,total,adjustment,addedfrom,\
              hash,status,clientnote,adminnote,allowed_payment_modes,token,discount_percent,\
              discount_total,discount_type,terms,sale_agent,billing_street,billing_city,\
              billing_state,billing_zip,billing_country,show_quantity_as,project_id",
};
const ITEM: Shape = Shape {
    table: "itemable",
    columns: "id,rel_id,rel_type,description,long_description,qty,rate,unit,item_order",
};
/// The shape of lines that name their product.
const ITEM_OF_PRODUCT: Shape = Shape {
    table: "itemable",
    columns: "id,rel_id,rel_type,description,long_description,qty,rate,unit,item_order,product_id",
};
const ITEM_TAX: Shape = Shape {
    table: "item_tax",
    columns: "id,itemid,rel_id,rel_type,taxrate,taxname",
};
const PAYMENT: Shape = Shape {
    table: "invoicepaymentrecords",
    columns: "id,invoiceid,amount,paymentmode,paymentmethod,date,daterecorded,note,transactionid",
};
const CREDIT: Shape = Shape {
    table: "credits",
    columns: "id,invoice_id,credit_id,staff_id,date,date_applied,amount",
};

/// The statuses of an invoice, as the database numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Unpaid = 1,
    Paid,
    Partial,
    Overdue,
    Cancelled,
    Draft,
}

impl Generator {
    /// Invoice `n` (id n + 1) with its lines, taxes, payments and credits.
    pub(crate) fn invoice(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Invoice, n);
        let mut project = None;
        let client = match rng.u32(0..5) {
            0 if !self.project_client.is_empty() => {
                let place = rng.usize(0..self.project_client.len());
                project = Some(u32::try_from(place).unwrap_or(0) + 1);
                self.project_client[place]
            }
            _ => rng.u32(1..=self.size.customers),
        };
        let party = self.party(client - 1);
        let status = if rng.f64() < self.size.drafts {
            Status::Draft
        } else {
            match rng.u32(0..100) {
                0..20 => Status::Unpaid,
                20..75 => Status::Paid,
                75..83 => Status::Partial,
                83..94 => Status::Overdue,
                _ => Status::Cancelled,
            }
        };
        let lines = invoice_lines(&mut rng, &party);
        let discount = match rng.u32(0..12) {
            0 => Discount::BeforeTax(pick(&mut rng, &[5, 10, 15])),
            1 => Discount::AfterTax(pick(&mut rng, &[2, 5])),
            _ => Discount::None,
        };
        let adjustment = match rng.u32(0..20) {
            0 => Cents(rng.i64(-50..50)),
            _ => Cents(0),
        };
        let sums = totals(&lines, discount, adjustment);
        // What is not yet due is young, what is overdue is old.
        let day = match status {
            Status::Unpaid => rng.u32(TODAY - 25..TODAY),
            Status::Overdue => rng.u32(TODAY - 400..TODAY - 60),
            _ => rng.u32(1_100..TODAY - 10),
        };
        let due = match rng.u32(0..30) {
            0 if status != Status::Overdue => Some("0000-00-00"),
            1 if status != Status::Overdue => None,
            _ => Some(self.days.of(day + 30)),
        };
        let created = self.stamp(&mut rng, day);
        let (kind, percent) = match discount {
            Discount::None => ("", 0),
            Discount::BeforeTax(percent) => ("before_tax", percent),
            Discount::AfterTax(percent) => ("after_tax", percent),
        };
        let draft = status == Status::Draft;
        let billing = address(&mut rng, party.locale);
        let sent = !draft && rng.u32(0..4) > 0;
        let currency = if party.currency == 0 {
            1
        } else {
            party.currency
        };
        let number = if draft { DRAFT_NUMBER } else { id };
        let format = rng.u32(1..=4);
        let printed = self
            .size
            .formatted_numbers
            .then(|| printed("INV-", number, format, self.days.of(day)));
        let shape = if printed.is_some() {
            INVOICE_PRINTED
        } else {
            INVOICE
        };
        let row = self
            .rows
            .row(shape)
            .int(id)
            .int(u32::from(sent))
            .opt_plain(sent.then_some(&created))
            .int(client)
            .null()
            .int(number)
            .text("INV-")
            .int(format)
            .plain(&created)
            .plain(self.days.of(day))
            .opt_plain(due)
            .int(currency)
            .plain(sums.subtotal)
            .plain(sums.tax)
            .plain(sums.total)
            .opt_plain((adjustment != Cents(0)).then_some(adjustment))
            .int(rng.u32(1..=STAFF))
            .plain(format_args!("PLANTED-SECRET-inv-{id}"))
            .int(status as u32)
            .opt((rng.u32(0..5) == 0).then_some("Dank u / Mulțumim / Thank you 🙏"))
            .opt((rng.u32(0..9) == 0).then_some("Only for us: pays late"))
            .text(r#"a:2:{i:0;s:1:"1";i:1;s:6:"stripe";}"#)
            .plain(format_args!("PLANTED-SECRET-token-{id}"))
            .plain(Cents(percent * 100))
            .plain(sums.discount)
            .plain(kind)
            .opt((rng.u32(0..3) == 0).then_some("30 dagen netto<br />\nRente volgens wet"))
            .int(rng.u32(0..=STAFF))
            .text(&billing.street)
            .text(billing.city)
            .text(billing.state)
            .text(&billing.zip)
            .int(billing.country)
            .int(1)
            .opt_int(project);
        match &printed {
            Some(text) => row.text(text).end(),
            None => row.end(),
        }
        self.lines("invoice", id, &lines, &mut rng);
        self.payments(id, status, sums.total, day, &mut rng);
        if rng.u32(0..8) == 0 {
            self.field_value(id, 7, "invoice", &format!("PO-{}", rng.u32(1_000..9_999)));
        }
        self.summary.invoices += 1;
        self.summary.drafts += u64::from(draft);
    }

    /// The lines of a document with their taxes.
    pub(crate) fn lines(&mut self, of: &str, document: u32, lines: &[Line], rng: &mut Rng) {
        let shape = if self.size.line_products {
            ITEM_OF_PRODUCT
        } else {
            ITEM
        };
        for (order, line) in (1u32..).zip(lines) {
            self.ids.line += 1;
            let id = self.ids.line;
            let row = self.rows.row(shape).int(id).int(document).text(of);
            let row = row
                .text(&line.description)
                .opt((rng.u32(0..4) == 0).then_some("Volgens afspraak / conform contract"))
                .plain(line.quantity())
                .plain(line.rate)
                .opt((rng.u32(0..3) == 0).then(|| pick(rng, &["uur", "buc", "pcs"])))
                .int(order);
            if self.size.line_products {
                row.opt_int(line.product).end();
            } else {
                row.end();
            }
            for (name, rate) in &line.taxes {
                self.ids.line_tax += 1;
                let row = self.rows.row(ITEM_TAX).int(self.ids.line_tax).int(id);
                row.int(document)
                    .text(of)
                    .plain(Cents(*rate))
                    .text(name)
                    .end();
            }
        }
    }

    /// Payments, and now and then a credit, that fit the invoice's status.
    fn payments(&mut self, invoice: u32, status: Status, total: Cents, day: u32, rng: &mut Rng) {
        let paid = match status {
            Status::Paid => total.0,
            Status::Partial => (total.0 / 3).max(1),
            Status::Overdue if rng.u32(0..4) == 0 => (total.0 / 5).max(1),
            _ => 0,
        };
        if paid <= 0 || (paid >= total.0 && status != Status::Paid) {
            return;
        }
        let mut parts = vec![paid];
        if paid > 10_000 && rng.u32(0..4) == 0 {
            parts = vec![paid / 2, paid - paid / 2];
        }
        if parts.len() == 2 && rng.u32(0..3) == 0 {
            self.credit(invoice, Cents(parts[1]), day + 2, rng);
            parts.truncate(1);
        }
        for (later, amount) in (1u32..).zip(parts) {
            self.ids.payment += 1;
            let id = self.ids.payment;
            let modes = u32::try_from(PAYMENT_MODES.len()).unwrap_or(1);
            let mode = match rng.u32(0..10) {
                0 => "stripe".to_owned(),
                1 => "mollie".to_owned(),
                _ => rng.u32(1..=modes).to_string(),
            };
            let recorded = self.stamp(rng, day + later);
            let date = self.days.of(day + later);
            let row = self.rows.row(PAYMENT).int(id).int(invoice);
            row.plain(Cents(amount))
                .plain(&mode)
                .opt((mode == "mollie").then_some("iDEAL"))
                .plain(date)
                .plain(recorded)
                .opt((rng.u32(0..9) == 0).then_some("Restbedrag volgt"))
                .opt_plain((mode.len() > 1).then_some(format_args!("tr_{id:08}")))
                .end();
        }
    }

    fn credit(&mut self, invoice: u32, amount: Cents, day: u32, rng: &mut Rng) {
        self.ids.credit += 1;
        let applied = self.stamp(rng, day);
        let row = self.rows.row(CREDIT).int(self.ids.credit).int(invoice);
        row.int(self.ids.credit)
            .int(1)
            .plain(self.days.of(day))
            .plain(applied)
            .plain(amount)
            .end();
    }
}

/// The number as the CRM prints it, for a document of that day.
pub(crate) fn printed(prefix: &str, number: u32, format: u32, day: &str) -> String {
    let year = day.get(..4).unwrap_or("0000");
    let month = day.get(5..7).unwrap_or("00");
    match format {
        2 => format!("{prefix}{year}/{number:06}"),
        3 => format!("{prefix}{number:06}-{}", &year[2..]),
        4 => format!("{prefix}{number:06}/{month}/{year}"),
        _ => format!("{prefix}{number:06}"),
    }
}

/// One to six lines with no, one or two taxes.
fn invoice_lines(rng: &mut Rng, party: &Party) -> Vec<Line> {
    let count = rng.u32(1..=6);
    (0..count)
        .map(|_| {
            let parts = rng.u32(0..5) == 0;
            let quarters = if parts {
                rng.i64(1..30)
            } else {
                rng.i64(1..12) * 4
            };
            // A rate that is a multiple of four cents keeps parts of a unit exact.
            let rate = if quarters % 4 == 0 {
                rng.i64(95..150_000)
            } else {
                rng.i64(25..40_000) * 4
            };
            let usual = party.locale.taxes[0];
            let taxes = match rng.u32(0..20) {
                0 => Vec::new(),
                1 => vec![usual, EXTRA_TAX],
                2..5 => vec![party.locale.taxes[1]],
                _ => vec![usual],
            };
            Line {
                description: pick(rng, party.locale.goods).to_owned(),
                product: None,
                quarters,
                rate: Cents(rate),
                taxes,
            }
        })
        .collect()
}
