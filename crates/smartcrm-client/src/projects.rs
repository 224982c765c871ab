//! Projects: work done for a client.

use api_core::Date;
use rust_decimal::Decimal;

use crate::clients::ClientId;
use crate::field::CustomFields;
use crate::model::{resource, words};

words! {
    /// How far a project is.
    ProjectStatus {
        /// Nothing has been done yet.
        NotStarted = "not_started",
        /// Work is going on.
        InProgress = "in_progress",
        /// Work is interrupted.
        OnHold = "on_hold",
        /// Work is done.
        Finished = "finished",
        /// Work was given up.
        Cancelled = "cancelled",
    }
}

words! {
    /// How a project is charged.
    BillingType {
        /// One price for the whole.
        Fixed = "fixed",
        /// One rate for all hours.
        ProjectHours = "project_hours",
        /// A rate per task.
        TaskHours = "task_hours",
    }
}

resource! {
    /// The projects resource.
    kind Projects;
    /// The server's id of a project.
    id ProjectId;
    /// A project as the server sends it.
    record Project;
    /// A project to be created.
    new NewProject;
    /// A change to a project.
    patch ProjectPatch;
    required {
        /// The project's name.
        name: String,
        /// The client it is done for.
        client_id: ClientId,
    }
    optional {
        /// How far it is.
        status: ProjectStatus,
        /// How it is charged.
        billing_type: BillingType,
        /// The first day.
        start_date: Date,
        /// The day it is to be finished.
        deadline: Date,
        /// The day it was finished.
        finished_at: Date,
        /// How far it is, in percent.
        progress: i64,
        /// The price of a project with a fixed price.
        cost: Decimal,
        /// The rate of an hour.
        rate: Decimal,
        /// How many hours are expected.
        estimated_hours: Decimal,
        /// Free text.
        description: String,
        /// The day it was entered in the CRM.
        created_on: Date,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
