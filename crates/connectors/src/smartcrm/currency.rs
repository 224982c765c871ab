//! Currencies: ISO 4217 codes here, whatever the installation has there.

use std::collections::{BTreeMap, BTreeSet};

use api_core::{Error, ErrorKind, SendOutcome};

use super::names::{Miss, Names};

/// What the owner says that the installation's currencies are: its id or code → ISO code.
#[derive(Debug, Clone, Default)]
pub(super) struct Currencies(BTreeMap<String, String>);

/// Whether a text can be an ISO 4217 code.
fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl Currencies {
    /// Takes the owner's mapping; none leaves codes as they are.
    pub(super) fn new(mapping: BTreeMap<String, String>) -> Result<Self, Error> {
        for (theirs, code) in &mapping {
            if !is_code(code) || theirs.trim().is_empty() {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "`currency_mapping` maps `{theirs}` to `{code}`, which is not a currency \
                         code such as EUR."
                    ),
                )
                .operation("smartcrm.configure")
                .outcome(SendOutcome::NotSent));
            }
        }
        Ok(Self(
            mapping
                .into_iter()
                .map(|(theirs, code)| (theirs.trim().to_owned(), code))
                .collect(),
        ))
    }

    /// The code of what the installation sent; the problem in words otherwise.
    pub(super) fn read(
        &self,
        value: &str,
        list: Option<&str>,
        names: &Names,
    ) -> Result<String, String> {
        let value = value.trim();
        if !self.0.is_empty() {
            return self.0.get(value).cloned().ok_or_else(|| {
                format!("holds the currency `{value}`, which `currency_mapping` does not have")
            });
        }
        let code = match list.map(|list| names.name(list, value)) {
            None | Some(Err(Miss::NoList)) => value,
            Some(Ok(code)) => code,
            Some(Err(Miss::Unknown)) => {
                return Err(format!(
                    "holds the currency `{value}`, which is not in the server's list; say what it \
                     is in `currency_mapping`"
                ));
            }
            Some(Err(Miss::Ambiguous)) => {
                return Err(format!(
                    "holds the currency `{value}`, which is in the server's list twice; say what \
                     it is in `currency_mapping`"
                ));
            }
        };
        if is_code(code) {
            Ok(code.to_owned())
        } else {
            Err(format!(
                "holds the currency `{code}`, which is not a code such as EUR; say what it is in \
                 `currency_mapping`"
            ))
        }
    }

    /// What the installation calls a code; the problem in words otherwise.
    pub(super) fn write(
        &self,
        code: &str,
        list: Option<&str>,
        names: &Names,
    ) -> Result<String, String> {
        if !self.0.is_empty() {
            let theirs: BTreeSet<&str> = self
                .0
                .iter()
                .filter(|(_, known)| known.as_str() == code)
                .map(|(theirs, _)| theirs.as_str())
                .collect();
            return match (theirs.first(), theirs.len()) {
                (Some(one), 1) => Ok((*one).to_owned()),
                (None, _) => Err(format!(
                    "holds the currency `{code}`, which nothing in `currency_mapping` is"
                )),
                _ => {
                    let all: Vec<&str> = theirs.into_iter().collect();
                    Err(format!(
                        "holds the currency `{code}`, which `currency_mapping` has as {}; only \
                         one can be written",
                        all.join(" and ")
                    ))
                }
            };
        }
        match list.map(|list| names.id(list, code)) {
            None => Ok(code.to_owned()),
            Some(Ok(id)) => Ok(id.to_owned()),
            Some(Err(Miss::Ambiguous)) => Err(format!(
                "holds the currency `{code}`, which the server has twice; say which one in \
                 `currency_mapping`"
            )),
            Some(Err(Miss::Unknown | Miss::NoList)) => Err(format!(
                "holds the currency `{code}`, which the server does not have"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currencies(pairs: &[(&str, &str)]) -> Currencies {
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        Currencies::new(pairs.iter().map(owned).collect()).unwrap()
    }

    fn listed() -> Names {
        let mut names = Names::default();
        for (id, name) in [("1", "EUR"), ("2", "USD"), ("3", "USD"), ("4", "lei")] {
            names.add("currencies", id, name);
        }
        names
    }

    #[test]
    fn without_a_mapping_a_code_passes_and_nothing_else_does() {
        let (none, names) = (currencies(&[]), Names::default());
        assert_eq!(none.read("RON", None, &names).as_deref(), Ok("RON"));
        for value in ["1", "ron", "EURO", "€", "12A"] {
            let said = none.read(value, None, &names).unwrap_err();
            assert!(
                said.contains(value) && said.contains("currency_mapping"),
                "{said}"
            );
        }
        assert_eq!(none.write("RON", None, &names).as_deref(), Ok("RON"));
    }

    #[test]
    fn with_a_mapping_only_what_it_has_is_read() {
        let (some, names) = (
            currencies(&[("1", "EUR"), ("RON", "RON")]),
            Names::default(),
        );
        assert_eq!(some.read("1", None, &names).as_deref(), Ok("EUR"));
        assert_eq!(some.read("RON", None, &names).as_deref(), Ok("RON"));
        for value in ["2", "USD", "EUR"] {
            let said = some.read(value, None, &names).unwrap_err();
            assert!(
                said.contains(value) && said.contains("currency_mapping"),
                "{said}"
            );
        }
    }

    #[test]
    fn what_two_ids_are_cannot_be_written_but_read() {
        let some = currencies(&[("1", "EUR"), ("2", "EUR"), ("3", "USD")]);
        let names = Names::default();
        assert_eq!(some.read("2", None, &names).as_deref(), Ok("EUR"));
        assert_eq!(some.write("USD", None, &names).as_deref(), Ok("3"));
        let said = some.write("EUR", None, &names).unwrap_err();
        assert!(said.contains("1 and 2"), "{said}");
        let said = some.write("GBP", None, &names).unwrap_err();
        assert!(said.contains("GBP"), "{said}");
    }

    #[test]
    fn the_servers_list_is_used_where_there_is_no_mapping() {
        let (none, names, list) = (currencies(&[]), listed(), Some("currencies"));
        assert_eq!(none.read("1", list, &names).as_deref(), Ok("EUR"));
        assert_eq!(none.read("3", list, &names).as_deref(), Ok("USD"));
        assert_eq!(none.write("EUR", list, &names).as_deref(), Ok("1"));
        for value in ["4", "9"] {
            let said = none.read(value, list, &names).unwrap_err();
            assert!(said.contains("currency_mapping"), "{said}");
        }
        for code in ["USD", "GBP"] {
            assert!(none.write(code, list, &names).is_err(), "{code}");
        }
        // The mapping goes first where there is one.
        let some = currencies(&[("4", "RON")]);
        assert_eq!(some.read("4", list, &names).as_deref(), Ok("RON"));
        assert!(some.read("1", list, &names).is_err());
    }

    #[test]
    fn a_mapping_to_what_is_no_code_is_refused() {
        for (theirs, code) in [("1", "euro"), ("1", "2"), (" ", "EUR")] {
            let mapping = BTreeMap::from([(theirs.to_owned(), code.to_owned())]);
            let error = Currencies::new(mapping).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
    }
}
