//! Sales orders: estimates with their lines and taxes.

use super::fixed::STAFF;
use super::generator::{Generator, Stream, TODAY, pick};
use super::invoices::printed;
use super::money::{Cents, Discount, Line, totals};
use super::parties::address;
use super::rows::Shape;

const PREFIX: &str = "SO-";
const ORDER: Shape = Shape {
    table: "estimates",
    columns: "id,sent,datesend,clientid,number,prefix,number_format,hash,datecreated,date,\
              expirydate,currency,subtotal,total_tax,total,adjustment,addedfrom,status,clientnote,\
              adminnote,discount_percent,discount_total,discount_type,terms,reference_no,\
              sale_agent,billing_street,billing_city,billing_state,billing_zip,billing_country,\
              show_quantity_as",
};
/// The shape of orders with their printed number as the last column.
const ORDER_PRINTED: Shape = Shape {
    table: "estimates",
    columns: "id,sent,datesend,clientid,number,prefix,number_format,hash,datecreated,date,\
              expirydate,currency,subtotal,total_tax,total,adjustment,addedfrom,status,clientnote,\
              adminnote,discount_percent,discount_total,discount_type,terms,reference_no,\
              sale_agent,billing_street,billing_city,billing_state,billing_zip,billing_country,\
              show_quantity_as,formatted_number",
};

impl Generator {
    /// Order `n` (id n + 1) with its lines and taxes.
    pub(crate) fn order(&mut self, n: u32) {
        let id = n + 1;
        let mut rng = self.rng(Stream::Order, n);
        let client = rng.u32(1..=self.size.customers);
        let party = self.party(client - 1);
        let lines: Vec<Line> = (0..rng.u32(1..5))
            .map(|_| {
                if self.size.products > 0 && rng.u32(0..6) > 0 {
                    let place = rng.u32(0..self.size.products);
                    let product = self.product(place);
                    return Line {
                        description: product.description,
                        product: Some(place + 1),
                        quarters: rng.i64(1..60),
                        rate: product.rate,
                        taxes: product.taxes,
                    };
                }
                Line {
                    description: pick(&mut rng, party.locale.goods).to_owned(),
                    product: None,
                    quarters: rng.i64(1..12) * 4,
                    rate: Cents(rng.i64(95..90_000)),
                    taxes: vec![party.locale.taxes[0]],
                }
            })
            .collect();
        let discount = match rng.u32(0..10) {
            0 => Discount::BeforeTax(10),
            1 => Discount::AfterTax(2),
            _ => Discount::None,
        };
        let adjustment = match rng.u32(0..20) {
            0 => Cents(rng.i64(-50..50)),
            _ => Cents(0),
        };
        let sums = totals(&lines, discount, adjustment);
        let (kind, percent) = match discount {
            Discount::None => ("", 0),
            Discount::BeforeTax(percent) => ("before_tax", percent),
            Discount::AfterTax(percent) => ("after_tax", percent),
        };
        let day = rng.u32(1_300..TODAY);
        let date = self.days.of(day).to_owned();
        let created = self.stamp(&mut rng, day);
        let expiry = match rng.u32(0..20) {
            0 => Some("0000-00-00"),
            1..3 => None,
            _ => Some(self.days.of(day + 30)),
        };
        let status = rng.u32(1..=5);
        let sent = status > 1;
        let format = rng.u32(1..=4);
        let number = self
            .size
            .formatted_numbers
            .then(|| printed(PREFIX, id, format, &date));
        let reference = rng
            .bool()
            .then(|| format!("PO-{}", rng.u32(10_000..99_999)));
        let billing = address(&mut rng, party.locale);
        let shape = if number.is_some() {
            ORDER_PRINTED
        } else {
            ORDER
        };
        let row = self
            .rows
            .row(shape)
            .int(id)
            .int(u32::from(sent))
            .opt_plain(sent.then_some(&created))
            .int(client)
            .int(id)
            .text(PREFIX)
            .int(format)
            .plain(format_args!("PLANTED-SECRET-est-{id}"))
            .plain(&created)
            .plain(&date)
            .opt_plain(expiry)
            .int(party.currency.max(1))
            .plain(sums.subtotal)
            .plain(sums.tax)
            .plain(sums.total)
            .opt_plain((adjustment != Cents(0)).then_some(adjustment))
            .int(rng.u32(1..=STAFF))
            .int(status)
            .opt((rng.u32(0..5) == 0).then_some("Levering op afspraak ✓"))
            .null()
            .plain(Cents(percent * 100))
            .plain(sums.discount)
            .plain(kind)
            .null()
            .opt(reference.as_deref())
            .int(rng.u32(0..=STAFF))
            .text(&billing.street)
            .text(billing.city)
            .text(billing.state)
            .text(&billing.zip)
            .int(billing.country)
            .int(1);
        match &number {
            Some(text) => row.text(text).end(),
            None => row.end(),
        }
        self.lines("estimate", id, &lines, &mut rng);
        self.summary.orders += 1;
    }
}
