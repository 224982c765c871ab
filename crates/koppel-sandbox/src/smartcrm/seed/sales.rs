//! Orders, and invoices with their payments.

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Seeder, taxes_json};
use crate::crm::generator::pick;
use crate::crm::money::{Cents, Discount, Line, totals};
use crate::crm::words::PAYMENT_MODES;
use crate::smartcrm::server::InsertError;

impl Seeder<'_> {
    /// Lines of products, as wire lines and for the sums.
    fn lines(&self, rng: &mut Rng) -> (Vec<Value>, Vec<Line>) {
        let mut wire = Vec::new();
        let mut sums = Vec::new();
        if self.products.is_empty() {
            return (wire, sums);
        }
        for order in 1..=rng.u32(1..6) {
            let product = &self.products[rng.usize(0..self.products.len())];
            let line = Line {
                description: String::new(),
                product: None,
                quarters: rng.i64(1..40),
                rate: product.price,
                taxes: product.taxes.clone(),
            };
            wire.push(json!({
                "description": product.name,
                "qty": line.quantity().to_string(),
                "rate": line.rate.to_string(),
                "unit": product.unit,
                "order": order,
                "product_id": product.id,
                "taxes": taxes_json(&line.taxes),
            }));
            sums.push(line);
        }
        (wire, sums)
    }

    pub(super) fn orders(&self, count: u32) -> Result<(), InsertError> {
        const STATUSES: [&str; 5] = ["draft", "sent", "declined", "accepted", "expired"];
        if self.clients.is_empty() {
            return Ok(());
        }
        for n in 0..count {
            let mut rng = self.rng(5, n);
            let (client, code) = &self.clients[rng.usize(0..self.clients.len())];
            let (lines, sums) = self.lines(&mut rng);
            let discount = match rng.u32(0..6) {
                0 => Discount::BeforeTax(10),
                _ => Discount::None,
            };
            let sums = totals(&sums, discount, Cents(0));
            let (month, day) = (rng.u32(1..=12), rng.u32(1..=28));
            self.server.insert(
                "orders",
                &json!({
                    "number": format!("SO-{:06}", n + 1),
                    "client_id": client,
                    "reference": rng.bool().then(|| format!("PO-{}", rng.u32(10_000..99_999))),
                    "date": format!("2025-{month:02}-{day:02}"),
                    "expiry_date": format!("2026-{month:02}-{day:02}"),
                    "currency": code_or_euro(code),
                    "status": pick(&mut rng, &STATUSES),
                    "subtotal": sums.subtotal.to_string(),
                    "discount": sums.discount.to_string(),
                    "adjustment": "0.00",
                    "total_tax": sums.tax.to_string(),
                    "total": sums.total.to_string(),
                    "lines": lines,
                    "note": (rng.u32(0..4) == 0).then_some("Levering op afspraak ✓"),
                }),
            )?;
        }
        Ok(())
    }

    pub(super) fn invoices(&self, count: u32) -> Result<(), InsertError> {
        if self.clients.is_empty() {
            return Ok(());
        }
        let mut payment = 0u32;
        for n in 0..count {
            let mut rng = self.rng(6, n);
            let (client, code) = &self.clients[rng.usize(0..self.clients.len())];
            let (lines, sums) = self.lines(&mut rng);
            let sums = totals(&sums, Discount::None, Cents(0));
            let (status, parts) = match rng.u32(0..4) {
                0 => ("unpaid", Vec::new()),
                1 if sums.total.0 > 3 => ("partially_paid", vec![sums.total.0 / 3]),
                2 if sums.total.0 > 1 => {
                    let half = sums.total.0 / 2;
                    ("paid", vec![half, sums.total.0 - half])
                }
                _ => ("paid", vec![sums.total.0]),
            };
            let day = rng.u32(1..=27);
            let payments: Vec<Value> = parts
                .iter()
                .map(|amount| {
                    payment += 1;
                    json!({
                        "external_id": payment.to_string(),
                        "amount": Cents(*amount).to_string(),
                        "date": format!("2026-02-{day:02}"),
                        "mode": pick(&mut rng, PAYMENT_MODES),
                        "transaction_id": rng.bool().then(|| format!("tr_{payment:08}")),
                        "note": null,
                    })
                })
                .collect();
            self.server.insert(
                "invoices",
                &json!({
                    "number": format!("SC-{:06}", n + 1),
                    "client_id": client,
                    "date": format!("2026-01-{day:02}"),
                    "duedate": format!("2026-02-{day:02}"),
                    "currency": code_or_euro(code),
                    "subtotal": sums.subtotal.to_string(),
                    "discount": "0.00",
                    "adjustment": "0.00",
                    "total_tax": sums.tax.to_string(),
                    "total": sums.total.to_string(),
                    "status": status,
                    "lines": lines,
                    "payments": payments,
                }),
            )?;
        }
        Ok(())
    }
}

fn code_or_euro(code: &str) -> &str {
    if code.is_empty() { "EUR" } else { code }
}
