//! Tasks, meetings and calls: three kinds of record behind one module.

use std::collections::BTreeMap;

use api_core::{Date, Error, Json};
use jiff::civil::Time;

use super::client::Client;
use super::record::Record;
use super::{Saved, wire};
use crate::{RecordId, Warning};

/// What an activity is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActivityKind {
    /// A task: a record of `Calendar`.
    Task,
    /// A meeting: a record of `Events`.
    Meeting,
    /// A call: a record of `Events`.
    Call,
    /// Another type of event, as the CRM's picklist has it.
    Other(String),
}

impl ActivityKind {
    /// The word of `activitytype`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Task => "Task",
            Self::Meeting => "Meeting",
            Self::Call => "Call",
            Self::Other(word) => word,
        }
    }

    fn is_task(&self) -> bool {
        self.as_str() == "Task"
    }
}

/// A task, meeting or call to create in the module `Calendar`.
///
/// The server makes a task of whatever has no `eventstatus`, the vendor's own
/// example of a call included, and ignores `start_time` (recorded vtiger 5.4.0
/// server); this builder sends what makes each the thing it is.
///
/// ```
/// use simplycrm_ws::mobile::NewActivity;
/// use simplycrm_ws::{Date, RecordId};
///
/// let day = "2026-12-01".parse::<Date>()?;
/// let call = NewActivity::call("Call Smith", RecordId::new(19, 1), day)
///     .starts(14, 44)
///     .ends(15, 0)
///     .location("Overhoeksplein 2, Amsterdam")
///     .set("visibility", "Private");
/// # let _ = call;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewActivity {
    kind: ActivityKind,
    start: Date,
    due: Date,
    starts: Option<(u8, u8)>,
    ends: Option<(u8, u8)>,
    fields: BTreeMap<String, Json>,
}

impl NewActivity {
    fn new(kind: ActivityKind, subject: &str, owner: RecordId, day: Date) -> Self {
        let status = if kind.is_task() {
            ("taskstatus", "Not Started")
        } else {
            ("eventstatus", "Planned")
        };
        let fields = BTreeMap::from([
            ("subject".to_owned(), Json::from(subject)),
            ("assigned_user_id".to_owned(), Json::from(owner.to_string())),
            (status.0.to_owned(), Json::from(status.1)),
        ]);
        Self {
            kind,
            start: day,
            due: day,
            starts: None,
            ends: None,
            fields,
        }
    }

    /// A task of a day, not started; it begins at midnight unless set.
    #[must_use]
    pub fn task(subject: &str, owner: RecordId, day: Date) -> Self {
        Self::new(ActivityKind::Task, subject, owner, day)
    }

    /// A planned meeting of a day.
    #[must_use]
    pub fn meeting(subject: &str, owner: RecordId, day: Date) -> Self {
        Self::new(ActivityKind::Meeting, subject, owner, day)
    }

    /// A planned call of a day.
    #[must_use]
    pub fn call(subject: &str, owner: RecordId, day: Date) -> Self {
        Self::new(ActivityKind::Call, subject, owner, day)
    }

    /// A planned event of another type.
    #[must_use]
    pub fn event(kind: ActivityKind, subject: &str, owner: RecordId, day: Date) -> Self {
        Self::new(kind, subject, owner, day)
    }

    /// Sets the last day.
    #[must_use]
    pub fn due(mut self, day: Date) -> Self {
        self.due = day;
        self
    }

    /// Sets when it starts, hours and minutes in the server's own zone.
    #[must_use]
    pub fn starts(mut self, hour: u8, minute: u8) -> Self {
        self.starts = Some((hour, minute));
        self
    }

    /// Sets when it ends, hours and minutes in the server's own zone.
    #[must_use]
    pub fn ends(mut self, hour: u8, minute: u8) -> Self {
        self.ends = Some((hour, minute));
        self
    }

    /// Sets where it takes place.
    #[must_use]
    pub fn location(self, place: impl Into<String>) -> Self {
        self.set("location", place.into())
    }

    /// Relates it to a record (`parent_id`).
    #[must_use]
    pub fn related_to(self, record: RecordId) -> Self {
        self.set("parent_id", record.to_string())
    }

    /// Relates it to a contact (`contact_id`).
    #[must_use]
    pub fn contact(self, contact: RecordId) -> Self {
        self.set("contact_id", contact.to_string())
    }

