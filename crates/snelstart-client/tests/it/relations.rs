use futures_util::TryStreamExt as _;
use serde_json::json;
use snelstart_client::{
    Address, CustomFieldUpdate, ErrorKind, Json, Ref, Relation, RelationCustomFieldUpdates,
    RelationKind, ReminderKind,
};
use wiremock::matchers::{body_json, query_param, query_param_is_missing};

use crate::support::{answer, answer_text, client, fixture, on, server};
use crate::trade::{MANDATE, NETHERLANDS, OTHER_RELATION, RELATION, amount, at, of};

#[tokio::test]
async fn a_relation_is_read_with_every_member_in_its_own_kind() {
    let server = server().await;
    let path = format!("/relaties/{RELATION}");
    answer(&server, on("GET", &path), 200, "relations/relation.json").await;
    let id = of(RELATION);
    let relation = client(&server).relations().get(&id).await.unwrap();
    assert_eq!(relation.id, Some(id));
    assert_eq!(
        relation.kinds,
        Some(vec![RelationKind::Customer, RelationKind::Supplier])
    );
    assert_eq!(relation.modified_on, at("2026-03-09T08:41:17.413"));
    assert_eq!(relation.code, Some(10_423));
    assert_eq!(relation.credit_limit, amount("12500.0"));
    assert_eq!(relation.invoice_discount, amount("2.5"));
    assert_eq!(relation.reminder_kind, Some(ReminderKind::Business));
    assert_eq!(
        relation.memo.as_deref(),
        Some("Belt liever\nniet voor tienen.")
    );
    assert_eq!(relation.oin, None);
    let address = relation.address.as_ref().unwrap();
    assert_eq!(address.contact.as_deref(), Some("Mw. A. Visser"));
    assert_eq!(address.country.as_ref().unwrap().id, Some(of(NETHERLANDS)));
    let invoices = relation.invoice_email.as_ref().unwrap();
    assert_eq!(invoices.send, Some(true));
    assert_eq!(
        invoices.cc_email.as_deref(),
        Some("kantoor@zeemeeuw.example")
    );
    let payer = relation.invoice_relation.as_ref().unwrap();
    assert_eq!(payer.id, Some(of(OTHER_RELATION)));
    let documents = relation.documents.as_ref().unwrap();
    assert_eq!(documents[0].file_name.as_deref(), Some("voorwaarden.pdf"));
    assert!(relation.other.is_empty(), "{:?}", relation.other);
}

#[tokio::test]
async fn extra_fields_hold_text_numbers_and_booleans() {
    let server = server().await;
    let path = format!("/relaties/{RELATION}");
    answer(&server, on("GET", &path), 200, "relations/relation.json").await;
    let relation = client(&server)
        .relations()
        .get(&of(RELATION))
        .await
        .unwrap();
    let values: Vec<_> = relation
        .extra_fields
        .as_ref()
        .unwrap()
        .iter()
        .map(|field| field.value.clone().unwrap())
        .collect();
    assert_eq!(values[0].as_str(), Some("B12"));
    assert_eq!(values[1].as_number().unwrap().as_str(), "14.25");
    assert_eq!(values[2].as_bool(), Some(true));
}

#[tokio::test]
async fn rows_of_the_system_and_the_administration_itself_are_no_customers() {
    let server = server().await;
    answer(&server, on("GET", "/relaties"), 200, "relations/list.json").await;
    let page = client(&server).relations().list().page().await.unwrap();
    let customers: Vec<_> = page
        .iter()
        .map(|row| row.good().unwrap().is_customer())
        .collect();
    assert_eq!(customers, [true, false, false]);
    let suppliers: Vec<_> = page
        .iter()
        .map(|row| row.good().unwrap().is_supplier())
        .collect();
    assert_eq!(suppliers, [true, false, false]);
}

