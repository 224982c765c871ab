//! Names of fields: of programs, and of people.

use super::Key;

/// The names that are known as a whole.
pub(super) fn exact(folded: &str) -> Option<Key> {
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
pub(super) fn has_part(folded: &[u8]) -> bool {
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

/// What the end of a name says.
pub(super) fn suffix(folded: &str) -> Key {
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
