//! "Did you mean".

/// The known word closest to what was written, if any is close.
pub(super) fn closest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase().replace('-', "_");
    known
        .iter()
        .map(|word| {
            let score = if singular(&written) == singular(word) {
                1.0
            } else {
                strsim::jaro_winkler(&written, word)
            };
            (score, *word)
        })
        .filter(|(score, _)| *score >= 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// The help for a word that is not known: the closest one, else all of them.
pub(crate) fn help(written: &str, known: &[&str], lead: &str) -> Option<String> {
    match closest(written, known) {
        Some(word) => Some(format!("did you mean `{word}`?")),
        None if known.is_empty() => None,
        None => Some(format!("{lead} {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["customer", "contact", "product", "product_group"];
        assert_eq!(closest("custmer", &known), Some("customer"));
        assert_eq!(closest("Contacts", &known), Some("contact"));
        assert_eq!(closest("product-group", &known), Some("product_group"));
        assert_eq!(closest("zebra", &known), None);
    }
}
