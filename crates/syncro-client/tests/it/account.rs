use serde_json::json;
use syncro_client::{ErrorKind, SecretString, UserDevice, UserId};

use crate::support::{TOKEN, answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some};

#[tokio::test]
async fn whose_token_it_is_comes_with_the_token_which_is_never_shown() {
    let body = json!({"user_token": TOKEN, "user_email": "sanne@example.com",
        "user_name": "Sanne", "user_id": 53, "admin": false, "subdomain": "acme",
        "default_location": null, "locations_allowed": [], "permissions": {
            "customer": {"read": true, "write": true, "delete": false},
            "worksheet": {"add": true, "manage": false, "delete": false},
            "script": {"execute": false}}});
    let me = gives(on("GET", "/me"), body, async |client| client.me().await).await;
    assert_eq!(me.user_id, Some(UserId::new(53)));
    assert_eq!(me.subdomain, some("acme"));
    let may = me.permissions.clone().unwrap();
    assert_eq!(may.customer.unwrap().delete, Some(false));
    assert_eq!(may.worksheet.unwrap().add, Some(true));
    assert_eq!(may.script.unwrap().execute, Some(false));
    let shown = format!("{me:?}");
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(shown.contains("sanne@example.com"), "{shown}");
}

#[tokio::test]
async fn a_token_that_is_no_good_is_no_missing_right() {
    let body = json!({"error": "Bad token"});
    let error = refused(on("GET", "/me"), 401, body, async |client| {
        client.me().await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.code_str(), Some("token_rejected"));
}

#[tokio::test]
async fn a_second_factor_gives_a_session_that_is_never_shown() {
    let request = with_body(on("POST", "/otp_login"), &json!({"code": "123456"}));
    let body = json!({"login": true, "session_token": "1cbe0553-geheim",
        "token_expiration": "2026-12-01T11:39:33.042Z", "instructions": "Bewaar het"});
    let code = SecretString::from("123456".to_owned());
    let session = gives(request, body, async |client| client.otp_login(&code).await).await;
    assert_eq!(session.session_token, some("1cbe0553-geheim"));
    assert!(!format!("{session:?}").contains("geheim"));
}

#[tokio::test]
async fn a_wrong_code_is_refused_once_and_with_the_servers_advice() {
    let body = json!({"login": false, "instructions": "Your attempt failed for the 6th time."});
    let code = SecretString::from("123456".to_owned());
    let request = on("POST", "/otp_login");
    let error = refused(request, 401, body, async |client| {
        client.otp_login(&code).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.code_str(), Some("login_refused"));
    assert!(error.message().contains("6th time"), "{error}");
}

#[tokio::test]
async fn users_are_rows_of_two_in_the_list_and_objects_elsewhere() {
    let server = server().await;
    let rows = r#"{"users": [[53, "Sanne de Wit"], [54, "Joris"]]}"#;
    answer_text(&server, on("GET", "/users"), 200, rows).await;
    let page = client(&server).users().list().page(1).await.unwrap();
    let user = page[1].good().unwrap();
    assert_eq!(user.id, Some(UserId::new(54)));
    assert_eq!(user.name, some("Joris"));

    let body = json!({"user": {"id": 53, "full_name": "Sanne de Wit", "group": "Admins",
        "admin": true, "color": "55b932"}});
    let user = gives(on("GET", "/users/53"), body, async |client| {
        client.users().get(UserId::new(53)).await
    })
    .await;
    assert_eq!(user.color, some("55b932"));
    let error = refused(on("GET", "/users/53"), 404, json!(""), async |client| {
        client.users().get(UserId::new(53)).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn users_without_a_good_token_are_not_listed() {
    let error = refused(on("GET", "/users"), 401, json!(""), async |client| {
        client.users().list().page(1).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Auth);
}

fn device() -> serde_json::Value {
    json!({"user_id": 53, "registration_token_gcm": "gcm-geheim", "id": 5,
        "device_uuid": "u 1/2", "account_id": null, "disabled": false})
}

#[tokio::test]
async fn a_phone_is_made_read_and_given_another_token_by_what_it_names_itself() {
    let request = with_body(
        on("POST", "/user_devices"),
        &json!({"device_uuid": "u 1/2", "model": "X"}),
    );
    let phone = UserDevice {
        device_uuid: some("u 1/2"),
        model: some("X"),
        ..UserDevice::default()
    };
    let made = gives(request, device(), async |client| {
        client.user_devices().create(&phone).await
    })
    .await;
    assert!(!format!("{made:?}").contains("geheim"));
    let request = on("GET", "/user_devices/u%201%2F2");
    gives(request, device(), async |client| {
        client.user_devices().get("u 1/2").await
    })
    .await;
    let request = with_body(
        on("PUT", "/user_devices/u%201%2F2"),
        &json!({"registration_token_gcm": "gcm-nieuw"}),
    );
    let token = SecretString::from("gcm-nieuw".to_owned());
    gives(request, device(), async |client| {
        client.user_devices().update("u 1/2", &token).await
    })
    .await;
}

#[tokio::test]
async fn a_phone_without_a_name_or_that_nobody_knows_is_refused() {
    let body = json!({"message": "Missing params device_uuid"});
    let request = on("POST", "/user_devices");
    let error = refused(request, 422, body, async |client| {
        client.user_devices().create(&UserDevice::default()).await
    })
    .await;
    assert!(error.message().contains("Missing params device_uuid"));
    let request = on("GET", "/user_devices/u1");
    let error = refused(request, 404, json!(""), async |client| {
        client.user_devices().get("u1").await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let token = SecretString::from("gcm-nieuw".to_owned());
    let request = on("PUT", "/user_devices/u1");
    let error = refused(request, 404, json!(""), async |client| {
        client.user_devices().update("u1", &token).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!format!("{error:?}").contains("gcm-nieuw"));
}

#[tokio::test]
async fn settings_tell_words_custom_fields_and_the_time_zone() {
    let body = json!({
        "customers": {"required_fields": null, "customer_fields": [
            {"id": 1, "name": "Koppel ID", "field_type": "text_field", "iets": "nieuws"}],
            "customer_field_answers": []},
        "assets": {"asset_types": [{"id": 2, "name": "Server"}], "asset_type_fields": [],
            "asset_type_field_answers": []},
        "locale": {"iso_code": "en", "time_zone": "Europe/Amsterdam", "time_offset": "+01:00"},
        "ticket": {"ticket_types": [], "ticket_type_fields": [], "ticket_type_field_answers": [],
            "problem_types": ["Koeling", "Overig"], "priorities": ["", "0 Urgent"]},
        "business_hours_enabled": true,
        "business_hours": [{"day": "Sunday", "start": "09:00", "end": "17:00", "closed": true}],
        "default_holiday_calendar": "NL", "msp_addon": null
    });
    let settings = gives(on("GET", "/settings"), body, async |client| {
        client.settings().get().await
    })
    .await;
    let fields = settings.customers.unwrap().customer_fields.unwrap();
    assert_eq!(fields[0].name, some("Koppel ID"));
    assert_eq!(fields[0].other["iets"], "nieuws".into(), "it is kept");
    let words = settings.ticket.unwrap();
    assert_eq!(words.problem_types.unwrap(), ["Koeling", "Overig"]);
    assert_eq!(words.priorities.unwrap(), ["", "0 Urgent"]);
    let types = settings.assets.unwrap().asset_types.unwrap();
    assert_eq!(types[0].name, some("Server"));
    let locale = settings.locale.unwrap();
    assert_eq!(locale.time_zone, some("Europe/Amsterdam"));
    assert_eq!(settings.business_hours.unwrap()[0].closed, Some(true));
}

#[tokio::test]
async fn tabs_and_printing_are_read() {
    let body = json!({"tabs": {"tickets": true, "leads": false, "nieuw": true}});
    let tabs = gives(on("GET", "/settings/tabs"), body, async |client| {
        client.settings().tabs().await
    })
    .await;
    assert_eq!((tabs.tickets, tabs.leads), (Some(true), Some(false)));
    assert_eq!(tabs.other["nieuw"], true.into());
    let body = json!({"messaging_channel": "1000", "registers": []});
    let printing = gives(on("GET", "/settings/printing"), body, async |client| {
        client.settings().printing().await
    })
    .await;
    assert_eq!(printing.messaging_channel, some("1000"));
}

#[tokio::test]
async fn settings_of_tickets_are_read_whole() {
    let text = fixture("samples/GET_tickets__settings_200.json");
    let body = serde_json::from_str(&text).unwrap();
    let settings = gives(on("GET", "/tickets/settings"), body, async |client| {
        client.ticket_settings().await
    })
    .await;
    assert!(!settings.ticket_status_list.unwrap().is_empty());
    assert!(settings.users.unwrap()[0].name.is_some());
    assert!(settings.other.is_empty());
}

#[tokio::test]
async fn settings_that_a_server_cannot_give_now_are_asked_for_again_later() {
    let bad = json!("");
    let error = refused(on("GET", "/settings"), 503, bad.clone(), async |client| {
        client.settings().get().await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let error = refused(
        on("GET", "/settings/tabs"),
        503,
        bad.clone(),
        async |client| client.settings().tabs().await,
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let request = on("GET", "/settings/printing");
    let error = refused(request, 503, bad.clone(), async |client| {
        client.settings().printing().await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let request = on("GET", "/tickets/settings");
    let error = refused(request, 503, bad, async |client| {
        client.ticket_settings().await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
