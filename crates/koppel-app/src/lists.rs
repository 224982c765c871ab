//! What the store tells about runs, parked records and links.

use sync_core::store::{LinkRow, ParkedFilter, ParkedRow, RunRow};
use sync_core::{EntityKind, FlowName, RecordId, RunId};

use crate::app::App;
use crate::error::AppError;

/// How many parked records a report holds.
const REPORTED: usize = 1000;
/// How many rows are read from the store at a time.
const PAGE: usize = 500;

impl App {
    /// The newest runs first, of one flow or of all.
    ///
    /// # Errors
    /// When there is no such flow, or the store cannot be read.
    pub async fn runs(&self, flow: Option<&str>, limit: usize) -> Result<Vec<RunRow>, AppError> {
        let flow = self.known_flow(flow)?;
        let store = self.store().await?;
        store.runs(flow, limit).await.map_err(self.stored())
    }

    /// The run with this id, or with the only id that begins so.
    ///
    /// # Errors
    /// When there is none or more than one, or the store cannot be read.
    pub async fn run_by_id(&self, id: &str) -> Result<RunRow, AppError> {
        let store = self.store().await?;
        let found = match RunId::parse(id) {
            Some(id) => store
                .run(id)
                .await
                .map_err(self.stored())?
                .into_iter()
                .collect(),
            None => {
                let mut runs = store.runs(None, 10_000).await.map_err(self.stored())?;
                runs.retain(|run| !id.is_empty() && run.id.to_string().starts_with(id));
                runs
            }
        };
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(run), None) => Ok(run),
            (None, _) => Err(AppError::Asked {
                message: format!("there is no run `{id}`"),
                help: "`koppel run list` shows the ids".to_owned(),
            }),
            (Some(_), Some(_)) => Err(AppError::Asked {
                message: format!("the id of more than one run begins with `{id}`"),
                help: "write more of it".to_owned(),
            }),
        }
    }

    /// The records that a run set aside, as far as no later run has tried them; at most a
    /// thousand, and how many there are besides.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn parked_of(&self, run: &RunRow) -> Result<(Vec<ParkedRow>, u64), AppError> {
        self.parked_in(&run.flow, run.id).await
    }

    /// Tells each parked record by flow, kind and id, until `tell` answers `false`.
    ///
    /// # Errors
    /// When there is no such flow, or the store cannot be read.
    pub async fn parked(
        &self,
        flow: Option<&str>,
        entity: Option<EntityKind>,
        tell: &mut (dyn FnMut(ParkedRow) -> bool + Send),
    ) -> Result<(), AppError> {
        let only = self.known_flow(flow)?;
        for name in self.config().flows.keys() {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let filter = ParkedFilter {
                flow: Some(name),
                entity,
                not_in_run: None,
            };
            if !self.each_parked(filter, tell).await? {
                break;
            }
        }
        Ok(())
    }

    async fn each_parked(
        &self,
        filter: ParkedFilter<'_>,
        tell: &mut (dyn FnMut(ParkedRow) -> bool + Send),
    ) -> Result<bool, AppError> {
        let store = self.store().await?;
        let mut after = None;
        loop {
            let rows = store
                .parked(filter, after.take(), PAGE)
                .await
                .map_err(self.stored())?;
            let full = rows.len() == PAGE;
            for row in rows {
                after = Some((row.entity, row.source_id.clone()));
                if !tell(row) {
                    return Ok(false);
                }
            }
            if !full {
                return Ok(true);
            }
        }
    }

    /// Lets the next run take a parked record, whatever it waits for.
    ///
    /// # Errors
    /// When it is not parked, or waits for a lost answer (it is looked up first, and must not be
    /// sent blindly); when there is no such flow or more than one to choose from; when the store
    /// cannot be written.
    pub async fn retry_parked(
        &self,
        flow: Option<&str>,
        entity: EntityKind,
        id: &str,
    ) -> Result<FlowName, AppError> {
        let flow = self.the_flow(flow)?;
        let id = RecordId::from(id);
        let store = self.store().await?;
        if store
            .retry_parked(flow, entity, &id)
            .await
            .map_err(self.stored())?
        {
            self.tell_events().await;
            return Ok(flow.clone());
        }
        Err(AppError::Asked {
            message: format!(
                "the {entity} `{id}` of the flow `{flow}` is not parked, or waits for a lost \
                 answer and is looked up by the next run"
            ),
            help: "`koppel parked list` shows what is parked, and why".to_owned(),
        })
    }

    /// Lets the next run take all parked records as if they were new, and says how many; those
    /// that wait for a lost answer stay.
    ///
    /// # Errors
    /// When there is no such flow, or the store cannot be read or written.
    pub async fn retry_all_parked(
        &self,
        flow: Option<&str>,
        entity: Option<EntityKind>,
    ) -> Result<u64, AppError> {
        let store = self.store().await?;
        let only = self.known_flow(flow)?;
        let mut retried = 0;
        for name in self.config().flows.keys() {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let filter = ParkedFilter {
                flow: Some(name),
                entity,
                not_in_run: None,
            };
            let mut after = None;
            loop {
                let rows = store
                    .parked(filter, after.take(), PAGE)
                    .await
                    .map_err(self.stored())?;
                for row in &rows {
                    let done = store.retry_parked(name, row.entity, &row.source_id).await;
                    retried += u64::from(done.map_err(self.stored())?);
                }
                match rows.last() {
                    Some(last) => after = Some((last.entity, last.source_id.clone())),
                    None => break,
                }
            }
        }
        if retried > 0 {
            self.tell_events().await;
        }
        Ok(retried)
    }

    /// Tells each link of a flow by kind and id, until `tell` answers `false`.
    ///
    /// # Errors
    /// When there is no such flow or more than one to choose from, or the store cannot be read.
    pub async fn links(
        &self,
        flow: Option<&str>,
        entity: Option<EntityKind>,
        tell: &mut (dyn FnMut(LinkRow) -> bool + Send),
    ) -> Result<(), AppError> {
        let flow = self.the_flow(flow)?;
        let store = self.store().await?;
        let mut after = None;
        loop {
            let rows = store
                .links(flow, entity, after.take(), PAGE)
                .await
                .map_err(self.stored())?;
            let full = rows.len() == PAGE;
            for row in rows {
                after = Some((row.entity, row.source_id.clone()));
                if !tell(row) {
                    return Ok(());
                }
            }
            if !full {
                return Ok(());
            }
        }
    }

    pub(crate) async fn parked_in(
        &self,
        flow: &FlowName,
        run: RunId,
    ) -> Result<(Vec<ParkedRow>, u64), AppError> {
        let (mut listed, mut more) = (Vec::new(), 0);
        let filter = ParkedFilter {
            flow: Some(flow),
            ..ParkedFilter::default()
        };
        self.each_parked(filter, &mut |row| {
            if row.run != run {
            } else if listed.len() < REPORTED {
                listed.push(row);
            } else {
                more += 1;
            }
            true
        })
        .await?;
        Ok((listed, more))
    }

    /// The flow of that name, or the only one there is.
    pub(crate) fn the_flow(&self, name: Option<&str>) -> Result<&FlowName, AppError> {
        if let Some(name) = name {
            return Ok(&self.config().flow(name)?.name);
        }
        let mut names = self.config().flows.keys();
        match (names.next(), names.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(AppError::Asked {
                message: "there is not exactly one flow in the configuration".to_owned(),
                help: "name one with `--flow NAME`; `koppel flow list` shows them".to_owned(),
            }),
        }
    }

    fn known_flow(&self, name: Option<&str>) -> Result<Option<&FlowName>, AppError> {
        match name {
            Some(name) => Ok(Some(&self.config().flow(name)?.name)),
            None => Ok(None),
        }
    }
}
