//! What the list of invoices does not give: lines and VAT, of a booking or of orders.

use api_core::{Date, Error};
use rust_decimal::Decimal;
use snelstart_client::{
    OrderLine, PriceBasis, SalesBooking, SalesBookingLine, SalesOrder, SalesVatKind, VatKind,
    VatTable,
};
use sync_core::fields::{Line, LineTax};

use super::decode::{flaw, text};

/// What an invoice is called whose VAT the customer owes.
const REVERSE_CHARGE: &str = "Verlegd";

/// What the list does not give of an invoice.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) lines: Vec<Line>,
    pub(super) subtotal: Option<Decimal>,
    pub(super) tax_total: Option<Decimal>,
}

/// The parts of an invoice as it was booked.
pub(super) fn of_booking(booking: &SalesBooking, vat: &VatTable) -> Result<Parts, Error> {
    let day = booking.date.map(|at| at.date());
    let reversed = booking
        .vat
        .iter()
        .flatten()
        .any(|row| row.vat_kind == Some(SalesVatKind::SalesReverseCharge));
    let mut parts = Parts::default();
    let mut subtotal = Decimal::ZERO;
    for line in booking.lines.iter().flatten() {
        let amount = line.amount.ok_or_else(|| {
            flaw("SnelStart sent a line of a booking without an amount (`bedrag`).")
        })?;
        subtotal += amount;
        parts.lines.push(Line {
            description: text(line.description.as_deref())
                .or(text(booking.description.as_deref()))
                .map(str::to_owned),
            quantity: Some(Decimal::ONE),
            unit_price: Some(amount.normalize()),
            taxes: Some(taxes(line, reversed, day, vat)?).filter(|taxes| !taxes.is_empty()),
            ..Line::default()
        });
    }
    let taxes = booking.vat.iter().flatten().filter_map(|row| row.amount);
    parts.subtotal = Some(subtotal);
    parts.tax_total = Some(taxes.sum());
    Ok(parts)
}

/// The VAT of a line, under the name that SnelStart has for it, at the rate of the day.
fn taxes(
    line: &SalesBookingLine,
    reversed: bool,
    day: Option<Date>,
    vat: &VatTable,
) -> Result<Vec<LineTax>, Error> {
    let tax = |name: &str, rate: Decimal| {
        vec![LineTax {
            name: Some(name.to_owned()),
            rate: Some(rate.normalize()),
        }]
    };
    match &line.vat_kind {
        None => Ok(Vec::new()),
        Some(VatKind::None) if reversed => Ok(tax(REVERSE_CHARGE, Decimal::ZERO)),
        Some(VatKind::None) => Ok(Vec::new()),
        Some(kind) => {
            let rate = day.and_then(|day| vat.percentage(kind, day));
            let rate = rate.ok_or_else(|| {
                flaw(format!(
                    "SnelStart tells no rate of the VAT `{}` for the day of the invoice.",
                    kind.as_str()
                ))
            })?;
            Ok(tax(kind.as_str(), rate))
        }
    }
}

impl Parts {
    /// Adds an order. Lines of an order whose prices hold VAT cannot be told without: they become
    /// one line of its total without VAT that names them.
    pub(super) fn add(&mut self, order: &SalesOrder) {
        let without = order.total_without_vat;
        let with = order.total_with_vat;
        let sum = |sum: Option<Decimal>, more: Option<Decimal>| match (sum, more) {
            (Some(sum), Some(more)) => sum.checked_add(more),
            (sum, more) => sum.or(more),
        };
        self.subtotal = sum(self.subtotal, without);
        let tax = with
            .zip(without)
            .and_then(|(with, without)| with.checked_sub(without));
        self.tax_total = sum(self.tax_total, tax);
        let rows = || order.lines.iter().flatten();
        let discounted = order.invoice_discount.is_some_and(|rate| !rate.is_zero());
        if order.price_basis == Some(PriceBasis::Excluding) && !discounted {
            self.lines.extend(rows().map(order_line));
            return;
        }
        let names: Vec<String> = rows().filter_map(described).collect();
        let number = order.number.map(|number| format!("Order {number}"));
        let description = text(order.description.as_deref()).map(str::to_owned);
        self.lines.push(Line {
            description: description.or(number),
            long_description: Some(names.join("\n")).filter(|names| !names.is_empty()),
            quantity: Some(Decimal::ONE),
            unit_price: without.map(|amount| amount.normalize()),
            ..Line::default()
        });
    }
}