#[tokio::test]
async fn relations_are_filtered_by_kind_country_and_time() {
    let server = server().await;
    let filter = "((Relatiesoort/any(x:x eq 'Klant')) and (VestigingsAdres/Land/Id eq guid'6a1e4c58-0f0d-4b6e-9a53-3f6c1d2b7e10')) and (ModifiedOn gt datetime'2026-03-09T00:00:00')";
    let request = on("GET", "/relaties").and(query_param("$filter", filter));
    answer(&server, request, 200, "relations/list.json").await;
    let fields = Relation::fields();
    let wanted = fields
        .kinds()
        .any(|kind| kind.eq("Klant"))
        .and(
            fields
                .address()
                .country()
                .id()
                .eq(of::<snelstart_client::CountryId>(NETHERLANDS)),
        )
        .and(fields.modified_on().gt(at("2026-03-09T00:00:00").unwrap()));
    let page = client(&server)
        .relations()
        .list()
        .filter(wanted)
        .page()
        .await
        .unwrap();
    let names: Vec<_> = page
        .iter()
        .map(|row| row.good().unwrap().name.clone().unwrap())
        .collect();
    assert_eq!(
        names,
        ["Rederij De Zeemeeuw B.V.", "Klant onbekend"],
        "the one of another kind is left out"
    );
}

#[tokio::test]
async fn relations_are_streamed_until_an_empty_page() {
    let server = server().await;
    let first = on("GET", "/relaties").and(query_param_is_missing("$skip"));
    answer(&server, first, 200, "relations/list.json").await;
    let second = on("GET", "/relaties").and(query_param("$skip", "3"));
    answer_text(&server, second, 200, "[]").await;
    let rows: Vec<_> = client(&server)
        .relations()
        .list()
        .records()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
}

#[tokio::test]
async fn a_new_relation_sends_what_is_filled_and_nothing_else() {
    let server = server().await;
    let sent = json!({
        "relatiesoort": ["Klant"], "naam": "Werf De Hoop", "email": "werf@hoop.example",
        "krediettermijn": 14, "kredietLimiet": 100.5,
        "vestigingsAdres": {"straat": "Dok 1", "postcode": "4380 AA", "plaats": "Vlissingen", "land": {"id": NETHERLANDS}},
        "nogOnbekend": 7,
    });
    let request = on("POST", "/relaties").and(body_json(sent));
    answer(&server, request, 201, "relations/relation.json").await;
    let mut relation = Relation {
        email: Some("werf@hoop.example".to_owned()),
        payment_days: Some(14),
        credit_limit: amount("100.5"),
        address: Some(Address {
            street: Some("Dok 1".to_owned()),
            postal_code: Some("4380 AA".to_owned()),
            city: Some("Vlissingen".to_owned()),
            country: Some(Ref::to(of(NETHERLANDS))),
            ..Address::default()
        }),
        fax: Some("never sent".to_owned()),
        uri: Some("/never/sent".to_owned()),
        ..Relation::new(RelationKind::Customer, "Werf De Hoop")
    };
    relation
        .other
        .insert("nogOnbekend".to_owned(), Json::from(7));
    let made = client(&server).relations().create(&relation).await.unwrap();
    assert_eq!(made.id, Some(of(RELATION)));
}