    /// Sets another field.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Into<Json>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// What is sent.
    pub(crate) fn values(&self) -> Result<BTreeMap<String, Json>, Error> {
        let refused = |what: &str| wire::refused("saveRecord", what);
        let mut values = self.fields.clone();
        for field in [
            "activitytype",
            "date_start",
            "due_date",
            "time_start",
            "time_end",
        ] {
            if values.contains_key(field) {
                return Err(refused(
                    "Kind, days and times of an activity are set by the builder.",
                ));
            }
        }
        if values.contains_key("start_time") {
            return Err(refused("The server ignores `start_time`.").help("Use `starts`."));
        }
        if self.due < self.start {
            return Err(refused("The activity ends before it starts."));
        }
        let mut put = |name: &str, value: String| {
            values.insert(name.to_owned(), Json::from(value));
        };
        put("activitytype", self.kind.as_str().to_owned());
        put("date_start", self.start.to_string());
        put("due_date", self.due.to_string());
        let event = !self.kind.is_task();
        let starts = match self.starts {
            Some(starts) => Some(time(starts)?),
            None if event => {
                return Err(refused("An event needs the time when it starts."));
            }
            // Wanted of tasks too by the new generation.
            None => Some(Time::midnight()),
        };
        let ends = match (self.ends, starts) {
            (Some(ends), _) => Some(time(ends)?),
            // The new generation wants both of an event.
            (None, Some(starts)) if event => Some(starts),
            (None, _) => None,
        };
        if let Some(starts) = starts {
            put("time_start", starts.strftime("%H:%M").to_string());
        }
        if let Some(ends) = ends {
            put("time_end", ends.strftime("%H:%M").to_string());
        }
        if event && let (Some(starts), Some(ends)) = (starts, ends) {
            let from = self.start.jiff().to_datetime(starts);
            let to = self.due.jiff().to_datetime(ends);
            let minutes = to.duration_since(from).as_mins();
            if minutes < 0 {
                return Err(refused("The activity ends before it starts."));
            }
            put("duration_hours", (minutes / 60).to_string());
            put("duration_minutes", (minutes % 60).to_string());
        }
        Ok(values)
    }
}

fn time((hour, minute): (u8, u8)) -> Result<Time, Error> {
    i8::try_from(hour)
        .ok()
        .zip(i8::try_from(minute).ok())
        .and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        .ok_or_else(|| wire::refused("saveRecord", format!("There is no time {hour}:{minute}.")))
}

/// What a record of the calendar is, by its `activitytype`.
#[must_use]
pub fn activity_kind(record: &Record) -> Option<ActivityKind> {
    match record.text("activitytype") {
        "" => None,
        "Task" => Some(ActivityKind::Task),
        "Meeting" => Some(ActivityKind::Meeting),
        "Call" => Some(ActivityKind::Call),
        other => Some(ActivityKind::Other(other.to_owned())),
    }
}

impl Client {
    /// Creates a task, a meeting or a call (`saveRecord` on `Calendar`).
    ///
    /// Tasks and events have different prefixes (`1x` and `18x` in the
    /// vendor's documentation, `9x` and `18x` on recorded servers): use the id
    /// of the answer.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); refused locally when times are missing or
    /// wrong.
    pub async fn create_activity(&self, activity: &NewActivity) -> Result<Saved, Error> {
        let mut saved = self.create_raw("Calendar", activity.values()?).await?;
        let event = !activity.kind.is_task();
        if event
            && saved
                .record
                .get("eventstatus")
                .is_none_or(|status| status.text().is_empty())
        {
            let warning = Warning::Note {
                operation: "mobile.saveRecord".to_owned(),
                message: format!(
                    "The server made a task of a {}.",
                    activity.kind.as_str().to_lowercase()
                ),
            };
            self.warn(&warning);
            saved.warnings.push(warning);
        }
        Ok(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn text(values: &BTreeMap<String, Json>, name: &str) -> String {
        wire::text(values.get(name)).unwrap_or_default()
    }

    #[test]
    fn a_call_has_what_makes_it_an_event() {
        let owner = RecordId::new(19, 1);
        let call = NewActivity::call("Call Smith", owner, day("2026-12-01"))
            .starts(14, 44)
            .ends(16, 0);
        let values = call.values().unwrap();
        for (name, expected) in [
            ("activitytype", "Call"),
            ("eventstatus", "Planned"),
            ("date_start", "2026-12-01"),
            ("due_date", "2026-12-01"),
            ("time_start", "14:44"),
            ("time_end", "16:00"),
            ("duration_hours", "1"),
            ("duration_minutes", "16"),
            ("assigned_user_id", "19x1"),
        ] {
            assert_eq!(text(&values, name), expected, "{name}");
        }
        assert!(!values.contains_key("taskstatus"));
    }

    #[test]
    fn a_task_has_no_status_of_an_event() {
        let task = NewActivity::task("Write", RecordId::new(19, 1), day("2026-12-01"));
        let values = task.values().unwrap();
        assert_eq!(text(&values, "taskstatus"), "Not Started");
        assert_eq!(text(&values, "activitytype"), "Task");
        assert!(!values.contains_key("eventstatus"));
        assert_eq!(text(&values, "time_start"), "00:00");
        assert!(!values.contains_key("time_end"));
    }

    #[test]
    fn wrong_times_are_refused_before_anything_is_sent() {
        let owner = RecordId::new(19, 1);
        let meeting = || NewActivity::meeting("M", owner, day("2026-12-01"));
        for wrong in [
            meeting(),
            meeting().starts(24, 0),
            meeting().starts(10, 0).ends(9, 0),
            meeting().starts(10, 0).due(day("2026-11-30")),
            meeting().starts(10, 0).set("start_time", "10:00"),
            meeting().starts(10, 0).set("activitytype", "Task"),
        ] {
            let error = wrong.values().unwrap_err();
            assert_eq!(error.send_outcome(), api_core::SendOutcome::NotSent);
        }
    }
}
