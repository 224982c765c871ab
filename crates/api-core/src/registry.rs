//! Values that all clients of one account share.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Values by key that live for as long as somebody holds one: what the clients
/// of one account share, such as a limiter or a session.
///
/// ```
/// use api_core::Registry;
///
/// static NAMES: Registry<String> = Registry::new();
/// let one = NAMES.get("a", || "first".to_owned());
/// let other = NAMES.get("a", || "second".to_owned());
/// assert_eq!((one.as_str(), other.as_str()), ("first", "first"));
/// ```
pub struct Registry<T>(Mutex<Option<HashMap<String, Weak<T>>>>);

impl<T> Registry<T> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns what stands under a key, or makes it.
    pub fn get(&self, key: &str, make: impl FnOnce() -> T) -> Arc<T> {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = guard.get_or_insert_with(HashMap::new);
        if let Some(alive) = known.get(key).and_then(Weak::upgrade) {
            return alive;
        }
        known.retain(|_, weak| weak.strong_count() > 0);
        let made = Arc::new(make());
        known.insert(key.to_owned(), Arc::downgrade(&made));
        made
    }
}

impl<T> fmt::Debug for Registry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lives_as_long_as_somebody_holds_it() {
        let registry = Registry::new();
        let one = registry.get("a", || 1);
        assert_eq!(*registry.get("a", || 2), 1);
        assert_eq!(*registry.get("b", || 3), 3);
        drop(one);
        assert_eq!(*registry.get("a", || 4), 4);
    }
}
