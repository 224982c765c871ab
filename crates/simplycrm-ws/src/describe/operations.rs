//! Asking for modules, and remembering them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use api_core::{Error, Json};

use super::{Describe, ListTypes};
use crate::{Client, Operation, Params};

/// The descriptions a client remembers.
#[derive(Default)]
pub(crate) struct Described(Mutex<HashMap<String, Arc<Describe>>>);

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Described").finish_non_exhaustive()
    }
}

impl Described {
    pub(crate) fn get(&self, module: &str) -> Option<Arc<Describe>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(module).cloned()
    }

    fn put(&self, module: &str, describe: &Arc<Describe>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(module.to_owned(), Arc::clone(describe));
    }

    fn clear(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
    }

    /// The remembered module whose ids have this prefix.
    pub(crate) fn by_prefix(&self, prefix: u32) -> Option<Arc<Describe>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .values()
            .find(|describe| describe.id_prefix == Some(prefix))
            .cloned()
    }
}

impl Client {
    /// Lists the modules the user sees, all of them or those with fields of
    /// one of these types (such as `email`).
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn list_types(&self, types: &[&str]) -> Result<ListTypes, Error> {
        let mut params = Params::new();
        if !types.is_empty() {
            let types = types.iter().map(|name| Json::from(*name)).collect();
            params = params.with_json("fieldTypeList", &Json::List(types));
        }
        let answer = self.call_as(&Operation::LISTTYPES, params).await?;
        ListTypes::from_json(&answer).map_err(|error| error.operation("simplycrm.listtypes"))
    }

    /// Asks what a module looks like; its name's case matters.
    ///
    /// # Errors
    /// `Permission` for a module that does not exist or that the user may not
    /// see (recorded vtiger 5.4.0 and 7.1.0 servers); otherwise as
    /// [`Client::call`].
    pub async fn describe(&self, module: &str) -> Result<Describe, Error> {
        let params = Params::new().with("elementType", module);
        let answer = self.call_as(&Operation::DESCRIBE, params).await?;
        Describe::from_json(&answer).map_err(|error| error.operation("simplycrm.describe"))
    }

    /// Returns what a module looks like, asking once per module.
    ///
    /// # Errors
    /// As [`describe`](Self::describe); a failure is not remembered.
    pub async fn described(&self, module: &str) -> Result<Arc<Describe>, Error> {
        if let Some(known) = self.descriptions().get(module) {
            return Ok(known);
        }
        self.describe_again(module).await
    }

    /// Asks again what a module looks like, and remembers the answer.
    ///
    /// # Errors
    /// As [`describe`](Self::describe).
    pub async fn describe_again(&self, module: &str) -> Result<Arc<Describe>, Error> {
        let describe = Arc::new(self.describe(module).await?);
        self.descriptions().put(module, &describe);
        Ok(describe)
    }

    /// Forgets every description, so that each module is asked for again.
    pub fn forget_descriptions(&self) {
        self.descriptions().clear();
    }
}
