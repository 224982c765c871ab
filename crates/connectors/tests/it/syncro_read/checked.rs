//! The connection test.

use sync_core::CheckReport;

use super::*;

fn step<'a>(report: &'a CheckReport, name: &str) -> &'a sync_core::CheckStep {
    let found = report.steps.iter().find(|step| step.name == name);
    found.unwrap_or_else(|| panic!("no step `{name}`: {:?}", report.steps))
}

#[tokio::test]
async fn an_account_with_everything_passes_and_nothing_is_written() {
    let server = filled(Size::of_customers(8)).await;
    let report = syncro(&server).check().await;
    assert!(report.is_ok(), "{:?}", report.steps);
    let login = step(&report, "Log in with the API token");
    assert!(login.detail.contains("demo"), "{}", login.detail);
    let settings = step(&report, "Read the settings");
    assert!(settings.detail.contains("EUR"), "{}", settings.detail);
    let changes = step(&report, "Ask for changed tickets");
    assert!(
        changes.detail.contains("tells what changed"),
        "{}",
        changes.detail
    );
    assert_eq!(server.applied(), 0);
}

#[tokio::test]
async fn a_missing_permission_is_named_and_the_rest_is_tried() {
    let server = sandbox()
        .seed(Size::of_customers(8))
        .without("Invoices - List/Search")
        .start()
        .await
        .unwrap();
    let report = syncro(&server).check().await;
    assert!(!report.is_ok());
    let invoices = step(&report, "Read one invoice");
    assert_eq!(invoices.ok, Some(false));
    assert!(
        invoices.detail.contains("Invoices - List/Search"),
        "{}",
        invoices.detail
    );
    assert_eq!(step(&report, "Read one payment").ok, Some(true));
}

#[tokio::test]
async fn a_wrong_token_stops_the_test_at_its_step() {
    let server = sandbox().token("another").start().await.unwrap();
    let report = syncro(&server).check().await;
    let failed = step(&report, "Log in with the API token");
    assert_eq!(failed.ok, Some(false));
    assert_eq!(step(&report, "Read the settings").ok, None);
    assert!(!format!("{report:?}").contains("demo-token"));
}

#[tokio::test]
async fn an_account_without_the_field_of_the_marker_is_told_what_to_add() {
    let server = filled(Size::of_customers(4)).await;
    let odd = || settings(&server).marker_field("Elsewhere");
    let report = odd().build().unwrap().check().await;
    let marker = step(&report, "Find the custom field of the marker");
    assert_eq!(marker.ok, Some(false));
    assert!(marker.detail.contains("`Elsewhere`"), "{}", marker.detail);
    // Who writes nothing needs none.
    let report = odd().writable(false).build().unwrap().check().await;
    assert!(report.is_ok(), "{:?}", report.steps);
}

#[tokio::test]
async fn an_account_that_does_not_tell_what_changed_says_so() {
    let server = filled(Size::of_customers(4)).await;
    server.set_since_honoured("tickets", false);
    let report = syncro(&server).check().await;
    let changes = step(&report, "Ask for changed tickets");
    assert_eq!(changes.ok, Some(true));
    assert!(
        changes.detail.contains("reads them all"),
        "{}",
        changes.detail
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let server = empty().await;
    let rate = |percent: &str| number(percent);
    for (odd, word) in [
        (settings(&server).currency("euro"), "`euro`"),
        (settings(&server).marker_field(" "), "label"),
        (settings(&server).tax_rate("VAT", rate("121")), "121"),
        (settings(&server).tax_rate("VAT", rate("-1")), "-1"),
        (
            settings(&server)
                .tax_rate("VAT", rate("21"))
                .tax_rate("BTW", rate("21.0")),
            "Two taxes",
        ),
    ] {
        let error = odd.build().unwrap_err();
        assert_eq!(error.kind(), api_core::ErrorKind::Config);
        assert!(error.message().contains(word), "{error}");
    }
    assert_eq!(server.requests(), 0);
}
