use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::relations::RelationId;
use crate::sales_bookings::{SalesBookingLine, SalesBookingVat, SalesVatKind};

fn cents() -> impl Strategy<Value = Decimal> {
    (-1_000_000_000_000_i64..1_000_000_000_000)
        .prop_filter("a line is not 0", |cents| *cents != 0)
        .prop_map(|cents| Decimal::new(cents, 2))
}

fn booking(lines: &[Decimal], vat: &[Decimal], amount: Decimal) -> SalesBooking {
    SalesBooking {
        number: Some("26-1".to_owned()),
        customer: Some(Ref::to(RelationId::new(uuid::Uuid::from_u128(1)))),
        invoice_amount: Some(amount),
        lines: Some(
            lines
                .iter()
                .map(|amount| SalesBookingLine {
                    ledger: Some(Ref::to(LedgerId::new(uuid::Uuid::from_u128(2)))),
                    amount: Some(*amount),
                    ..SalesBookingLine::default()
                })
                .collect(),
        ),
        vat: Some(
            vat.iter()
                .map(|amount| SalesBookingVat {
                    vat_kind: Some(SalesVatKind::SalesHigh),
                    amount: Some(*amount),
                    ..SalesBookingVat::default()
                })
                .collect(),
        ),
        ..SalesBooking::default()
    }
}

proptest! {
    #[test]
    fn what_adds_up_is_taken_and_a_cent_off_is_not(
        lines in prop::collection::vec(cents(), 1..20),
        vat in prop::collection::vec(cents(), 0..4),
        off in prop_oneof![Just(-1_i64), Just(1), -10_000..-1_i64, 2..10_000_i64],
    ) {
        let total: Decimal = lines.iter().chain(&vat).sum();
        prop_assert!(booking(&lines, &vat, total).verify().is_ok());
        let wrong = total + Decimal::new(off, 2);
        let refused = booking(&lines, &vat, wrong).verify().unwrap_err();
        prop_assert!(refused.field_errors().contains_key("factuurbedrag"));
    }

    #[test]
    fn no_amount_makes_the_check_panic(
        lines in prop::collection::vec(any::<(i64, i64)>(), 0..5),
        scale in 0..28_u32,
    ) {
        let amounts: Vec<_> = lines
            .iter()
            .map(|(high, low)| {
                let number = (i128::from(*high) << 32) ^ i128::from(*low);
                Decimal::try_from_i128_with_scale(number, scale).unwrap_or(Decimal::MAX)
            })
            .collect();
        let checked = booking(&amounts, &amounts, Decimal::MAX).verify();
        prop_assert!(checked.is_err());
    }
}
