//! Customers that are spelt otherwise in the CRM, and a person who links them.

use super::Snel;

#[test]
fn a_customer_that_nothing_certain_matches_waits_and_is_linked_by_hand() {
    let snel = Snel::new(3, 9);
    snel.config("", "unmatched = \"ask\"");
    // The CRM knows two by their names, and the third by another one.
    let relations = snel.server.records("relaties");
    let customers: Vec<_> = (relations.iter())
        .filter(|row| row["relatiecode"].as_i64().is_some_and(|code| code >= 1000))
        .collect();
    assert_eq!(customers.len(), 3);
    for (index, row) in customers.iter().enumerate() {
        let name = row["naam"].as_str().unwrap();
        let name = if index == 2 {
            format!("{} B.V.", name.to_lowercase())
        } else {
            name.to_owned()
        };
        snel.sql(
            "crm.db",
            &format!(
                "INSERT INTO tblclients (company, country, datecreated, active, default_currency, \
                 show_primary_contact, registration_confirmed, addedfrom) VALUES ('{name}', 0, \
                 '2026-01-02 03:04:05', 1, 0, 0, 1, 0)"
            ),
        );
    }
    snel.sync(&[], 3);
    assert_eq!(snel.held()[0], 3, "nobody is doubled");
    let before = snel.held()[1];
    assert!(before < 9);

    let parked = snel.koppel(&["parked", "list", "--entity", "customer", "--json"]);
    let source = parked.object()["source_id"].as_str().unwrap().to_owned();
    assert_eq!(source, customers[2]["id"].as_str().unwrap());
    let suggested = snel.koppel(&["link", "suggest", "--flow", "books", "--json"]);
    let suggested = suggested.object();
    assert_eq!(suggested["source_id"], source.as_str(), "{suggested}");
    let target = suggested["target_id"].as_str().unwrap().to_owned();

    let set = [
        "link", "set", "customer", &source, &target, "--flow", "books",
    ];
    let set = snel.koppel(&set);
    assert_eq!(set.code, 0, "{set:?}");
    snel.sync(&[], 0);
    let [customers, invoices, _] = snel.held();
    assert_eq!((customers, invoices), (3, 9));
    snel.sync(&[], 0);
    let links = snel.koppel(&[
        "link", "list", "--flow", "books", "--entity", "customer", "--json",
    ]);
    let by_hand = (links.json().into_iter())
        .find(|link| link["source_id"] == source.as_str())
        .unwrap();
    assert_eq!(by_hand["target_id"], target.as_str());
}
