//! What the sandboxes of a demo are entered with: made at random for each, and kept in files that
//! only their owner may read.

use std::io;

/// How many characters a credential has, as many as an access key of Simply CRM.
const LENGTH: usize = 24;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The credentials of one demo. They are never printed.
pub(super) struct Secrets {
    /// The token of SmartCRM.
    pub(super) smartcrm: String,
    /// The access key of Simply CRM's user.
    pub(super) simply: String,
    /// The subscription key of both SnelStarts.
    pub(super) subscription: String,
    /// The koppelsleutel of the administration that customers come from.
    pub(super) snel: String,
    /// The token of Syncro.
    pub(super) syncro: String,
    /// The koppelsleutel of the administration that bills of Syncro are booked in.
    pub(super) ledger: String,
}

impl Secrets {
    /// Makes them up.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            smartcrm: word()?,
            simply: word()?,
            subscription: word()?,
            snel: word()?,
            syncro: word()?,
            ledger: word()?,
        })
    }
}

/// Letters and digits that nobody can guess.
pub(super) fn word() -> io::Result<String> {
    let mut word = String::with_capacity(LENGTH);
    while word.len() < LENGTH {
        let mut bytes = [0_u8; 64];
        getrandom::fill(&mut bytes).map_err(|error| {
            io::Error::other(format!("this machine gives no random numbers: {error}"))
        })?;
        // Each letter is as likely as the others: what is beyond four times 62 is drawn again.
        let drawn = (bytes.iter()).filter_map(|byte| match byte {
            0..=247 => ALPHABET.get(usize::from(byte % 62)),
            _ => None,
        });
        word.extend(
            drawn
                .take(LENGTH - word.len())
                .map(|byte| char::from(*byte)),
        );
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_long_plain_and_never_the_same() {
        let all: std::collections::BTreeSet<String> = (0..500).map(|_| word().unwrap()).collect();
        assert_eq!(all.len(), 500);
        for word in &all {
            assert_eq!(word.len(), LENGTH);
            assert!(word.chars().all(|c| c.is_ascii_alphanumeric()), "{word}");
        }
        let letters: std::collections::BTreeSet<char> =
            all.iter().flat_map(|w| w.chars()).collect();
        assert_eq!(letters.len(), ALPHABET.len());
    }
}
