//! The delivery of koppelsleutels: a customer activates the koppeling, and
//! SnelStart posts the key to the one address registered with it.
//!
//! Nothing signs a delivery (vendor documentation), and one that is not answered
//! with a 2xx is not sent again. So the reference that was put into the
//! activation address must be a secret, and a key is worth trusting only after
//! it has read the administration's own data.

use std::fmt;

use api_core::{Error, ErrorKind, ExposeSecret, Json, SecretString};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::auth::clean;
use crate::wire::encode;

/// The most bytes of a delivery.
pub const MAX_BODY: usize = 64 * 1024;

/// The most characters of a reference (vendor documentation).
pub const MAX_REFERENCE: usize = 500;

/// The fewest characters of a reference that cannot be guessed.
const MIN_REFERENCE: usize = 22;

/// Where customers activate a koppeling (vendor documentation).
const ACTIVATE: &str = "https://web.snelstart.nl/couplings/activate/";

/// What became of a koppelsleutel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It is new (`Create`).
    Create,
    /// It replaces the one before (`Regenerate`).
    Regenerate,
    /// It works no more (`Delete`).
    Delete,
    /// Something this crate does not know.
    Other(String),
}

/// A koppelsleutel as it was delivered.
#[derive(Clone)]
pub struct KeyDelivery {
    action: Action,
    key: Option<SecretString>,
    reference: SecretString,
}

impl fmt::Debug for KeyDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyDelivery")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

impl KeyDelivery {
    /// Reads the body of a delivery; names count without regard to case.
    ///
    /// # Errors
    ///
    /// `TooLarge` beyond [`MAX_BODY`], `Validation` when it is no delivery. No
    /// error repeats what the body held.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let fault = |kind, what: &str| Error::new(kind, what).operation("snelstart.delivery");
        if body.len() > MAX_BODY {
            return Err(fault(ErrorKind::TooLarge, "The delivery is too large."));
        }
        let refuse = |what: &str| fault(ErrorKind::Validation, what);
        let text = std::str::from_utf8(body)
            .ok()
            .and_then(|text| Json::parse(text.trim_start_matches('\u{feff}').trim()).ok());
        let members = match text {
            Some(Json::Map(members)) => members,
            _ => return Err(refuse("The delivery is no JSON object.")),
        };
        let member = |name: &str, same: fn(&str, &str) -> bool| {
            let mut texts = members
                .iter()
                .filter(|(known, _)| known.eq_ignore_ascii_case(name))
                .filter_map(|(_, value)| value.as_str())
                .map(str::trim)
                .filter(|text| !text.is_empty());
            let first = texts.next();
            match texts.all(|text| first.is_some_and(|first| same(first, text))) {
                true => Ok(first),
                false => Err(refuse("The delivery says one thing and another.")),
            }
        };
        let reference = member("ReferenceKey", str::eq)?
            .ok_or_else(|| refuse("The delivery names no reference."))?;
        if reference.chars().count() > MAX_REFERENCE {
            return Err(refuse("The reference of the delivery is too long."));
        }
        let action = match member("ActionType", str::eq_ignore_ascii_case)? {
            Some(word) if word.eq_ignore_ascii_case("Create") => Action::Create,
            Some(word) if word.eq_ignore_ascii_case("Regenerate") => Action::Regenerate,
            Some(word) if word.eq_ignore_ascii_case("Delete") => Action::Delete,
            Some(word) => Action::Other(word.chars().take(40).collect()),
            None => return Err(refuse("The delivery names no action.")),
        };
        let key = member("KoppelSleutel", str::eq)?
            .map(|key| {
                clean(&SecretString::from(key.to_owned()), "koppelsleutel")
                    .map_err(|_| refuse("The delivered koppelsleutel cannot be one."))
            })
            .transpose()?;
        if key.is_none() && matches!(action, Action::Create | Action::Regenerate) {
            return Err(refuse("The delivery brings no koppelsleutel."));
        }
        Ok(Self {
            action,
            key,
            reference: SecretString::from(reference.to_owned()),
        })
    }

    /// Returns what became of the key.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// Returns the key; a [`Action::Delete`] may come without.
    #[must_use]
    pub fn key(&self) -> Option<&SecretString> {
        self.key.as_ref()
    }

    /// Whether the delivery answers this very reference; takes the same time
    /// wherever the two differ.
    #[must_use]
    pub fn answers(&self, reference: &SecretString) -> bool {
        let digest = |secret: &SecretString| Sha256::digest(secret.expose_secret().as_bytes());
        let (ours, theirs) = (digest(reference), digest(&self.reference));
        let apart = ours
            .iter()
            .zip(theirs.iter())
            .fold(0_u8, |apart, (a, b)| apart | (a ^ b));
        apart == 0 && !reference.expose_secret().is_empty()
    }
}

/// Writes the address at which a customer activates the koppeling.
///
/// It holds the reference, so it is a secret until the customer follows it.
///
/// # Errors
///
/// `Config` for a name that is not one word, for a reference that is too long or
/// so short that it can be guessed, and for a `success_url` that is no address.
pub fn activation_url(
    app_short_name: &str,
    reference: &SecretString,
    success_url: Option<&str>,
) -> Result<SecretString, Error> {
    let refuse =
        |what: String| Error::new(ErrorKind::Config, what).operation("snelstart.activation_url");
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if app_short_name.is_empty()
        || !app_short_name.chars().all(word)
        || app_short_name.starts_with('.')
    {
        return Err(refuse(format!(
            "{app_short_name:?} cannot be the short name of an application."
        )));
    }
    let length = reference.expose_secret().chars().count();
    if !(MIN_REFERENCE..=MAX_REFERENCE).contains(&length) {
        return Err(refuse(format!(
            "A reference has {MIN_REFERENCE} to {MAX_REFERENCE} characters, this one {length}."
        ))
        .help("Use at least 128 random bits: whoever knows the reference can deliver a key."));
    }
    let mut url = format!(
        "{ACTIVATE}{app_short_name}?referenceKey={}",
        encode(reference.expose_secret())
    );
    if let Some(success) = success_url {
        let target = Url::parse(success)
            .ok()
            .filter(|url| matches!(url.scheme(), "https" | "http"))
            .ok_or_else(|| refuse("`success_url` is no address.".to_owned()))?;
        url.push_str("&successUrl=");
        url.push_str(&encode(target.as_str()));
    }
    Ok(SecretString::from(url))
}
