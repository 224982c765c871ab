//! What the name of a field says about its value.

use api_core::redact;

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

fn exact(folded: &str) -> Option<Key> {
    Some(match folded {
        "id" | "ids" | "uid" | "uuid" | "guid" | "gid" | "hash" | "etag" | "checksum" | "md5"
        | "sha1" | "sha256" | "externalid" | "parentidentifier" | "identifier" | "cursor" => {
            Key::Id
        }
        "number" | "nummer" | "invoicenumber" | "ordernumber" | "ticketnumber" | "quotenumber"
        | "estimatenumber" | "projectnumber" | "ponumber" | "factuurnummer" | "ordernummer"
        | "offertenummer" | "boekstuk" | "boekingsnummer" | "grootboeknummer" | "contactno"
        | "accountno" | "ticketno" | "leadno" | "invoiceno" | "quoteno" | "salesorderno"
        | "purchaseorderno" | "productno" | "potentialno" | "projectno" | "projecttaskno"
        | "projectmilestoneno" | "faqno" | "vendorno" | "campaignno" | "serviceno" | "sku"
        | "version" | "apiversion" | "vtigerversion" | "prefix" | "idprefix" => Key::Code,
        "type" | "kind" | "status" | "event" | "action" | "operation" | "method" | "module"
        | "elementtype" | "entity" | "priority" | "severity" | "level" | "stage" | "phase"
        | "salesstage" | "leadsource" | "language" | "locale" | "timezone" | "format"
        | "encoding" | "contenttype" | "mimetype" | "success" | "relatiesoort" | "currency"
        | "valuta" | "code" | "taxtype" | "hdntaxtype" | "recurringtype" | "modulename" => {
            Key::Word
        }
        "unit" | "units" | "eenheid" | "usageunit" | "mode" | "scope" | "color" | "kleur"
        | "visibility" | "interval" | "frequency" | "order" | "sort" | "orderby" | "direction"
        | "currencyname" | "function" => Key::Token,
        "country" | "land" | "countrycode" | "landcode" | "billingcountry" | "shippingcountry"
        | "mailingcountry" | "othercountry" | "billcountry" | "shipcountry" | "nationality" => {
            Key::Country
        }
        "amount" | "total" | "subtotal" | "totals" | "balance" | "price" | "quantity" | "qty"
        | "count" | "size" | "limit" | "offset" | "page" | "perpage" | "pagesize" | "bedrag"
        | "aantal" | "saldo" | "totaal" | "top" | "skip" | "length" | "maxlength" | "time"
        | "timestamp" | "expires" | "expiretime" | "servertime" | "expiresin" | "modifiedtime"
        | "createdtime" | "width" | "height" | "discount" | "korting" | "retryafter" => Key::Number,
        "uri" | "url" | "href" | "next" | "prev" | "previous" | "self" | "first" | "last"
        | "nextlink" | "odatanextlink" => Key::Url,
        "message" | "messages" | "msg" | "error" | "errors" | "errormessage" | "errormessages"
        | "errordescription" | "errordetail" | "errordetails" | "detail" | "details" | "reason"
        | "exception" | "exceptionmessage" | "fault" | "faultstring" | "warning" | "warnings"
        | "problem" | "problems" | "modelstate" => Key::Error,
        "value" | "values" | "val" | "input" | "data" | "params" | "record" | "records" | "row"
        | "rows" | "payload" | "attemptedvalue" | "rejectedvalue" | "invalidvalue" | "given"
        | "received" | "element" | "content" | "request" | "waarde" | "result" | "results" => {
            Key::Echo
        }
        "name" | "field" | "fieldname" | "property" | "propertyname" | "attribute" | "column"
        | "columnname" | "table" | "tablename" | "parameter" | "pointer" | "veld" | "naam" => {
            Key::Field
        }
        "emailoptout" | "donotcall" | "notifyowner" | "optout" | "noemail" | "shouldsend"
        | "titlefield" | "labelfields" => Key::Token,
        _ => return None,
    })
}

/// Parts of names that make a field personal.
const PARTS: &[&str] = &[
    "aanhef",
    "accountnumber",
    "address",
    "adres",
    "attn",
    "author",
    "bankaccount",
    "bankrekening",
    "bedrijf",
    "beschrijving",
    "bic",
    "birth",
    "body",
    "bsn",
    "btwnummer",
    "btwnr",
    "building",
    "burgerservice",
    "businessthen",
    "businessname",
    "businessand",
    "city",
    "comment",
    "company",
    "contactperson",
    "contactpersoon",
    "descr",
    "email",
    "fax",
    "firstn",
    "fullname",
    "geboor",
    "geslacht",
    "gender",
    "huisnummer",
    "housenumber",
    "iban",
    "initial",
    "kvk",
    "label",
    "lastn",
    "latitude",
    "longitude",
    "mail",
    "memo",
    "middlen",
    "mobiel",
    "mobile",
    "naam",
    "name",
    "note",
    "omschrijving",
    "opmerking",
    "organi",
    "owner",
    "person",
    "phone",
    "plaats",
    "pobox",
    "postal",
    "postbus",
    "postcode",
    "recipient",
    "rekeninghouder",
    "rekeningnummer",
    "remark",
    "salutation",
    "signer",
    "skype",
    "socialsecurity",
    "ssn",
    "straat",
    "street",
    "subject",
    "surname",
    "taxnumber",
    "telefoon",
    "telephone",
    "tekst",
    "text",
    "title",
    "titel",
    "town",
    "twitter",
    "username",
    "vatid",
    "vatnumber",
    "vatno",
    "website",
    "woonplaats",
    "zip",
];

