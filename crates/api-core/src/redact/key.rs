//! Which names hold secrets.

/// Names that are secret wherever they occur inside a longer name, by their
/// first letter.
fn parts(first: u8) -> &'static [&'static str] {
    match first {
        b'a' => &["accesskey", "apikey", "authkey", "authorization"],
        b'c' => &["clientkey", "connectionkey", "cookie", "credential"],
        b'e' => &["encryptionkey"],
        b'k' => &["koppelsleutel"],
        b'p' => &[
            "passcode",
            "passphrase",
            "passwd",
            "password",
            "passwort",
            "portalkey",
            "privatekey",
        ],
        b'r' => &["referencekey"],
        b's' => &[
            "secret",
            "sessionid",
            "sessionkey",
            "sessionname",
            "signingkey",
            "subscriptionkey",
        ],
        b't' => &["token"],
        b'w' => &["wachtwoord", "webhookkey"],
        _ => &[],
    }
}

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
    let mut room = [0; FOLDED];
    let mut long = String::new();
    let folded = fold(name, &mut room, &mut long);
    if HARMLESS.contains(&folded) {
        return false;
    }
    if has_part(folded.as_bytes()) || is_whole(folded) {
        return true;
    }
    let end = name.trim_end_matches([']', '"', '\'']);
    match end.rfind(['[', '.', '/']) {
        Some(at) => {
            let (mut room, mut long) = ([0; FOLDED], String::new());
            is_whole(fold(
                end.get(at..).unwrap_or_default(),
                &mut room,
                &mut long,
            ))
        }
        None => false,
    }
}

/// Names of this length or less are folded without a heap.
const FOLDED: usize = 64;

/// Keeps letters and digits alone, lower case.
fn fold<'a>(name: &str, room: &'a mut [u8; FOLDED], long: &'a mut String) -> &'a str {
    if !name.is_ascii() || name.len() > FOLDED {
        long.extend(
            name.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase),
        );
        return long;
    }
    let mut length = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        if let Some(place) = room.get_mut(length) {
            *place = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    // ASCII letters and digits are valid UTF-8.
    std::str::from_utf8(room.get(..length).unwrap_or_default()).unwrap_or_default()
}

fn is_whole(folded: &str) -> bool {
    folded.len() <= 9 && WHOLE.contains(&folded)
}

/// Looks for a part at each place: every name of every body passes here.
fn has_part(folded: &[u8]) -> bool {
    folded.iter().enumerate().any(|(at, first)| {
        let rest = folded.get(at..).unwrap_or_default();
        let mut parts = parts(*first).iter();
        parts.any(|part| rest.starts_with(part.as_bytes()))
    })
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

    #[test]
    fn long_and_foreign_names_are_folded_alike() {
        let long = format!("{}[Api Key]", "x".repeat(200));
        assert!(is_secret_key(&long));
        assert!(is_secret_key("clé_PASSWORD"));
        assert!(is_secret_key(&format!("{}[pin]", "é".repeat(90))));
        assert!(!is_secret_key(&"é".repeat(90)));
    }

    #[test]
    fn every_part_and_every_whole_name_is_found() {
        for part in (b'a'..=b'z').flat_map(parts) {
            assert!(is_secret_key(&format!("my_{part}_2")), "{part}");
        }
        for whole in WHOLE {
            assert!(is_secret_key(&whole.to_uppercase()), "{whole}");
            assert!(is_secret_key(&format!("user[{whole}]")), "{whole}");
        }
    }
}
