//! How alike two records are.

use super::Suggestion;
use crate::{Fields, RecordId, Value, normal};

/// Below this, two records are not suggested to be the same.
const LEAST: u8 = 40;
/// Nothing but a person makes it certain.
const MOST: u8 = 99;
/// How alike two names have to be to be called similar, from 0 to 1.
const SIMILAR: f64 = 0.9;
/// Phone numbers are compared by their last digits: the country code may be missing.
const PHONE_DIGITS: usize = 9;
/// Words that say what kind of company it is.
const LEGAL_FORMS: [&str; 16] = [
    "bv",
    "nv",
    "vof",
    "cv",
    "eenmanszaak",
    "holding",
    "stichting",
    "srl",
    "sa",
    "gmbh",
    "ag",
    "ltd",
    "limited",
    "inc",
    "sarl",
    "llc",
];

/// What identifies a record, in normal form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    label: Option<String>,
    pub(super) name: Option<String>,
    /// The words of the name that tell it from others, in their order.
    pub(super) core: String,
    pub(super) registration_number: Option<String>,
    pub(super) vat_number: Option<String>,
    pub(super) number: Option<String>,
    pub(super) emails: Vec<String>,
    pub(super) phone: Option<String>,
    postal_code: Option<String>,
    city: Option<String>,
}

/// The name that a record is known by to people; its number or address where it has none.
pub fn label(fields: &Fields) -> Option<String> {
    named(fields).or_else(|| {
        ["number", "email"]
            .iter()
            .find_map(|name| text(fields, name))
    })
}

fn named(fields: &Fields) -> Option<String> {
    let person = || {
        let parts: Vec<String> = ["first_name", "last_name"]
            .iter()
            .filter_map(|name| text(fields, name))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    text(fields, "name").or_else(person).or_else(|| {
        ["company", "subject"]
            .iter()
            .find_map(|name| text(fields, name))
    })
}

fn text(fields: &Fields, name: &str) -> Option<String> {
    let text = fields.text(name)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl Identity {
    /// Takes out of a content what identifies it.
    pub fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name);
        let address = |part: &str| match fields.get("address") {
            Value::Map(address) => address
                .get(part)
                .and_then(Value::as_text)
                .map(|text| {
                    let kept = text.chars().filter(|c| c.is_alphanumeric());
                    kept.collect::<String>().to_lowercase()
                })
                .filter(|text| !text.is_empty()),
            _ => None,
        };
        let name = named(fields).as_deref().and_then(normal::name);
        Self {
            core: name.as_deref().map(core).unwrap_or_default(),
            name,
            label: label(fields),
            registration_number: text("registration_number").and_then(normal::registration_number),
            vat_number: text("vat_number").and_then(normal::vat_number),
            number: text("number")
                .map(|number| number.trim().to_lowercase())
                .filter(|number| !number.is_empty()),
            emails: text("email").map(normal::emails).unwrap_or_default(),
            phone: text("phone").and_then(phone),
            postal_code: address("postal_code"),
            city: address("city"),
        }
    }

    /// The name that the record is known by to people.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Whether two records that share nothing but their number are two companies: both are named,
    /// the names are not alike, and no e-mail address is the same.
    ///
    /// Each system counts its own customers, so the same number proves little by itself.
    pub(crate) fn is_another_of_that_number(&self, other: &Self) -> bool {
        let named = !self.core.is_empty() && !other.core.is_empty();
        named
            && likeness(&self.core, &other.core) < SIMILAR
            && !self.emails.iter().any(|email| other.emails.contains(email))
    }

    /// How alike two records are, from 0 to 99, and why.
    ///
    /// What they have in common adds up, without ever being certain; another VAT or register
    /// number says that they are not the same whatever else agrees.
    pub fn compare(&self, other: &Self) -> (u8, Vec<String>) {
        let mut doubt = 1.0_f64;
        let mut reasons: Vec<String> = Vec::new();
        let mut agree = |weight: f64, reason: String| {
            doubt *= 1.0 - weight;
            reasons.push(reason);
        };
        let both = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => Some(a == b),
            _ => None,
        };
        let registered = both(&self.registration_number, &other.registration_number);
        let taxed = both(&self.vat_number, &other.vat_number);
        if registered == Some(true) {
            agree(0.95, "same registration number".to_owned());
        }
        if taxed == Some(true) {
            agree(0.93, "same VAT number".to_owned());
        }
        if both(&self.number, &other.number) == Some(true) {
            agree(0.5, "same number".to_owned());
        }
        if self.emails.iter().any(|email| other.emails.contains(email)) {
            agree(0.75, "same e-mail".to_owned());
        }
        match both(&self.name, &other.name) {
            Some(true) => agree(0.8, "same name".to_owned()),
            Some(false) if !self.core.is_empty() && self.core == other.core => {
                agree(0.7, "same name but for the legal form".to_owned());
            }
            Some(false) => {
                let likeness = likeness(&self.core, &other.core);
                if likeness >= SIMILAR {
                    let over = (likeness - SIMILAR) / (1.0 - SIMILAR);
                    agree(0.42 + 0.23 * over, "similar name".to_owned());
                }
            }
            None => {}
        }
        if both(&self.phone, &other.phone) == Some(true) {
            agree(0.45, "same phone number".to_owned());
        }
        if both(&self.postal_code, &other.postal_code) == Some(true) {
            agree(0.25, "same postal code".to_owned());
        } else if both(&self.city, &other.city) == Some(true) {
            agree(0.1, "same town".to_owned());
        }
        let mut score = 100.0 * (1.0 - doubt);
        for (differs, what) in [
            (registered == Some(false), "another registration number"),
            (taxed == Some(false), "another VAT number"),
        ] {
            if differs {
                score *= 0.6;
                reasons.push(what.to_owned());
            }
        }
        (whole(score), reasons)
    }
}

