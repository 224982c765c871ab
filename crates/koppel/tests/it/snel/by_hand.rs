//! Looked into by hand: kinds of record, calls of the API.

use super::Snel;

#[test]
fn kinds_and_fields_are_described_without_asking_the_server() {
    let snel = Snel::new(0, 0);
    let all = snel.koppel(&["describe", "snel", "--json"]);
    let kinds: Vec<String> = (all.json().iter())
        .map(|kind| format!("{} {}", kind["kind"], kind["changes"]))
        .collect();
    assert_eq!(
        kinds,
        [
            r#""customer" "modified""#,
            r#""invoice" "full""#,
            r#""payment" "modified""#
        ]
    );
    let invoice = snel.koppel(&["describe", "snel", "invoice"]);
    assert!(
        invoice.stdout.contains("balance\ta decimal number\n"),
        "{invoice:?}"
    );
    assert_eq!(snel.server.requests(), 0);
}

#[test]
fn any_call_is_made_by_hand_with_the_keys_of_the_connection() {
    let snel = Snel::new(3, 0);
    let all = snel.koppel(&["api", "snel", "GET", "/relaties", "--query", "$top=2"]);
    assert_eq!(all.code, 0, "{all:?}");
    assert_eq!(all.object().as_array().unwrap().len(), 2);
    let filter = "$filter=Relatiecode eq 1001";
    let one = snel.koppel(&["api", "snel", "get", "relaties", "--query", filter]);
    assert_eq!(one.object()[0]["relatiecode"], 1001);

    let body = r#"{"nummer": 10, "omschrijving": "Winkel & Co"}"#;
    std::fs::write(snel.dir.path().join("body.json"), body).unwrap();
    let made = [
        "api",
        "snel",
        "POST",
        "/kostenplaatsen",
        "--data",
        "@body.json",
    ];
    let made = snel.koppel(&made);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(made.object()["omschrijving"], "Winkel & Co");
    assert_eq!(snel.server.requests_to("POST /kostenplaatsen"), 1);
}

#[test]
fn a_call_that_makes_no_sense_is_refused_with_what_does() {
    let snel = Snel::new(1, 0);
    for (args, code, said) in [
        (
            &["GET", "/relaties", "--query", "$filter=naam eq 'x'"][..],
            1,
            "Could not find a property named 'naam'",
        ),
        (&["GET", "/onbekend"], 1, "check the path"),
        (&["GET", "/relaties/../geheim"], 1, "leads out of the API"),
        (&["GET", "https://example.com/x"], 1, "another address"),
        (
            &["GET", "/relaties", "--query", "subscription-key=x"],
            1,
            "names a key",
        ),
        (&["FETCH", "/relaties"], 64, "is no method"),
        (&["GET"], 64, "a method and one path"),
        (&["POST", "/relaties", "--data", "{x"], 64, "is no JSON"),
        (
            &["GET", "/relaties", "--mobile"],
            64,
            "a simplycrm connection",
        ),
    ] {
        let done = snel.koppel(&[&["api", "snel"], args].concat());
        assert_eq!(done.code, code, "{args:?}: {done:?}");
        assert!(done.stderr.contains(said), "{said}: {done:?}");
        assert!(done.stderr.contains("\n  help: "), "{done:?}");
    }
    let query = snel.koppel(&["query", "snel", "select 1"]);
    assert_eq!(query.code, 64, "{query:?}");
    assert!(query.stderr.contains("koppel api CONNECTION GET /relaties"));
    assert_eq!(snel.server.write_requests(), 0);
}
