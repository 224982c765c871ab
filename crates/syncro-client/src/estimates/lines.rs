//! Lines of an estimate.

use api_core::Error;

use crate::estimates::{Estimate, EstimateLineAdded, Estimates};
use crate::id::{EstimateId, LineItemId};
use crate::line_items::LineItem;
use crate::operations as ops;

impl Estimates<'_> {
    /// Adds a line to an estimate.
    ///
    /// It is sent once: with an unknown outcome, look for it among the
    /// estimate's lines before trying again.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, and those of any call.
    pub async fn add_line(
        &self,
        id: EstimateId,
        line: &LineItem,
    ) -> Result<EstimateLineAdded, Error> {
        self.client
            .post(
                &ops::ESTIMATES_ADD_LINE,
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
        id: EstimateId,
        line: LineItemId,
        change: &LineItem,
    ) -> Result<LineItem, Error> {
        let args = [id.to_string(), line.to_string()];
        self.client
            .put(
                &ops::ESTIMATES_UPDATE_LINE,
                &[&args[0], &args[1]],
                &change.to_json(),
            )
            .await
    }

    /// Deletes a line; answers the estimate without it.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete_line(&self, id: EstimateId, line: LineItemId) -> Result<Estimate, Error> {
        let args = [id.to_string(), line.to_string()];
        self.client
            .one(&ops::ESTIMATES_DELETE_LINE, &[&args[0], &args[1]], &[])
            .await
    }
}
