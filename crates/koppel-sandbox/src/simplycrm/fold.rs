//! What becomes of a value on its way into a column.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::generation::Generation;
use super::reply::{Failure, internal};
use super::schema::{Field, Kind};
use super::vtql::number_prefix;

/// Decimals that amounts are rounded to: the user's setting.
const USER_DECIMALS: u32 = 2;
/// Bytes a TEXT column holds.
const TEXT_BYTES: usize = 65_535;

/// A value as PHP sees it: a scalar's text.
///
/// # Errors
/// vtiger 5.4.0 dies on an array where a scalar is due; later ones take its first element.
pub(crate) fn scalar(value: &Value, generation: Generation) -> Result<String, Failure> {
    Ok(match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "1".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) if generation.is_old() => {
            return Err(Failure::Text(NOT_FOUND.to_owned()));
        }
        Value::Array(list) => match list.first() {
            Some(first) => scalar(first, generation)?,
            None => String::new(),
        },
        Value::Object(_) => String::new(),
    })
}

const NOT_FOUND: &str = "<br><br><center>Record you are trying to access is not found. \
<a href='javascript:window.history.back()'>Go Back.</a></center>";

/// The text that is stored for a value of a field; empty where nothing is.
///
/// # Errors
/// A day that cannot be read, on vtiger 5.4.0.
pub(crate) fn fold(
    field: &Field,
    value: &Value,
    generation: Generation,
) -> Result<String, Failure> {
    if field.kind == Kind::MultiPicklist && value.is_array() {
        return Ok(String::new());
    }
    let text = scalar(value, generation)?;
    Ok(match field.kind {
        Kind::Boolean => {
            let yes = matches!(text.as_str(), "1" | "on");
            if yes { "1" } else { "0" }.to_owned()
        }
        _ if text.is_empty() => text,
        Kind::Date => day(&text, generation)?,
        Kind::Integer => number(&text, 0, None, generation),
        Kind::Double => number(&text, field.scale, None, generation),
        Kind::Currency => number(
            &text,
            field.scale,
            (!generation.is_old()).then_some(USER_DECIMALS),
            generation,
        ),
        Kind::Text => {
            let mut text = bmp(&purified(text, generation));
            while text.len() > TEXT_BYTES {
                text.pop();
            }
            text
        }
        Kind::Reference | Kind::Owner => text,
        _ => {
            let text = bmp(&purified(text, generation));
            match field.width {
                Some(width) => text.chars().take(width).collect(),
                None => text,
            }
        }
    })
}

/// utf8 of three bytes: a character beyond becomes four question marks (recorded servers).
fn bmp(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.len_utf8() == 4 {
            out.push_str("????");
        } else {
            out.push(c);
        }
    }
    out
}

/// From 7.1 on scripts are stored escaped and elements that react lose their equals signs; other
/// HTML stays as it is (recorded vtiger 7.1.0 server).
fn purified(text: String, generation: Generation) -> String {
    if generation.is_old() || !text.contains('<') {
        return text;
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains("<script") {
        return text.replace('<', "&lt;").replace('>', "&gt;");
    }
    let reacts = lower.split('<').skip(1).any(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        tag.split_whitespace()
            .skip(1)
            .any(|attribute| attribute.starts_with("on") && attribute.contains('='))
    });
    if reacts {
        return text.replace('=', "&equals;");
    }
    text
}

fn day(text: &str, generation: Generation) -> Result<String, Failure> {
    const ZERO: &str = "0000-00-00";
    let parts: Vec<&str> = text
        .split([' ', 'T'])
        .next()
        .unwrap_or_default()
        .split('-')
        .collect();
    let digits = parts
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !digits || parts.len() != 3 {
        return if generation.is_old() {
            Err(internal())
        } else {
            Ok(String::new())
        };
    }
    if parts.first().is_some_and(|year| year.len() == 4) {
        let iso = parts.join("-");
        return Ok(match iso.parse::<jiff::civil::Date>() {
            Ok(date) => date.to_string(),
            Err(_) => ZERO.to_owned(),
        });
    }
    // The order of a user's own format, sent for a user who has another.
    Ok(if generation.is_old() {
        String::new()
    } else {
        ZERO.to_owned()
    })
}

