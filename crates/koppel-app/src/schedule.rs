//! When flows are due.

use std::time::Duration;

use api_core::Timestamp;
use sync_core::store::{FlowRow, FlowState};

use crate::app::App;
use crate::config::FlowConfig;
use crate::error::AppError;
use crate::owner;

/// Where a flow stands with its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// It is time.
    Now,
    /// It is not yet time.
    At(Timestamp),
    /// It has no schedule.
    OnDemand,
    /// Its schedule is switched off (`cron = "no"`).
    Off,
    /// Its schedule stands in a CRM's options, which cannot be read;
    /// [`schedule`](App::schedule) says why.
    Unclear,
    /// Somebody stopped it.
    Paused,
    /// It was stopped, as it started three times without getting anything done.
    Broken,
    /// Another process is at work on it.
    Running,
}

/// How often a flow is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// How long after one run the next is due; `None` is only on demand.
    pub every: Option<Duration>,
    /// Whether it is due by itself at all.
    pub cron: bool,
}

impl App {
    /// How often a flow is due, by the file or else by the CRM's own options.
    ///
    /// # Errors
    /// When those options cannot be read, or make no sense.
    pub async fn schedule(&self, flow: &FlowConfig) -> Result<Schedule, AppError> {
        let mut schedule = Schedule {
            every: flow.every,
            cron: flow.cron.unwrap_or(true),
        };
        if flow.every.is_some() && flow.cron.is_some() {
            return Ok(schedule);
        }
        for end in [&flow.to, &flow.from] {
            let connection = self.config().connection(end.as_str())?;
            let Some(options) = self.options_for(connection).await? else {
                continue;
            };
            let wrong = |key, message: String| self.config().flow_problem(flow, key, message);
            if schedule.every.is_none() {
                schedule.every = options.interval().map_err(|text| wrong("every", text))?;
            }
            if flow.cron.is_none() {
                let cron = options.cron().map_err(|text| wrong("cron", text))?;
                schedule.cron = cron.unwrap_or(true);
            }
            break;
        }
        Ok(schedule)
    }

    /// Where a flow stands that the store knows as this.
    pub(crate) async fn due_of(&self, flow: &FlowConfig, row: Option<&FlowRow>) -> Due {
        match self.schedule(flow).await {
            Ok(schedule) => due(schedule, row, Timestamp::now()),
            Err(_) => Due::Unclear,
        }
    }
}

fn due(schedule: Schedule, row: Option<&FlowRow>, now: Timestamp) -> Due {
    let Some(row) = row.filter(|_| schedule.every.is_some()) else {
        return Due::OnDemand;
    };
    match row.state {
        FlowState::Paused => return Due::Paused,
        FlowState::Broken => return Due::Broken,
        _ if !schedule.cron => return Due::Off,
        FlowState::Idle | FlowState::Running => {}
    }
    let held = row.lease_until.is_some_and(|until| until >= now);
    let by_the_dead = row.lease_owner.as_deref().is_some_and(owner::is_dead);
    if held && !by_the_dead {
        return Due::Running;
    }
    match row.next_due {
        Some(at) if at > now => Due::At(at),
        Some(_) => Due::Now,
        None => Due::OnDemand,
    }
}
