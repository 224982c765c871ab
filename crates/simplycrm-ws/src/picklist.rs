//! Picklists: their values, and several values in one text.

use api_core::Json;

/// What stands between the values of a multi-select picklist on the wire.
///
/// Space, bar, two hashes, bar, space (recorded vtiger 5.4.0 and 7.1.0
/// servers). Without the spaces a server stores the text as it was typed.
pub const SEPARATOR: &str = " |##| ";

/// One value of a picklist.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PicklistValue {
    /// What is stored and sent.
    pub value: String,
    /// What people see, in the server's default language.
    pub label: String,
}

impl PicklistValue {
    /// Reads a list of `{label, value}`; what is no such pair is left out.
    pub(crate) fn list(json: Option<&Json>) -> Vec<Self> {
        let Some(list) = json.and_then(Json::as_list) else {
            return Vec::new();
        };
        list.iter()
            .filter_map(|entry| {
                let value = entry.get("value")?.as_str()?;
                let label = entry.get("label").and_then(Json::as_str).unwrap_or(value);
                Some(Self {
                    value: value.to_owned(),
                    label: label.to_owned(),
                })
            })
            .collect()
    }
}

/// Splits the text of a multi-select picklist into its values.
///
/// Reads the separator with and without its spaces, as servers also keep what
/// was stored without them; empty values are left out.
///
/// ```
/// use simplycrm_ws::picklist;
///
/// assert_eq!(picklist::split("Golf |##| A & B"), ["Golf", "A & B"]);
/// assert_eq!(picklist::split("Golf|##|Tennis"), ["Golf", "Tennis"]);
/// assert!(picklist::split("").is_empty());
/// ```
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    text.split("|##|")
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Joins values into the text of a multi-select picklist.
///
/// ```
/// use simplycrm_ws::picklist;
///
/// assert_eq!(picklist::join(["Golf", "A & B"]), "Golf |##| A & B");
/// ```
#[must_use]
pub fn join<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for value in values {
        if !text.is_empty() {
            text.push_str(SEPARATOR);
        }
        text.push_str(value.as_ref());
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_joined_is_split_into_the_same(
            values in proptest::collection::vec("[A-Za-z0-9&ø;,]{1,8}( [a-z]{1,4})?", 0..6)
        ) {
            prop_assert_eq!(split(&join(&values)), values);
        }
    }

    #[test]
    fn a_value_that_is_no_pair_is_left_out() {
        let json =
            Json::parse(r#"[{"label":"Sø","value":"So"},{"value":"Alone"},{"label":"x"},7,null]"#)
                .unwrap();
        let values: Vec<_> = PicklistValue::list(Some(&json))
            .into_iter()
            .map(|entry| (entry.value, entry.label))
            .collect();
        assert_eq!(
            values,
            [
                ("So".to_owned(), "Sø".to_owned()),
                ("Alone".to_owned(), "Alone".to_owned())
            ]
        );
    }
}
