//! Each operation of the OpenAPI document answers.

use koppel_sandbox::snelstart::{SnelStart, SnelStartSize, ledger_id};
use serde_json::{Value, json};

use super::talk::{Talk, code, sale};

const OPERATIONS: &str = include_str!("../../../src/snelstart/data/operations.txt");

/// A server that has something in every list, and what stands for `{..}` in a path.
struct World {
    talk: Talk,
    customer: String,
    booking: String,
}

impl World {
    async fn new() -> World {
        let size = SnelStartSize {
            customers: 3,
            invoices: 3,
            paid_percent: 50,
            articles: 3,
        };
        let talk = Talk::with(SnelStart::builder().seed(size)).await;
        let customer = talk.customer("Bakkerij De Aar");
        let server = &talk.server;
        let booking = server
            .insert("verkoopboekingen", &sale(&customer, "V-1"))
            .unwrap();
        let article = server.records("artikelen")[0]["id"].clone();
        let records = [
            (
                "kostenplaatsen",
                json!({"nummer": 1, "omschrijving": "Winkel"}),
            ),
            (
                "btwaangiftes",
                json!({"btwAangifteStatus": "NietVerzonden"}),
            ),
            (
                "doorlopendeincassomachtigingen",
                json!({"klant": {"id": customer}, "kenmerk": "M1"}),
            ),
            (
                "prijsafspraken",
                json!({"relatie": {"id": customer}, "artikel": {"id": article}}),
            ),
            ("artikelen/prijsafspraken", json!({"artikelCode": "A00001"})),
            (
                "actieprijzen",
                json!({"omschrijving": "Zomer", "status": "Gepland"}),
            ),
            (
                "verkooporders",
                json!({"relatie": {"id": customer}, "datum": "2026-08-01"}),
            ),
            (
                "offertes",
                json!({"relatie": {"id": customer}, "datum": "2026-08-01"}),
            ),
            ("kasboekingen", json!({"datum": "2026-08-01"})),
            ("bankboekingen", json!({"datum": "2026-08-01"})),
            ("memoriaalboekingen", json!({"datum": "2026-08-01"})),
            (
                "inkoopboekingen",
                json!({"factuurnummer": "1", "factuurbedrag": 0}),
            ),
            (
                "documenten",
                json!({"parentIdentifier": booking, "fileName": "a.pdf", "content": "JVBERg=="}),
            ),
        ];
        for (resource, record) in &records {
            server.insert(resource, record).unwrap();
        }
        World {
            talk,
            customer,
            booking,
        }
    }

    fn path(&self, method: &str, template: &str) -> String {
        let resource = template.split('/').nth(1).unwrap();
        let id = || {
            let rows = self.talk.server.records(resource);
            rows[0]["id"].as_str().unwrap_or_default().to_owned()
        };
        let path = match template {
            "/vatrates/{id}" => "/vatrates/nld".into(),
            "/echo/{input}" => "/echo/hallo".into(),
            "/relaties/{id}" if method == "DELETE" => {
                format!("/relaties/{}", self.talk.customer("Vrij"))
            }
            "/verkoopboekingen/{id}" => format!("/verkoopboekingen/{}", self.booking),
            "/relaties/{id}" | "/relaties/{id}/verkoopboekingen" => {
                template.replace("{id}", &self.customer)
            }
            "/documenten/{documenttype}" => "/documenten/Verkoopboekingen".into(),
            "/documenten/{documenttype}/{pid}" => {
                format!("/documenten/Verkoopboekingen/{}", self.booking)
            }
            template if template.contains("{id}") => template.replace("{id}", &id()),
            template => template.to_owned(),
        };
        match template {
            "/prijsafspraken" => format!("{path}?$filter=Artikel/Id%20ne%20null"),
            "/authorization/HasUserAccessToAdministration" => {
                format!("{path}?userIdentifier={}", self.customer)
            }
            path if path.starts_with("/rapportages") => {
                format!("{path}?start=2019-01-01&end=2099-12-31")
            }
            _ => path,
        }
    }

