//! Looks for many texts in a long one at once, in every form in which a program may write them.

use std::collections::{BTreeSet, HashMap};

/// How much of a text is looked up before it is compared.
const BEGINNING: usize = 6;

/// Texts that must not be found.
pub(crate) struct Needles {
    by_beginning: HashMap<[u8; BEGINNING], Vec<(Vec<u8>, String)>>,
}

impl Needles {
    /// Texts shorter than six bytes are left out: they are found by chance.
    pub(crate) fn new(texts: impl IntoIterator<Item = String>) -> Self {
        let mut by_beginning: HashMap<_, Vec<_>> = HashMap::new();
        for text in texts {
            for form in forms(&text) {
                if let Some(beginning) = form.first_chunk::<BEGINNING>() {
                    let all = by_beginning.entry(*beginning).or_default();
                    all.push((form, text.clone()));
                }
            }
        }
        Self { by_beginning }
    }

    /// Those that are in there.
    pub(crate) fn found(&self, hay: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for at in 0..hay.len() {
            let Some(beginning) = hay[at..].first_chunk::<BEGINNING>() else {
                break;
            };
            for (form, text) in self.by_beginning.get(beginning).into_iter().flatten() {
                if hay[at..].starts_with(form) {
                    found.insert(text.as_str());
                }
            }
        }
        found
    }
}

/// As it is, as JSON may escape it, and as addresses and forms do.
fn forms(text: &str) -> BTreeSet<Vec<u8>> {
    let json = |escape_all: bool| {
        text.chars().fold(String::new(), |mut out, c| {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '/' if escape_all => out.push_str("\\/"),
                c if c.is_ascii() || !escape_all => out.push(c),
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
            out
        })
    };
    let url = |blank: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b' ' => out.push_str(blank),
                b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(char::from(b)),
                b => out.push_str(&format!("%{b:02X}")),
            }
            out
        })
    };
    [
        text.to_owned(),
        json(false),
        json(true),
        url("%20"),
        url("+"),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}

#[test]
fn a_text_is_found_in_each_of_its_forms() {
    let needles = Needles::new(["Zoë \"de\" Wit/Bos".to_owned(), "kort".to_owned()]);
    for hay in [
        "a Zoë \"de\" Wit/Bos b",
        r#"{"name":"Zoë \"de\" Wit/Bos"}"#,
        r#"{"name":"Zo\u00eb \"de\" Wit\/Bos"}"#,
        "?q=Zo%C3%AB%20%22de%22%20Wit%2FBos",
        "q=Zo%C3%AB+%22de%22+Wit%2FBos&page=1",
    ] {
        assert_eq!(needles.found(hay.as_bytes()).len(), 1, "{hay}");
    }
    for hay in ["", "Zoë", "Zoë \"de\" Wit", "kort"] {
        assert!(needles.found(hay.as_bytes()).is_empty(), "{hay}");
    }
}
