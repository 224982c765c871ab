//! Sales orders (`verkooporders`).

use std::collections::BTreeMap;

use api_core::Error;

use crate::client::Client;
use crate::list::List;
use crate::model::refusal;
use crate::operations::{
    SALES_ORDERS_CREATE, SALES_ORDERS_DELETE, SALES_ORDERS_GET, SALES_ORDERS_LIST,
    SALES_ORDERS_REPLACE, SALES_ORDERS_SET_PROCESS_STATUS,
};

mod model;

pub use model::{
    OrderExtraField, OrderExtraFieldFields, OrderLine, OrderLineFields, OrderStatus, PriceBasis,
    ProcessStatus, ProcessStatusUpdate, ProcessStatusUpdateFields, SalesOrder, SalesOrderFields,
    SalesOrderId,
};

/// Sales orders; see [`Client::sales_orders`].
#[derive(Debug, Clone, Copy)]
pub struct SalesOrders<'a> {
    client: &'a Client,
}

impl Client {
    /// Sales orders (`verkooporders`).
    #[must_use]
    pub fn sales_orders(&self) -> SalesOrders<'_> {
        SalesOrders { client: self }
    }
}

impl<'a> SalesOrders<'a> {
    /// Lists sales orders.
    pub fn list(&self) -> List<'a, SalesOrder> {
        self.client.list_of(&SALES_ORDERS_LIST)
    }

    /// Fetches an order.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: &SalesOrderId) -> Result<SalesOrder, Error> {
        self.client
            .get_model(&SALES_ORDERS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes an order; sent once.
    ///
    /// The API has no natural key to look an order up by, and one of many lines
    /// may be made after its caller gave up (measured by client authors): see
    /// to what an unknown outcome left before sending it again.
    ///
    /// # Errors
    ///
    /// `Validation` before sending where the customer or the day is missing,
    /// a member is too long or the status is none the API offers; and those of
    /// any call; an outcome that is not known is `SendOutcome::Unknown`.
    pub async fn create(&self, order: &SalesOrder) -> Result<SalesOrder, Error> {
        offered(order.process_status.as_ref(), SALES_ORDERS_CREATE.name)?;
        self.client
            .post_model(&SALES_ORDERS_CREATE, &[], order)
            .await
    }

    /// Replaces an order as a whole; [`revise`](Self::revise) keeps what is not
    /// named.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `NotFound`.
    pub async fn replace(
        &self,
        id: &SalesOrderId,
        order: &SalesOrder,
    ) -> Result<SalesOrder, Error> {
        self.client
            .put_model(&SALES_ORDERS_REPLACE, &[&id.to_string()], order)
            .await
    }

    /// Changes what is named and keeps the rest: read, changed, written back.
    ///
    /// Lists, such as the lines, are replaced as a whole where they are named.
    /// Nothing is written where nothing changes.
    ///
    /// # Errors
    ///
    /// As [`replace`](Self::replace).
    pub async fn revise(
        &self,
        id: &SalesOrderId,
        change: &SalesOrder,
    ) -> Result<SalesOrder, Error> {
        self.client
            .revise_whole(
                &SALES_ORDERS_GET,
                &SALES_ORDERS_REPLACE,
                &id.to_string(),
                change,
            )
            .await
    }

    /// Deletes an order.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: &SalesOrderId) -> Result<(), Error> {
        self.client
            .delete_at(&SALES_ORDERS_DELETE, &[&id.to_string()])
            .await
    }

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
        let operation = &SALES_ORDERS_SET_PROCESS_STATUS;
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
