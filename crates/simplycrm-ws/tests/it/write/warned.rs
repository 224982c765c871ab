//! What a server stored other than it was sent.

use jiff::tz::TimeZone;
use simplycrm_ws::{ChangeKind, FieldValue, Record, Values, compare};

use crate::exchange::{names, recorded};
use crate::record::describes;
use crate::support::{self, builder, id, post, server, sign_in, warnings};
use ChangeKind::{Blanked, Rewritten, Rounded, Truncated, ZeroDate};

#[tokio::test]
async fn what_was_stored_other_than_sent_is_told() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(
            recorded("v5/094-webservice-create-contact_with_reference_unicode_quotes").again(),
        )
        .expect(1)
        .mount(&server)
        .await;
    let sent = recorded("v5/094-webservice-create-contact_with_reference_unicode_quotes")
        .element()
        .unwrap();
    let (seen, take) = warnings();
    let client = builder(&server).on_warning(take).build().unwrap();
    let written = client.create("Contacts", &sent).await.unwrap();
    assert_eq!(
        support::changed(&written.warnings),
        [("description", Rewritten)]
    );
    assert_eq!(*seen.lock().unwrap(), written.warnings);
    assert!(written.warnings[0].to_string().contains("????"));
}

/// What each recorded write changed in silence, by hand. All others store
/// what was sent.
const CHANGED: &[(&str, &[(&str, ChangeKind)])] = &[
    ("v5/094-", &[("description", Rewritten)]),
    ("v5/101-", &[("nosuchfield", Blanked)]),
    ("v5/113-", &[("account_id", Blanked)]),
    ("v5/121-", &[("annual_revenue", Rounded)]),
    ("v5/352-", &[("hdnTaxType", Blanked)]),
    (
        "v5/353-",
        &[("hdnTaxType", Blanked), ("invoicestatus", Blanked)],
    ),
    ("v5/358-", &[("amount", Rewritten)]),
    ("v5/359-", &[("amount", Rewritten)]),
    ("v5/638-", &[("account_id", Blanked)]),
    ("v5/653-", &[("cf_801", Blanked)]),
    (
        "v5/655-",
        &[
            ("cf_804", Rewritten),
            ("cf_808", Rounded),
            ("cf_809", ZeroDate),
        ],
    ),
    (
        "v7/094-",
        &[("hdnGrandTotal", Rewritten), ("hdnSubTotal", Rewritten)],
    ),
    ("v7/103-", &[("invoicestatus", Blanked)]),
    ("v7/184-", &[("description", Rewritten)]),
    ("v7/190-", &[("tags", Truncated)]),
    (
        "v7/202-",
        &[("cf_886", Rewritten), ("donotcall", Rewritten)],
    ),
    ("v7/217-", &[("cf_898", ZeroDate)]),
    ("v7/218-", &[("cf_898", Blanked)]),
    ("v7/220-", &[("unit_price", Rewritten)]),
    ("v7/223-", &[("amount", Rewritten)]),
    ("v7/224-", &[("cf_890", Rewritten)]),
    ("v7/226-", &[("birthday", Rewritten)]),
    ("v7/256-", &[("account_id", Blanked)]),
    ("v7/535-", &[("tags", Truncated)]),
];

#[test]
fn the_changes_of_every_recorded_write_are_found_and_no_others() {
    let mut writes = 0;
    let mut changed = 0;
    for generation in ["v5", "v7"] {
        let describes = describes(generation);
        for name in names(generation) {
            let exchange = recorded(&name);
            let write = ["create", "update", "revise"].contains(&&*exchange.operation);
            if exchange.api != "webservice" || !write {
                continue;
            }
            let (Some(sent), Ok(result)) = (exchange.element(), exchange.result()) else {
                continue;
            };
            let stored = Record::from_json(result).unwrap();
            let describe = describes.get(&stored.id().unwrap().prefix);
            let module = exchange.sent("elementType").unwrap_or("Documents");
            let found = compare(module, &sent, &TimeZone::UTC, &stored, describe);
            let expected = CHANGED
                .iter()
                .find(|(prefix, _)| name.starts_with(prefix))
                .map_or(&[][..], |(_, expected)| *expected);
            assert_eq!(support::changed(&found), expected, "{name}");
            writes += 1;
            changed += usize::from(!expected.is_empty());
        }
    }
    assert!(writes > 90, "{writes}");
    assert_eq!(changed, CHANGED.len());
}

#[test]
fn a_script_that_was_escaped_and_a_cut_text_are_told() {
    let sent = Values::new()
        .set("description", "<script>alert(1)</script> x")
        .set("lastname", "L".repeat(200))
        .set("account_id", id("11x3"))
        .set("cf_901", FieldValue::Empty);
    let stored: Record = [
        (
            "description",
            "&lt;script&gt;alert(1)&lt;/script&gt; x".to_owned(),
        ),
        ("lastname", "L".repeat(80)),
        ("account_id", "11x4".to_owned()),
        ("cf_901", "still there".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect::<std::collections::BTreeMap<_, _>>()
    .into();
    let found = compare("Contacts", &sent, &TimeZone::UTC, &stored, None);
    assert_eq!(
        support::changed(&found),
        [
            ("account_id", Rewritten),
            ("cf_901", Rewritten),
            ("description", Rewritten),
            ("lastname", Truncated),
        ]
    );
}