/// A number at the column's scale. A decimal comma is dropped by 5.4.0 and ends the number later.
fn number(text: &str, scale: u32, first: Option<u32>, generation: Generation) -> String {
    let number = if generation.is_old() {
        scientific(&text.replace(',', ""))
    } else {
        scientific(text)
    };
    let round = |number: Decimal, places: u32| {
        number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
    };
    let number = match first {
        Some(places) => round(number, places),
        None => number,
    };
    at_scale(round(number, scale), scale)
}

fn scientific(text: &str) -> Decimal {
    let whole = text.trim();
    if whole.contains(['e', 'E'])
        && let Ok(number) = Decimal::from_scientific(whole)
    {
        return number;
    }
    number_prefix(whole)
}

/// A number with exactly so many decimals.
pub(crate) fn at_scale(number: Decimal, scale: u32) -> String {
    let mut number = number;
    number.rescale(scale);
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simplycrm::schema::Schema;
    use serde_json::json;

    fn folded(generation: Generation, module: &str, field: &str, value: Value) -> String {
        let schema = Schema::of(generation);
        let field = schema.module(module).and_then(|m| m.field(field));
        let field = field.unwrap_or_else(|| panic!("no such field"));
        match fold(field, &value, generation) {
            Ok(text) => text,
            Err(failure) => format!("{failure:?}"),
        }
    }

    #[test]
    fn booleans_know_few_words() {
        for (sent, stored) in [
            (json!("1"), "1"),
            (json!("on"), "1"),
            (json!(true), "1"),
            (json!("true"), "0"),
            (json!("yes"), "0"),
            (json!(false), "0"),
        ] {
            let got = folded(Generation::V7_1, "Contacts", "donotcall", sent.clone());
            assert_eq!(got, stored, "{sent}");
        }
    }

    #[test]
    fn days_that_are_not_iso_are_lost() {
        let day = |generation, text: &str| folded(generation, "Contacts", "birthday", json!(text));
        assert_eq!(day(Generation::V7_1, "2026-12-31"), "2026-12-31");
        assert_eq!(day(Generation::V7_1, "31-12-2026"), "0000-00-00");
        assert_eq!(day(Generation::V7_1, "2026-02-31"), "0000-00-00");
        assert_eq!(day(Generation::V7_1, "tomorrow"), "");
        assert_eq!(day(Generation::V5_4, "31-12-2026"), "");
        assert!(day(Generation::V5_4, "not a date").contains("INTERNAL_SERVER_ERROR"));
    }

    #[test]
    fn numbers_are_rounded_and_lose_their_commas() {
        let price = |generation, sent: Value| folded(generation, "Products", "unit_price", sent);
        assert_eq!(price(Generation::V7_1, json!("10.123456")), "10.12000000");
        assert_eq!(price(Generation::V7_1, json!("1234,50")), "1234.00000000");
        assert_eq!(price(Generation::V7_1, json!(10.5)), "10.50000000");
        let amount = |sent: Value| folded(Generation::V5_4, "Potentials", "amount", sent);
        assert_eq!(amount(json!("1234,50")), "123450.00");
        assert_eq!(amount(json!("1,234.50")), "1234.50");
        assert_eq!(amount(json!("abc")), "0.00");
        let staff = |text: &str| folded(Generation::V5_4, "Accounts", "employees", json!(text));
        assert_eq!(staff("4.7"), "5");
        assert_eq!(staff("1e3"), "1000");
    }

    #[test]
    fn texts_are_cut_and_lose_what_has_four_bytes() {
        let name = |text: &str| folded(Generation::V7_1, "Contacts", "lastname", json!(text));
        assert_eq!(name(&"x".repeat(200)).len(), 80);
        assert_eq!(name("a😀b"), "a????b");
        assert_eq!(name("<script>x</script>"), "&lt;script&gt;x&lt;/script&gt;");
        assert_eq!(name("<b>x</b> & y"), "<b>x</b> & y");
        assert_eq!(
            name("x <img src=x onerror=alert(1)> y"),
            "x <img src&equals;x onerror&equals;alert(1)> y"
        );
    }
}
