//! Schedules that make invoices (`/schedules`).

use api_core::{Date, Error, Json};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::filter::filter;
use crate::id::{
    AccountId, AssetTypeId, CustomerId, ProductId, ScheduleId, ScheduleLineId, UserId,
};
use crate::model::{Cents, model, words};
use crate::operations as ops;
use crate::records::records;

words! {
    /// How often a schedule makes an invoice (`frequency`).
    pub enum Frequency {
        /// Every day.
        Daily = "Daily",
        /// Every week.
        Weekly = "Weekly",
        /// Every two weeks.
        Biweekly = "Biweekly",
        /// Every month.
        Monthly = "Monthly",
        /// Every three months.
        Quarterly = "Quarterly",
        /// Every six months.
        SemiAnnually = "Semi-Annually",
        /// Every year.
        Annually = "Annually",
        /// Every two years.
        Biennially = "Biennially",
        /// Every three years.
        Triennially = "Triennially",
    }
}

model! {
    /// A schedule that makes invoices (a recurring invoice).
    ///
    /// Set [`paused`](Self::paused) where nothing may be invoiced yet.
    pub struct Schedule, wire "schedule"/"schedules" {
        /// Its id.
        id: ScheduleId = "id" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// Who is charged; required by a create.
        customer_id: CustomerId = "customer_id",
        /// Whether each invoice is mailed to the customer.
        email_customer: bool = "email_customer",
        /// How often; required by a create.
        frequency: Frequency = "frequency",
        /// Its name; required by a create.
        name: String = "name",
        /// The day of the next invoice; required by a create, comes as midnight
        /// in UTC.
        next_run: Date = "next_run",
        /// Whether each invoice is sent by post.
        snail_mail: bool = "snail_mail",
        /// Whether each invoice is charged to the stored way to pay.
        charge_mop: bool = "charge_mop",
        /// What each invoice comes to without tax, in the account's currency.
        subtotal: Decimal = "subtotal" [read_only],
        /// Whether open charges of tickets go on the invoices.
        invoice_unbilled_ticket_charges: bool = "invoice_unbilled_ticket_charges",
        /// Whether it makes no invoices for now.
        paused: bool = "paused",
        /// Whether the last invoice was paid; its type is unknown.
        last_invoice_paid: Json = "last_invoice_paid" [read_only],
        /// Its lines.
        lines: Vec<ScheduleLine> = "lines" [read_only],
    }
}

model! {
    /// A line of a schedule.
    pub struct ScheduleLine, wire "schedule_line_item"/"schedule_line_items" {
        /// Its id.
        id: ScheduleLineId = "id" [read_only],
        /// What one costs, in cents.
        cost_cents: Cents = "cost_cents",
        /// What is charged, at length.
        description: String = "description",
        /// What is charged; required by a create.
        name: String = "name",
        /// Its place among the lines.
        position: i64 = "position",
        /// The product that is sold.
        product_id: ProductId = "product_id",
        /// How many.
        quantity: Decimal = "quantity",
        /// What one is sold for, in cents.
        retail_cents: Cents = "retail_cents",
        /// The schedule it is on.
        schedule_id: ScheduleId = "schedule_id" [read_only],
        /// Whether it is taxed.
        taxable: bool = "taxable",
        /// Who sold it.
        user_id: UserId = "user_id",
        /// What one costs, in the account's currency.
        price_cost: Decimal = "price_cost" [read_only],
        /// What one is sold for, in the account's currency.
        price_retail: Decimal = "price_retail" [read_only],
        /// The category of the product.
        product_category: String = "product_category" [read_only],
        /// The type of assets it counts.
        asset_type_id: AssetTypeId = "asset_type_id",
        /// What it counts; 1 to 6.
        recurring_type_id: i64 = "recurring_type_id",
        /// The devices it counts; their form is unknown.
        device_ids: Vec<Json> = "device_ids" [read_only],
        /// Whether it is charged on the next invoice alone.
        one_time_charge: bool = "one_time_charge",
        /// The field of contacts it counts by.
        contact_field_type_id: i64 = "contact_field_type_id" [write_only],
        /// The answer in that field.
        contact_field_answer_id: i64 = "contact_field_answer_id" [write_only],
        /// The stored search of assets it counts.
        saved_asset_search_id: i64 = "saved_asset_search_id" [write_only],
    }
}

filter! {
    /// Which schedules are listed.
    pub struct ScheduleFilter for SCHEDULES_LIST {
        /// Those of a customer.
        customer_id: CustomerId = "customer_id",
    }
}

handle! {
    /// Schedules that make invoices (`/schedules`).
    pub fn schedules -> Schedules, "Schedules that make invoices";
}

records! {
    impl Schedules, "a schedule" as schedule: Schedule by ScheduleId;

    list ops::SCHEDULES_LIST, ScheduleFilter;
    get ops::SCHEDULES_GET;
    ///
    /// Name, customer, frequency and day of the next invoice are required.
    create ops::SCHEDULES_CREATE;
    update ops::SCHEDULES_UPDATE;
    delete ops::SCHEDULES_DELETE;
}

impl Schedules<'_> {
    /// Adds a line to a schedule.
    ///
    /// It is sent once: with an unknown outcome, look for it among the
    /// schedule's lines before trying again.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, and those of any call.
    pub async fn add_line(
        &self,
        id: ScheduleId,
        line: &ScheduleLine,
    ) -> Result<ScheduleLine, Error> {
        self.client
            .post(
                &ops::SCHEDULES_ADD_LINE,
                &[&id.to_string()],
                &line.to_json(),
            )
            .await
    }

    /// Changes what is set of a line.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it is refused, and those of any call.
    pub async fn update_line(
        &self,
        id: ScheduleId,
        line: ScheduleLineId,
        change: &ScheduleLine,
    ) -> Result<ScheduleLine, Error> {
        let args = [id.to_string(), line.to_string()];
        self.client
            .put(
                &ops::SCHEDULES_UPDATE_LINE,
                &[&args[0], &args[1]],
                &change.to_json(),
            )
            .await
    }

    /// Removes a line from a schedule.
    ///
    /// The OpenAPI document has the line's id alone as the body; it is sent as
    /// `{"schedule_line_item_id": …}`, which is assumed.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn remove_line(&self, id: ScheduleId, line: ScheduleLineId) -> Result<(), Error> {
        let body = Json::Map([("schedule_line_item_id".to_owned(), Json::from(line.get()))].into());
        self.client
            .act(
                &ops::SCHEDULES_REMOVE_LINE,
                &[&id.to_string()],
                &[],
                Some(&body),
            )
            .await?;
        Ok(())
    }
}
