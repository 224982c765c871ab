//! What the name of a field says about its value.

mod names;
mod values;

use std::cell::RefCell;

use api_core::redact;
use names::{exact, has_part, suffix};

pub(super) use values::{
    is_code_text, is_country_text, is_id_text, is_number_text, is_token_text, is_word_text,
};

/// What the name of a field says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A secret: redacted whatever it looks like.
    Secret,
    /// Of a person or a place: masked whatever it looks like.
    Personal,
    /// An id or a hash of a record.
    Id,
    /// A number or code that people see, such as an invoice's.
    Code,
    /// One of a list of words: a status, a type, a unit.
    Word,
    /// A short word of a program: a unit, a direction.
    Token,
    /// A country: kept as a code only.
    Country,
    /// An amount or a count.
    Number,
    /// An address at the remote.
    Url,
    /// What went wrong, in an answer that says that something did.
    Error,
    /// What was sent, repeated beside what went wrong.
    Echo,
    /// Names a field; its value is kept when it is a name that is known here.
    Field,
    /// Nothing is known: only what is harmless by its form is kept.
    Plain,
}

/// Longer names are not known.
const LONGEST: usize = 64;

/// Names that are remembered.
const NAMES: usize = 512;

/// A name that was looked up.
struct Name {
    name: Box<str>,
    key: Key,
    shown: bool,
}

thread_local! {
    /// Bodies repeat the names of theirs, and so do all bodies of a system.
    static LOOKED_UP: RefCell<[Option<Name>; NAMES]> = const { RefCell::new([const { None }; NAMES]) };
}

/// Says what a name means, and whether it can be shown.
pub(super) fn known(name: &str) -> (Key, bool) {
    if name.len() > LONGEST {
        return (classify(name), is_shown(name));
    }
    let hash = name.bytes().fold(0xcbf2_9ce4_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    LOOKED_UP.with_borrow_mut(|names| {
        let place = names.get_mut((hash >> 16) as usize % NAMES);
        if let Some(Some(known)) = &place
            && *known.name == *name
        {
            return (known.key, known.shown);
        }
        let (key, shown) = (classify(name), is_shown(name));
        if let Some(place) = place {
            *place = Some(Name {
                name: name.into(),
                key,
                shown,
            });
        }
        (key, shown)
    })
}

/// Says what a name means. Case and punctuation do not matter; of
/// `values[lastname]` the last part counts.
pub(super) fn classify(name: &str) -> Key {
    if redact::is_secret_key(name) {
        return Key::Secret;
    }
    let last = name.trim_end_matches(']');
    let last = last
        .rfind(['[', '.'])
        .and_then(|at| last.get(at + 1..))
        .unwrap_or(last);
    let mut room = [0; LONGEST];
    let Some(folded) = fold(last, &mut room) else {
        return Key::Plain;
    };
    if let Some(known) = exact(folded) {
        return known;
    }
    if is_id(last) {
        return Key::Id;
    }
    if has_part(folded.as_bytes()) {
        return Key::Personal;
    }
    suffix(folded)
}

/// Tells whether a text is the name of a field that is known here, such as
/// `lastname` or `account_id`: known as a whole, for people are named anything.
pub(super) fn is_known(name: &str) -> bool {
    const WHOLE: &[&str] = &[
        "address",
        "adres",
        "bsn",
        "city",
        "company",
        "description",
        "email",
        "fax",
        "firstname",
        "iban",
        "lastname",
        "lineitems",
        "mobile",
        "omschrijving",
        "organization",
        "phone",
        "phonenumber",
        "plaats",
        "postcode",
        "quantity",
        "straat",
        "street",
        "subject",
        "telefoon",
        "title",
        "username",
        "vat",
        "website",
        "zip",
    ];
    let mut room = [0; LONGEST];
    fold(name, &mut room).is_some_and(|folded| {
        WHOLE.contains(&folded) || exact(folded).is_some() || (is_id(name) && is_shown(name))
    })
}

/// Tells whether a detail of our own entries has this name: what is meant is
/// a flow, a setting or a step, no person.
pub(super) fn is_own(name: &str) -> bool {
    const OWN: &[&str] = &[
        "body",
        "connectionname",
        "description",
        "fieldname",
        "filename",
        "flowname",
        "label",
        "mailbox",
        "name",
        "note",
        "notes",
        "owner",
        "stepname",
        "subject",
        "target",
        "text",
        "title",
    ];
    let mut room = [0; LONGEST];
    fold(name, &mut room).is_some_and(|folded| OWN.contains(&folded))
}

fn fold<'a>(name: &str, room: &'a mut [u8; LONGEST]) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let mut length = 0;
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            *room.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        } else if !byte.is_ascii() {
            return None;
        }
    }
    std::str::from_utf8(room.get(..length)?).ok()
}

