//! HTML entities in labels: the server escapes what it shows to people.

/// The names of U+00A0 to U+00FF, in order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr \
    deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest \
    Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml \
    ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
    agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml \
    eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Upper-case Greek from U+0391; U+03A2 does not exist.
const GREEK_UPPER: &str = "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi \
    Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega";

/// Lower-case Greek from U+03B1.
const GREEK_LOWER: &str = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi \
    omicron pi rho sigmaf sigma tau upsilon phi chi psi omega";

/// The others that occur in names, titles and sentences.
const OTHERS: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("OElig", '\u{152}'),
    ("oelig", '\u{153}'),
    ("Scaron", '\u{160}'),
    ("scaron", '\u{161}'),
    ("Yuml", '\u{178}'),
    ("fnof", '\u{192}'),
    ("circ", '\u{2c6}'),
    ("tilde", '\u{2dc}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("lsquo", '\u{2018}'),
    ("rsquo", '\u{2019}'),
    ("sbquo", '\u{201a}'),
    ("ldquo", '\u{201c}'),
    ("rdquo", '\u{201d}'),
    ("bdquo", '\u{201e}'),
    ("dagger", '\u{2020}'),
    ("Dagger", '\u{2021}'),
    ("bull", '\u{2022}'),
    ("hellip", '\u{2026}'),
    ("permil", '\u{2030}'),
    ("prime", '\u{2032}'),
    ("Prime", '\u{2033}'),
    ("lsaquo", '\u{2039}'),
    ("rsaquo", '\u{203a}'),
    ("oline", '\u{203e}'),
    ("frasl", '\u{2044}'),
    ("euro", '\u{20ac}'),
    ("trade", '\u{2122}'),
    ("larr", '\u{2190}'),
    ("uarr", '\u{2191}'),
    ("rarr", '\u{2192}'),
    ("darr", '\u{2193}'),
    ("harr", '\u{2194}'),
    ("minus", '\u{2212}'),
    ("infin", '\u{221e}'),
    ("asymp", '\u{2248}'),
    ("ne", '\u{2260}'),
    ("le", '\u{2264}'),
    ("ge", '\u{2265}'),
];

/// The longest name between `&` and `;` that is looked at.
const MAX_NAME: usize = 10;

/// Decodes the entities of a label once; what is no entity stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after
            .char_indices()
            .take(MAX_NAME + 1)
            .find(|(_, c)| *c == ';')
            .map(|(at, _)| at);
        let decoded = end
            .and_then(|end| after.get(..end))
            .and_then(|name| Some((character(name)?, name.len())));
        match decoded {
            Some((c, length)) => {
                out.push(c);
                rest = after.get(length + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let in_order = |names: &str, first: u32| {
        let at = names.split_whitespace().position(|known| known == name)?;
        char::from_u32(first + u32::try_from(at).ok()?)
    };
    OTHERS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, c)| *c)
        .or_else(|| in_order(LATIN, 0xa0))
        .or_else(|| in_order(GREEK_UPPER, 0x391))
        .or_else(|| in_order(GREEK_LOWER, 0x3b1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_recorded_servers_are_read() {
        assert_eq!(decode("Anna O&#039;Brien 000"), "Anna O'Brien 000");
        assert_eq!(decode("Bj&oslash;rn M&uuml;ller 001"), "Bjørn Müller 001");
        assert_eq!(
            decode("O&#039;Brien &quot;Q&quot; S&oslash;n 李"),
            "O'Brien \"Q\" Søn 李"
        );
        assert_eq!(decode("Start Date &amp; Time"), "Start Date & Time");
    }

    #[test]
    fn the_tables_are_in_order() {
        for (name, c) in [
            ("nbsp", '\u{a0}'),
            ("yuml", 'ÿ'),
            ("szlig", 'ß'),
            ("times", '×'),
            ("Alpha", 'Α'),
            ("Sigma", 'Σ'),
            ("Omega", 'Ω'),
            ("sigmaf", 'ς'),
            ("omega", 'ω'),
            ("euro", '€'),
        ] {
            assert_eq!(decode(&format!("&{name};")), c.to_string(), "{name}");
        }
        assert_eq!(LATIN.split_whitespace().count(), 96);
    }

    #[test]
    fn it_decodes_once_and_leaves_what_is_no_entity() {
        assert_eq!(decode("&amp;lt;b&amp;gt;"), "&lt;b&gt;");
        for text in [
            "A & B",
            "&",
            "&;",
            "&nosuch;",
            "&#xffffffff;",
            "&#0;",
            "R&D",
            "&-;",
            "é&ü;",
        ] {
            assert_eq!(decode(text), text);
        }
        assert_eq!(decode("&#x20AC;&#8364;"), "€€");
    }
}
