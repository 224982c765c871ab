//! What lists understand, and what they pass over.

use koppel_sandbox::snelstart::{SnelStart, SnelStartSize, country_id, ledger_id};
use serde_json::{Value, json};

use super::talk::{Talk, code};

async fn people() -> Talk {
    let talk = Talk::new().await;
    let people = [
        json!({
            "relatiesoort": ["Klant"], "naam": "Bakkerij 't Hof", "relatiecode": 1000,
            "email": "hof@een.example", "modifiedOn": "2026-03-01T10:00:00.500",
            "incassoSoort": "Core",
            "extraVeldenKlant": [{"naam": "lidnummer", "waarde": "5299"}],
        }),
        json!({
            "relatiesoort": ["Klant", "Leverancier"], "naam": "Garage Noord", "relatiecode": 1001,
            "modifiedOn": "2026-05-01T10:00:00",
            "vestigingsAdres": {
                "straat": "A 1", "postcode": "1", "plaats": "B", "land": {"id": country_id("BE")},
            },
        }),
    ];
    for person in &people {
        talk.server.insert("relaties", person).unwrap();
    }
    talk
}

async fn names(talk: &Talk, filter: &str) -> Vec<String> {
    talk.filtered("/relaties", filter)
        .await
        .iter()
        .map(|row| row["naam"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn filters_of_version_3_find_what_they_say() {
    let talk = people().await;
    let belgium = format!("VestigingsAdres/Land/Id eq guid'{}'", country_id("BE"));
    let cases = [
        ("Naam eq 'Bakkerij ''t Hof'", "Bakkerij 't Hof"),
        ("Email eq 'HOF@een.example'", "Bakkerij 't Hof"),
        ("Relatiecode eq 1001", "Garage Noord"),
        (
            "Relatiecode ge 1000 and not (Relatiecode eq 1001)",
            "Bakkerij 't Hof",
        ),
        (
            "ModifiedOn gt datetime'2026-03-01T10:00:00.5'",
            "Garage Noord",
        ),
        (
            "year(ModifiedOn) eq 2026 and month(ModifiedOn) lt 4",
            "Bakkerij 't Hof",
        ),
        (
            "Relatiesoort/any(r:r eq 'Leverancier') and Relatiecode gt 0",
            "Garage Noord",
        ),
        ("startswith(Naam,'Gar') eq true", "Garage Noord"),
        ("endswith(tolower(Naam),'hof')", "Bakkerij 't Hof"),
        ("substringof('age N', Naam) eq true", "Garage Noord"),
        ("IncassoSoort ne null", "Bakkerij 't Hof"),
        (
            "ExtraVeldenKlant/any(e:e/Waarde eq '5299' and e/Naam eq 'lidnummer')",
            "Bakkerij 't Hof",
        ),
        (belgium.as_str(), "Garage Noord"),
    ];
    for (filter, expected) in cases {
        assert_eq!(names(&talk, filter).await, [expected], "{filter}");
    }
    let own = names(&talk, "Relatiesoort/any(r:r eq 'Eigen')").await;
    assert_eq!(own.len(), 1);
    assert_eq!(names(&talk, "Relatiecode lt 0").await.len(), 2);
}

#[tokio::test]
async fn what_version_3_does_not_know_is_refused() {
    let talk = people().await;
    let cases = [
        ("naam eq 'x'", "Could not find a property named 'naam'"),
        ("Nothing eq 1", "Could not find a property named 'Nothing'"),
        ("Uri eq 'x'", "Could not find a property named 'Uri'"),
        ("contains(Naam,'x')", "'contains'"),
        ("Relatiecode eq '5'", "incompatible types"),
    ];
    for (filter, words) in cases {
        let reply = talk.list("/relaties", &[("$filter", filter)]).await;
        assert_eq!(reply.status, 400, "{filter}");
        let message = reply.json()["Message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{filter}: {message}");
    }
    let id = country_id("NL");
    for filter in [
        format!("Id eq {id}"),
        "Naam eq 'open".to_owned(),
        "Naam eq".to_owned(),
        "(Naam eq 'a'".to_owned(),
        "ModifiedOn gt datetime'gisteren'".to_owned(),
        "(".repeat(500),
    ] {
        let reply = talk.list("/relaties", &[("$filter", &filter)]).await;
        assert_eq!(
            (reply.status, code(&reply).as_str()),
            (400, "ALG-0104"),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn some_lists_ignore_filters_and_the_order_is_ignored_by_all() {
    let builder = SnelStart::builder().ignore_filters(["verkoopfacturen"]);
    let talk = Talk::with(builder.seed(SnelStartSize::of_customers(2))).await;
    let filter = [("$filter", "naam eq 'nobody'")];
    for path in ["/landen", "/dagboeken", "/btwtarieven", "/verkoopfacturen"] {
        let reply = talk.list(path, &filter).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.json().as_array().unwrap().len() > 5, "{path}");
    }
    assert_eq!(talk.list("/grootboeken", &filter).await.status, 400);
    let ordered = talk.list("/relaties", &[("$orderby", "naam desc")]).await;
    assert_eq!(ordered.json(), talk.get("/relaties").await.json());
}

#[tokio::test]
async fn pages_choices_and_expansion() {
    let talk = people().await;
    let chosen = [("$select", "Id,Naam"), ("$top", "1"), ("$skip", "3")];
    let rows = talk.list("/relaties", &chosen).await.json();
    let row = rows[0].as_object().unwrap();
    assert_eq!(row.len(), 2);
    assert_eq!(row["naam"], "Bakkerij 't Hof");
    let wrong = talk.list("/relaties", &[("$select", "naam")]).await;
    assert_eq!(wrong.status, 400);
    let beyond = talk.list("/relaties", &[("$skip", "99")]).await;
    assert_eq!(beyond.json(), json!([]));
    assert_eq!(talk.list("/relaties", &[("$top", "x")]).await.status, 400);
    assert_eq!(
        talk.list("/relaties", &[("$expand", "Land")]).await.status,
        400
    );
    assert_eq!(talk.get("/prijsafspraken").await.status, 400);
    let article = format!("Artikel/Id eq guid'{}'", country_id("NL"));
    assert_eq!(talk.filtered("/prijsafspraken", &article).await.len(), 0);
}

#[tokio::test]
async fn sums_and_groups_exist_on_mutations_alone() {
    let size = SnelStartSize {
        customers: 3,
        invoices: 20,
        paid_percent: 100,
        articles: 0,
    };
    let talk = Talk::with(SnelStart::builder().seed(size)).await;
    let debtors = format!("filter(Grootboek/Id eq guid'{}')", ledger_id(1300));
    let total = format!("{debtors}/aggregate(Saldo with sum as Totaal)");
    let sum = talk.list("/grootboekmutaties", &[("$apply", &total)]).await;
    assert_eq!(sum.status, 200, "{}", sum.text);
    let open: f64 = talk
        .server
        .records("verkoopfacturen")
        .iter()
        .map(|row| row["openstaandSaldo"].as_f64().unwrap())
        .sum();
    let told = sum.json()[0]["Totaal"].as_f64().unwrap();
    assert!(
        open > 0.0 && (told - open).abs() < 0.005,
        "{told} and {open}"
    );
    let groups = "groupby((Grootboek/Id),aggregate(Debet with sum as D,Credit with sum as C))";
    let rows = talk.list("/grootboekmutaties", &[("$apply", groups)]).await;
    let rows = rows.json().as_array().unwrap().clone();
    assert!(rows.len() > 3);
    let ledgers: Vec<&Value> = rows.iter().map(|row| &row["grootboek"]["id"]).collect();
    assert!(ledgers.contains(&&json!(ledger_id(1300))));
    let wrong = [("$apply", "aggregate(saldo with sum as T)")];
    assert_eq!(talk.list("/grootboekmutaties", &wrong).await.status, 400);
    let elsewhere = talk.list("/relaties", &wrong).await;
    assert_eq!(elsewhere.status, 200, "passed over");
}
