//! Alerts.

use serde_json::{Map, Value, json};

use super::Phone;
use crate::simplycrm::reply::{Outcome, numbered};
use crate::simplycrm::store::Row;

/// Alerts: name, module, seconds between looks, description.
pub(super) const ALERTS: [(&str, &str, u32, &str); 7] = [
    (
        "Idle Ticket Alert",
        "HelpDesk",
        3_600,
        "Alert sent when ticket has not been updated in 24 hours",
    ),
    (
        "New Ticket Alert",
        "HelpDesk",
        300,
        "Alert sent when a ticket is created",
    ),
    (
        "Pending Ticket Alert",
        "HelpDesk",
        86_400,
        "Alert sent when a ticket is not closed",
    ),
    (
        "Upcoming Opportunity",
        "Potentials",
        86_400,
        "Alert sent when Potential Close Date is due before 5 days or less",
    ),
    (
        "Your events for the day",
        "Calendar",
        86_400,
        "Alert sent when events are scheduled for the day",
    ),
    (
        "Your tasks for the day",
        "Calendar",
        86_400,
        "Alert sent when tasks are scheduled for the day",
    ),
    ("My Projects", "Project", 86_400, "Projects Related To Me"),
];

impl Phone<'_, '_> {
    fn alert(&self, at: usize) -> Option<Map<String, Value>> {
        let (name, module, every, description) = ALERTS.get(at)?;
        let first = if self.generation.is_old() { 12 } else { 1 };
        let told = json!({
            "alertid": (at + first).to_string(),
            "name": name,
            "category": module,
            "refreshRate": every,
            "description": description,
            "recordsLinked": true,
        });
        told.as_object().cloned()
    }

    pub(super) fn alert_at(&self, id: &str) -> Option<usize> {
        let first = if self.generation.is_old() { 12 } else { 1 };
        let at = id.parse::<usize>().ok()?.checked_sub(first)?;
        (at < ALERTS.len()).then_some(at)
    }

    /// The records an alert is about.
    pub(super) fn alert_rows(&self, at: usize) -> Vec<&Row> {
        let module = ALERTS.get(at).map_or("", |(_, module, _, _)| *module);
        let mut rows = self.rows(module);
        rows.retain(|row| row.owner() == self.by.user.ws_id());
        rows
    }

    /// `fetchAllAlerts`.
    pub(super) fn alerts(&self) -> Value {
        let alerts: Vec<Value> = (0..ALERTS.len())
            .filter_map(|at| self.alert(at))
            .map(Value::from)
            .collect();
        json!({"alerts": alerts})
    }

    /// `alertDetailsWithMessage`; the message is a count.
    pub(super) fn alert_details(&self) -> Outcome {
        let at = self.alert_at(&self.param("alertid"));
        let Some(mut alert) = at.and_then(|at| self.alert(at)) else {
            return Err(numbered(1401, "Alert not found"));
        };
        let count = at.map_or(0, |at| self.alert_rows(at).len());
        alert.insert("message".into(), count.to_string().into());
        Ok(json!({"alert": alert}))
    }
}
