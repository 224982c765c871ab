//! Linking by hand: what a person decides, checked against both systems before it is stored.

mod show;
mod words;

use std::sync::Arc;

use serde::Serialize;
use sync_core::linking::{Decided, DecisionRow, LinkDecision, label};
use sync_core::{Connector, Engine, EntityKind, Flow, RecordId};

use crate::app::App;
use crate::error::{AppError, Doing};
use crate::owner;

use self::words::refused;

pub use show::{LinkNames, Unlinked, UnlinkedWhy};

/// How a link may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetLink {
    /// Whether the record may become one with the one that is linked to the target already.
    pub merge: bool,
    /// Whether it may leave the record that it is linked to now.
    pub replace: bool,
}

/// A decision that was stored, with the names that the two systems give the records.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LinkChange {
    /// The decision.
    #[serde(flatten)]
    pub decision: DecisionRow,
    /// The name of the record in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// The name of the record in the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
}

/// One side of a flow.
#[derive(Clone, Copy)]
enum Side {
    Source,
    Target,
}

impl App {
    /// Links a record of the source to one of the target, for ever: no sync goes against it.
    /// Both are read first, to be sure that they are there.
    ///
    /// The next sync brings the record of the target up to date.
    ///
    /// # Errors
    /// When one of them is not there; when the source's is linked elsewhere and `replace` is not
    /// set, or the target's is linked to another and `merge` is not set; while the flow is at
    /// work, or an answer about the record is missing; when a system or the store fails.
    pub async fn set_link(
        &self,
        flow: Option<&str>,
        entity: EntityKind,
        source_id: &str,
        target_id: &str,
        how: SetLink,
    ) -> Result<LinkChange, AppError> {
        let flow = self.linkable(flow, entity).await?;
        let source_name = self.must_be(&flow, Side::Source, entity, source_id).await?;
        let target_name = self.must_be(&flow, Side::Target, entity, target_id).await?;
        let decision = LinkDecision::Link {
            target_id: target_id.into(),
            merge: how.merge,
            replace: how.replace,
        };
        let decision = self.decide(&flow, entity, source_id, &decision).await?;
        Ok(LinkChange {
            decision,
            source_name,
            target_name,
        })
    }

    /// Says that a record of the source is none of the target's: the next sync creates it.
    ///
    /// # Errors
    /// As [`set_link`](Self::set_link).
    pub async fn create_unlinked(
        &self,
        flow: Option<&str>,
        entity: EntityKind,
        source_id: &str,
    ) -> Result<LinkChange, AppError> {
        let flow = self.linkable(flow, entity).await?;
        let source_name = self.must_be(&flow, Side::Source, entity, source_id).await?;
        let decision = LinkDecision::Create;
        let decision = self.decide(&flow, entity, source_id, &decision).await?;
        Ok(LinkChange {
            decision,
            source_name,
            target_name: None,
        })
    }

    /// Takes the link of a record of the source away, or what it was merged into. The two are not
    /// linked again, and the record is set aside until somebody says what it is.
    ///
    /// # Errors
    /// When it is not linked; else as [`set_link`](Self::set_link).
    pub async fn remove_link(
        &self,
        flow: Option<&str>,
        entity: EntityKind,
        source_id: &str,
    ) -> Result<LinkChange, AppError> {
        self.unseen(flow, entity, source_id, LinkDecision::Unlink)
            .await
    }

    /// Says that a record of the source is not this one of the target; without one, that it is
    /// left out altogether.
    ///
    /// # Errors
    /// When they are linked; else as [`set_link`](Self::set_link).
    pub async fn ignore_link(
        &self,
        flow: Option<&str>,
        entity: EntityKind,
        source_id: &str,
        target_id: Option<&str>,
    ) -> Result<LinkChange, AppError> {
        let Some(target_id) = target_id else {
            let flow = self.linkable(flow, entity).await?;
            let source_name = self.must_be(&flow, Side::Source, entity, source_id).await?;
            let decision = LinkDecision::LeaveOut;
            let decision = self.decide(&flow, entity, source_id, &decision).await?;
            return Ok(LinkChange {
                decision,
                source_name,
                target_name: None,
            });
        };
        let flow = self.linkable(flow, entity).await?;
        let source_name = self.must_be(&flow, Side::Source, entity, source_id).await?;
        let target_name = self.must_be(&flow, Side::Target, entity, target_id).await?;
        let decision = LinkDecision::Never {
            target_id: target_id.into(),
        };
        let decision = self.decide(&flow, entity, source_id, &decision).await?;
        Ok(LinkChange {
            decision,
            source_name,
            target_name,
        })
    }

    /// Undoes the decision of this number, or the last one.
    ///
    /// # Errors
    /// When there is none, it was undone before, a later one is about the same record, or a sync
    /// has changed the link since; while the flow is at work; when the store fails.
    pub async fn undo_link(
        &self,
        flow: Option<&str>,
        id: Option<i64>,
    ) -> Result<LinkChange, AppError> {
        let flow = self.flow(self.the_flow(flow)?.as_str()).await?;
        let engine = self.link_engine().await?;
        let decision = loop {
            let decided = engine.undo_decision(&flow, id).await;
            if let Some(decided) = self.settled(decided).await? {
                break self.done(&flow, None, decided)?;
            }
        };
        self.tell_events().await;
        Ok(LinkChange {
            decision,
            source_name: None,
            target_name: None,
        })
    }

