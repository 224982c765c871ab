//! How alike two records are, and which of many are the likeliest.

use std::collections::{BTreeSet, HashMap};

use super::Suggestion;
use crate::{Fields, Record, RecordId, Value, normal};

/// Below this, two records are not suggested to be the same.
const LEAST: u8 = 40;
/// Nothing but a person makes it certain.
const MOST: u8 = 99;
/// How alike two names have to be to be called similar, from 0 to 1.
const SIMILAR: f64 = 0.9;
/// How many records with similar names are looked at closely.
const CLOSE: usize = 40;
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
    name: Option<String>,
    /// The words of the name that tell it from others, in their order.
    core: String,
    registration_number: Option<String>,
    vat_number: Option<String>,
    number: Option<String>,
    emails: Vec<String>,
    phone: Option<String>,
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

/// The records of a target, to find the likeliest ones for a record of the source.
#[derive(Debug, Clone, Default)]
pub struct Index {
    all: Vec<(RecordId, Identity)>,
    /// Which records have this exact value, by what it is.
    exact: HashMap<(u8, String), Vec<usize>>,
    /// Which records have these three letters in their name.
    grams: HashMap<[char; 3], Vec<usize>>,
}

impl Index {
    /// An index of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a record of the target.
    pub fn add(&mut self, record: &Record) {
        let identity = Identity::of(&record.fields);
        let at = self.all.len();
        for key in exact_keys(&identity) {
            self.exact.entry(key).or_default().push(at);
        }
        for gram in grams(&identity.core) {
            self.grams.entry(gram).or_default().push(at);
        }
        self.all.push((record.id.clone(), identity));
    }

    /// The records that are likeliest to be this one, the likeliest first, at most `limit`.
    pub fn best(&self, wanted: &Identity, limit: usize) -> Vec<Suggestion> {
        let mut near: BTreeSet<usize> = exact_keys(wanted)
            .iter()
            .filter_map(|key| self.exact.get(key))
            // What very many share tells nothing.
            .filter(|having| having.len() <= CLOSE)
            .flatten()
            .copied()
            .collect();
        near.extend(self.alike(&wanted.core));
        let mut found: Vec<Suggestion> = near
            .into_iter()
            .filter_map(|at| self.all.get(at))
            .filter_map(|(id, identity)| suggestion(wanted, id, identity))
            .collect();
        found.sort_by(|a, b| (b.score, &a.target_id).cmp(&(a.score, &b.target_id)));
        found.truncate(limit);
        found
    }

    /// The records whose names have the most letters in common with this one.
    fn alike(&self, core: &str) -> Vec<usize> {
        let wanted = grams(core);
        let mut common: HashMap<usize, usize> = HashMap::new();
        for gram in &wanted {
            for at in self.grams.get(gram).into_iter().flatten() {
                *common.entry(*at).or_default() += 1;
            }
        }
        let mut ranked: Vec<(usize, usize)> = common
            .into_iter()
            .filter(|(_, count)| count * 4 >= wanted.len())
            .map(|(at, count)| (count, at))
            .collect();
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        ranked.into_iter().take(CLOSE).map(|(_, at)| at).collect()
    }
}

/// A record of the target as a suggestion, if it is alike enough.
pub(crate) fn suggestion(wanted: &Identity, id: &RecordId, found: &Identity) -> Option<Suggestion> {
    let (score, reasons) = wanted.compare(found);
    (score >= LEAST).then(|| Suggestion {
        target_id: id.clone(),
        score,
        reasons,
        target_name: found.label().map(str::to_owned),
    })
}

fn exact_keys(identity: &Identity) -> Vec<(u8, String)> {
    let mut keys = Vec::new();
    let mut add = |what: u8, value: &Option<String>| {
        keys.extend(value.iter().map(|value| (what, value.clone())));
    };
    add(0, &identity.registration_number);
    add(1, &identity.vat_number);
    add(2, &identity.number);
    add(3, &identity.name);
    add(4, &identity.phone);
    keys.extend(identity.emails.iter().map(|email| (5, email.clone())));
    keys
}

fn grams(core: &str) -> BTreeSet<[char; 3]> {
    let mut grams = BTreeSet::new();
    for word in core.split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain(std::iter::once(' '))
            .collect();
        grams.extend(
            letters
                .windows(3)
                .filter_map(|three| <[char; 3]>::try_from(three).ok()),
        );
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityKind;

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
    fn the_likeliest_come_first_and_the_unlike_not_at_all() {
        let mut index = Index::new();
        let names = [
            "Bakkerij Jansen",
            "Bakkerij Janssen",
            "Slagerij Janssen",
            "Garage Pietersen",
        ];
        for (n, name) in names.iter().enumerate() {
            let fields = fields(&[("name", name)]);
            index.add(&Record::new(EntityKind::Customer, format!("t{n}"), fields));
        }
        let wanted = Identity::of(&fields(&[("name", "Bakkerij Janssen BV")]));
        let found = index.best(&wanted, 5);
        let ids: Vec<&str> = found.iter().map(|s| s.target_id.as_str()).collect();
        assert_eq!(ids, ["t1", "t0"]);
        assert_eq!(found[0].target_name.as_deref(), Some("Bakkerij Janssen"));
        assert_eq!(index.best(&wanted, 1).len(), 1);
        assert!(index.best(&Identity::default(), 5).is_empty());
        assert_eq!((index.len(), index.is_empty()), (4, false));
    }

    #[test]
    fn a_value_that_very_many_share_suggests_nothing_by_itself() {
        let mut index = Index::new();
        for n in 0..=CLOSE {
            let fields = fields(&[("email", "info@office.nl")]);
            index.add(&Record::new(EntityKind::Customer, format!("t{n}"), fields));
        }
        let wanted = Identity::of(&fields(&[("email", "info@office.nl")]));
        assert!(index.best(&wanted, 5).is_empty());
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