    /// What the list has under that path already, or something new for a create.
    fn body(&self, method: &str, template: &str) -> Value {
        let resource = template.split('/').nth(1).unwrap();
        let today = jiff::Zoned::now().date().to_string();
        let group = || self.talk.server.records("artikelomzetgroepen")[0]["id"].clone();
        let bank = koppel_sandbox::snelstart::journal_id(1010);
        let cash = koppel_sandbox::snelstart::journal_id(1000);
        let memorial = koppel_sandbox::snelstart::journal_id(2990);
        let supplier = || {
            let record = json!({"relatiesoort": ["Leverancier"], "naam": "Molen"});
            self.talk.server.insert("relaties", &record).unwrap()
        };
        let content = "PElEPjc8L0lEPg=="; // <ID>7</ID>
        match (template, resource) {
            ("/artikelen/{id}/customFields", _) => json!([{"name": "Kleur", "value": "rood"}]),
            ("/relaties/{id}/customFields", _) => {
                json!({"klantCustomFields": [{"name": "Lid", "value": 7}]})
            }
            ("/inkoopboekingen/ubl", _) => json!({"fileName": "a.xml", "content": content}),
            ("/inkoopboekingen/CreateFromAttachment", _) => {
                json!({"fileName": "a.pdf", "content": "JVBERg=="})
            }
            ("/btwaangiftes/{id}/externAangeven", _) => json!({"isExternAangegeven": true}),
            ("/verkooporders/{id}/ProcesStatus", _) => json!({"procesStatus": "Pakbon"}),
            (_, "bankafschriftbestanden") => {
                json!([{"name": "a.mt940", "base64EncodedContent": "OjIwOlRFU1Q="}])
            }
            (_, "artikelen") => json!({
                "artikelcode": format!("N{}", method.len()), "omschrijving": "Nieuw",
                "artikelOmzetgroep": {"id": group()},
            }),
            (_, "relaties") => json!({"relatiesoort": ["Klant"], "naam": "Nieuw"}),
            (_, "verkoopboekingen") => sale(&self.customer, &format!("N-{method}")),
            (_, "inkoopboekingen") => json!({
                "factuurnummer": format!("N-{method}"), "factuurdatum": today,
                "leverancier": {"id": supplier()}, "factuurbedrag": 10,
                "boekingsregels": [
                    {"grootboek": {"id": ledger_id(4000)}, "bedrag": 10, "btwSoort": "Geen"},
                ],
            }),
            (_, "bankboekingen" | "kasboekingen") => json!({
                "datum": today, "bedragOntvangen": 5, "bedragUitgegeven": 0,
                "dagboek": {"id": if resource == "bankboekingen" { bank } else { cash }},
                "grootboekBoekingsRegels": [
                    {"grootboek": {"id": ledger_id(2000)}, "omschrijving": "x", "credit": 5},
                ],
            }),
            (_, "memoriaalboekingen") => json!({
                "datum": today, "dagboek": {"id": memorial},
                "memoriaalBoekingsRegels": [
                    {"grootboek": {"id": ledger_id(2000)}, "omschrijving": "x", "credit": 5},
                    {"grootboek": {"id": ledger_id(2010)}, "omschrijving": "x", "debet": 5},
                ],
            }),
            (_, "verkooporders" | "offertes") => {
                json!({"relatie": {"id": self.customer}, "datum": today})
            }
            (_, "kostenplaatsen") => json!({"nummer": 10 + method.len(), "omschrijving": "Nieuw"}),
            (_, "grootboeken") => json!({
                "nummer": 8077, "omschrijving": "Nieuw", "rekeningCode": "WinstEnVerlies",
                "grootboekfunctie": "VerkopenOmzetHoog",
            }),
            (_, "documenten") => json!({
                "parentIdentifier": self.booking, "fileName": "b.pdf", "content": "JVBERg==",
            }),
            (_, "companyInfo") => json!({"factureerBuitenlandsBtw": true}),
            _ => panic!("no body for {method} {template}"),
        }
    }
}

#[tokio::test]
async fn all_96_operations_answer_with_success() {
    let world = World::new().await;
    let mut operations: Vec<(&str, &str)> = OPERATIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split(' ');
            (words.next().unwrap(), words.next().unwrap())
        })
        .collect();
    assert_eq!(operations.len(), 96);
    // What takes something away comes last.
    operations.sort_by_key(|(method, _)| *method == "DELETE");
    for (method, template) in operations {
        let path = world.path(method, template);
        let request = world.talk.request(method, &path);
        let request = match method {
            "POST" | "PUT" => request.json(&world.body(method, template)),
            _ => request,
        };
        let reply = world.talk.send(request).await;
        assert!(
            (200..300).contains(&reply.status),
            "{method} {path}: {} {}",
            reply.status,
            reply.text
        );
        let asked = world
            .talk
            .server
            .requests_to(&format!("{method} {template}"));
        assert_eq!(asked, 1, "{method} {template}");
    }
    assert_eq!(world.talk.server.requests(), 96);
}

#[tokio::test]
async fn what_the_document_does_not_have_is_a_404_of_the_gateway() {
    let talk = Talk::new().await;
    for (method, path) in [
        ("GET", "/verkoopboekingen"),
        ("GET", "/inkoopboekingen"),
        ("GET", "/memoriaalboekingen"),
        ("POST", "/verkoopfacturen"),
        (
            "GET",
            "/inkoopfacturen/11111111-1111-4111-8111-111111111111",
        ),
        (
            "DELETE",
            "/grootboeken/11111111-1111-4111-8111-111111111111",
        ),
        ("GET", "/openstaandeDebiteuren"),
        ("PATCH", "/relaties"),
    ] {
        let reply = talk.send(talk.request(method, path)).await;
        assert_eq!(reply.status, 404, "{method} {path}");
        assert_eq!(reply.json()["statusCode"], 404);
    }
}

