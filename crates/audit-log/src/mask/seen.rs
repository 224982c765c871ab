//! Texts that were masked, to find them again in sentences.

/// Shorter texts are not looked for: they would hit ordinary words.
const MIN_CHARS: usize = 4;

/// The bytes of one text that are looked for.
const LONGEST: usize = 400;

/// The bytes of all texts that are kept in mind.
const ALL: usize = 1 << 20;

/// A text this long is also found inside of a word.
const LONG: usize = 9;

/// Words of the trade: errors are made of them.
const TRADE: &[&str] = &[
    "account", "already", "client", "company", "contact", "customer", "data", "date", "email",
    "error", "exists", "field", "found", "invalid", "invoice", "item", "lead", "missing", "name",
    "number", "order", "phone", "product", "project", "record", "relatie", "required", "status",
    "system", "test", "that", "this", "ticket", "type", "unknown", "user", "valid", "value",
    "with",
];

/// Texts that were masked in one exchange.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// All texts, folded, one after the other.
    texts: String,
    places: Vec<Place>,
    /// Nobody will look for any.
    off: bool,
}

#[derive(Debug)]
struct Place {
    from: usize,
    to: usize,
}

impl Seen {
    /// Keeps nothing in mind.
    pub(super) fn of_nothing() -> Self {
        Self {
            off: true,
            ..Self::default()
        }
    }

    /// Keeps a text in mind; of a personal one its words with a capital too.
    pub(super) fn add(&mut self, text: &str, personal: bool) {
        if self.off {
            return;
        }
        let text = text.trim();
        if text.len() < MIN_CHARS || self.texts.len() > ALL {
            return;
        }
        let one_word = !text.contains(char::is_whitespace);
        let ordinary = one_word && text.bytes().all(|byte| byte.is_ascii_lowercase());
        if !ordinary || personal {
            self.push(text);
            if !one_word && text.contains(['\n', '\r', '\t', '\u{a0}']) {
                // Excerpts are on one line.
                self.push(&api_core::redact::one_line(text));
            }
        }
        if personal && text.len() <= 100 {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
            for word in words.filter(|word| word.len() < text.len()) {
                if word.starts_with(char::is_uppercase)
                    || (word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
                {
                    self.push(word);
                }
            }
        }
    }

    fn push(&mut self, text: &str) {
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or_default();
        if text.len() < MIN_CHARS || text.chars().take(MIN_CHARS).count() < MIN_CHARS {
            return;
        }
        if TRADE.iter().any(|word| word.eq_ignore_ascii_case(text)) {
            return;
        }
        let from = self.texts.len();
        fold_into(text, &mut self.texts);
        let to = self.texts.len();
        self.places.push(Place { from, to });
    }

    /// Replaces every text that is kept in mind; `None` when there is none.
    pub(super) fn scrub(&self, text: &str) -> Option<String> {
        if self.places.is_empty() || text.len() < MIN_CHARS {
            return None;
        }
        let mut folded = String::with_capacity(text.len());
        fold_into(text, &mut folded);
        let grams = Grams::of(folded.as_bytes());
        let coded = folded.contains(['%', '&', '+', '\\']);
        let mut hits = Vec::new();
        for place in &self.places {
            let Some(known) = self.texts.get(place.from..place.to) else {
                continue;
            };
            if grams.may_hold(known.as_bytes()) {
                find(&folded, known, &mut hits);
                find_cut_off(&folded, known, &mut hits);
            }
            if coded {
                for other in codings(known) {
                    if grams.may_hold(other.as_bytes()) {
                        find(&folded, &other, &mut hits);
                    }
                }
            }
        }
        replaced(text, hits)
    }
}

/// Finds a text where no word goes on around it.
fn find(folded: &str, known: &str, hits: &mut Vec<(usize, usize)>) {
    for (from, found) in folded.match_indices(known) {
        let to = from + found.len();
        let before = folded.get(..from).and_then(|part| part.chars().next_back());
        let after = folded.get(to..).and_then(|part| part.chars().next());
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if known.len() >= LONG || (!joins(before) && !joins(after)) {
            hits.push((from, to));
        }
    }
}

/// Finds a text that is cut off at the end.
fn find_cut_off(folded: &str, known: &str, hits: &mut Vec<(usize, usize)>) {
    let end = folded.trim_end_matches(['…', '.', '"', '\'', ' ']).len();
    let front = known.char_indices().nth(MIN_CHARS + 1).map(|(at, _)| at);
    let (Some(whole), Some(front)) = (folded.get(..end), front.and_then(|at| known.get(..at)))
    else {
        return;
    };
    let from = (end.saturating_sub(known.len())..=end).find(|at| whole.is_char_boundary(*at));
    let tail = from.and_then(|from| Some((from, whole.get(from..)?)));
    let Some((from, tail)) = tail else {
        return;
    };
    let cut = tail
        .match_indices(front)
        .find(|(at, _)| tail.get(*at..).is_some_and(|rest| known.starts_with(rest)));
    if let Some((at, _)) = cut {
        hits.push((from + at, end));
    }
}

fn replaced(text: &str, mut hits: Vec<(usize, usize)>) -> Option<String> {
    if hits.is_empty() {
        return None;
    }
    hits.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut hits = hits.into_iter().peekable();
    while let Some((from, mut to)) = hits.next() {
        while let Some((_, end)) = hits.next_if(|(next, _)| *next <= to) {
            to = to.max(end);
        }
        out.push_str(text.get(copied..from)?);
        super::push_mask(&mut out, text.get(from..to)?.chars().count());
        copied = to;
    }
    out.push_str(text.get(copied..)?);
    Some(out)
}

/// How a text is written in pages, addresses and JSON.
fn codings(known: &str) -> Vec<String> {
    let mut all = Vec::new();
    if known.contains(['&', '\'', '"', '<', '>']) {
        let html = |apostrophe: &str| {
            known
                .replace('&', "&amp;")
                .replace('\'', apostrophe)
                .replace('"', "&quot;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        all.extend([html("&#039;"), html("&#39;"), html("&apos;"), html("'")]);
    }
    if known.contains('&') {
        all.push(
            known
                .replace("&#039;", "'")
                .replace("&#39;", "'")
                .replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&"),
        );
    }
    if known.bytes().any(|byte| !byte.is_ascii_alphanumeric()) {
        let mut percent = String::new();
        for byte in known.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                percent.push(char::from(byte));
            } else {
                percent.push_str(&format!("%{byte:02x}"));
            }
        }
        all.push(percent.replace("%20", "+"));
        all.push(percent);
        let json = serde_json::Value::from(known).to_string();
        all.push(json.trim_matches('"').to_owned());
    }
    all
}

/// Lower case without a change of length: ASCII and the letters of Latin-1.
fn fold_into(text: &str, out: &mut String) {
    for c in text.chars() {
        out.push(match c {
            'A'..='Z' => c.to_ascii_lowercase(),
            'À'..='Þ' => c.to_lowercase().next().unwrap_or(c),
            other => other,
        });
    }
}

/// The sequences of four bytes in a text, roughly.
struct Grams([u64; 32]);

impl Grams {
    fn of(text: &[u8]) -> Self {
        let mut bits = [0; 32];
        for four in text.windows(4) {
            let (at, bit) = place(four);
            if let Some(word) = bits.get_mut(at) {
                *word |= bit;
            }
        }
        Self(bits)
    }

