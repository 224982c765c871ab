//! From what this API answers to what the caller can do.
//!
//! One table for every call (the inferred contract's error classification). The difficult row is
//! `404`: it means an empty list, an unknown record, a refused record, a wrong token or a wrong
//! address, and only the request and the words of the answer tell which.

use api_core::retry::retry_hint;
use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use http::{HeaderMap, StatusCode, header};

use crate::envelope::{BodyFault, Envelope};
use crate::profile::Profile;

/// What a request asked for; the same answer means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whether the API is there.
    Ping,
    /// A page of records: a 404 may mean that there are none.
    List,
    /// One record by its id.
    Get,
    /// A new record.
    Create,
    /// A change to, or the end of, a record that exists.
    Change,
    /// Many writes at once.
    Batch,
}

impl Asked {
    const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Change | Self::Batch)
    }
}

/// What an answer turned out to be.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A yes with its content.
    Content(Box<Envelope>),
    /// A list without records.
    Empty,
    /// A yes without a body, where that is enough.
    NoBody,
}

/// Reads an answer; everything that is not clearly a yes is an error.
pub(crate) fn read(
    profile: &Profile,
    asked: Asked,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, Error> {
    let parsed = Envelope::parse(body);
    let error = match (status.as_u16(), parsed) {
        (204, Err(BodyFault::Empty)) if asked == Asked::Change => return Ok(Answer::NoBody),
        (200..=299, Ok(envelope)) => return accept(profile, asked, envelope).map_err(sign(status)),
        (200..=299, Err(fault)) => unreadable(asked, &fault, body),
        (300..=399, _) => redirected(headers),
        // A batch that failed record by record still carries one result per record.
        (400 | 409 | 422, Ok(envelope)) if asked == Asked::Batch && envelope.results.is_some() => {
            return Ok(Answer::Content(Box::new(envelope)));
        }
        (404, Ok(envelope)) if asked == Asked::List && is_empty_list(profile, &envelope) => {
            return Ok(Answer::Empty);
        }
        (_, Ok(envelope)) => refused(profile, asked, status, &envelope),
        (_, Err(fault)) => refused_without_words(asked, status, &fault, body),
    };
    let error = if error.is_transient() {
        match retry_hint(status, headers, now) {
            Some(delay) => error.retry_after(delay),
            None => error,
        }
    } else {
        error
    };
    Err(sign(status)(error))
}

fn sign(status: StatusCode) -> impl Fn(Error) -> Error {
    move |error| error.status(status.as_u16())
}

fn accept(profile: &Profile, asked: Asked, envelope: Envelope) -> Result<Answer, Error> {
    if asked == Asked::Batch && envelope.results.is_some() {
        return Ok(Answer::Content(Box::new(envelope)));
    }
    if envelope.ok == Some(false) || (envelope.wrapped && !envelope.fields.is_empty()) {
        let said = envelope
            .sentence()
            .unwrap_or_else(|| "the server refused without a reason".to_owned());
        let kind = if has(&said, &profile.auth_texts) && envelope.fields.is_empty() {
            ErrorKind::Auth
        } else if has(&said, &profile.empty_texts) {
            ErrorKind::NotFound
        } else {
            ErrorKind::Validation
        };
        return Err(with_words(Error::new(kind, said), &envelope).outcome(SendOutcome::Rejected));
    }
    let missing = match asked {
        Asked::List if envelope.list().is_none() => Some("no list of records"),
        Asked::Get if envelope.record().is_none() => Some("no record"),
        Asked::Batch => Some("no `results`"),
        // A write that is confirmed by nothing is not confirmed.
        Asked::Create | Asked::Change
            if envelope.ok.is_none() && envelope.id(&profile.id_fields).is_none() =>
        {
            Some("no confirmation")
        }
        Asked::Ping if envelope.ok.is_none() && envelope.data.is_none() => Some("no status"),
        _ => None,
    };
    match missing {
        Some(missing) => Err(
            Error::new(ErrorKind::Decode, format!("The answer holds {missing}."))
                .outcome(SendOutcome::Unknown),
        ),
        None => Ok(Answer::Content(Box::new(envelope))),
    }
}

fn is_empty_list(profile: &Profile, envelope: &Envelope) -> bool {
    envelope.fields.is_empty()
        && envelope
            .sentence()
            .is_some_and(|said| has(&said, &profile.empty_texts))
}

fn refused(profile: &Profile, asked: Asked, status: StatusCode, envelope: &Envelope) -> Error {
    let said = envelope.sentence();
    let words = said.as_deref().unwrap_or_default();
    let about_token = envelope.fields.is_empty() && has(words, &profile.auth_texts);
    let has_map = !envelope.fields.is_empty();
    let kind = match status.as_u16() {
        401 => ErrorKind::Auth,
        403 if about_token => ErrorKind::Auth,
        403 => ErrorKind::Permission,
        404 if has_map => ErrorKind::Validation,
        404 if about_token => ErrorKind::Auth,
        404 | 405 if has(words, &profile.route_texts) => ErrorKind::Config,
        404 if has(words, &profile.empty_texts) => ErrorKind::NotFound,
        // "Client add fail." and its like: the record was refused.
        404 if matches!(asked, Asked::Create | Asked::Batch) => ErrorKind::Validation,
        404 | 410 => ErrorKind::NotFound,
        405 => ErrorKind::Config,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::Validation,
    };
    let message = said.unwrap_or_else(|| format!("The server answered {status} without a reason."));
    settle(
        with_words(Error::new(kind, message), envelope),
        kind,
        asked,
        status,
    )
}

fn refused_without_words(
    asked: Asked,
    status: StatusCode,
    fault: &BodyFault,
    body: &[u8],
) -> Error {
    let kind = match status.as_u16() {
        401 => ErrorKind::Auth,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        // An empty 403 comes from the API; a page comes from a firewall in front of it.
        403 if *fault == BodyFault::Empty => ErrorKind::Permission,
        _ => ErrorKind::NotAnApi,
    };
    let message = format!(
        "The server answered {status} with {}.",
        match fault {
            BodyFault::Empty => "an empty body",
            BodyFault::NotJson => "a page instead of JSON",
            BodyFault::Broken(_) => "broken JSON",
        }
    );
    settle(
        Error::new(kind, message).excerpt(lossy(body)),
        kind,
        asked,
        status,
    )
}

/// States what is known of the request, and what a person can do.
fn settle(error: Error, kind: ErrorKind, asked: Asked, status: StatusCode) -> Error {
    let error = match kind {
        // 5xx and their kin: the write may have been applied before the server fell over.
        ErrorKind::Unavailable => error.outcome(SendOutcome::Unknown),
        // A page with a 4xx comes from something in front of the API, but nothing proves it.
        ErrorKind::NotAnApi if asked.writes() => error.outcome(SendOutcome::Unknown),
        _ => error.outcome(SendOutcome::Rejected),
    };
    match kind {
        ErrorKind::Auth => error.help("Check the connection's token and that it has not expired."),
        ErrorKind::Permission => {
            error.help("Give the token the right to do this, in the server's API settings.")
        }
        ErrorKind::Config => {
            error.help("The address has no such route: check `api_url` and the profile's paths.")
        }
        ErrorKind::TooLarge => error.help("Lower the batch size."),
        ErrorKind::NotAnApi if status == StatusCode::NOT_FOUND => {
            error.help("Check `api_url`: there is a web server at this address, but no API.")
        }
        ErrorKind::NotAnApi => error.help(NOT_AN_API_HELP),
        _ => error,
    }
}

const NOT_AN_API_HELP: &str = "Open the API URL in a browser: a login page, a firewall's check or \
    an error page of the server stands before the API.";

fn unreadable(asked: Asked, fault: &BodyFault, body: &[u8]) -> Error {
    let outcome = SendOutcome::Unknown;
    let verb = if asked.writes() { "confirm" } else { "answer" };
    match fault {
        BodyFault::Empty => Error::new(
            ErrorKind::NotAnApi,
            format!("The server sent an empty body and so did not {verb} the request."),
        )
        .help("Look into the server's PHP error log: an empty page is how PHP dies.")
        .outcome(outcome),
        BodyFault::NotJson => Error::new(
            ErrorKind::NotAnApi,
            "The server sent a page or a notice instead of JSON.",
        )
        .excerpt(lossy(body))
        .help(NOT_AN_API_HELP)
        .outcome(outcome),
        BodyFault::Broken(reason) => Error::new(
            ErrorKind::Decode,
            format!("The answer is broken JSON: {reason}."),
        )
        .excerpt(lossy(body))
        .outcome(outcome),
    }
}

fn redirected(headers: &HeaderMap) -> Error {
    let target = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .map_or_else(|| "nowhere".to_owned(), api_core::redact::url);
    Error::new(
        ErrorKind::Config,
        format!("The server redirects to {target}; the token is not carried there."),
    )
    .outcome(SendOutcome::Rejected)
    .help("Put the final address of the API into `api_url`.")
}

fn with_words(error: Error, envelope: &Envelope) -> Error {
    let error = error.fields(envelope.fields.clone());
    match &envelope.code {
        Some(code) if code.len() <= 64 => error.code(code),
        _ => error,
    }
}

fn has(text: &str, parts: &[String]) -> bool {
    let text = text.to_lowercase();
    parts
        .iter()
        .any(|part| !part.is_empty() && text.contains(&part.to_lowercase()))
}

fn lossy(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(4_096)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_of(code: u16) -> StatusCode {
        StatusCode::from_u16(code).unwrap()
    }

    fn answer(asked: Asked, code: u16, body: &str) -> Result<Answer, Error> {
        answer_with(asked, code, &HeaderMap::new(), body)
    }

    fn answer_with(
        asked: Asked,
        code: u16,
        headers: &HeaderMap,
        body: &str,
    ) -> Result<Answer, Error> {
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
}
