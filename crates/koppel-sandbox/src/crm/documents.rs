//! Projects, tickets and invoices.

use fastrand::Rng;

use super::fixed::STAFF;
use super::generator::{CLOCK_CHANGES, Generator, Party, Stream, TODAY, pick, slug};
use super::money::{Cents, Discount, Line, totals};
use super::parties::address;
use super::rows::Shape;
use super::words::{DEPARTMENTS, EXTRA_TAX, LOCALES, PAYMENT_MODES, TICKET_PRIORITIES};

/// The number every draft carries until it is issued.
const DRAFT_NUMBER: u32 = 1_000_000_000;

const PROJECT: Shape = Shape {
    table: "projects",
    columns: "id,name,description,status,clientid,billing_type,start_date,deadline,\
              project_created,date_finished,progress,progress_from_tasks,project_cost,\
              project_rate_per_hour,estimated_hours,addedfrom",
};
const TICKET: Shape = Shape {
    table: "tickets",
    columns: "ticketid,userid,contactid,merged_ticket_id,email,name,department,priority,status,\
              service,ticketkey,subject,message,admin,date,project_id,lastreply,clientread,\
              adminread,assigned,cc",
};
const REPLY: Shape = Shape {
    table: "ticket_replies",
    columns: "id,ticketid,userid,contactid,name,email,date,message,admin",
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
    /// Project `n` (id n + 1).
    pub(crate) fn project(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Project, n);
        if !self.is_double(Stream::Project, n) {
            let client = rng.u32(0..self.size.customers);
            let party = self.party(client);
            let what = pick(&mut rng, party.locale.projects);
            self.previous.project = (format!("{what} – P{id:05}"), client + 1);
        }
        let client = self.previous.project.1;
        self.project_client.push(client);
        let status = match rng.u32(0..100) {
            0..15 => 1,
            15..48 => 2,
            48..60 => 3,
            60..86 => 4,
            _ => 5u32,
        };
        let start = rng.u32(1_200..TODAY);
        let finished = (status == 4).then(|| {
            let day = (start + rng.u32(5..300)).min(TODAY);
            self.stamp(&mut rng, day)
        });
        let deadline = match rng.u32(0..20) {
            0 => Some("0000-00-00"),
            1..6 => None,
            _ => Some(self.days.of(start + rng.u32(20..400))),
        };
        let billing = rng.u32(1..=3);
        let cost = (billing == 1).then(|| Cents(rng.i64(50_000..9_000_000)));
        let rate = (billing == 2).then(|| Cents(rng.i64(40..140) * 100));
        let hours = (rng.bool()).then(|| Cents(rng.i64(4..800) * 25));
        let progress = match status {
            1 => 0,
            4 => 100,
            _ => rng.u32(0..100),
        };
        let start = self.days.of(start);
        self.rows
            .row(PROJECT)
            .int(id)
            .text(&self.previous.project.0)
            .opt((rng.u32(0..3) > 0).then_some("<p>Fasen: <b>ontwerp</b> &amp; bouw</p>"))
            .int(status)
            .int(client)
            .int(billing)
            .plain(start)
            .opt_plain(deadline)
            .plain(start)
            .opt_plain(finished)
            .int(progress)
            .int(0)
            .opt_plain(cost)
            .opt_plain(rate)
            .opt_plain(hours)
            .int(rng.u32(1..=STAFF))
            .end();
        if rng.u32(0..4) == 0 {
            self.field_value(id, 5, "projects", &format!("CI-{id:04}"));
        }
        self.summary.projects += 1;
        self.summary.active_projects += u64::from(status < 4);
    }

    /// A customer and one of its contacts.
    fn contact_of(&self, rng: &mut Rng, client: u32) -> u32 {
        let place = client as usize - 1;
        let first = self.first_contact.get(place).copied().unwrap_or(0);
        let next = self
            .first_contact
            .get(place + 1)
            .copied()
            .unwrap_or(self.ids.contact + 1);
        if next > first {
            rng.u32(first..next)
        } else {
            first
        }
    }

    /// Ticket `n` (id n + 1) with its replies.
    pub(crate) fn ticket(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Ticket, n);
        let mut project = 0;
        if !self.is_double(Stream::Ticket, n) {
            let client = match rng.u32(0..100) {
                0..15 => 0,
                15..25 if !self.project_client.is_empty() => {
                    let place = rng.usize(0..self.project_client.len());
                    project = u32::try_from(place).unwrap_or(0) + 1;
                    self.project_client[place]
                }
                _ if self.size.customers > 0 => rng.u32(1..=self.size.customers),
                _ => 0,
            };
            let locale = match client {
                0 => &LOCALES[rng.usize(0..LOCALES.len())],
                client => self.party(client - 1).locale,
            };
            let subject = format!("{} [T{id:06}]", pick(&mut rng, locale.subjects));
            self.previous.ticket = (subject, client);
        }
        let client = self.previous.ticket.1;
        let locale = match client {
            0 => &LOCALES[n as usize % LOCALES.len()],
            client => self.party(client - 1).locale,
        };
        let stranger = (client == 0).then(|| {
            let (first, last) = (pick(&mut rng, locale.first), pick(&mut rng, locale.last));
            let email = format!("{}.{}.t{id}@post.example", slug(first), slug(last));
            (format!("{first} {last}"), email)
        });
        let contact = if client == 0 {
            0
        } else {
            self.contact_of(&mut rng, client)
        };
        let merged = (n > 0 && rng.u32(0..50) == 0).then(|| rng.u32(1..id));
        let status = if merged.is_some() { 5 } else { rng.u32(1..=6) };
        let day = rng.u32(1_500..TODAY - 20);
        let opened = match n % 89 {
            3 => CLOCK_CHANGES[(n as usize / 89) % CLOCK_CHANGES.len()].to_owned(),
            _ => self.stamp(&mut rng, day),
        };
        let replies = rng.u32(0..3);
        let last_reply = (replies > 0).then(|| self.stamp(&mut rng, day + replies));
        let message = pick(&mut rng, locale.messages);
        let count = |list: &[&str]| u32::try_from(list.len()).unwrap_or(1);
        self.rows
            .row(TICKET)
            .int(id)
            .int(client)
            .int(contact)
            .opt_int(merged)
            .opt(stranger.as_ref().map(|(_, email)| email.as_str()))
            .opt(stranger.as_ref().map(|(name, _)| name.as_str()))
            .int(rng.u32(1..=count(DEPARTMENTS)))
            .int(rng.u32(1..=count(TICKET_PRIORITIES)))
            .int(status)
            .opt_int((rng.u32(0..5) == 0).then_some(1))
            .plain(format_args!("PLANTED-SECRET-tk-{id}"))
            .text(&self.previous.ticket.0)
            .opt((rng.u32(0..40) > 0).then_some(message))
            .opt_int((rng.u32(0..6) == 0).then_some(1))
            .plain(&opened)
            .int(project)
            .opt_plain(last_reply.as_ref())
            .int(1)
            .int(1)
            .int(rng.u32(0..=STAFF))
            .opt((rng.u32(0..10) == 0).then_some("cc@post.example"))
            .end();
        for place in 0..replies {
            self.ids.reply += 1;
            let at = match &last_reply {
                Some(at) if place + 1 == replies => at.clone(),
                _ => self.stamp(&mut rng, day + place),
            };
            let from_staff = place % 2 == 0;
            let row = self.rows.row(REPLY).int(self.ids.reply).int(id);
            row.int(client)
                .int(contact)
                .opt(stranger.as_ref().map(|(name, _)| name.as_str()))
                .opt(stranger.as_ref().map(|(_, email)| email.as_str()))
                .plain(at)
                .text(pick(&mut rng, locale.messages))
                .opt_int(from_staff.then(|| rng.u32(1..=STAFF)))
                .end();
        }
        if rng.u32(0..6) == 0 {
            self.field_value(id, 6, "tickets", "Laptop \"X1\"");
        }
        self.summary.tickets += 1;
        self.summary.merged_tickets += u64::from(merged.is_some());
    }

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
        self.rows
            .row(INVOICE)
            .int(id)
            .int(u32::from(sent))
            .opt_plain(sent.then_some(&created))
            .int(client)
            .null()
            .int(if draft { DRAFT_NUMBER } else { id })
            .text("INV-")
            .int(rng.u32(1..=4))
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
            .opt_int(project)
            .end();
        self.lines(id, &lines, &mut rng);
        self.payments(id, status, sums.total, day, &mut rng);
        if rng.u32(0..8) == 0 {
            self.field_value(id, 7, "invoice", &format!("PO-{}", rng.u32(1_000..9_999)));
        }
        self.summary.invoices += 1;
        self.summary.drafts += u64::from(draft);
    }

    fn lines(&mut self, invoice: u32, lines: &[Line], rng: &mut Rng) {
        for (order, line) in (1u32..).zip(lines) {
            self.ids.line += 1;
            let id = self.ids.line;
            let row = self.rows.row(ITEM).int(id).int(invoice).text("invoice");
            row.text(line.description)
                .opt((rng.u32(0..4) == 0).then_some("Volgens afspraak / conform contract"))
                .plain(line.quantity())
                .plain(line.rate)
                .opt((rng.u32(0..3) == 0).then(|| pick(rng, &["uur", "buc", "pcs"])))
                .int(order)
                .end();
            for (name, rate) in &line.taxes {
                self.ids.line_tax += 1;
                let row = self.rows.row(ITEM_TAX).int(self.ids.line_tax).int(id);
                row.int(invoice)
                    .text("invoice")
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
                description: pick(rng, party.locale.goods),
                quarters,
                rate: Cents(rate),
                taxes,
            }
        })
        .collect()
}
