//! The operations of the webservice: name, verb, and what sending twice does.

use std::borrow::Cow;

use api_core::Safety;

/// How an operation wants its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// In the query string; the operation is registered as GET.
    Get,
    /// In the form; the operation is registered as POST.
    Post,
}

/// An operation: its name, where its parameters go, what sending twice does.
///
/// The server reads parameters only from where the operation is registered
/// (recorded vtiger 5.4.0 and 7.1.0 servers): in the wrong place they are
/// silently missing.
///
/// ```
/// use simplycrm_ws::{Operation, Safety};
///
/// const RELATED: Operation = Operation::get("relatedtypes");
/// const BOOK: Operation = Operation::post("bookslot", Safety::Create);
/// assert_eq!(RELATED.name(), "relatedtypes");
/// assert_eq!(BOOK.safety(), Safety::Create);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    name: Cow<'static, str>,
    label: &'static str,
    verb: Verb,
    safety: Safety,
    /// Whether it reads, although its parameters go in the form.
    reads: bool,
}

/// The operation name in logs of calls that this crate has no name for.
const UNNAMED: &str = "simplycrm.call";

impl Operation {
    /// An operation that reads.
    #[must_use]
    pub const fn get(name: &'static str) -> Self {
        Self::labelled(UNNAMED, name, Verb::Get, Safety::Idempotent)
    }

    /// An operation that writes.
    #[must_use]
    pub const fn post(name: &'static str, safety: Safety) -> Self {
        Self::labelled(UNNAMED, name, Verb::Post, safety)
    }

    /// An operation whose name is known only when the program runs.
    #[must_use]
    pub fn named(name: impl Into<String>, verb: Verb, safety: Safety) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            label: UNNAMED,
            verb,
            safety,
            reads: matches!(verb, Verb::Get),
        }
    }

    /// An operation with the name it has in errors and logs.
    pub(crate) const fn labelled(
        label: &'static str,
        name: &'static str,
        verb: Verb,
        safety: Safety,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            label,
            verb,
            safety,
            reads: matches!(verb, Verb::Get),
        }
    }

    /// The operation as one that only reads: the mobile API wants forms of all.
    pub(crate) const fn reading(mut self) -> Self {
        self.reads = true;
        self
    }

    /// Returns the wire name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns where the parameters go.
    #[must_use]
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// Returns what may happen when it is sent twice.
    #[must_use]
    pub fn safety(&self) -> Safety {
        self.safety
    }

    /// The name in exchanges, which must live for ever.
    pub(crate) fn label(&self) -> &'static str {
        self.label
    }

    /// The name in errors.
    pub(crate) fn full_label(&self, prefix: &str) -> String {
        if self.label == UNNAMED {
            format!("{prefix}.{}", self.name)
        } else {
            self.label.to_owned()
        }
    }

    /// Whether the operation writes.
    pub(crate) fn writes(&self) -> bool {
        !self.reads
    }

    /// Finds a known operation by its wire name, in any case.
    #[must_use]
    pub fn known(name: &str) -> Option<&'static Self> {
        KNOWN
            .iter()
            .find(|operation| operation.name.eq_ignore_ascii_case(name))
    }

    /// Every operation this crate knows.
    #[must_use]
    pub fn all_known() -> &'static [Self] {
        KNOWN
    }
}

macro_rules! operations {
    ($($(#[$doc:meta])+ $constant:ident = $name:literal $verb:ident $safety:ident;)*) => {
        impl Operation {
            $($(#[$doc])+
            pub const $constant: Self = Self::labelled(
                concat!("simplycrm.", $name), $name, Verb::$verb, Safety::$safety,
            );)*
        }

        static KNOWN: &[Operation] = &[$(Operation::$constant,)*];
    };
}

operations! {
    /// A token for the next login (vendor documentation).
    GETCHALLENGE = "getchallenge" Get Idempotent;
    /// Begins a session (vendor documentation).
    LOGIN = "login" Post Idempotent;
    /// Ends a session; registered as POST (recorded vtiger 5.4.0 server), the
    /// vendor's documentation says GET.
    LOGOUT = "logout" Post Idempotent;
    /// Turns a browser's session into one of the webservice (vendor documentation).
    EXTENDSESSION = "extendsession" Post Idempotent;
    /// The modules the user may see (vendor documentation).
    LISTTYPES = "listtypes" Get Idempotent;
    /// The fields of a module (vendor documentation).
    DESCRIBE = "describe" Get Idempotent;
    /// Makes a record (vendor documentation).
    CREATE = "create" Post Create;
    /// One record (vendor documentation).
    RETRIEVE = "retrieve" Get Idempotent;
    /// Writes a whole record (vendor documentation). Not sent again by itself:
    /// it would undo what somebody else wrote in between.
    UPDATE = "update" Post Create;
    /// Writes some fields of a record (recorded vtiger 5.4.0 and 7.1.0
    /// servers). Not sent again by itself, as [`UPDATE`](Self::UPDATE).
    REVISE = "revise" Post Create;
    /// Puts a record in the bin (vendor documentation). Not sent again by
    /// itself: the second one is refused for what the first one did.
    DELETE = "delete" Post Create;
    /// Records by a query (vendor documentation).
    QUERY = "query" Get Idempotent;
    /// What changed since a time (vendor documentation).
    SYNC = "sync" Get Idempotent;
    /// Turns a lead into an account, a contact and a potential (recorded
    /// vtiger 7.1.0 server).
    CONVERTLEAD = "convertlead" Post Create;
    /// The modules related to a module (recorded vtiger 7.1.0 server).
    RELATEDTYPES = "relatedtypes" Get Idempotent;
    /// The records related to a record (recorded vtiger 7.1.0 server).
    RETRIEVE_RELATED = "retrieve_related" Get Idempotent;
    /// Related records by a query (recorded vtiger 7.1.0 server).
    QUERY_RELATED = "query_related" Get Idempotent;
    /// Relates one record to another (recorded vtiger 7.1.0 server).
    ADD_RELATED = "add_related" Post Idempotent;
    /// Ends the relation of two records (source only).
    DELETE_RELATED = "delete_related" Post Idempotent;
    /// A record with its lines (recorded vtiger 7.1.0 server).
    RETRIEVE_INVENTORY = "retrieve_inventory" Get Idempotent;
    /// The files of a record (recorded vtiger 8.3.0 server).
    FILES_RETRIEVE = "files_retrieve" Get Idempotent;
    /// Sets a user's password (source only). A second time the old password is
    /// wrong.
    CHANGE_PASSWORD = "changePassword" Post Create;
    /// Deletes a user and gives what it owned to another (source only).
    DELETE_USER = "deleteUser" Post Create;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_any_case() {
        let found = Operation::known("ListTypes").unwrap();
        assert_eq!(found, &Operation::LISTTYPES);
        assert_eq!(Operation::known("describeobject"), None);
    }

    #[test]
    fn reads_are_sent_again_and_writes_of_records_are_not() {
        let writes = [
            Operation::CREATE,
            Operation::UPDATE,
            Operation::REVISE,
            Operation::DELETE,
            Operation::CONVERTLEAD,
            Operation::CHANGE_PASSWORD,
            Operation::DELETE_USER,
        ];
        for operation in Operation::all_known() {
            let reads = operation.verb() == Verb::Get;
            assert!(!reads || operation.safety() == Safety::Idempotent);
            let writes = writes.contains(operation);
            assert_eq!(
                operation.safety() == Safety::Create,
                writes,
                "{operation:?}"
            );
            assert_eq!(
                operation.full_label("simplycrm"),
                format!("simplycrm.{}", operation.name())
            );
        }
    }
}