fn whole(score: f64) -> u8 {
    let score = score.round().clamp(0.0, f64::from(MOST));
    (0..=MOST)
        .rev()
        .find(|n| f64::from(*n) <= score)
        .unwrap_or_default()
}

/// How alike two names are, from 0 to 1, whatever the order of their words.
fn likeness(a: &str, b: &str) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let sorted = |text: &str| {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    };
    let straight = strsim::jaro_winkler(a, b);
    straight.max(strsim::jaro_winkler(&sorted(a), &sorted(b)))
}

/// A normal name without the words that say what kind of company it is, and without diacritics
/// of the common letters.
fn core(name: &str) -> String {
    let plain: String = name.chars().map(plain).collect();
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let telling: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !LEGAL_FORMS.contains(word))
        .collect();
    if telling.is_empty() {
        words.join(" ")
    } else {
        telling.join(" ")
    }
}

fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ă' | 'ā' => 'a',
        'è'..='ë' | 'ę' | 'ė' => 'e',
        'ì'..='ï' => 'i',
        'ò'..='ö' | 'ø' | 'ő' => 'o',
        'ù'..='ü' | 'ű' => 'u',
        'ç' | 'č' | 'ć' => 'c',
        'ñ' | 'ń' => 'n',
        'ș' | 'ş' | 'š' => 's',
        'ț' | 'ţ' => 't',
        'ž' | 'ź' | 'ż' => 'z',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let from = digits.len().checked_sub(PHONE_DIGITS)?;
    digits.get(from..).map(str::to_owned)
}

/// A record of the target as a suggestion, if it is alike enough.
pub(super) fn suggestion(wanted: &Identity, id: &RecordId, found: &Identity) -> Option<Suggestion> {
    let (score, reasons) = wanted.compare(found);
    (score >= LEAST).then(|| Suggestion {
        target_id: id.clone(),
        score,
        reasons,
        target_name: found.label().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&'static str, &str)]) -> Fields {
        pairs.iter().fold(Fields::new(), |fields, (name, value)| {
            fields.with(*name, *value)
        })
    }

    fn compare(a: &[(&'static str, &str)], b: &[(&'static str, &str)]) -> (u8, Vec<String>) {
        Identity::of(&fields(a)).compare(&Identity::of(&fields(b)))
    }

    #[test]
    fn what_agrees_adds_up_and_is_never_certain() {
        let (email, why) = compare(
            &[("name", "Bakkerij Janssen"), ("email", "info@janssen.nl")],
            &[
                ("name", "Fietsenmaker Smit"),
                ("email", "INFO@janssen.nl; x@y.nl"),
            ],
        );
        assert_eq!((email, why), (75, vec!["same e-mail".to_owned()]));
        let (both, why) = compare(
            &[
                ("name", "Bakkerij Janssen B.V."),
                ("email", "info@janssen.nl"),
            ],
            &[
                ("name", "bakkerij janssen bv"),
                ("email", "info@janssen.nl"),
            ],
        );
        assert_eq!(both, 95);
        assert_eq!(why, ["same e-mail", "same name"]);
        let (all, _) = compare(
            &[
                ("registration_number", "12345678"),
                ("vat_number", "123456789B01"),
                ("name", "A B"),
            ],
            &[
                ("registration_number", "1234 5678"),
                ("vat_number", "NL123456789B01"),
                ("name", "AB"),
            ],
        );
        assert_eq!(all, 99);
    }

    #[test]
    fn another_vat_number_weighs_against_the_same_name() {
        let (score, why) = compare(
            &[("name", "De Vries"), ("vat_number", "NL123456789B01")],
            &[("name", "de vries"), ("vat_number", "NL987654321B01")],
        );
        assert_eq!(why, ["same name", "another VAT number"]);
        assert_eq!(score, 48);
    }

    #[test]
    fn similar_names_are_seen_through_typing_errors_order_diacritics_and_legal_form() {
        for (a, b, reason) in [
            ("Bakkerij Janssen", "Bakkerij Jansen", "similar name"),
            ("Janssen Bakkerij", "Bakkerij Janssen", "similar name"),
            (
                "Café De Zon B.V.",
                "Cafe de Zon",
                "same name but for the legal form",
            ),
            (
                "Stichting Het Veld",
                "Het Veld",
                "same name but for the legal form",
            ),
        ] {
            let (score, why) = compare(&[("name", a)], &[("name", b)]);
            assert_eq!(why, [reason], "{a} / {b}");
            assert!(score >= LEAST, "{a} / {b}: {score}");
        }
        let (score, why) = compare(
            &[("name", "Bakkerij Janssen")],
            &[("name", "Garage Pietersen")],
        );
        assert_eq!((score, why.len()), (0, 0));
    }

    #[test]
    fn a_person_is_known_by_both_names() {
        let of = |pairs: &[(&'static str, &str)]| label(&fields(pairs));
        assert_eq!(
            of(&[("first_name", "Jan"), ("last_name", "Smit")]).as_deref(),
            Some("Jan Smit")
        );
        assert_eq!(
            of(&[("name", " "), ("number", "F1")]).as_deref(),
            Some("F1")
        );
        assert_eq!(of(&[]), None);
    }
}