/// `client_id`, `clientId`, `clientIds`, `owner-id`; but not `paid`.
fn is_id(name: &str) -> bool {
    let name = name.trim_end_matches(['_', '-']);
    [
        "Id", "ID", "Ids", "IDs", "_id", "-id", "_ids", "-ids", "_uuid", "Uuid", "_guid", "Guid",
        "_ID",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

/// Tells whether a name can be shown: one that a program gives, not a text
/// that somebody typed.
pub(super) fn is_shown(name: &str) -> bool {
    if name.len() > LONGEST {
        return false;
    }
    if super::shape::is_mark(name) {
        return true;
    }
    let mut digits = 0;
    for (at, byte) in name.bytes().enumerate() {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        let fits = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'-' | b'.' | b'$' | b':' | b'/' | b'[' | b']' | b'#'
            )
            || (byte == b'@' && at == 0);
        if !fits || (digits > 8 && name.starts_with(['0', '+'])) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_systems_mean_what_they_mean() {
        for (name, expected) in [
            ("id", Key::Id),
            ("customer_id", Key::Id),
            ("assigned_user_id", Key::Id),
            ("contactId", Key::Id),
            ("external_id", Key::Id),
            ("paid", Key::Plain),
            ("valid", Key::Plain),
            ("bsnId", Key::Id),
            ("lastname", Key::Personal),
            ("values[lastname]", Key::Personal),
            ("First Name", Key::Personal),
            ("vestigingsAdres", Key::Personal),
            ("mobieleTelefoon", Key::Personal),
            ("btwNummer", Key::Personal),
            ("mailingzip", Key::Personal),
            ("phonenumber", Key::Personal),
            ("customer_business_then_name", Key::Personal),
            ("bic", Key::Personal),
            ("status", Key::Word),
            ("ticketstatus", Key::Word),
            ("elementType", Key::Word),
            ("currency_code", Key::Word),
            ("postcode", Key::Personal),
            ("invoice_number", Key::Code),
            ("contact_no", Key::Code),
            ("price_retail", Key::Plain),
            ("subtotal", Key::Number),
            ("created_at", Key::Number),
            ("country", Key::Country),
            ("verkoopBoekingenUri", Key::Url),
            ("message", Key::Error),
            ("value", Key::Echo),
            ("name", Key::Field),
            ("password", Key::Secret),
            ("sessionName", Key::Secret),
            ("kenmerk", Key::Plain),
            ("naïef", Key::Plain),
        ] {
            assert_eq!(classify(name), expected, "{name}");
        }
        assert_eq!(classify(&"x".repeat(1_000)), Key::Plain);
    }

    #[test]
    fn names_that_somebody_typed_are_not_shown() {
        for name in [
            "id",
            "values[lastname]",
            "@odata.context",
            "12x34",
            "12345678901",
            "$filter",
        ] {
            assert!(is_shown(name), "{name}");
        }
        for name in [
            "Jan Jansen",
            "jan@example.test",
            "0612345678",
            "Zoë",
            "a\"b",
        ] {
            assert!(!is_shown(name), "{name}");
        }
    }
}
