//! What was sent against what was stored.

use api_core::{Json, redact};
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::describe::{Describe, FieldType};
use crate::picklist;
use crate::record::{self as read, FieldValue, Record, is_secret_column, text_of};
use crate::warning::{ChangeKind, Warning};
use crate::write::Values;

/// How much of a value a warning shows, in characters.
const SHOWN: usize = 200;

/// Fields that are the server's own, or not comparable with what is sent.
const NOT_COMPARED: &[&str] = &[
    "LineItems",
    "LineItems_FinalDetails",
    "createdtime",
    "id",
    "label",
    "modifiedby",
    "modifiedtime",
];

/// Compares the values that were sent with the record that was stored.
///
/// Servers change values without a word (recorded vtiger 5.4.0 and 7.1.0
/// servers): dates they cannot read become `0000-00-00` or nothing, texts are
/// cut to their column, numbers rounded, references to records that do not
/// exist blanked, `<script>` escaped, emoji stored as `????`, unknown fields
/// dropped. Each such change gives one warning.
///
/// Numbers are compared as decimals, booleans and blanks in all their forms,
/// times to the second; `label` and the lines of inventory records not at
/// all, secret columns neither. With a description fields are compared by
/// their type, without by the type of the value.
#[must_use]
pub fn compare(
    module: &str,
    sent: &Values,
    zone: &TimeZone,
    stored: &Record,
    describe: Option<&Describe>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (name, value) in sent.iter() {
        if NOT_COMPARED.contains(&name) || is_secret_column(name) {
            continue;
        }
        // Follows from the lines, and is null in the answers to writes.
        if name == "productid" && stored.get("LineItems").is_some() {
            continue;
        }
        let of = describe
            .and_then(|describe| describe.field(name))
            .map(|field| &field.field_type);
        let there = stored.get(name);
        let unseen = matches!(of, Some(FieldType::File { .. } | FieldType::Password))
            || (module == "Documents" && name == "filename");
        if there.is_none() && unseen {
            continue;
        }
        if let Same::No(what) = same(value, zone, there, of) {
            let sent = match value.encode(zone) {
                Json::Text(text) => text,
                other => other.to_string(),
            };
            warnings.push(Warning::changed(
                module,
                name,
                redact::cap_chars(&sent, SHOWN),
                redact::cap_chars(&text_of(there), SHOWN),
                what,
            ));
        }
    }
    warnings
}

/// Whether a stored value is the one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Same {
    /// It is, in one of its forms.
    Yes,
    /// It is not.
    No(ChangeKind),
}

/// What a value is compared as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Number,
    Boolean,
    Date,
    Time,
    DateTime,
    Id,
    Choices,
    Text,
    /// Text that may be a number: nothing says what the field is.
    Unknown,
}

impl As {
    fn of(value: &FieldValue, of: Option<&FieldType>) -> Self {
        match of {
            Some(FieldType::Boolean) => Self::Boolean,
            Some(FieldType::Date { .. }) => Self::Date,
            Some(FieldType::DateTime) => Self::DateTime,
            Some(FieldType::Time) => Self::Time,
            Some(FieldType::Reference { .. } | FieldType::Owner { .. }) => Self::Id,
            Some(FieldType::MultiPicklist { .. }) => Self::Choices,
            Some(of) if of.is_number() => Self::Number,
            Some(FieldType::Other(_)) | None => match value {
                FieldValue::Integer(_) | FieldValue::Decimal(_) => Self::Number,
                FieldValue::Boolean(_) => Self::Boolean,
                FieldValue::Date(_) => Self::Date,
                FieldValue::Time(_) => Self::Time,
                FieldValue::Timestamp(_) => Self::DateTime,
                FieldValue::Reference(_) => Self::Id,
                FieldValue::Choices(_) => Self::Choices,
                _ => Self::Unknown,
            },
            // A typed value in a text field still means what it says.
            Some(_) => match value {
                FieldValue::Integer(_) | FieldValue::Decimal(_) => Self::Number,
                FieldValue::Boolean(_) => Self::Boolean,
                FieldValue::Time(_) => Self::Time,
                _ => Self::Text,
            },
        }
    }
}

