//! What a koppelsleutel may do, read from its token.

use std::collections::BTreeSet;

use api_core::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The most bytes of a token that are looked at.
const MOST: usize = 64 * 1024;

/// The areas that the API has rights for (OpenAPI document).
const AREAS: &[&str] = &[
    "artikelen",
    "bankieren",
    "boekhouden",
    "btwaangiftes",
    "documenten",
    "kas",
    "memoriaal",
    "orders",
    "rapportage",
    "relaties",
    "settings",
];

/// The rights that a token names (measured by client authors: a claim
/// `scopes` of words such as `relaties:read`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    names: Option<BTreeSet<String>>,
}

impl Scopes {
    /// Reads the claim of a token without verifying its signature.
    pub(crate) fn of_token(token: &str) -> Self {
        Self {
            // Words of another kind say nothing about these rights.
            names: read(token).filter(|names| names.iter().any(|name| AREAS.contains(&area(name)))),
        }
    }

    /// The names of the rights; `None` when the token does not tell.
    #[must_use]
    pub fn names(&self) -> Option<impl Iterator<Item = &str>> {
        self.names
            .as_ref()
            .map(|names| names.iter().map(String::as_str))
    }

    /// Whether the token has a right; `None` when it does not tell.
    ///
    /// A right for a whole area (`rapportage`) covers its parts
    /// (`rapportage:read`), and where the API asks for no more than the area,
    /// any of its parts will do.
    #[must_use]
    pub fn has(&self, scope: &str) -> Option<bool> {
        let names = self.names.as_ref()?;
        let scope = scope.to_ascii_lowercase();
        if !scope.contains(':') {
            return Some(names.iter().any(|name| area(name) == scope));
        }
        Some(names.contains(&scope) || names.contains(area(&scope)))
    }

    /// The first of some rights that the token is known to lack.
    #[must_use]
    pub fn lacking<'a>(&self, scopes: &[&'a str]) -> Option<&'a str> {
        scopes
            .iter()
            .find(|scope| self.has(scope) == Some(false))
            .copied()
    }
}

/// What a right is about: `relaties` of `relaties:read`.
fn area(scope: &str) -> &str {
    scope.split(':').next().unwrap_or_default()
}

fn read(token: &str) -> Option<BTreeSet<String>> {
    if token.len() > MOST {
        return None;
    }
    let mut parts = token.split('.');
    let claims = parts.nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims = Json::parse(std::str::from_utf8(&bytes).ok()?).ok()?;
    let claim = claims.get("scopes").or_else(|| claims.get("scope"))?;
    let words: Vec<&str> = match claim {
        Json::Text(text) => text.split([' ', ',']).collect(),
        Json::List(items) => items
            .iter()
            .filter_map(Json::as_str)
            .flat_map(|item| item.split([' ', ',']))
            .collect(),
        _ => return None,
    };
    Some(
        words
            .into_iter()
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn rights_are_read_from_a_text_and_from_a_list() {
        for claims in [
            r#"{"scopes":"relaties:read Orders:Write rapportage"}"#,
            r#"{"scopes":["relaties:read","orders:write","rapportage"]}"#,
        ] {
            let scopes = Scopes::of_token(&token(claims));
            assert_eq!(scopes.has("relaties:read"), Some(true));
            assert_eq!(scopes.has("relaties:write"), Some(false));
            assert_eq!(scopes.has("rapportage"), Some(true));
            assert_eq!(scopes.has("rapportage:read"), Some(true));
            let asked = ["orders:write", "boekhouden:read", "kas:read"];
            assert_eq!(scopes.lacking(&asked), Some("boekhouden:read"));
        }
    }

    #[test]
    fn the_rights_of_every_operation_are_of_a_known_area() {
        for operation in crate::operations::OPERATIONS {
            for scope in operation.scopes {
                assert!(AREAS.contains(&area(scope)), "{scope}");
            }
        }
    }

    #[test]
    fn a_token_that_does_not_tell_refuses_nothing() {
        for text in [
            "opaque",
            "a.b",
            "a.!!.c",
            "",
            "..",
            &token("{}"),
            &token("[]"),
        ] {
            let scopes = Scopes::of_token(text);
            assert_eq!(scopes.has("relaties:read"), None, "{text}");
            assert_eq!(scopes.lacking(&["relaties:read"]), None, "{text}");
            assert!(scopes.names().is_none());
        }
    }
}