    /// A decision that needs no look at the systems: the record may be gone.
    async fn unseen(
        &self,
        flow: Option<&str>,
        entity: EntityKind,
        source_id: &str,
        decision: LinkDecision,
    ) -> Result<LinkChange, AppError> {
        let flow = self.flow(self.the_flow(flow)?.as_str()).await?;
        let decision = self.decide(&flow, entity, source_id, &decision).await?;
        Ok(LinkChange {
            decision,
            source_name: None,
            target_name: None,
        })
    }

    async fn decide(
        &self,
        flow: &Flow,
        entity: EntityKind,
        source_id: &str,
        decision: &LinkDecision,
    ) -> Result<DecisionRow, AppError> {
        let source_id = RecordId::from(source_id);
        let engine = self.link_engine().await?;
        let row = loop {
            let decided = engine.decide(flow, (entity, &source_id), decision).await;
            if let Some(decided) = self.settled(decided).await? {
                let about = Some((entity, &source_id, decision));
                break self.done(flow, about, decided)?;
            }
        };
        self.tell_events().await;
        Ok(row)
    }

    async fn link_engine(&self) -> Result<Engine, AppError> {
        Ok(Engine::new(Arc::clone(self.store().await?)))
    }

    /// The answer; `None` if whoever held the flow was dead, and it can be tried again.
    async fn settled(
        &self,
        decided: Result<Decided, sync_core::SyncError>,
    ) -> Result<Option<Decided>, AppError> {
        match decided.map_err(|error| self.failed(error))? {
            Decided::Busy { flow, owner, .. } if owner::is_dead(&owner) => {
                let store = self.store().await?;
                let broken = store.break_lease(&flow, &owner).await;
                if broken.map_err(self.stored())? {
                    self.tell_crash(&flow, &owner).await;
                }
                Ok(None)
            }
            other => Ok(Some(other)),
        }
    }

    fn done(
        &self,
        flow: &Flow,
        about: Option<(EntityKind, &RecordId, &LinkDecision)>,
        decided: Decided,
    ) -> Result<DecisionRow, AppError> {
        match decided {
            Decided::Done(row) => Ok(*row),
            Decided::Busy { flow, owner, until } => Err(AppError::Busy { flow, owner, until }),
            Decided::Refused(refusal) => Err(refused(flow, about, &refusal)),
            _ => Err(AppError::Failed {
                message: "the store gave an answer that this program does not know".to_owned(),
                help: "use the newest version of Koppel".to_owned(),
            }),
        }
    }

    /// The flow, if its source reads this kind of record and its target takes it.
    async fn linkable(&self, flow: Option<&str>, entity: EntityKind) -> Result<Flow, AppError> {
        let flow = self.flow(self.the_flow(flow)?.as_str()).await?;
        let source = self.connector(flow.source_name()).await?;
        let target = self.connector(flow.target_name()).await?;
        let reads = source.describe().of(entity).is_some_and(|can| can.read);
        let writes = target
            .describe()
            .of(entity)
            .is_some_and(|can| can.create || can.update);
        if !reads || !writes {
            return Err(AppError::Asked {
                message: format!("the flow `{}` cannot sync {}", flow.name(), entity.plural()),
                help: format!("it syncs {}", kinds(&flow)),
            });
        }
        Ok(flow)
    }

    /// The name of a record that has to be there.
    async fn must_be(
        &self,
        flow: &Flow,
        side: Side,
        entity: EntityKind,
        id: &str,
    ) -> Result<Option<String>, AppError> {
        let (name, other) = match side {
            Side::Source => (flow.source_name(), flow.target_name()),
            Side::Target => (flow.target_name(), flow.source_name()),
        };
        let missing = || AppError::Asked {
            message: format!("`{name}` has no {entity} `{id}`"),
            help: format!(
                "the ids are those of `{name}`, not of `{other}`; `koppel link suggest --scan` \
                 lists both"
            ),
        };
        if id.trim().is_empty() {
            return Err(missing());
        }
        let connector: Arc<dyn Connector> = self.connector(name).await?;
        if !connector.describe().of(entity).is_some_and(|can| can.fetch) {
            return Ok(None);
        }
        match connector.fetch(entity, &RecordId::from(id)).await {
            Ok(Some(record)) => Ok(label(&record.fields)),
            Ok(None) => Err(missing()),
            Err(error) if is_about_id(&error) => Err(missing()),
            Err(error) => Err(self.remote(name.as_str(), Doing::Reading, error)),
        }
    }
}

fn is_about_id(error: &api_core::Error) -> bool {
    use api_core::ErrorKind::{NotFound, Validation};
    matches!(error.kind(), NotFound | Validation)
}

fn kinds(flow: &Flow) -> String {
    let kinds: Vec<&str> = flow.entities().iter().map(|kind| kind.as_str()).collect();
    kinds.join(", ")
}
