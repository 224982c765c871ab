use proptest::prelude::*;

use super::*;

fn status_of(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

fn answer(asked: Asked, code: u16, body: &str) -> Result<Answer, Error> {
    answer_with(asked, code, &HeaderMap::new(), body)
}

fn answer_with(asked: Asked, code: u16, headers: &HeaderMap, body: &str) -> Result<Answer, Error> {
    let now = Timestamp::from_seconds(1_800_000_000);
    let profile = Profile::smartcrm();
    read(
        &profile,
        asked,
        status_of(code),
        headers,
        body.as_bytes(),
        now,
    )
}

fn kind(asked: Asked, code: u16, body: &str) -> ErrorKind {
    let error = answer(asked, code, body).unwrap_err();
    assert_eq!(error.status_code(), Some(code));
    error.kind()
}

const NO_DATA: &str = r#"{"status":false,"message":"No data were found"}"#;
const PAGE: &str = "<!DOCTYPE html><html><body>Please log in</body></html>";

#[test]
fn a_404_is_told_apart_by_the_question_and_the_words() {
    use Asked::{Batch, Change, Create, Get, List, Ping};
    assert!(matches!(answer(List, 404, NO_DATA), Ok(Answer::Empty)));
    assert_eq!(kind(Get, 404, NO_DATA), ErrorKind::NotFound);
    assert_eq!(kind(Change, 404, NO_DATA), ErrorKind::NotFound);
    for text in [
        "Token is not found",
        "Token Time Expire.",
        "Unauthorised",
        "You are unauthorized",
    ] {
        let body = serde_json::json!({"status": false, "message": text}).to_string();
        for asked in [List, Get, Create, Change, Batch, Ping] {
            assert_eq!(kind(asked, 404, &body), ErrorKind::Auth, "{asked:?} {text}");
        }
    }
    let map = r#"{"status":false,"error":{"token_no":"Required."},"message":"<p>x</p>"}"#;
    for asked in [Create, Change, List] {
        assert_eq!(kind(asked, 404, map), ErrorKind::Validation);
    }
    let failed = r#"{"status":false,"message":"Client add fail."}"#;
    assert_eq!(kind(Create, 404, failed), ErrorKind::Validation);
    let route = r#"{"status":false,"error":"Unknown method"}"#;
    for asked in [List, Get, Create, Change, Ping] {
        assert_eq!(kind(asked, 404, route), ErrorKind::Config);
    }
    for asked in [List, Get, Create, Change, Batch, Ping] {
        assert_eq!(kind(asked, 404, PAGE), ErrorKind::NotAnApi);
        assert_eq!(kind(asked, 404, ""), ErrorKind::NotAnApi);
    }
    assert_eq!(kind(List, 404, r#"{"status":false}"#), ErrorKind::NotFound);
}

#[test]
fn a_200_that_says_no_is_an_error() {
    let no = r#"{"status":false,"message":"Something is wrong"}"#;
    for asked in [
        Asked::Ping,
        Asked::List,
        Asked::Get,
        Asked::Create,
        Asked::Change,
        Asked::Batch,
    ] {
        let error = answer(asked, 200, no).unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{asked:?}");
        assert_eq!(error.message(), "Something is wrong");
    }
    let no = r#"{"success":"false","data":[],"message":"x"}"#;
    assert_eq!(kind(Asked::List, 200, no), ErrorKind::Validation);
    let no = r#"{"status":false,"message":"Token is not found"}"#;
    assert_eq!(kind(Asked::List, 200, no), ErrorKind::Auth);
    // An empty list is announced by 404, never by a refusal with 200.
    assert_eq!(kind(Asked::List, 200, NO_DATA), ErrorKind::NotFound);
}

#[test]
fn a_page_in_place_of_an_answer_is_never_an_empty_list() {
    let notice = "<br />\n<b>Notice</b>: Undefined index in <b>/x.php</b>\n\
                  {\"status\":true,\"data\":[]}";
    for body in [PAGE, notice, "", "  ", "OK"] {
        for asked in [
            Asked::List,
            Asked::Get,
            Asked::Create,
            Asked::Batch,
            Asked::Ping,
        ] {
            let error = answer(asked, 200, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotAnApi, "{asked:?} {body}");
            assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        }
    }
    let error = answer(Asked::List, 200, &PAGE.repeat(50)).unwrap_err();
    let excerpt = error.excerpt_str().unwrap();
    assert!(excerpt.starts_with("<!DOCTYPE html>"));
    assert!(excerpt.chars().count() <= 200);
    assert_eq!(kind(Asked::List, 403, PAGE), ErrorKind::NotAnApi);
}

#[test]
fn an_excerpt_shows_no_token() {
    let body = "<html>Authorization: Bearer abcdef0123456789abcdef</html>";
    let error = answer(Asked::List, 200, body).unwrap_err();
    assert!(
        !format!("{error:?}").contains("abcdef0123456789"),
        "{error:?}"
    );
}

#[test]
fn an_answer_that_holds_something_else_is_not_read_as_empty() {
    for body in [
        r#"{"status":true}"#,
        r#"{"status":true,"data":null}"#,
        r#"{"status":true,"data":{"id":"1"}}"#,
        r#"{"status":true,"data":"none"}"#,
        "{}",
    ] {
        assert_eq!(kind(Asked::List, 200, body), ErrorKind::Decode, "{body}");
    }
    assert_eq!(
        kind(Asked::Get, 200, r#"{"status":true}"#),
        ErrorKind::Decode
    );
    assert_eq!(kind(Asked::Get, 200, "[]"), ErrorKind::Decode);
    for body in [r#"{"status":true,"data":[]}"#, "[]"] {
        assert!(matches!(
            answer(Asked::List, 200, body),
            Ok(Answer::Content(_))
        ));
    }
}

#[test]
fn a_write_that_nothing_confirms_is_unknown() {
    let error = answer(Asked::Create, 200, "{}").unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    let error = answer(Asked::Batch, 200, r#"{"status":true}"#).unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    let error = answer(Asked::Create, 201, r#"{"status":true,"id":"90"#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(matches!(answer(Asked::Change, 204, ""), Ok(Answer::NoBody)));
    assert!(answer(Asked::Create, 204, "").is_err());
    assert!(answer(Asked::Change, 200, "").is_err());
}

#[test]
fn a_5xx_leaves_a_write_unknown() {
    for code in [500, 502, 503, 504] {
        for body in [PAGE, "", r#"{"status":false,"message":"Database error"}"#] {
            let error = answer(Asked::Create, code, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        }
    }
}

#[test]
fn the_other_statuses_have_their_kinds() {
    let said = r#"{"status":false,"message":"x"}"#;
    for (code, expected) in [
        (400, ErrorKind::Validation),
        (401, ErrorKind::Auth),
        (403, ErrorKind::Permission),
        (405, ErrorKind::Config),
        (406, ErrorKind::Validation),
        (409, ErrorKind::Conflict),
        (413, ErrorKind::TooLarge),
        (422, ErrorKind::Validation),
        (429, ErrorKind::RateLimited),
    ] {
        let error = answer(Asked::Create, code, said).unwrap_err();
        assert_eq!(error.kind(), expected, "{code}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{code}");
    }
    assert_eq!(kind(Asked::Create, 401, PAGE), ErrorKind::Auth);
    assert_eq!(kind(Asked::Batch, 413, PAGE), ErrorKind::TooLarge);
    assert_eq!(kind(Asked::List, 429, PAGE), ErrorKind::RateLimited);
    let token = r#"{"status":false,"message":"Invalid token"}"#;
    assert_eq!(kind(Asked::List, 403, token), ErrorKind::Auth);
}

#[test]
fn a_422_keeps_its_fields_and_its_code() {
    let body = r#"{"status":false,"error":"validation_failed","message":"The record is not valid.",
                   "errors":{"company":"Required.","vat":["Too long.","Odd."]}}"#;
    let error = answer(Asked::Create, 422, body).unwrap_err();
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert_eq!(error.field_errors()["company"], "Required.");
    assert_eq!(error.field_errors()["vat"], "Too long. Odd.");
    assert!(error.message().contains("company: Required."), "{error}");
}

#[test]
fn a_429_says_how_long_to_wait() {
    let said = r#"{"status":false,"message":"Rate limit exceeded"}"#;
    let mut headers = HeaderMap::new();
    headers.insert("x-ratelimit-reset", "1800000030".parse().unwrap());
    let error = answer_with(Asked::List, 429, &headers, said).unwrap_err();
    assert_eq!(
        error.retry_after_hint().map(|wait| wait.as_secs()),
        Some(30)
    );
    headers.insert("retry-after", "7".parse().unwrap());
    let error = answer_with(Asked::List, 429, &headers, said).unwrap_err();
    assert_eq!(error.retry_after_hint().map(|wait| wait.as_secs()), Some(7));
}

#[test]
fn a_redirect_is_refused_and_names_where_it_went() {
    let mut headers = HeaderMap::new();
    headers.insert(
        "location",
        "https://elsewhere.example/login".parse().unwrap(),
    );
    let error = answer_with(Asked::List, 302, &headers, "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("elsewhere.example"), "{error}");
}

#[test]
fn a_batch_that_failed_record_by_record_keeps_its_results() {
    let body = r#"{"status":false,"results":[{"external_id":"a","error":{"code":"x"}}]}"#;
    for code in [200, 207, 422] {
        assert!(
            matches!(answer(Asked::Batch, code, body), Ok(Answer::Content(_))),
            "{code}"
        );
    }
    assert_eq!(kind(Asked::Create, 422, body), ErrorKind::Validation);
}

/// Noise, and objects put together from what answers are made of.
fn body() -> impl Strategy<Value = String> {
    let members = prop::sample::subsequence(
        vec![
            r#""status":true"#,
            r#""status":false"#,
            r#""success":"0""#,
            r#""message":"No data were found""#,
            r#""message":"Token is not found""#,
            r#""error":{"vat":"x"}"#,
            r#""errors":["x"]"#,
            r#""data":[]"#,
            r#""data":{"id":"1"}"#,
            r#""data":null"#,
            r#""results":[]"#,
            r#""id":"1""#,
            r#""meta":{"has_more":"yes"}"#,
        ],
        0..5,
    );
    let framed = (members, prop::sample::select(vec!["", "<br />", "x"]))
        .prop_map(|(members, after)| format!("{{{}}}{after}", members.join(",")));
    prop_oneof!["\\PC{0,60}", framed, Just("[]".to_owned())]
}

proptest! {
    #[test]
    fn no_answer_whatever_panics_or_becomes_an_empty_list(
        code in 200..600_u16,
        body in body(),
        asked in prop::sample::select(vec![
            Asked::Ping, Asked::List, Asked::Get, Asked::Create, Asked::Change, Asked::Batch,
        ]),
    ) {
        match answer(asked, code, &body) {
            Ok(Answer::Empty) => {
                prop_assert!(asked == Asked::List && code == 404);
                prop_assert!(body.to_lowercase().contains("no data"));
            }
            Ok(Answer::NoBody) => prop_assert!(asked == Asked::Change && code == 204),
            Ok(Answer::Content(envelope)) => {
                let is_json = body.trim().starts_with(['{', '[']);
                prop_assert!(is_json);
                if asked == Asked::List {
                    prop_assert!(envelope.list().is_some());
                }
            }
            Err(error) => prop_assert_eq!(error.status_code(), Some(code)),
        }
    }

    #[test]
    fn a_cut_answer_is_never_a_whole_one(cut in 0..200_usize) {
        let whole = r#"{"status":true,"data":[{"id":"1","company":"Acme"},{"id":"2"}],"meta":{"has_more":false}}"#;
        let cut = cut % whole.len();
        for asked in [Asked::List, Asked::Create, Asked::Batch] {
            let error = answer(asked, 200, &whole[..cut]).unwrap_err();
            prop_assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        }
    }
}
