//! What words of ours are called in an installation.

/// What Koppel calls a status, and what a fresh installation calls it.
pub(super) const PROJECT_STATUSES: [(&str, &str); 4] = [
    ("not_started", "initiated"),
    ("in_progress", "in progress"),
    ("on_hold", "on hold"),
    ("finished", "completed"),
];
/// The first word of ours for one of theirs is the one that it reads as.
pub(super) const INVOICE_STATUSES: [(&str, &str); 6] = [
    ("unpaid", "Sent"),
    ("overdue", "Sent"),
    ("partially_paid", "Sent"),
    ("paid", "Paid"),
    ("cancelled", "Cancel"),
    ("draft", "Created"),
];
/// Words of theirs that a project ends with.
pub(super) const ENDS: [&str; 3] = ["completed", "delivered", "archived"];

#[cfg(test)]
mod tests {
    use sync_core::EntityKind;

    use super::super::table::Table;

    #[test]
    fn a_word_of_theirs_reads_as_the_first_of_ours_for_it() {
        let table = Table::standard();
        let words = table.words(EntityKind::Invoice, "status").unwrap();
        assert_eq!(words.theirs("overdue"), Some("Sent"));
        assert_eq!(words.ours("Sent"), "unpaid");
        assert_eq!(words.kept("overdue"), "unpaid");
        assert_eq!(words.kept("Approved"), "Approved");
        assert_eq!(words.ours("Credit Invoice"), "Credit Invoice");
    }

    #[test]
    fn a_word_of_the_settings_goes_before_the_usual_one() {
        let mut table = Table::standard();
        table.word(EntityKind::Invoice, "status", "overdue", "Reminded");
        table.word(EntityKind::Invoice, "status", "unpaid", "Approved");
        let words = table.words(EntityKind::Invoice, "status").unwrap();
        assert_eq!(words.kept("overdue"), "overdue");
        assert_eq!(words.theirs("unpaid"), Some("Approved"));
        assert_eq!(words.ours("sent"), "partially_paid");
    }
}
