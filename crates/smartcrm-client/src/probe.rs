//! Questions about a server that change nothing there.

use api_core::{Error, ErrorKind, Safety, SendOutcome};
use http::Method;
use serde_json::json;

use crate::client::{Client, Operation};
use crate::envelope::text_of;
use crate::error::{Answer, Asked};
use crate::exact::RawMap;
use crate::list::ListParams;
use crate::profile::{Entity, NameList, PushMode};
use crate::request::Draft;

/// Whether a server takes batches, as told from its answer to an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchSupport {
    /// The profile sends records one by one.
    NotUsed,
    /// The route is there; these are the server's words, if it had any.
    Yes(Option<String>),
    /// There is no such route; these are the server's words.
    No(String),
}

impl Client {
    /// Asks whether the batch route is there, with a batch that holds nothing.
    ///
    /// What answers means is inferred: a route that is there confirms the
    /// empty batch or complains about it, and a route that is not there
    /// answers 404 or 405. Nothing is written either way.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, refuses the token, or answers with
    /// something that tells nothing.
    pub async fn probe_batch(&self) -> Result<BatchSupport, Error> {
        let push = &self.profile().push;
        let body = match push.mode {
            PushMode::Single => return Ok(BatchSupport::NotUsed),
            PushMode::Batch => json!({ "records": [] }),
            PushMode::PerfexBatch => json!({ "operations": [] }),
        };
        let entity = [Entity::Clients]
            .into_iter()
            .chain(Entity::ALL)
            .find(|entity| self.profile().writes(*entity));
        let path = entity.and_then(|entity| self.profile().path(entity));
        let Some(path) = path else {
            return Ok(BatchSupport::NotUsed);
        };
        let route = push.route.replace("{entity}", path);
        let answer = self
            .call(Operation {
                name: "probe_batch",
                template: route.clone(),
                method: Method::POST,
                safety: Safety::Idempotent,
                asked: Asked::Probe,
                draft: Draft {
                    path: Draft::route(&route),
                    body: Some(&body),
                    ..Draft::default()
                },
            })
            .await;
        match answer {
            Ok(Answer::Content(envelope)) => Ok(BatchSupport::Yes(envelope.message)),
            Ok(_) => Ok(BatchSupport::Yes(None)),
            Err(error) => match (error.kind(), error.status_code()) {
                (ErrorKind::Validation, _) => {
                    Ok(BatchSupport::Yes(Some(error.message().to_owned())))
                }
                (ErrorKind::NotFound | ErrorKind::Config, _)
                | (ErrorKind::NotAnApi, Some(404 | 405)) => {
                    Ok(BatchSupport::No(error.message().to_owned()))
                }
                _ => Err(error),
            },
        }
    }

    /// Tries the client token on the first V2 route of the profile.
    ///
    /// Gives the entity that was read, or `None` where the profile has no V2
    /// route.
    ///
    /// # Errors
    ///
    /// `Config` when no client token is set, `Auth` when the server refuses
    /// it, and otherwise as [`Resource::list`](crate::Resource::list).
    pub async fn check_client_token(&self) -> Result<Option<Entity>, Error> {
        let first = Entity::ALL
            .into_iter()
            .find(|entity| self.profile().needs_client_token(*entity));
        let Some(entity) = first else {
            return Ok(None);
        };
        let params = ListParams::new().page(1).per_page(1);
        self.resource(entity).list(&params).await?;
        Ok(Some(entity))
    }

    /// Reads a list that gives names their ids: pairs of id and name.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, refuses, or answers with anything
    /// that is not a list. An entry without an id or a name is left out.
    pub async fn names(&self, list: &NameList) -> Result<Vec<(String, String)>, Error> {
        let answer = self
            .call(Operation {
                name: "names",
                template: list.route.clone(),
                method: Method::GET,
                safety: Safety::Idempotent,
                asked: Asked::List,
                draft: Draft {
                    path: Draft::route(&list.route),
                    ..Draft::default()
                },
            })
            .await?;
        let entries = match &answer {
            Answer::Content(envelope) => envelope.list().unwrap_or_default(),
            Answer::Empty | Answer::NoBody => Vec::new(),
        };
        let mut names = Vec::with_capacity(entries.len());
        for entry in entries {
            let members: RawMap = serde_json::from_str(entry.get()).map_err(|_| {
                Error::new(ErrorKind::Decode, "The list of names holds no objects.")
                    .operation("names")
                    .outcome(SendOutcome::Done)
            })?;
            let word = |name: &str| members.get(name).and_then(|raw| text_of(raw));
            if let (Some(id), Some(name)) = (word(&list.id), word(&list.name)) {
                let name = name.trim();
                if !name.is_empty() {
                    names.push((id, name.to_owned()));
                }
            }
        }
        Ok(names)
    }
}
