//! The operations of the mobile API, and what sending each twice does.

use api_core::Safety;

use crate::operation::{Operation, Verb};

macro_rules! operations {
    ($($(#[$doc:meta])+ $constant:ident = $name:literal $kind:ident;)*) => {
        $($(#[$doc])+
        pub(crate) static $constant: Operation = operations!(@$kind $name);)*

        /// Every operation this crate knows.
        static KNOWN: &[&Operation] = &[$(&$constant,)*];
    };
    (@read $name:literal) => {
        Operation::labelled(
            concat!("mobile.", $name), $name, Verb::Post, Safety::Idempotent,
        ).reading()
    };
    (@create $name:literal) => {
        Operation::labelled(concat!("mobile.", $name), $name, Verb::Post, Safety::Create)
    };
}

operations! {
    /// Begins a session (vendor documentation).
    LOGIN = "login" read;
    /// Begins a session and lists the modules (vendor documentation).
    LOGIN_MODULES = "loginAndFetchModules" read;
    /// Ends a session (recorded vtiger 7.1.0 server).
    LOGOUT = "logout" read;
    /// The modules (recorded vtiger 7.1.0 server).
    MODULES = "fetchModules" read;
    /// Who is logged in (recorded vtiger 7.1.0 server).
    USER_INFO = "userInfo" read;
    /// Saved filters (vendor documentation).
    FILTERS = "fetchModuleFilters" read;
    /// A filter with its count (vendor documentation).
    FILTER = "filterDetailsWithCount" read;
    /// Every alert (vendor documentation).
    ALERTS = "fetchAllAlerts" read;
    /// An alert with its message (vendor documentation).
    ALERT = "alertDetailsWithMessage" read;
    /// The rows of a module (vendor documentation).
    LIST = "listModuleRecords" read;
    /// A record, flat (vendor documentation).
    FETCH = "fetchRecord" read;
    /// A record in blocks (vendor documentation).
    FETCH_GROUPED = "fetchRecordWithGrouping" read;
    /// Records in blocks (vendor documentation).
    FETCH_MANY = "fetchRecordsWithGrouping" read;
    /// The fields of a module (vendor documentation).
    DESCRIBE = "describe" read;
    /// What changed since a token (vendor documentation).
    SYNC = "syncModuleRecords" read;
    /// Records by a query, flat (vendor documentation).
    QUERY = "query" read;
    /// Records by a query, in blocks (vendor documentation).
    QUERY_GROUPED = "queryWithGrouping" read;
    /// Related records (vendor documentation).
    RELATED = "relatedRecordsWithGrouping" read;
    /// What happened (recorded vtiger 7.1.0 server).
    HISTORY = "history" read;
    /// Taxes and charges (recorded vtiger 7.1.0 server).
    TAXES = "taxByType" read;
    /// Who may own a record (recorded vtiger 7.1.0 server).
    OWNERS = "fetchModuleOwners" read;
    /// Records by title (recorded vtiger 7.1.0 server).
    REFERENCES = "fetchReferenceRecords" read;
    /// Makes a record or changes one (vendor documentation).
    CREATE = "saveRecord" create;
    /// Changes a record (vendor documentation). Not sent again by itself: it
    /// would undo what somebody else wrote in between.
    UPDATE = "saveRecord" create;
    /// Deletes records (vendor documentation). A second time the server says no
    /// to what the first time did, so it is not sent again by itself.
    DELETE = "deleteRecords" create;
    /// Comments on a record (vendor documentation).
    COMMENT = "addRecordComment" create;
}

/// Finds an operation by its wire name; the case matters to the server.
///
/// `saveRecord` is found as the one that creates.
pub(crate) fn known(name: &str) -> Option<&'static Operation> {
    KNOWN
        .iter()
        .copied()
        .find(|operation| operation.name() == name)
}

/// The wire names, each once.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN
        .iter()
        .filter(|operation| !std::ptr::eq(**operation, &raw const UPDATE))
        .map(|operation| operation.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_operations_and_the_newer_ones_are_known() {
        for name in [
            "login",
            "loginAndFetchModules",
            "fetchModuleFilters",
            "filterDetailsWithCount",
            "fetchAllAlerts",
            "alertDetailsWithMessage",
            "listModuleRecords",
            "fetchRecord",
            "fetchRecordWithGrouping",
            "fetchRecordsWithGrouping",
            "describe",
            "saveRecord",
            "syncModuleRecords",
            "query",
            "queryWithGrouping",
            "relatedRecordsWithGrouping",
            "deleteRecords",
            "addRecordComment",
            "logout",
            "fetchModules",
            "userInfo",
            "history",
            "taxByType",
            "fetchModuleOwners",
            "fetchReferenceRecords",
        ] {
            assert!(known(name).is_some(), "{name}");
        }
        assert_eq!(names().count(), 25);
        assert!(known("Login").is_none());
    }

    #[test]
    fn what_writes_is_never_sent_twice() {
        for (name, safety) in [
            ("saveRecord", Safety::Create),
            ("addRecordComment", Safety::Create),
            ("deleteRecords", Safety::Create),
            ("listModuleRecords", Safety::Idempotent),
        ] {
            assert_eq!(known(name).map(Operation::safety), Some(safety), "{name}");
        }
        assert_eq!(UPDATE.safety(), Safety::Create);
        assert!(!LIST.writes());
        assert!(DELETE.writes());
    }
}
