//! HTML entities in labels.

/// Latin-1 from U+00A0 on, in order.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// The rest of what HTML 4 names and labels hold.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("fnof", 'ƒ'),
    ("circ", 'ˆ'),
    ("tilde", '˜'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("dagger", '†'),
    ("Dagger", '‡'),
    ("bull", '•'),
    ("hellip", '…'),
    ("permil", '‰'),
    ("prime", '′'),
    ("Prime", '″'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("oline", '‾'),
    ("frasl", '⁄'),
    ("euro", '€'),
    ("trade", '™'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("harr", '↔'),
    ("minus", '−'),
    ("infin", '∞'),
    ("asymp", '≈'),
    ("ne", '≠'),
    ("equiv", '≡'),
    ("le", '≤'),
    ("ge", '≥'),
    ("radic", '√'),
    ("sum", '∑'),
    ("loz", '◊'),
    ("Omega", 'Ω'),
    ("omega", 'ω'),
    ("Delta", 'Δ'),
    ("delta", 'δ'),
    ("Pi", 'Π'),
    ("pi", 'π'),
    ("Alpha", 'Α'),
    ("alpha", 'α'),
    ("Beta", 'Β'),
    ("beta", 'β'),
    ("Gamma", 'Γ'),
    ("gamma", 'γ'),
    ("Epsilon", 'Ε'),
    ("epsilon", 'ε'),
    ("Zeta", 'Ζ'),
    ("zeta", 'ζ'),
    ("Eta", 'Η'),
    ("eta", 'η'),
    ("Theta", 'Θ'),
    ("theta", 'θ'),
    ("Iota", 'Ι'),
    ("iota", 'ι'),
    ("Kappa", 'Κ'),
    ("kappa", 'κ'),
    ("Lambda", 'Λ'),
    ("lambda", 'λ'),
    ("Mu", 'Μ'),
    ("mu", 'μ'),
    ("Nu", 'Ν'),
    ("nu", 'ν'),
    ("Xi", 'Ξ'),
    ("xi", 'ξ'),
    ("Omicron", 'Ο'),
    ("omicron", 'ο'),
    ("Rho", 'Ρ'),
    ("rho", 'ρ'),
    ("Sigma", 'Σ'),
    ("sigma", 'σ'),
    ("sigmaf", 'ς'),
    ("Tau", 'Τ'),
    ("tau", 'τ'),
    ("Upsilon", 'Υ'),
    ("upsilon", 'υ'),
    ("Phi", 'Φ'),
    ("phi", 'φ'),
    ("Chi", 'Χ'),
    ("chi", 'χ'),
    ("Psi", 'Ψ'),
    ("psi", 'ψ'),
];

/// Decodes the HTML entities of a label, once.
///
/// Named ones of HTML 4 and numbers, decimal and hexadecimal. What is no
/// entity stays as it is. Only `label` and the texts of
/// `LineItems_FinalDetails` are escaped (recorded vtiger 7.1.0 server);
/// decoding any other field would change its data.
///
/// ```
/// use simplycrm_ws::decode_entities;
///
/// assert_eq!(decode_entities("S&oslash;n &amp; &#039;B&#x27; &amp;lt;"), "Søn & 'B' &lt;");
/// assert_eq!(decode_entities("AT&T; 5 & 6"), "AT&T; 5 & 6");
/// ```
#[must_use]
pub fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        // The longest entity read here has 10 characters; a bound keeps this linear.
        let entity = tail
            .bytes()
            .take(12)
            .position(|byte| byte == b';')
            .and_then(|end| Some((tail.get(1..end)?, tail.get(end + 1..)?)));
        match entity.and_then(|(name, after)| Some((decode(name)?, after))) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

fn decode(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    if let Some(at) = LATIN.iter().position(|known| *known == name) {
        return char::from_u32(0xA0 + u32::try_from(at).ok()?);
    }
    NAMED
        .iter()
        .find_map(|(known, c)| (*known == name).then_some(*c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_latin_table_ends_where_the_block_ends() {
        assert_eq!(decode("nbsp"), Some('\u{a0}'));
        assert_eq!(decode("Eacute"), Some('É'));
        assert_eq!(decode("oslash"), Some('ø'));
        assert_eq!(decode("yuml"), Some('ÿ'));
    }

    #[test]
    fn what_is_no_entity_stays() {
        for text in [
            "&", "&&", "&;", "&#;", "&#x;", "&#xD800;", "&nosuch;", "a & b; c", "&é;",
        ] {
            assert_eq!(decode_entities(text), text);
        }
    }

    proptest! {
        #[test]
        fn what_was_escaped_comes_back(text: String) {
            let escaped = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#039;");
            prop_assert_eq!(decode_entities(&escaped), text);
        }
    }
}
