//! The account, from whatever people paste.

use api_core::{Error, ErrorKind};

/// The domain under which accounts stand (OpenAPI document).
pub(crate) const DOMAIN: &str = "syncromsp.com";

/// Reads the account from its name or from an address within it.
///
/// Some accounts are browsed under `acme.shield.syncromsp.com`; their API
/// stands under the plain name (inferred).
///
/// # Errors
///
/// `Config` for what names no account.
pub(crate) fn account(text: &str) -> Result<String, Error> {
    let refuse = |what: &str| {
        Error::new(
            ErrorKind::Config,
            format!(
                "The account {:?} {what}.",
                api_core::redact::cap_chars(&api_core::redact::url(text.trim()), 100)
            ),
        )
        .help("Name it as in the address of the account: `acme` or `https://acme.syncromsp.com`.")
    };
    let plain = text.trim().to_ascii_lowercase();
    let rest = match plain.split_once("://") {
        Some(("http" | "https", rest)) => rest,
        Some(_) => return Err(refuse("begins with another scheme than https")),
        None => plain.as_str(),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err(refuse("holds a user name"));
    }
    let host = host.split_once(':').map_or(host, |(host, _port)| host);
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let name = match host.strip_suffix(DOMAIN) {
        Some(name) => {
            let name = name
                .strip_suffix('.')
                .ok_or_else(|| refuse("is no address of Syncro"))?;
            name.strip_suffix(".shield").unwrap_or(name)
        }
        None if host.contains('.') => return Err(refuse("is no address of Syncro")),
        None => host,
    };
    let fits = !name.is_empty()
        && name.len() <= 63
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !matches!(name, "www" | "shield");
    if fits {
        Ok(name.to_owned())
    } else {
        Err(refuse("names no account"))
    }
}

/// The address of an account's API.
pub(crate) fn base_url(account: &str) -> String {
    format!("https://{account}.{DOMAIN}/api/v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_whatever_is_pasted() {
        for text in [
            "acme",
            " Acme ",
            "acme.syncromsp.com",
            "www.acme.syncromsp.com",
            "https://www.acme.syncromsp.com/customers/5?tab=1#x",
            "http://acme.syncromsp.com",
            "acme.shield.syncromsp.com",
            "https://acme.shield.syncromsp.com/tickets",
            "acme.syncromsp.com:443/api/v1",
            "acme.syncromsp.com.",
        ] {
            assert_eq!(account(text).unwrap(), "acme", "{text}");
        }
        assert_eq!(account("a-1").unwrap(), "a-1");
    }

    #[test]
    fn what_names_no_account_is_refused() {
        for text in [
            "",
            "  ",
            "www.syncromsp.com",
            "syncromsp.com",
            "https://syncromsp.com",
            "acme.example.com",
            "acmesyncromsp.com",
            "evil.com/acme.syncromsp.com",
            "https://acme.syncromsp.com@evil.com",
            "ftp://acme.syncromsp.com",
            "a b",
            "-acme",
            "acme/../x y.com",
            "a.b.syncromsp.com",
            "shield.syncromsp.com",
        ] {
            let shown = account(text);
            if text == "acme/../x y.com" {
                // What follows the host does not matter.
                assert_eq!(shown.unwrap(), "acme");
                continue;
            }
            assert_eq!(shown.unwrap_err().kind(), ErrorKind::Config, "{text}");
        }
    }
}
