//! Each tier of the first link, in any spelling; what is ambiguous, and what contradicts.

use sync_core::store::{LinkOrigin, ParkReason};
use sync_core::{MarkerSupport, StateStore};

use super::{books, customer};
use crate::kit::{CUSTOMER, World};

/// Syncs one customer into a target with one other, and says whether they were linked.
async fn links(ours: &[(&'static str, &str)], theirs: &[(&'static str, &str)]) -> bool {
    let world = World::new(books());
    world.crm.insert(customer("s", ours));
    world.books.insert(customer("t", theirs));
    world.sync().await;
    let linked = world.linked().await;
    assert_eq!(linked.len(), 1, "{linked:?}");
    linked == [("s".to_owned(), "t".to_owned())]
}

#[tokio::test]
async fn a_register_number_links_with_and_without_its_zero_and_dots() {
    for (ours, theirs) in [
        ("01234567", "01234567"),
        ("01.23.45.67", "01234567"),
        ("1234567", "01234567"),
        ("KvK 01234567", "1234567"),
    ] {
        let one = [("registration_number", ours), ("name", "A")];
        let two = [("registration_number", theirs), ("name", "B")];
        assert!(links(&one, &two).await, "{ours} / {theirs}");
    }
}

#[tokio::test]
async fn a_vat_number_links_with_and_without_its_country() {
    for (ours, theirs) in [
        ("NL123456789B01", "123456789B01"),
        ("123456789B01", "NL123456789B01"),
        ("nl 1234.56.789.b01", "NL123456789B01"),
    ] {
        let one = [("vat_number", ours), ("name", "A")];
        let two = [("vat_number", theirs), ("name", "B")];
        assert!(links(&one, &two).await, "{ours} / {theirs}");
    }
}

#[tokio::test]
async fn a_number_an_address_and_a_name_link_as_they_are() {
    let of = |field, value: &'static str| [(field, value), ("phone", "1")];
    assert!(links(&of("number", "1001"), &of("number", "1001")).await);
    assert!(!links(&of("number", "1001"), &of("number", "01001")).await);
    assert!(links(&of("email", "B@x.nl; a@x.nl"), &of("email", "a@x.nl")).await);
    assert!(!links(&of("email", "a@x.nl"), &of("email", "b@x.nl")).await);
    assert!(links(&of("name", "De Zon"), &of("name", "De Zon")).await);
}

#[tokio::test]
async fn a_number_alone_does_not_make_one_company_of_two_names() {
    let of = |name, email| [("number", "1001"), ("name", name), ("email", email)];
    let ours = of("Bakkerij De Zon", "zon@x.nl");
    assert!(!links(&ours, &of("Garage Van Dam", "dam@x.nl")).await);
    assert!(links(&ours, &of("De Zon, Bakkerij B.V.", "info@x.nl")).await);
    assert!(links(&ours, &of("Van Dam Holding", "zon@x.nl")).await);
    assert!(links(&ours, &[("number", "1001")]).await);
}

#[tokio::test]
async fn the_same_company_in_another_spelling_does_not_contradict() {
    let ours = [("vat_number", "NL123456789B01"), ("name", "De Zon")];
    // Searched for as `NL123456789B01` and `123456789B01`; found by its name alone.
    let spelt = [("vat_number", "NL1234.56.789.B01"), ("name", "De Zon")];
    assert!(links(&ours, &spelt).await);
    let other = [("vat_number", "NL987654321B01"), ("name", "De Zon")];
    assert!(!links(&ours, &other).await);
}

#[tokio::test]
async fn a_better_tier_goes_before_a_lesser_one() {
    let world = World::new(books());
    let ours = [("registration_number", "12345678"), ("email", "a@x.nl")];
    world.crm.insert(customer("s", &ours));
    world.books.insert(customer("mail", &[("email", "a@x.nl")]));
    let register = [("registration_number", "12345678"), ("email", "b@x.nl")];
    world.books.insert(customer("kvk", &register));
    world.sync().await;
    assert_eq!(world.linked().await, [("s".to_owned(), "kvk".to_owned())]);
}

#[tokio::test]
async fn two_spellings_of_one_number_in_the_target_match_nothing_and_are_suggested() {
    let world = World::new(books());
    world.crm.insert(customer(
        "s",
        &[("vat_number", "NL123456789B01"), ("name", "De Zon")],
    ));
    world.books.insert(customer(
        "t1",
        &[("vat_number", "123456789B01"), ("name", "De Zon")],
    ));
    world.books.insert(customer(
        "t2",
        &[("vat_number", "NL123456789B01"), ("name", "Zon")],
    ));
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.parked), (0, 1));
    let parked = world.parked().await;
    assert_eq!(parked[0].reason, ParkReason::NeedsPerson);
    assert!(parked[0].asks_for_link());
    let suggested = world.suggested().await;
    let ids: Vec<&str> = suggested.iter().map(|s| s.1.as_str()).collect();
    assert_eq!(ids, ["t1", "t2"], "{suggested:?}");
    assert_eq!(suggested[0].3, "same VAT number, same name");
    assert!(suggested[0].2 > suggested[1].2, "{suggested:?}");
    // It stays so until somebody decides.
    assert_eq!(world.sync().await.parked, 1);
    assert_eq!(world.books.records(CUSTOMER).len(), 2);
}

#[tokio::test]
async fn two_records_of_the_source_that_match_one_are_not_both_linked() {
    let world = World::new(books());
    world.crm.insert(customer(
        "s1",
        &[("vat_number", "NL123456789B01"), ("name", "Een")],
    ));
    world.crm.insert(customer(
        "s2",
        &[("vat_number", "123456789B01"), ("name", "Twee")],
    ));
    world.books.insert(customer(
        "t",
        &[("vat_number", "NL123456789B01"), ("name", "Zon")],
    ));
    let counts = world.sync().await;
    assert_eq!((counts.updated, counts.parked), (1, 1));
    assert_eq!(world.linked().await, [("s1".to_owned(), "t".to_owned())]);
    let suggested = world.suggested().await;
    assert_eq!(
        (suggested[0].0.as_str(), suggested[0].1.as_str()),
        ("s2", "t")
    );
    let rows = world
        .store
        .suggestions(&"push".into(), None, 9)
        .await
        .unwrap();
    assert_eq!(rows[0].taken_by, Some("s1".into()));
}

#[tokio::test]
async fn a_marker_goes_before_every_other_tier() {
    let world = World::new(books().marker(MarkerSupport::Searchable));
    world.crm.insert(customer(
        "s",
        &[("name", "De Zon"), ("vat_number", "NL123456789B01")],
    ));
    world.sync().await;
    let created = world.linked().await;
    // The store is lost; another record now has the number.
    let mut world = world;
    world
        .books
        .insert(customer("zz", &[("vat_number", "NL123456789B01")]));
    world.store = Default::default();
    world.sync().await;
    assert_eq!(world.linked().await, created);
    let links = world
        .store
        .links(&"push".into(), None, None, 9)
        .await
        .unwrap();
    assert_eq!(links[0].origin, LinkOrigin::Matched);
}
