use serde_json::json;
use syncro_client::{
    AlertStatus, AssetId, CustomerId, ErrorKind, MuteFor, RmmAlert, RmmAlertFilter, RmmAlertId,
    ScriptId, ScriptRun,
};
use wiremock::matchers::query_param;

use crate::support::{answer_text, client, fixture, on, once, reply, server, with_body};
use crate::trade::{gives, refused, some};

const ID: RmmAlertId = RmmAlertId::new(3);

#[tokio::test]
async fn alerts_are_listed_by_status_and_age() {
    let server = server().await;
    let request = on("GET", "/rmm_alerts")
        .and(query_param("status", "all"))
        .and(query_param("created_after", "2026-01-01T00:00:00Z"))
        .and(query_param("page", "1"));
    let text = fixture("samples/GET_rmm_alerts_200.json");
    answer_text(&server, request, 200, &text).await;
    let client = client(&server);
    let filter = RmmAlertFilter::new()
        .status(AlertStatus::All)
        .created_after(
            "2026-01-01T00:00:00Z"
                .parse::<syncro_client::Timestamp>()
                .unwrap(),
        );
    let page = client.rmm_alerts().list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().description.is_some());
}

#[tokio::test]
async fn an_alert_is_read_whose_truth_is_a_word() {
    let body = json!({"rmm_alert": {"id": 3, "customer_id": 4, "resolved": "True",
        "properties": {"trigger": "agent_offline_trigger"}, "ticket_number": null}});
    let alert = gives(on("GET", "/rmm_alerts/3"), body, async |client| {
        client.rmm_alerts().get(ID).await
    })
    .await;
    assert_eq!(alert.resolved, Some(true));
    let properties = alert.properties.unwrap();
    assert_eq!(properties["trigger"], "agent_offline_trigger".into());
}

#[tokio::test]
async fn a_new_alert_stands_under_another_key_than_a_read_one() {
    let server = server().await;
    let request = with_body(
        on("POST", "/rmm_alerts"),
        &json!({"customer_id": 4, "asset_id": 7, "description": "Schijf vol",
            "formatted_output": "C: 99 %", "properties": {"do_not_email": true}}),
    );
    let body = r#"{"success": true, "alert": {"id": 3, "description": "Schijf vol"}}"#;
    once(&server, request, reply(201, body)).await;
    let alert = RmmAlert {
        customer_id: Some(CustomerId::new(4)),
        asset_id: Some(AssetId::new(7)),
        description: some("Schijf vol"),
        formatted_output: some("C: 99 %"),
        properties: Some([("do_not_email".to_owned(), true.into())].into()),
        ..RmmAlert::default()
    };
    let made = client(&server).rmm_alerts().create(&alert).await.unwrap();
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn an_alert_that_is_refused_though_the_status_is_a_success_is_an_error() {
    let body = json!({"success": false, "message": ["Asset must exist"]});
    let error = refused(on("POST", "/rmm_alerts"), 201, body, async |client| {
        client.rmm_alerts().create(&RmmAlert::default()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn an_alert_is_muted_by_a_parameter_and_no_body() {
    let words = [
        "1-hour", "1-day", "2-days", "1-week", "2-weeks", "1-month", "forever",
    ];
    assert_eq!(MuteFor::WORDS, words);
    let request = on("POST", "/rmm_alerts/3/mute").and(query_param("mute_for", "2-days"));
    gives(request, json!({"success": "true"}), async |client| {
        client.rmm_alerts().mute(ID, &MuteFor::TwoDays).await
    })
    .await;
}

#[tokio::test]
async fn a_length_the_server_does_not_know_is_refused_by_field() {
    let request = on("POST", "/rmm_alerts/3/mute").and(query_param("mute_for", "1 uur"));
    let body = json!({"success": false, "errors": {"mute_for": ["is not included in the list"]}});
    let error = refused(request, 422, body, async |client| {
        client.rmm_alerts().mute(ID, &"1 uur".into()).await
    })
    .await;
    assert_eq!(
        error.field_errors()["mute_for"],
        "is not included in the list"
    );
}

#[tokio::test]
async fn an_alert_is_resolved() {
    let request = on("DELETE", "/rmm_alerts/3");
    gives(request, json!({"success": "true"}), async |client| {
        client.rmm_alerts().resolve(ID).await
    })
    .await;
}

#[tokio::test]
async fn an_alert_that_is_not_there_is_not_found() {
    let error = refused(on("GET", "/rmm_alerts/3"), 404, json!(""), async |client| {
        client.rmm_alerts().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let request = on("POST", "/rmm_alerts/3/mute");
    let error = refused(request, 404, json!(""), async |client| {
        client.rmm_alerts().mute(ID, &MuteFor::Hour).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let request = on("DELETE", "/rmm_alerts/3");
    let error = refused(request, 404, json!(""), async |client| {
        client.rmm_alerts().resolve(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_script_runs_once_and_now() {
    let request = with_body(
        on("POST", "/rmm/public_scripts/7/schedule"),
        &json!({"script_id": 2, "run_type": "now", "freq": "once",
            "script_options": {"runtime_variables": {"pad": "C:"}}}),
    );
    let variables = [("pad".to_owned(), "C:".into())].into();
    let run = ScriptRun::now(ScriptId::new(2), variables);
    gives(request, json!({"success": true}), async |client| {
        client.scripts().schedule(AssetId::new(7), &run).await
    })
    .await;
}

#[tokio::test]
async fn a_script_takes_a_right_of_its_own() {
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let run = ScriptRun::now(ScriptId::new(2), [].into());
    let request = on("POST", "/rmm/public_scripts/7/schedule");
    let error = refused(request, 401, json!({"error": said}), async |client| {
        client.scripts().schedule(AssetId::new(7), &run).await
    })
    .await;
    assert!(error.help_text().unwrap().contains("Scripts - Execute"));
}
