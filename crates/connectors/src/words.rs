//! What words of ours are called in a system.

/// Words of ours and theirs, in an order that decides which of ours one of theirs reads as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words(Vec<(String, String)>);

impl Words {
    /// Puts a pair in front of those that are there; the word of ours has no other place then.
    pub(crate) fn prefer(&mut self, ours: &str, theirs: &str) {
        self.0.retain(|(known, _)| known != ours);
        self.0.insert(0, (ours.to_owned(), theirs.to_owned()));
    }

    /// Their word for one of ours.
    pub(crate) fn theirs(&self, ours: &str) -> Option<&str> {
        let same = |known: &str| known == ours || known.eq_ignore_ascii_case(ours);
        self.0
            .iter()
            .find(|(known, _)| same(known))
            .map(|(_, theirs)| theirs.as_str())
    }

    /// Our word for one of theirs; the same word where there is none.
    pub(crate) fn ours<'a>(&'a self, theirs: &'a str) -> &'a str {
        self.0
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(theirs))
            .map_or(theirs, |(ours, _)| ours.as_str())
    }

    /// One word of ours, as it is once it was written and is read again.
    pub(crate) fn kept<'a>(&'a self, ours: &'a str) -> &'a str {
        match self.theirs(ours) {
            Some(theirs) => self.ours(theirs),
            None => ours,
        }
    }
}
