use std::time::Duration;

use snelstart_client::{Adopted, Code, Error, ErrorKind, How, Relation, RelationKind, SendOutcome};
use wiremock::matchers::{query_param, query_param_contains, query_param_is_missing};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{answer, answer_text, builder, client, fixture, on, once, reply, server};
use crate::trade::{OTHER_RELATION, RELATION, amount, of};

const IN_USE: &str =
    r#"[{"errorCode":"REL-0008","message":"De relatiecode is al in gebruik.","details":null}]"#;

/// A relation as the fixture has it, as far as anybody would send it.
fn sent() -> Relation {
    Relation {
        code: Some(10_423),
        email: Some("kantoor@zeemeeuw.example;boekhouding@zeemeeuw.example".to_owned()),
        credit_limit: amount("12500"),
        registration_number: Some("20056781".to_owned()),
        ..Relation::new(RelationKind::Customer, "Rederij De Zeemeeuw B.V.")
    }
}

async fn created_or_adopted(
    server: &MockServer,
    relation: &Relation,
) -> Result<Adopted<Relation>, Error> {
    client(server).relations().create_or_adopt(relation).await
}

fn differing(adopted: &Adopted<Relation>) -> Vec<&str> {
    let differences = adopted.differences.iter();
    differences.map(|one| one.field.as_str()).collect()
}

/// Answers a search by the code with these rows, and then with none.
async fn found(server: &MockServer, rows: &str) {
    let search = || on("GET", "/relaties").and(query_param("$filter", "Relatiecode eq 10423"));
    let first = search().and(query_param_is_missing("$skip"));
    answer_text(server, first, 200, rows).await;
    let next = search().and(query_param_contains("$skip", ""));
    next.respond_with(reply(200, "[]")).mount(server).await;
}

fn rows() -> String {
    format!("[{}]", fixture("relations/relation.json"))
}

#[tokio::test]
async fn a_relation_that_is_new_is_created() {
    let server = server().await;
    answer(
        &server,
        on("POST", "/relaties"),
        201,
        "relations/relation.json",
    )
    .await;
    let mut relation = sent();
    relation.kinds = Some(vec![RelationKind::Customer, RelationKind::Supplier]);
    let adopted = created_or_adopted(&server, &relation).await.unwrap();
    assert_eq!(adopted.how, How::Created);
    assert_eq!(adopted.record.id, Some(of(RELATION)));
    assert!(adopted.differences.is_empty(), "{:?}", adopted.differences);
}

#[tokio::test]
async fn what_the_server_swallows_is_told() {
    let server = server().await;
    let text = fixture("relations/relation.json").replace("\"20056781\"", "null");
    answer_text(&server, on("POST", "/relaties"), 201, &text).await;
    let adopted = created_or_adopted(&server, &sent()).await.unwrap();
    assert_eq!(adopted.how, How::Created);
    assert_eq!(differing(&adopted), ["kvkNummer", "relatiesoort"]);
}

#[tokio::test]
async fn a_code_in_use_is_looked_up_adopted_and_compared() {
    let server = server().await;
    answer_text(&server, on("POST", "/relaties"), 400, IN_USE).await;
    found(&server, &rows()).await;
    let relation = Relation {
        name: Some("De Zeemeeuw".to_owned()),
        ..sent()
    };
    let adopted = created_or_adopted(&server, &relation).await.unwrap();
    assert_eq!(adopted.how, How::Found);
    assert_eq!(adopted.record.id, Some(of(RELATION)));
    assert_eq!(differing(&adopted), ["naam", "relatiesoort"]);
    assert_eq!(adopted.differences[0].sent.as_str(), Some("De Zeemeeuw"));
    assert_eq!(
        adopted.differences[0].found.as_str(),
        Some("Rederij De Zeemeeuw B.V.")
    );
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_never_sent_again() {
    let server = server().await;
    let late = reply(201, &fixture("relations/relation.json")).set_delay(Duration::from_secs(30));
    once(&server, on("POST", "/relaties"), late).await;
    found(&server, &rows()).await;
    let client = builder(&server)
        .max_retries(2)
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let adopted = client.relations().create_or_adopt(&sent()).await.unwrap();
    assert_eq!(adopted.how, How::Found);
    assert_eq!(adopted.record.id, Some(of(RELATION)));
}

#[tokio::test]
async fn a_broken_answer_is_looked_up_too() {
    let server = server().await;
    once(&server, on("POST", "/relaties"), ResponseTemplate::new(502)).await;
    found(&server, &rows()).await;
    let client = builder(&server).max_retries(2).build().unwrap();
    let adopted = client.relations().create_or_adopt(&sent()).await.unwrap();
    assert_eq!(adopted.how, How::Found);
}

#[tokio::test]
async fn a_lost_answer_of_which_nothing_is_found_stays_unknown() {
    let server = server().await;
    once(&server, on("POST", "/relaties"), ResponseTemplate::new(500)).await;
    found(&server, "[]").await;
    let error = created_or_adopted(&server, &sent()).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(error.status_code(), Some(500));
}

#[tokio::test]
async fn a_search_that_ignores_its_filter_adopts_nobody_else() {
    let server = server().await;
    once(&server, on("POST", "/relaties"), ResponseTemplate::new(500)).await;
    let others = fixture("relations/list.json").replace("10423", "10424");
    found(&server, &others).await;
    let error = created_or_adopted(&server, &sent()).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_code_in_use_by_nobody_to_be_found_is_the_refusal_it_was() {
    let server = server().await;
    answer_text(&server, on("POST", "/relaties"), 400, IN_USE).await;
    found(&server, "[]").await;
    let error = created_or_adopted(&server, &sent()).await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::RelationCodeInUse));
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn without_a_code_there_is_nothing_to_look_up_by() {
    let server = server().await;
    once(&server, on("POST", "/relaties"), ResponseTemplate::new(500)).await;
    let relation = Relation::new(RelationKind::Customer, "Werf De Hoop");
    let error = created_or_adopted(&server, &relation).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn any_other_refusal_is_no_reason_to_look() {
    let server = server().await;
    let body = r#"[{"errorCode":"REL-0088","message":"Het btw-nummer is ongeldig."}]"#;
    answer_text(&server, on("POST", "/relaties"), 400, body).await;
    let error = created_or_adopted(&server, &sent()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(Code::of(&error), Some(Code::InvalidVatNumber));
}

#[tokio::test]
async fn a_number_is_looked_up_in_one_request() {
    let server = server().await;
    let search = on("GET", "/relaties").and(query_param("$filter", "Relatiecode eq 10423"));
    answer_text(&server, search, 200, &rows()).await;
    let found = client(&server).relations().by_code(10_423).await.unwrap();
    assert_eq!(found.and_then(|relation| relation.id), Some(of(RELATION)));
}

#[tokio::test]
async fn a_number_that_two_relations_have_is_left_to_a_person() {
    let server = server().await;
    let relation = fixture("relations/relation.json");
    let twin = relation.replace(RELATION, OTHER_RELATION);
    let rows = format!("[{relation},{twin}]");
    answer_text(&server, on("GET", "/relaties"), 200, &rows).await;
    let failed = client(&server).relations().by_code(10_423).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_not_taken_for_none() {
    let server = server().await;
    let broken = rows().replace("\"naam\": \"Rederij De Zeemeeuw B.V.\"", "\"naam\": {}");
    found(&server, &broken).await;
    let failed = client(&server).relations().by_code(10_423).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Decode);
}
