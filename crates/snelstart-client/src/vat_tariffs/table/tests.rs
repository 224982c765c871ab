use proptest::prelude::*;

use super::*;
use crate::wall_time::WallTime;

fn tariff(kind: VatKind, percentage: i64, from: Option<Date>, through: Option<Date>) -> VatTariff {
    VatTariff {
        vat_kind: Some(kind),
        percentage: Some(Decimal::from(percentage)),
        valid_from: from.map(WallTime::from),
        valid_through: through.map(WallTime::from),
        ..VatTariff::default()
    }
}

fn day() -> impl Strategy<Value = Date> {
    (1900_i16..2400, 1_i8..=12, 1_i8..=28)
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

proptest! {
    #[test]
    fn rates_that_follow_each_other_leave_no_day_with_none_or_two(
        change in day(),
        asked in day(),
    ) {
        let before = change.jiff().yesterday().unwrap();
        let table = VatTable::new(vec![
            tariff(VatKind::Low, 6, None, Some(Date::from(before))),
            tariff(VatKind::Low, 9, Some(change), None),
        ]);
        let expected = if asked < change { 6 } else { 9 };
        prop_assert_eq!(table.percentage(&VatKind::Low, asked), Some(Decimal::from(expected)));
        prop_assert_eq!(table.on(asked).count(), 1);
        prop_assert_eq!(table.kinds(Decimal::from(expected), asked), vec![VatKind::Low]);
        prop_assert_eq!(table.percentage(&VatKind::High, asked), None);
    }
}

#[test]
fn two_rates_of_one_kind_on_a_day_are_no_answer_unless_they_agree() {
    let asked: Date = "2026-03-03".parse().unwrap();
    let table = VatTable::new(vec![
        tariff(VatKind::High, 21, None, None),
        tariff(VatKind::High, 19, None, None),
        tariff(VatKind::Low, 9, None, None),
        tariff(VatKind::Low, 9, None, None),
    ]);
    assert_eq!(table.percentage(&VatKind::High, asked), None);
    assert_eq!(
        table.percentage(&VatKind::Low, asked),
        Some(Decimal::from(9))
    );
    assert_eq!(table.kinds(Decimal::from(9), asked), [VatKind::Low]);
}
