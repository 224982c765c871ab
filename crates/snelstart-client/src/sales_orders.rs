//! Sales orders (`verkooporders`).

use std::collections::BTreeMap;

use api_core::Error;

use crate::calls::handle;
use crate::list::List;
use crate::model::refusal;
use crate::operations as ops;

mod alike;
mod model;

pub(crate) use alike::{order, order_calls};
pub use model::{
    OrderExtraField, OrderExtraFieldFields, OrderLine, OrderLineFields, OrderStatus, PriceBasis,
    ProcessStatus, ProcessStatusUpdate, ProcessStatusUpdateFields, SalesOrder, SalesOrderFields,
    SalesOrderId,
};

handle! {
    /// Sales orders (`verkooporders`).
    pub fn sales_orders -> SalesOrders, "Sales orders";
}

impl<'c> SalesOrders<'c> {
    /// Lists sales orders.
    pub fn list(&self) -> List<'c, SalesOrder> {
        self.client.list_of(&ops::SALES_ORDERS_LIST)
    }
}

order_calls! {
    impl SalesOrders, "an order" as order: SalesOrder by SalesOrderId;

    get ops::SALES_ORDERS_GET;
    create ops::SALES_ORDERS_CREATE;
    replace ops::SALES_ORDERS_REPLACE;
    delete ops::SALES_ORDERS_DELETE;
}

impl SalesOrders<'_> {
    /// Sets how far an order is (`ProcesStatus`), and nothing else.
    ///
    /// # Errors
    ///
    /// `Validation` before sending for a status that the API does not offer
    /// (`Contantbon`, `Factuur`), `NotFound`, and those of any call.
    pub async fn set_process_status(
        &self,
        id: &SalesOrderId,
        status: ProcessStatus,
    ) -> Result<(), Error> {
        let operation = &ops::SALES_ORDERS_SET_PROCESS_STATUS;
        offered(Some(&status), operation.name)?;
        let update = ProcessStatusUpdate {
            id: Some(*id),
            process_status: Some(status),
            ..ProcessStatusUpdate::default()
        };
        self.client
            .send(operation, &[&id.to_string()], &[], Some(&update.to_json()))
            .await
            .map(|_| ())
    }
}

/// Refuses a status that the vendor documents as not available.
pub(crate) fn offered(status: Option<&ProcessStatus>, operation: &str) -> Result<(), Error> {
    let Some(status @ (ProcessStatus::CashReceipt | ProcessStatus::Invoice)) = status else {
        return Ok(());
    };
    let fault = format!("is {status}, which the API does not offer");
    let faults = BTreeMap::from([("procesStatus".to_owned(), fault)]);
    Err(refusal(ProcessStatusUpdate::WIRE, faults).operation(operation))
}
