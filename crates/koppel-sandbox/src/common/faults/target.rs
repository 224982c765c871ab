//! A request as faults and hooks see it.

use crate::common::hooks::{Phase, RequestEvent};

/// A request taken apart.
pub(crate) trait Target {
    /// Which of the faked systems it came to.
    const KIN: Kin;
    /// The resource or module it is about.
    fn entity(&self) -> Option<&'static str>;
    /// Whether it is about that resource or module, by any of its names.
    fn is_about(&self, entity: &str) -> bool {
        self.entity() == Some(entity)
    }
    /// The path below the API's base.
    fn path(&self) -> String;
    /// The HTTP method in capitals.
    fn method(&self) -> &str;
    /// The name of what is asked for.
    fn operation(&self) -> &str;
    /// Whether it asks for a change.
    fn is_write(&self) -> bool;
    /// Whether it looks records up by their values.
    fn is_search(&self) -> bool;
    /// How many records of a page it asks for, if it says so.
    fn page_size(&self) -> Option<u64> {
        None
    }
    /// What a hook is told of it.
    fn event(&self, number: u64, phase: Phase) -> RequestEvent {
        RequestEvent {
            number,
            phase,
            method: self.method().to_owned(),
            path: self.path(),
            entity: self.entity(),
            is_write: self.is_write(),
            is_search: self.is_search(),
        }
    }
}

/// Which of the faked systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kin {
    SmartCrm,
    SimplyCrm,
    SnelStart,
    Syncro,
}
