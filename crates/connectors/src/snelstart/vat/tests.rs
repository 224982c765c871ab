use snelstart_client::VatTariff;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn tariffs() -> VatTable {
    let tariff = |kind, rate: &str, from: &str, until: &str| VatTariff {
        vat_kind: Some(kind),
        percentage: Some(d(rate)),
        valid_from: from.parse().ok(),
        valid_through: until.parse().ok(),
        ..VatTariff::default()
    };
    VatTable::new(vec![
        tariff(LineVatKind::None, "0.0", "1900-01-01", "2400-12-31"),
        tariff(LineVatKind::Low, "9.0", "2019-01-01", "2400-12-31"),
        tariff(LineVatKind::Low, "6.0", "1986-10-01", "2018-12-31"),
        tariff(LineVatKind::High, "21.0", "2012-10-01", "2400-12-31"),
        tariff(LineVatKind::High, "19.0", "2001-01-01", "2012-09-30"),
        tariff(LineVatKind::OtherRate, "0.0", "1968-01-01", "2400-12-31"),
    ])
}

fn tax(name: &str, rate: &str) -> LineTax {
    LineTax {
        name: Some(name.to_owned()),
        rate: Some(d(rate)),
    }
}

fn kind_of(rate: &str, date: &str) -> Result<VatKind, String> {
    let vat = Vat::of(&[tax("BTW", rate)], &VatRules::new()).unwrap();
    kind_on(&tariffs(), vat, day(date))
}

#[test]
fn the_kind_follows_from_the_rate_and_the_date() {
    assert_eq!(kind_of("21", "2026-03-01"), Ok(VatKind::High));
    assert_eq!(kind_of("9.00", "2026-03-01"), Ok(VatKind::Low));
    assert_eq!(kind_of("6", "2018-12-31"), Ok(VatKind::Low));
    assert_eq!(kind_of("9", "2019-01-01"), Ok(VatKind::Low));
    assert_eq!(kind_of("19", "2012-09-30"), Ok(VatKind::High));
    assert_eq!(kind_of("21", "2012-10-01"), Ok(VatKind::High));
    assert_eq!(kind_of("0", "2026-03-01"), Ok(VatKind::None));
}

#[test]
fn a_rate_that_is_not_in_force_is_refused_with_those_that_are() {
    for (rate, date) in [
        ("6", "2019-01-01"),
        ("9", "2018-12-31"),
        ("5", "2026-01-01"),
    ] {
        let problem = kind_of(rate, date).unwrap_err();
        assert!(problem.contains(&format!("{rate} %")), "{problem}");
        assert!(problem.contains("Hoog 21 %"), "{problem}");
    }
    let high = Vat {
        rate: d("21"),
        kind: None,
    };
    let nothing = kind_on(&VatTable::default(), high, day("2026-01-01"));
    assert!(nothing.unwrap_err().contains("no rates"));
}

#[test]
fn names_tell_reverse_charge_and_what_the_settings_say() {
    let rules = VatRules::new()
        .tax("Export", VatKind::None)
        .tax("Tarief 0", VatKind::Other);
    let of = |name: &str, rate: &str| Vat::of(&[tax(name, rate)], &rules);
    let kind = |name: &str, rate: &str| of(name, rate).unwrap().kind;
    assert_eq!(kind("BTW verlegd", "0"), Some(VatKind::ReverseCharge));
    assert_eq!(kind("EU Reverse Charge", "0"), Some(VatKind::ReverseCharge));
    assert_eq!(kind("export", "0"), Some(VatKind::None));
    assert_eq!(kind("TARIEF 0", "0"), Some(VatKind::Other));
    assert_eq!(kind("Hoog", "21"), Some(VatKind::High));
    assert_eq!(kind("BTW hoog", "21"), None, "its rate tells");
    assert_eq!(kind("BTW nul", "0"), Some(VatKind::None));
    assert!(of("BTW verlegd", "21").is_err());
    assert!(of("BTW", "-1").is_err());
}

#[test]
fn a_line_with_two_taxes_is_refused_and_a_zero_beside_one_is_not() {
    let rules = VatRules::new();
    let two = [tax("BTW", "21"), tax("Eco", "2")];
    assert!(Vat::of(&two, &rules).unwrap_err().contains("two taxes"));
    let twice = [tax("BTW", "21"), tax("BTW", "21")];
    assert!(Vat::of(&twice, &rules).unwrap_err().contains("twice"));
    let zero = [tax("BTW nul", "0"), tax("BTW", "21")];
    assert_eq!(Vat::of(&zero, &rules).unwrap().rate, d("21"));
    assert_eq!(Vat::of(&[], &rules).unwrap(), Vat::FREE);
}

#[test]
fn what_is_named_must_have_its_rate() {
    let vat = |kind, rate: &str| Vat {
        rate: d(rate),
        kind: Some(kind),
    };
    let on = |vat| kind_on(&tariffs(), vat, day("2026-03-01"));
    assert_eq!(on(vat(VatKind::Low, "9")), Ok(VatKind::Low));
    assert_eq!(on(vat(VatKind::Other, "0")), Ok(VatKind::Other));
    assert!(on(vat(VatKind::Low, "21")).is_err());
    assert!(on(vat(VatKind::Other, "5")).is_err());
}

#[test]
fn taxes_read_again_as_they_were() {
    let rules = VatRules::new();
    for (name, rate, date) in [
        ("x", "21", "2026-01-01"),
        ("x", "6", "2018-01-01"),
        ("x", "13", "2026-01-01"),
        ("x", "0", "2026-01-01"),
        ("verlegd", "0", "2026-01-01"),
    ] {
        let date = Some(day(date));
        let vat = Vat::of(&[tax(name, rate)], &rules).unwrap();
        let once = vat.taxes(date);
        let twice = Vat::of(&once, &rules).unwrap().taxes(date);
        assert_eq!(once, twice);
    }
    let low = Vat::of(&[tax("x", "6")], &rules).unwrap();
    assert_eq!(low.taxes(Some(day("2018-05-01"))), [tax("Laag", "6")]);
}

#[test]
fn every_kind_has_its_words_on_lines_and_on_bookings() {
    for kind in VatKind::ALL {
        let on_line = kind.on_line();
        let back = match kind {
            VatKind::ReverseCharge => VatKind::None,
            other => other,
        };
        assert_eq!(VatKind::of_line(&on_line), Some(back));
    }
    let words: Vec<String> = VatKind::ALL
        .into_iter()
        .filter_map(VatKind::on_booking)
        .map(|kind| kind.to_string())
        .collect();
    let expected = [
        "VerkopenHoog",
        "VerkopenLaag",
        "VerkopenOverig",
        "VerkopenVerlegd",
    ];
    assert_eq!(words, expected);
}