/// A line of an order whose prices are without VAT.
fn order_line(line: &OrderLine) -> Line {
    let quantity = line.quantity.unwrap_or(Decimal::ONE);
    let price = line.unit_price.unwrap_or_default();
    let full = quantity.checked_mul(price);
    let plain = line.discount.is_none_or(|discount| discount.is_zero())
        && line.total.is_none_or(|total| full == Some(total));
    let description = text(line.description.as_deref()).map(str::to_owned);
    if plain {
        return Line {
            description,
            quantity: Some(quantity.normalize()),
            unit_price: Some(price.normalize()),
            ..Line::default()
        };
    }
    // Less a discount, or rounded: the total is what counts.
    Line {
        description,
        long_description: described(line),
        quantity: Some(Decimal::ONE),
        unit_price: Some(line.total.or(full).unwrap_or_default().normalize()),
        ..Line::default()
    }
}

/// A line of an order in words: `3 x Paper (2.50, less 10 %)`.
fn described(line: &OrderLine) -> Option<String> {
    let name = text(line.description.as_deref())?;
    let quantity = line.quantity.unwrap_or(Decimal::ONE).normalize();
    let price = line.unit_price.map(|price| price.normalize().to_string());
    let discount = line.discount.filter(|discount| !discount.is_zero());
    let discount = discount.map(|rate| format!("less {} %", rate.normalize()));
    let more: Vec<String> = price.into_iter().chain(discount).collect();
    Some(match more.is_empty() {
        true => format!("{quantity} x {name}"),
        false => format!("{quantity} x {name} ({})", more.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn lines_of_an_order_count_what_they_come_to() {
        let line = OrderLine {
            description: Some("Paper".to_owned()),
            quantity: Some(d("3")),
            unit_price: Some(d("2.50")),
            total: Some(d("7.50")),
            ..OrderLine::default()
        };
        let plain = order_line(&line);
        assert_eq!(
            (plain.quantity, plain.unit_price),
            (Some(d("3")), Some(d("2.5")))
        );
        let less = OrderLine {
            discount: Some(d("10")),
            total: Some(d("6.75")),
            ..line
        };
        let less = order_line(&less);
        assert_eq!(
            (less.quantity, less.unit_price),
            (Some(d("1")), Some(d("6.75")))
        );
        assert_eq!(
            less.long_description.as_deref(),
            Some("3 x Paper (2.5, less 10 %)")
        );
    }

    #[test]
    fn an_order_whose_prices_hold_vat_becomes_one_line_without_it() {
        let order = SalesOrder {
            number: Some(7),
            price_basis: Some(PriceBasis::Including),
            total_without_vat: Some(d("100")),
            total_with_vat: Some(d("121")),
            lines: Some(vec![OrderLine {
                description: Some("Chair".to_owned()),
                unit_price: Some(d("121")),
                ..OrderLine::default()
            }]),
            ..SalesOrder::default()
        };
        let mut parts = Parts::default();
        parts.add(&order);
        assert_eq!(parts.subtotal, Some(d("100")));
        assert_eq!(parts.tax_total, Some(d("21")));
        assert_eq!(parts.lines.len(), 1);
        assert_eq!(parts.lines[0].unit_price, Some(d("100")));
        assert_eq!(parts.lines[0].description.as_deref(), Some("Order 7"));
        assert_eq!(
            parts.lines[0].long_description.as_deref(),
            Some("1 x Chair (121)")
        );
    }
}