#[tokio::test]
async fn orders_add_up_and_some_statuses_are_not_available() {
    let world = World::new().await;
    let article = world.talk.server.records("artikelen")[0]["id"].clone();
    let body = json!({
        "relatie": {"id": world.customer}, "datum": "2026-08-01",
        "regels": [{
            "artikel": {"id": article}, "stuksprijs": 35.0, "aantal": 3, "kortingsPercentage": 10,
        }],
    });
    let made = world.talk.post("/verkooporders", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert_eq!(made["totaalExclusiefBtw"], json!(94.5));
    assert_eq!(made["procesStatus"], "Order");
    let path = format!(
        "/verkooporders/{}/ProcesStatus",
        made["id"].as_str().unwrap()
    );
    let refused = world
        .talk
        .put(&path, &json!({"procesStatus": "Factuur"}))
        .await;
    assert_eq!(refused.status, 400);
    let numbered = json!({"relatie": {"id": world.customer}, "datum": "2026-08-01", "nummer": 77});
    let numbered = world.talk.post("/verkooporders", &numbered).await;
    assert_eq!(code(&numbered), "VOR-0005");
}

#[tokio::test]
async fn ledgers_cost_centres_articles_and_documents_have_their_rules() {
    let world = World::new().await;
    let talk = &world.talk;
    let broken =
        json!({"nummer": 8099, "omschrijving": "x", "grootboekfunctie": "VerkopenBtwVrij"});
    assert_eq!(talk.post("/grootboeken", &broken).await.status, 500);
    let taken = json!({"nummer": 8000, "omschrijving": "x"});
    assert_eq!(code(&talk.post("/grootboeken", &taken).await), "BOE-0087");
    let twice = json!({"nummer": 1, "omschrijving": "x"});
    assert_eq!(
        code(&talk.post("/kostenplaatsen", &twice).await),
        "KPL-0008"
    );
    let bare = json!({"artikelcode": "A1", "omschrijving": "x"});
    assert_eq!(code(&talk.post("/artikelen", &bare).await), "ART-0008");
    let taken = json!({"artikelcode": "a00001", "omschrijving": "x"});
    assert_eq!(code(&talk.post("/artikelen", &taken).await), "ART-0005");
    let document = json!({"parentIdentifier": world.booking, "fileName": "b.pdf", "content": ""});
    let empty = talk.post("/documenten/Verkoopboekingen", &document).await;
    assert_eq!(code(&empty), "BLG-0011");
    let document = json!({"parentIdentifier": world.customer, "fileName": "b", "content": "QQ=="});
    let misplaced = talk.post("/documenten/Verkoopboekingen", &document).await;
    assert_eq!(code(&misplaced), "BLG-0005");
    let right = talk.post("/documenten/Relaties", &document).await;
    assert_eq!(right.status, 201, "{}", right.text);
    let shown = talk.server.record("relaties", &world.customer).unwrap();
    assert_eq!(shown["documents"][0]["fileName"], "b");
}

#[tokio::test]
async fn statements_answer_for_each_file_and_tell_what_was_there() {
    let talk = Talk::new().await;
    let files = json!([
        {"name": "a", "base64EncodedContent": "OjIwOlRFU1Q="},
        {"name": "b", "base64EncodedContent": "not of the alphabet!"},
        {"name": "c", "base64EncodedContent": "77u/OjIw"},
        {"name": "a", "base64EncodedContent": "OjIwOlRFU1Q="},
    ]);
    let reply = talk.post("/bankafschriftbestanden", &files).await;
    assert_eq!(reply.status, 201);
    let told: Vec<bool> = reply
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["isSuccess"].as_bool().unwrap())
        .collect();
    assert_eq!(told, [true, false, false, false]);
    assert!(reply.text.contains("<b>1</b>"));
}

#[tokio::test]
async fn a_file_becomes_a_purchase_after_a_while() {
    let talk = Talk::new().await;
    let body = json!({"fileName": "bon.pdf", "content": "JVBERg=="});
    let made = talk
        .post("/inkoopboekingen/CreateFromAttachment", &body)
        .await;
    let instance = made.json()["instanceId"].as_str().unwrap().to_owned();
    let path = "/inkoopboekingen/GetCreateFromAttachmentStatus";
    let status = talk.list(path, &[("instanceId", &instance)]).await.json();
    assert_eq!(status["status"], "Completed");
    let id = status["inkoopboekingId"].as_str().unwrap();
    assert_eq!(
        talk.get(&format!("/inkoopboekingen/{id}")).await.status,
        200
    );
    let unknown = talk.list(path, &[("instanceId", "x")]).await.json();
    assert_eq!(unknown["status"], "NotFound");
}