    fn may_hold(&self, known: &[u8]) -> bool {
        known.get(..4).is_some_and(|four| {
            let (at, bit) = place(four);
            self.0.get(at).is_some_and(|word| word & bit != 0)
        })
    }
}

fn place(four: &[u8]) -> (usize, u64) {
    let mut number = [0; 4];
    for (place, byte) in number.iter_mut().zip(four) {
        *place = *byte;
    }
    let mixed = u32::from_le_bytes(number).wrapping_mul(0x9e37_79b1) >> 21;
    ((mixed >> 6) as usize, 1 << (mixed & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(texts: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for text in texts {
            seen.add(text, true);
        }
        seen
    }

    #[test]
    fn texts_are_found_again_in_any_case_and_coding() {
        let seen = seen(&["Jan O'Brien & Zoë", "kade 17"]);
        for (text, expected) in [
            ("'JAN O'BRIEN & ZOË' exists", "'[masked 17]' exists"),
            ("jan o&#039;brien &amp; zoë!", "[masked 26]!"),
            ("q=Jan+O%27Brien+%26+Zo%C3%AB", "q=[masked 26]"),
            ("Kade 17 is unknown", "[masked 7] is unknown"),
            ("O'Brien was here", "[masked 7] was here"),
        ] {
            assert_eq!(seen.scrub(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(
            seen.scrub("it says \"jan o'br…").as_deref(),
            Some("it says \"[masked 8]…")
        );
        assert_eq!(seen.scrub("nothing of it, kade 171"), None);
    }

    #[test]
    fn words_of_the_trade_stay() {
        let mut seen = seen(&["Client Record", "Abcd"]);
        seen.add("ordinary", false);
        seen.add("abc", true);
        assert_eq!(seen.scrub("The client is an ordinary abc Record"), None);
        assert_eq!(
            seen.scrub("The Client record abcd").as_deref(),
            Some("The [masked 13] [masked 4]")
        );
    }
}