/// Compares one value; `of` is the field's type where it is known.
pub(crate) fn same(
    value: &FieldValue,
    zone: &TimeZone,
    stored: Option<&Json>,
    of: Option<&FieldType>,
) -> Same {
    let sent = value.encode(zone);
    if let Json::List(_) | Json::Map(_) = sent {
        // Objects come back in a form of their own; only nothing is telling.
        let lost = stored.is_none_or(|stored| text_of(Some(stored)).is_empty())
            && !matches!(stored, Some(Json::List(_) | Json::Map(_)));
        return verdict(!lost, ChangeKind::Blanked);
    }
    let sent = text_of(Some(&sent));
    let there = stored.map(id_of);
    let there = text_of(there);
    if sent.is_empty() {
        return verdict(is_blank(&there), ChangeKind::Rewritten);
    }
    if sent == there {
        return Same::Yes;
    }
    if there.starts_with("0000-00-00") {
        return Same::No(ChangeKind::ZeroDate);
    }
    if there.is_empty() {
        // An empty number or checkbox says 0.
        let nothing = match As::of(value, of) {
            As::Boolean => fold(&sent) == Some(false),
            As::Number => is_blank(&sent),
            _ => false,
        };
        return verdict(nothing, ChangeKind::Blanked);
    }
    match As::of(value, of) {
        As::Number => numbers(&sent, &there),
        As::Boolean => verdict(
            fold_sent(&sent).is_some() && fold_sent(&sent) == fold(&there),
            ChangeKind::Rewritten,
        ),
        As::Date => match (day(&sent), day(&there)) {
            (Some(sent), Some(there)) => verdict(sent == there, ChangeKind::Rewritten),
            _ => Same::No(ChangeKind::Rewritten),
        },
        As::Time => verdict(
            clock(&sent).is_some() && clock(&sent) == clock(&there),
            ChangeKind::Rewritten,
        ),
        As::DateTime => verdict(
            sent.replace('T', " ") == there.replace('T', " "),
            ChangeKind::Rewritten,
        ),
        As::Id => ids(&sent, &there),
        As::Choices => {
            let (sent, there) = (picklist::split(&sent), picklist::split(&there));
            if sent == there {
                Same::Yes
            } else if sent.starts_with(&there) {
                Same::No(ChangeKind::Truncated)
            } else {
                Same::No(ChangeKind::Rewritten)
            }
        }
        As::Text => texts(&sent, &there),
        As::Unknown => match numbers(&sent, &there) {
            // `7` may have become `7.00`, `99.5` may have become `100`; but a
            // phone number that lost its end was cut.
            same @ (Same::Yes | Same::No(ChangeKind::Rounded)) => same,
            Same::No(_) if clock(&sent).is_some() && clock(&sent) == clock(&there) => Same::Yes,
            Same::No(_) if sent.eq_ignore_ascii_case("on") && there == "1" => Same::Yes,
            Same::No(_) => texts(&sent, &there),
        },
    }
}

fn verdict(same: bool, otherwise: ChangeKind) -> Same {
    if same { Same::Yes } else { Same::No(otherwise) }
}

/// The value of a `{value, label}` pair, or the value itself.
fn id_of(json: &Json) -> &Json {
    json.get("value").unwrap_or(json)
}

/// Whether a stored text is what a blanked field shows.
fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || matches!(text, "off" | "--None--")
        || text.starts_with("0000-00-00")
        || api_core::money::parse_decimal(text).is_ok_and(|number| number.is_zero())
}

fn texts(sent: &str, there: &str) -> Same {
    if sent.starts_with(there) || sent.trim_end().starts_with(there.trim_end()) {
        // Servers keep blanks at the end; a column may have lost them.
        let cut = there.trim_end().len() < sent.trim_end().len();
        return verdict(!cut, ChangeKind::Truncated);
    }
    // PHP and browsers disagree about the ends of lines.
    verdict(
        sent.replace("\r\n", "\n") == there.replace("\r\n", "\n"),
        ChangeKind::Rewritten,
    )
}

fn numbers(sent: &str, there: &str) -> Same {
    let read = |text: &str| api_core::money::parse_decimal(text.trim()).ok();
    let (Some(sent), Some(there)) = (read(sent), read(there)) else {
        return Same::No(ChangeKind::Rewritten);
    };
    if sent == there {
        return Same::Yes;
    }
    verdict_of_rounding(sent, there)
}

fn verdict_of_rounding(sent: Decimal, there: Decimal) -> Same {
    let there = there.normalize();
    let rounded = [
        RoundingStrategy::MidpointAwayFromZero,
        RoundingStrategy::MidpointNearestEven,
        RoundingStrategy::ToZero,
    ]
    .into_iter()
    .any(|how| {
        // Zeros at the end say nothing about how far the server rounded.
        (there.scale()..=there.scale().max(2)).any(|places| {
            sent.scale() > places && sent.round_dp_with_strategy(places, how) == there
        })
    });
    Same::No(if rounded {
        ChangeKind::Rounded
    } else {
        ChangeKind::Rewritten
    })
}

