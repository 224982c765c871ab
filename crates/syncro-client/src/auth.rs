//! The API token, which travels as a bearer token with every call.

use api_core::{Error, ErrorKind, ExposeSecret, SecretString};

/// Brings a token into the form that is sent: without what pasting adds.
///
/// # Errors
///
/// `Config` when nothing is left, or something that no header carries.
pub(crate) fn clean(token: &SecretString) -> Result<SecretString, Error> {
    let refuse = |what: &str| {
        Err(
            Error::new(ErrorKind::Config, format!("The API token {what}.")).help(
                "Make one in Syncro under Admin > API > API Tokens, with the permissions it needs.",
            ),
        )
    };
    let text = token.expose_secret().trim();
    let bare = match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ => text,
    };
    if bare.is_empty() || bare.eq_ignore_ascii_case("bearer") {
        return refuse("is missing");
    }
    if !bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("holds a character that no token has");
    }
    Ok(SecretString::from(bare.to_owned()))
}
