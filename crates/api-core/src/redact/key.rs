//! Which names hold secrets.

/// Names that are secret wherever they occur inside a longer name.
const PARTS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "wachtwoord",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "portalkey",
    "clientkey",
    "subscriptionkey",
    "koppelsleutel",
    "connectionkey",
    "referencekey",
    "signingkey",
    "encryptionkey",
    "authorization",
    "authkey",
    "credential",
    "sessionid",
    "sessionname",
    "sessionkey",
    "cookie",
    "webhookkey",
];

/// Names that are secret only as a whole.
const WHOLE: &[&str] = &[
    "auth",
    "bearer",
    "hmac",
    "jwt",
    "otp",
    "pass",
    "phpsessid",
    "pin",
    "pwd",
    "session",
    "sid",
    "sig",
    "signature",
    "totp",
    "userhash",
];

/// Names that look secret and are not.
const HARMLESS: &[&str] = &["tokentype", "tokencount", "tokenexpiresin", "tokensused"];

/// Tells whether a header, field or parameter of this name holds a secret.
///
/// Case, `_`, `-`, `.`, spaces and brackets do not matter: `X-Api-Key`,
/// `apiKey` and `user[api_key]` are one name.
#[must_use]
pub fn is_secret_key(name: &str) -> bool {
    let folded: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if HARMLESS.contains(&folded.as_str()) {
        return false;
    }
    let last: String = name
        .trim_end_matches([']', '"', '\''])
        .rsplit(['[', '.', '/'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    WHOLE.contains(&folded.as_str())
        || WHOLE.contains(&last.as_str())
        || PARTS.iter().any(|part| folded.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        for name in [
            "password",
            "Passwd",
            "X-Api-Key",
            "apiKey",
            "user[api_key]",
            "user[pass]",
            "db.pwd",
            "access_token",
            "authtoken",
            "Ocp-Apim-Subscription-Key",
            "clientKey",
            "portal_key",
            "clientkey",
            "subscription-key",
            "KoppelSleutel",
            "koppel_sleutel",
            "ReferenceKey",
            "connection_key",
            "client_secret",
            "Set-Cookie",
            "PHPSESSID",
            "sessionName",
            "_session",
            "session_name",
            "accesskey",
            "accessKey",
            "user_password",
            "confirm_password",
            "user_hash",
            "element[user_password]",
        ] {
            assert!(is_secret_key(name), "{name}");
        }
        for name in [
            "name",
            "author",
            "passport",
            "token_type",
            "spin",
            "status",
            "company",
            "inside",
            "sessions",
            "session_count",
        ] {
            assert!(!is_secret_key(name), "{name}");
        }
    }
}