/// Looks for a part at each place, by its first letter.
fn has_part(folded: &[u8]) -> bool {
    matches!(
        folded,
        b"vat" | b"tel" | b"to" | b"cc" | b"bcc" | b"from" | b"ip" | b"gsm" | b"user"
    ) || folded.iter().enumerate().any(|(at, first)| {
        PARTS.iter().any(|part| {
            part.as_bytes().first() == Some(first)
                && folded
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with(part.as_bytes()))
        })
    })
}

fn suffix(folded: &str) -> Key {
    const WORDS: &[&str] = &[
        "status", "type", "priority", "currency", "soort", "code", "severity",
    ];
    const NUMBERS: &[&str] = &[
        "amount",
        "total",
        "price",
        "count",
        "bedrag",
        "prijs",
        "percent",
        "percentage",
        "qty",
        "quantity",
        "rate",
        "cents",
        "tax",
        "at",
        "date",
        "time",
        "datum",
        "on",
        "seconds",
        "minutes",
        "hours",
        "days",
        "discount",
        "limit",
        "saldo",
        "balance",
    ];
    if WORDS.iter().any(|end| folded.ends_with(end)) {
        Key::Word
    } else if NUMBERS.iter().any(|end| folded.ends_with(end)) {
        Key::Number
    } else if folded.ends_with("uri") || folded.ends_with("url") || folded.ends_with("link") {
        Key::Url
    } else {
        Key::Plain
    }
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

/// An id: letters, digits and signs, with a digit, without spaces; no
/// telephone.
pub(super) fn is_id_text(text: &str) -> bool {
    let sign = |byte: u8| {
        matches!(
            byte,
            b'_' | b'-' | b'.' | b':' | b'/' | b'=' | b'{' | b'}' | b'#'
        )
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let telephone = text.starts_with('0')
        && (9..=13).contains(&digits)
        && !text.bytes().any(|byte| byte.is_ascii_alphabetic());
    text.len() <= 100
        && (text.len() <= 2 || digits > 0)
        && !telephone
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || sign(byte))
}

/// A number people see: like an id, but not digits enough for a telephone.
pub(super) fn is_code_text(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= 40
        && is_id_text(text)
        && (digits <= 8 || text.bytes().any(|byte| byte.is_ascii_alphabetic()))
        && !super::shape::is_iban(text)
}

/// A word or some of a list: short, of few words, with few digits.
pub(super) fn is_word_text(text: &str) -> bool {
    text.len() <= 48
        && text.split(' ').count() <= 4
        && text.bytes().filter(u8::is_ascii_digit).count() <= 5
        && text.chars().all(|c| {
            c.is_alphanumeric()
                || matches!(
                    c,
                    ' ' | '_' | '-' | '.' | ',' | '/' | '&' | '(' | ')' | ':' | '+' | '%'
                )
        })
}

/// A short word in small letters.
pub(super) fn is_token_text(text: &str) -> bool {
    text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// A code of a country, or of a currency.
pub(super) fn is_country_text(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Digits with separators of thousands and decimals; no telephone, and no
/// citizen service number.
pub(super) fn is_number_text(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    !digits.is_empty()
        && text.len() <= 24
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        && !(whole && digits.starts_with('0') && digits.len() >= 9)
        && !super::shape::is_bsn(digits.as_bytes())
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

    #[test]
    fn values_have_to_look_like_what_their_name_says() {
        assert!(is_id_text("crmconnect:client:42") && is_id_text("12x3") && is_id_text("NL"));
        assert!(!is_id_text("06-12345678") && is_id_text("0017") && !is_number_text("111222333"));
        assert!(!is_id_text("Jansen") && !is_id_text("Jan 2") && !is_id_text("j1@x.nl"));
        assert!(is_code_text("INV-2026-000123") && is_code_text("2026-0001"));
        assert!(!is_code_text("0612345678") && !is_code_text("NL91ABNA0417164300"));
        assert!(is_word_text("In behandeling") && is_word_text("nl_NL"));
        assert!(!is_word_text("jan@example.test") && !is_word_text("Kade 17, 4461 AB te Goes"));
        assert!(is_country_text("NL") && !is_country_text("Nederland"));
        assert!(is_number_text("12345678901.50") && !is_number_text("0612345678"));
    }
}
