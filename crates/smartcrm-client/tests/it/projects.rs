use smartcrm_client::{
    BillingType, Change, ClientId, CreateOptions, ErrorKind, ListParams, NewProject, ProjectId,
    ProjectPatch, ProjectStatus,
};
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn a_project_is_read_with_every_field_in_its_own_kind() {
    let server = server().await;
    answer(&server, on("GET", "projects"), 200, "projects/list.json").await;
    let page = client(&server)
        .projects()
        .list(&ListParams::new())
        .await
        .unwrap();
    let project = page.items[0].good().unwrap();
    assert_eq!(project.id, Some(ProjectId::new("31")));
    assert_eq!(project.client_id, Some(ClientId::new("9001")));
    assert_eq!(project.status, Some(ProjectStatus::InProgress));
    assert_eq!(project.billing_type, Some(BillingType::ProjectHours));
    assert_eq!(project.start_date.unwrap().to_string(), "2026-02-01");
    assert_eq!(project.finished_at, None);
    assert_eq!(project.progress, Some(40));
    assert_eq!(project.estimated_hours.unwrap().to_string(), "120.50");
    let old = page.items[1].good().unwrap();
    assert_eq!(
        old.client_id,
        Some(ClientId::new("9001")),
        "a number is an id, too"
    );
    assert_eq!(
        old.status,
        Some(ProjectStatus::Other("archived".to_owned()))
    );
    assert_eq!(old.start_date.unwrap().to_string(), "2025-02-01");
    assert_eq!(old.progress, Some(100));
}

#[tokio::test]
async fn a_create_sends_exactly_the_fields_that_are_set() {
    let server = server().await;
    let request = with_body(on("POST", "projects"), "projects/create_request.json");
    answer(&server, request, 201, "projects/created.json").await;
    let new = NewProject {
        status: Some(ProjectStatus::InProgress),
        billing_type: Some(BillingType::ProjectHours),
        start_date: Some("2026-02-01".parse().unwrap()),
        progress: Some(40),
        rate: Some("85.00".parse().unwrap()),
        ..NewProject::new("New roof", ClientId::new("9001"))
    };
    let created = client(&server)
        .projects()
        .create(
            &new,
            &CreateOptions::new().external_id("crmconnect:project:9"),
        )
        .await
        .unwrap();
    assert_eq!(created.id, Some(ProjectId::new("31")));
}

#[tokio::test]
async fn a_refused_record_names_its_field() {
    let server = server().await;
    answer(
        &server,
        on("POST", "projects"),
        422,
        "projects/invalid_reference.json",
    )
    .await;
    let new = NewProject {
        status: Some(ProjectStatus::InProgress),
        billing_type: Some(BillingType::ProjectHours),
        start_date: Some("2026-02-01".parse().unwrap()),
        progress: Some(40),
        rate: Some("85.00".parse().unwrap()),
        ..NewProject::new("New roof", ClientId::new("9001"))
    };
    let error = client(&server)
        .projects()
        .create(&new, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert!(error.field_errors().contains_key("client_id"), "{error:?}");
}

#[tokio::test]
async fn a_patch_sends_what_changes_and_nothing_else() {
    let server = server().await;
    let request = on("PUT", "projects/31").and(body_json(
        serde_json::json!({"status": "finished", "finished_at": "2026-05-01", "deadline": null}),
    ));
    answer(&server, request, 200, "projects/updated.json").await;
    let patch = ProjectPatch {
        status: ProjectStatus::Finished.into(),
        finished_at: Change::Set("2026-05-01".parse().unwrap()),
        deadline: Change::Clear,
        ..ProjectPatch::default()
    };
    client(&server)
        .projects()
        .update(&ProjectId::new("31"), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_empty_list() {
    let server = server().await;
    let request = on("GET", "projects").and(query_param("external_id", "crmconnect:project:9"));
    answer(&server, request, 404, "common/no_data.json").await;
    let found = client(&server)
        .projects()
        .find(&[("external_id", "crmconnect:project:9")])
        .await
        .unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn a_page_of_html_is_not_an_empty_list() {
    let server = server().await;
    answer(
        &server,
        on("GET", "projects"),
        200,
        "common/login_page.html",
    )
    .await;
    let error = client(&server)
        .projects()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(error.operation_name(), Some("projects.list"));
}