#[tokio::test]
async fn a_relation_that_is_too_long_is_not_sent() {
    let server = server().await;
    let name = "é".repeat(50);
    let relation = Relation {
        registration_number: Some("1".repeat(13)),
        ..Relation::new(RelationKind::Customer, name)
    };
    let error = client(&server)
        .relations()
        .create(&relation)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let fields: Vec<_> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        ["kvkNummer"],
        "50 characters of two bytes each are 50 characters"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_relation_is_replaced_as_it_stands() {
    let server = server().await;
    let request = on("PUT", &format!("/relaties/{RELATION}")).and(body_json(
        json!({"id": RELATION, "relatiesoort": ["Klant"], "naam": "Werf De Hoop"}),
    ));
    answer(&server, request, 200, "relations/relation.json").await;
    let relation = Relation::new(RelationKind::Customer, "Werf De Hoop");
    let stored = client(&server)
        .relations()
        .replace(&of(RELATION), &relation)
        .await
        .unwrap();
    assert_eq!(stored.code, Some(10_423));
}

#[tokio::test]
async fn a_relation_is_deleted_whatever_the_server_says_of_it() {
    let server = server().await;
    answer_text(
        &server,
        on("DELETE", &format!("/relaties/{RELATION}")),
        200,
        "",
    )
    .await;
    client(&server)
        .relations()
        .delete(&of(RELATION))
        .await
        .unwrap();
}

#[tokio::test]
async fn mandates_are_listed() {
    let server = server().await;
    let path = format!("/relaties/{RELATION}/doorlopendeincassomachtigingen");
    answer(&server, on("GET", &path), 200, "relations/mandates.json").await;
    let mandates = client(&server)
        .relations()
        .mandates(&of(RELATION))
        .await
        .unwrap();
    let mandate = &mandates[0];
    assert_eq!(mandate.id, Some(of(MANDATE)));
    assert_eq!(mandate.reference.as_deref(), Some("MACHT-0019"));
    assert_eq!(mandate.signed_on, at("2025-11-03T00:00:00"));
    assert_eq!(mandate.withdrawn_on, None);
    assert_eq!(mandate.customer.as_ref().unwrap().id, Some(of(RELATION)));
}

#[tokio::test]
async fn the_bookings_of_a_relation_are_listed_both_ways() {
    let server = server().await;
    let path = format!("/relaties/{RELATION}/verkoopboekingen");
    answer_text(
        &server,
        on("GET", &path),
        200,
        r#"[{"factuurnummer":"20260118","factuurbedrag":121.00}]"#,
    )
    .await;
    let path = format!("/relaties/{RELATION}/inkoopboekingen");
    answer_text(
        &server,
        on("GET", &path),
        200,
        r#"[{"factuurnummer":"K-77","factuurbedrag":60.5}]"#,
    )
    .await;
    let client = client(&server);
    let sales = client
        .relations()
        .sales_bookings(&of(RELATION))
        .page()
        .await
        .unwrap();
    let sold = sales[0].good().unwrap();
    assert_eq!(
        (sold.number.as_deref(), sold.invoice_amount),
        (Some("20260118"), amount("121.00"))
    );
    let purchases = client
        .relations()
        .purchase_bookings(&of(RELATION))
        .page()
        .await
        .unwrap();
    let bought = purchases[0].good().unwrap();
    assert_eq!(
        (bought.number.as_deref(), bought.invoice_amount),
        (Some("K-77"), amount("60.5"))
    );
}

#[tokio::test]
async fn custom_fields_of_a_relation_are_read_and_set() {
    let server = server().await;
    let path = format!("/relaties/{RELATION}/customFields");
    answer(
        &server,
        on("GET", &path),
        200,
        "relations/custom_fields.json",
    )
    .await;
    let sent = json!({"klantCustomFields": [{"name": "ligplaats", "value": "C3"}, {"name": "lengte", "value": null}]});
    let request = on("PUT", &path).and(body_json(sent));
    answer(&server, request, 200, "relations/custom_fields.json").await;

    let client = client(&server);
    let fields = client
        .relations()
        .custom_fields(&of(RELATION))
        .await
        .unwrap();
    let customer = fields.customer.as_ref().unwrap();
    let definition = customer[0].definition.as_ref().unwrap();
    assert_eq!(definition.name.as_deref(), Some("ligplaats"));
    assert_eq!(
        definition.properties.as_ref().unwrap()[0].value,
        Some(Json::from(10))
    );
    assert_eq!(customer[1].value.as_ref().unwrap().to_string(), "14.250");
    assert_eq!(fields.supplier.as_ref().unwrap()[0].value, None);

    let updates = RelationCustomFieldUpdates {
        customer: Some(vec![
            CustomFieldUpdate::set("ligplaats", "C3"),
            CustomFieldUpdate::set("lengte", Json::Null),
        ]),
        ..RelationCustomFieldUpdates::default()
    };
    let stored = client
        .relations()
        .set_custom_fields(&of(RELATION), &updates)
        .await
        .unwrap();
    assert_eq!(stored, fields);
}

#[tokio::test]
async fn a_member_in_another_case_is_read_all_the_same() {
    let server = server().await;
    let text = fixture("relations/relation.json")
        .replace("\"naam\": \"Rederij", "\"Naam\": \"Rederij")
        .replace("\"kvkNummer\"", "\"kvKNummer\"");
    answer_text(
        &server,
        on("GET", &format!("/relaties/{RELATION}")),
        200,
        &text,
    )
    .await;
    let relation = client(&server)
        .relations()
        .get(&of(RELATION))
        .await
        .unwrap();
    assert_eq!(relation.name.as_deref(), Some("Rederij De Zeemeeuw B.V."));
    assert_eq!(relation.registration_number.as_deref(), Some("20056781"));
}