/// What a checkbox makes of what is sent: only `1` and `on` tick it.
fn fold_sent(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "on" => Some(true),
        "0" | "off" => Some(false),
        // Meant as a tick; servers store 0 (recorded vtiger 5.4.0 and 7.1.0 servers).
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

fn fold(text: &str) -> Option<bool> {
    read::boolean("", Some(&Json::from(text))).ok().flatten()
}

fn day(text: &str) -> Option<api_core::Date> {
    read::date("", Some(&Json::from(text))).ok().flatten()
}

fn clock(text: &str) -> Option<read::TimeOfDay> {
    text.parse().ok()
}

fn ids(sent: &str, there: &str) -> Same {
    let id = |text: &str| text.trim().parse::<crate::RecordId>().ok();
    match (id(sent), id(there)) {
        (Some(sent), Some(there)) => verdict(sent == there, ChangeKind::Rewritten),
        // An owner may be sent as a bare number (recorded vtiger 7.1.0 server).
        (None, Some(there)) => verdict(
            sent.trim().parse() == Ok(there.number),
            ChangeKind::Rewritten,
        ),
        _ => Same::No(ChangeKind::Rewritten),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compared(sent: FieldValue, stored: &str, of: Option<&FieldType>) -> Same {
        same(&sent, &TimeZone::UTC, Some(&Json::from(stored)), of)
    }

    #[test]
    fn numbers_are_the_same_however_many_zeros_they_have() {
        let amount = |text: &str| FieldValue::Decimal(text.parse().unwrap());
        assert_eq!(compared(amount("12.5"), "12.50000000", None), Same::Yes);
        assert_eq!(compared(amount("0"), "", None), Same::Yes);
        for (sent, stored, what) in [
            ("99.5", "100", ChangeKind::Rounded),
            ("10.123456", "10.12", ChangeKind::Rounded),
            ("0.996", "1.00", ChangeKind::Rounded),
            ("100.25", "100.26000", ChangeKind::Rewritten),
            ("1234.50", "123450.00", ChangeKind::Rewritten),
            ("7", "", ChangeKind::Blanked),
        ] {
            assert_eq!(
                compared(amount(sent), stored, None),
                Same::No(what),
                "{sent}"
            );
        }
    }

    #[test]
    fn booleans_are_compared_in_all_their_forms() {
        for (sent, stored) in [
            (true, "1"),
            (true, "on"),
            (false, "0"),
            (false, "off"),
            (false, ""),
        ] {
            assert_eq!(
                compared(sent.into(), stored, None),
                Same::Yes,
                "{sent} {stored}"
            );
        }
        let lost = Same::No(ChangeKind::Rewritten);
        assert_eq!(compared(true.into(), "0", None), lost);
        // Meant as a tick, and stored as none.
        assert_eq!(
            compared("true".into(), "0", Some(&FieldType::Boolean)),
            lost
        );
    }

    #[test]
    fn a_blanked_field_may_show_a_zero_but_no_value() {
        for stored in ["", "0", "0.00", "0000-00-00", "off"] {
            assert_eq!(
                compared(FieldValue::Empty, stored, None),
                Same::Yes,
                "{stored}"
            );
        }
        assert_eq!(
            compared(FieldValue::Empty, "x", None),
            Same::No(ChangeKind::Rewritten)
        );
    }

    #[test]
    fn an_owner_sent_as_a_bare_number_is_the_user_of_that_number() {
        let owner = FieldType::Owner {
            users: std::collections::BTreeMap::new(),
            groups: std::collections::BTreeMap::new(),
        };
        assert_eq!(compared("1".into(), "19x1", Some(&owner)), Same::Yes);
        assert_eq!(
            compared("2".into(), "19x1", Some(&owner)),
            Same::No(ChangeKind::Rewritten)
        );
    }

    proptest! {
        #[test]
        fn a_text_that_came_back_as_it_was_gives_no_warning(text: String) {
            for of in [None, Some(&FieldType::String), Some(&FieldType::Boolean)] {
                prop_assert_eq!(compared(text.as_str().into(), &text, of), Same::Yes);
            }
        }

        #[test]
        fn no_answer_makes_the_comparison_panic(sent: String, stored: String, number: i64) {
            for of in [
                None,
                Some(&FieldType::Text),
                Some(&FieldType::Double),
                Some(&FieldType::DateTime),
                Some(&FieldType::Time),
                Some(&FieldType::Reference { refers_to: Vec::new() }),
            ] {
                compared(sent.as_str().into(), &stored, of);
                compared(number.into(), &stored, of);
            }
        }

        #[test]
        fn a_cut_text_is_told_as_such(text in "[a-zø<&]{3,40}", keep in 1usize..3) {
            let cut: String = text.chars().take(keep).collect();
            prop_assert_eq!(
                compared(text.as_str().into(), &cut, Some(&FieldType::String)),
                Same::No(ChangeKind::Truncated)
            );
        }
    }
}
