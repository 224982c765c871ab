//! Looked into by hand: kinds of record, calls of the API.

use koppel_sandbox::syncro::Size;

use super::Msp;

fn customers(number: u32) -> Msp {
    Msp::new(Size {
        customers: number,
        ..Size::default()
    })
}

#[test]
fn kinds_and_fields_are_described_without_asking_the_server() {
    let msp = customers(0);
    let all = msp.koppel(&["describe", "syncro", "--json"]);
    let kinds: Vec<String> = (all.json().iter())
        .map(|kind| format!("{} {}", kind["kind"], kind["changes"]))
        .collect();
    assert_eq!(
        kinds,
        [
            r#""product" "full""#,
            r#""customer" "full""#,
            r#""contact" "full""#,
            r#""lead" "full""#,
            r#""ticket" "modified""#,
            r#""invoice" "modified""#,
            r#""payment" "full""#
        ]
    );
    let ticket = msp.koppel(&["describe", "syncro", "ticket"]);
    assert!(ticket.stdout.contains("subject\ttext\n"), "{ticket:?}");
    assert_eq!(msp.server.requests(), 0);
}

#[test]
fn any_call_is_made_by_hand_with_the_token_of_the_connection() {
    let msp = customers(3);
    for path in [
        "/customers",
        "v1/customers",
        "/v1/customers",
        "/api/v1/customers",
    ] {
        let all = msp.koppel(&["api", "syncro", "get", path]);
        assert_eq!(all.code, 0, "{all:?}");
        let body = all.object();
        let rows = body["customers"].as_array().unwrap();
        assert_eq!(rows.len(), 3, "{path}");
        // A link that logs a customer in is not shown.
        let link = rows[0]["online_profile_url"].as_str().unwrap();
        assert!(link.ends_with("portal_key=[redacted]"), "{link}");
    }
    let first = msp.koppel(&["api", "syncro", "GET", "/me", "--header", "X-Trace: 1"]);
    assert_eq!(first.code, 0, "{first:?}");

    let body = r#"{"firstname": "Ann", "lastname": "Jansen", "email": "ann@example.com"}"#;
    std::fs::write(msp.dir.path().join("body.json"), body).unwrap();
    let made = msp.koppel(&[
        "api",
        "syncro",
        "POST",
        "/customers",
        "--data",
        "@body.json",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(made.object()["customer"]["email"], "ann@example.com");
    assert_eq!(msp.server.write_requests(), 1);
    let query = [
        "api",
        "syncro",
        "GET",
        "/customers",
        "--query",
        "email=ann@example.com",
    ];
    let found = msp.koppel(&query).object();
    assert_eq!(found["customers"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn a_call_that_makes_no_sense_is_refused_with_what_does() {
    let msp = customers(1);
    for (args, code, said) in [
        (&["GET", "/nothing"][..], 1, "check the path"),
        (&["GET", "/customers/../admin"], 1, "leads out of the API"),
        (&["GET", "https://example.com/x"], 1, "another address"),
        (&["GET", "/customers", "--query", "api_key=x"], 1, "api_key"),
        (
            &["GET", "/customers", "--header", "Authorization: Bearer x"],
            1,
            "Authorization",
        ),
        (
            &["GET", "/customers", "--header", "nonsense"],
            64,
            "write NAME: VALUE",
        ),
        (&["FETCH", "/customers"], 64, "is no method"),
        (&["GET"], 64, "a method and one path"),
        (&["POST", "/customers", "--data", "{x"], 64, "is no JSON"),
        (
            &["GET", "/customers", "--mobile"],
            64,
            "a simplycrm connection",
        ),
    ] {
        let done = msp.koppel(&[&["api", "syncro"], args].concat());
        assert_eq!(done.code, code, "{args:?}: {done:?}");
        assert!(done.stderr.contains(said), "{said}: {done:?}");
    }
    let query = msp.koppel(&["query", "syncro", "select 1"]);
    assert_eq!(query.code, 64, "{query:?}");
    assert!(
        query
            .stderr
            .contains("koppel api CONNECTION GET /customers"),
        "{query:?}"
    );
    assert_eq!(msp.server.write_requests(), 0);
}
