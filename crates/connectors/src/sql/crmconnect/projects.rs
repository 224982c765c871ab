//! Projects: `projects`. Those that are finished or cancelled are at their end.

use api_core::Error;
use sync_core::EntityKind;
use sync_core::fields::{Project, View};

use super::draft::{Cell, Draft, number_of};
use super::entity::{Built, Children, Entity, custom_fields, key, reference};
use super::lookups::Names;
use super::schema::Table;
use crate::sql::row::{Flaw, Row};

/// Projects.
pub(super) struct Projects;

static TABLE: Table = Table {
    name: "projects",
    key: "id",
    required: &[
        "name",
        "description",
        "status",
        "clientid",
        "billing_type",
        "start_date",
        "deadline",
        "project_created",
        "date_finished",
        "progress",
        "project_cost",
        "project_rate_per_hour",
        "estimated_hours",
    ],
    optional: &[],
};

impl Entity for Projects {
    fn kind(&self) -> EntityKind {
        EntityKind::Project
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn custom(&self) -> Option<&'static str> {
        Some("projects")
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "name" => Some("name"),
            "customer" => Some("clientid"),
            _ => None,
        }
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("name")?;
        draft.require("customer")?;
        draft.text("name", "name")?;
        draft.reference("customer", "clientid", EntityKind::Customer)?;
        draft.word("status", "status", |word| number_of(word, 5, status_word))?;
        draft.word("billing_type", "billing_type", |word| {
            number_of(word, 3, billing_word)
        })?;
        draft.date("start_date", "start_date")?;
        draft.date("deadline", "deadline")?;
        draft.moment("finished_at", "date_finished")?;
        draft.int("progress", "progress")?;
        draft.decimal("cost", "project_cost")?;
        draft.decimal("hourly_rate", "project_rate_per_hour")?;
        draft.decimal("estimated_hours", "estimated_hours")?;
        draft.text("description", "description")?;
        draft.date("created_on", "project_created")?;
        draft.custom_fields(self.custom_defined())?;
        if draft.is_new() {
            draft.default("status", Cell::Int(1));
            draft.default("billing_type", Cell::Int(1));
            draft.default("start_date", draft.today());
            draft.default("project_created", draft.today());
            // Otherwise the CRM would reckon the progress from tasks that there are none of.
            draft.default("progress_from_tasks", Cell::Int(0));
            // Nobody is told by e-mail.
            draft.default("contact_notification", Cell::Int(0));
        }
        Ok(())
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        let status = row.int("status")?;
        let project = Project {
            name: row.text("name")?,
            customer: reference(row, "clientid", EntityKind::Customer)?,
            status: status.map(status_word),
            billing_type: row.int("billing_type")?.map(billing_word),
            start_date: row.date("start_date")?,
            deadline: row.date("deadline")?,
            finished_at: row.moment("date_finished", &names.snapshot.settings.zone)?,
            progress: row.int("progress")?,
            cost: row.decimal("project_cost")?,
            hourly_rate: row.decimal("project_rate_per_hour")?,
            estimated_hours: row.decimal("estimated_hours")?,
            description: row.text("description")?,
            created_on: row.date("project_created")?,
            custom_fields: custom_fields(names, id, children)?,
        };
        Ok(Built {
            fields: project.into_fields(),
            ended: matches!(status, Some(4 | 5)),
        })
    }
}

/// The canonical word for a status; the CRM may have further ones, which keep their number.
fn status_word(status: i64) -> String {
    match status {
        1 => "not_started".to_owned(),
        2 => "in_progress".to_owned(),
        3 => "on_hold".to_owned(),
        4 => "finished".to_owned(),
        5 => "cancelled".to_owned(),
        other => other.to_string(),
    }
}

fn billing_word(billing: i64) -> String {
    match billing {
        1 => "fixed".to_owned(),
        2 => "project_hours".to_owned(),
        3 => "task_hours".to_owned(),
        other => other.to_string(),
    }
}
