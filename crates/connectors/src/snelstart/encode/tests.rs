use sync_core::Ref as OurRef;
use sync_core::fields::{Customer, View as _};

use super::*;

fn countries(code: &str) -> Option<CountryId> {
    let at = ["NL", "BE"].iter().position(|known| *known == code)?;
    Some(id(u128::try_from(at).unwrap() + 1))
}

fn id(number: u128) -> CountryId {
    uuid::Uuid::from_u128(number).into()
}

fn whole() -> OurAddress {
    OurAddress {
        street: Some("Kade 1".to_owned()),
        postal_code: Some("4461 AA".to_owned()),
        city: Some("Goes".to_owned()),
        country: Some("NL".to_owned()),
        ..OurAddress::default()
    }
}

fn customer() -> Customer {
    Customer {
        name: Some("Bakkerij Jansen".to_owned()),
        number: Some("1000".to_owned()),
        email: Some("a@example.test;b@example.test".to_owned()),
        vat_number: Some("NL123456789B01".to_owned()),
        address: Some(whole()),
        active: Some(false),
        ..Customer::default()
    }
}

fn made(customer: Customer) -> Result<Relation, Error> {
    new_relation(&customer.into_fields(), &countries)
}

fn problem(customer: Customer) -> (String, String) {
    let error = made(customer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let fields = error.field_errors();
    assert_eq!(fields.len(), 1, "{error}");
    let (field, problem) = fields.first_key_value().unwrap();
    (field.clone(), problem.clone())
}

#[test]
fn a_customer_becomes_a_relation() {
    let relation = made(customer()).unwrap();
    assert!(relation.is_customer());
    assert_eq!(relation.code, Some(1000));
    assert_eq!(relation.name.as_deref(), Some("Bakkerij Jansen"));
    assert_eq!(relation.inactive, Some(true));
    let address = relation.address.unwrap();
    assert_eq!(address.city.as_deref(), Some("Goes"));
    assert_eq!(address.country, Some(Ref::to(id(1))));
    assert!(relation.postal_address.is_none());
}

#[test]
fn a_bad_field_is_named() {
    let with = |change: &dyn Fn(&mut Customer)| {
        let mut customer = customer();
        change(&mut customer);
        problem(customer)
    };
    let (field, what) = with(&|customer| customer.name = Some("x".repeat(51)));
    assert_eq!(field, "name");
    assert!(what.contains("51") && what.contains("50"), "{what}");
    assert_eq!(with(&|customer| customer.name = None).0, "name");
    assert_eq!(
        with(&|customer| customer.phone = Some("1".repeat(26))).0,
        "phone"
    );
    assert_eq!(
        with(&|customer| customer.number = Some("-1".to_owned())).0,
        "number"
    );
    let (field, what) = with(&|customer| {
        customer.address = Some(OurAddress {
            country: Some("XX".to_owned()),
            ..whole()
        });
    });
    assert_eq!(field, "address");
    assert!(what.contains("XX"), "{what}");
}

#[test]
fn an_address_is_whole_or_refused_with_what_it_lacks() {
    let lacking = |change: &dyn Fn(&mut OurAddress)| {
        let mut address = whole();
        change(&mut address);
        Customer {
            address: Some(address),
            ..customer()
        }
    };
    let (field, what) = problem(lacking(&|address| address.postal_code = None));
    assert_eq!(field, "address");
    assert!(what.contains("no postal_code"), "{what}");
    let (_, what) = problem(lacking(&|address| {
        address.street = None;
        address.city = None;
    }));
    assert!(what.contains("no street and no city"), "{what}");
    let country_alone = lacking(&|address| {
        *address = OurAddress {
            country: Some("BE".to_owned()),
            ..OurAddress::default()
        };
    });
    let address = made(country_alone).unwrap().address.unwrap();
    assert_eq!(address.country, Some(Ref::to(id(2))));
    let no_country = made(lacking(&|address| address.country = None)).unwrap();
    assert!(no_country.address.unwrap().country.is_none());
}

#[test]
fn a_change_touches_what_changed_and_keeps_the_rest() {
    let mut relation = made(customer()).unwrap();
    relation.email = Some("a@example.test; boek@example.test;A@example.test".to_owned());
    relation.memo = Some("Betaalt altijd laat".to_owned());
    relation.address.as_mut().unwrap().contact = Some("J. Jansen".to_owned());
    let now = Customer {
        name: Some("Bakkerij de Boer".to_owned()),
        email: Some("nieuw@example.test".to_owned()),
        address: Some(OurAddress {
            city: Some("Veere".to_owned()),
            ..whole()
        }),
        ..customer()
    };
    let fields = now.into_fields();
    let changed = ["name", "email", "address", "custom_fields"];
    revise(&mut relation, &fields, changed.into_iter(), &countries).unwrap();
    assert_eq!(relation.name.as_deref(), Some("Bakkerij de Boer"));
    assert_eq!(
        relation.email.as_deref(),
        Some("nieuw@example.test;boek@example.test;A@example.test"),
        "the others stay"
    );
    assert_eq!(relation.memo.as_deref(), Some("Betaalt altijd laat"));
    assert_eq!(relation.vat_number.as_deref(), Some("NL123456789B01"));
    let address = relation.address.as_ref().unwrap();
    assert_eq!(address.city.as_deref(), Some("Veere"));
    assert_eq!(address.contact.as_deref(), Some("J. Jansen"));
    let empty = Fields::new();
    revise(&mut relation, &empty, ["email"].into_iter(), &countries).unwrap();
    assert_eq!(relation.email, None);
    revise(&mut relation, &empty, ["address"].into_iter(), &countries).unwrap();
    let address = relation.address.unwrap();
    assert_eq!(address.street, None);
    assert_eq!(address.country, Some(Ref::to(id(1))));
    assert_eq!(address.contact.as_deref(), Some("J. Jansen"));
}

#[test]
fn a_value_of_another_type_is_refused() {
    let fields = Fields::new()
        .with("name", "Jansen")
        .with("email", OurRef::new(sync_core::EntityKind::Customer, "1"));
    let error = new_relation(&fields, &countries).unwrap_err();
    assert!(error.message().contains("`email`"), "{error}");
}
