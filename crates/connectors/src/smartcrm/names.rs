//! Lists that give names their ids, such as currencies, statuses and departments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use api_core::{Error, ErrorKind};
use smartcrm_client::Client;

/// How long the server's own lists are believed.
const FRESH: Duration = Duration::from_secs(300);

/// Why a name or an id cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    /// There is no such list, neither in the profile nor on the server.
    NoList,
    /// The list does not have it.
    Unknown,
    /// The list has it more than once.
    Ambiguous,
}

/// One list, both ways.
#[derive(Debug, Clone, Default)]
struct List {
    ids: BTreeMap<String, BTreeSet<String>>,
    names: BTreeMap<String, BTreeSet<String>>,
}

/// Every list of an installation.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeMap<String, List>);

impl Names {
    /// Adds one name with its id.
    pub(super) fn add(&mut self, list: &str, id: &str, name: &str) {
        let list = self.0.entry(list.to_owned()).or_default();
        let (id, name) = (id.trim().to_owned(), name.trim().to_owned());
        list.names
            .entry(id.clone())
            .or_default()
            .insert(name.clone());
        list.ids.entry(name).or_default().insert(id);
    }

    /// The id of a name.
    pub(super) fn id(&self, list: &str, name: &str) -> Result<&str, Miss> {
        only(self.0.get(list).ok_or(Miss::NoList)?.ids.get(name.trim()))
    }

    /// The name of an id.
    pub(super) fn name(&self, list: &str, id: &str) -> Result<&str, Miss> {
        only(self.0.get(list).ok_or(Miss::NoList)?.names.get(id.trim()))
    }
}

fn only(found: Option<&BTreeSet<String>>) -> Result<&str, Miss> {
    let found = found.ok_or(Miss::Unknown)?;
    match (found.first(), found.len()) {
        (Some(one), 1) => Ok(one),
        _ => Err(Miss::Ambiguous),
    }
}

/// The lists of the profile, and those of the server, read once and then now and again.
#[derive(Debug, Default)]
pub(super) struct NameCache(Mutex<Option<(Instant, Arc<Names>)>>);

impl NameCache {
    /// The lists; what the profile says goes before what the server says.
    pub(super) async fn get(&self, client: &Client) -> Result<Arc<Names>, Error> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((read, names)) = known
            && read.elapsed() < FRESH
        {
            return Ok(names);
        }
        let profile = client.profile();
        let mut names = Names::default();
        for (list, pairs) in &profile.lookups {
            for (name, id) in pairs {
                names.add(list, id, name);
            }
        }
        let used: BTreeSet<&String> = profile.named.values().flat_map(|of| of.values()).collect();
        for (list, place) in &profile.lists {
            if used.contains(list) && !profile.lookups.contains_key(list) {
                let help = || {
                    format!(
                        "Write the names and ids of the list `{}` into `lookups.{list}` of the \
                         connection's profile.",
                        place.route
                    )
                };
                let pairs = client
                    .names(place)
                    .await
                    .map_err(|error| match error.kind() {
                        // What is wrong with the token or the network is told as it is.
                        ErrorKind::Auth | ErrorKind::Unavailable | ErrorKind::RateLimited => error,
                        _ => error.help(help()),
                    })?;
                if pairs.is_empty() {
                    let what = format!("The server's list `{}` is empty.", place.route);
                    return Err(Error::new(ErrorKind::Config, what)
                        .operation("smartcrm.names")
                        .help(help()));
                }
                for (id, name) in pairs {
                    names.add(list, &id, &name);
                }
            }
        }
        let names = Arc::new(names);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::clone(&names)));
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_id_that_is_not_clear_is_not_guessed() {
        let mut names = Names::default();
        names.add("currencies", "1", "EUR");
        names.add("currencies", "2", "USD");
        names.add("currencies", "3", " USD ");
        assert_eq!(names.id("currencies", "EUR"), Ok("1"));
        assert_eq!(names.name("currencies", " 1 "), Ok("EUR"));
        assert_eq!(names.name("currencies", "3"), Ok("USD"));
        assert_eq!(names.id("currencies", "USD"), Err(Miss::Ambiguous));
        assert_eq!(names.id("currencies", "eur"), Err(Miss::Unknown));
        assert_eq!(names.id("staff", "EUR"), Err(Miss::NoList));
    }
}
