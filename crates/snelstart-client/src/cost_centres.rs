//! Cost centres (`kostenplaatsen`).

use api_core::Error;

use crate::calls::{handle, verified_calls};
use crate::model::{ids, model};
use crate::operations as ops;
use crate::problems::Problems;

ids! {
    /// The id of a cost centre (kostenplaats).
    CostCentreId "/kostenplaatsen"
}

model! {
    /// A cost centre (kostenplaats).
    pub struct CostCentre, fields CostCentreFields, wire "KostenplaatsModel" {
        /// Its name (`omschrijving`), at most 50 characters (vendor
        /// documentation, KPL-0005).
        description: String = "omschrijving",
        /// Whether nothing may be booked on it (`nonactief`).
        inactive: bool = "nonactief",
        /// Its number (`nummer`), 1 to 999,999,999 (vendor documentation,
        /// KPL-0007).
        number: i32 = "nummer",
        /// Its id (`id`).
        id: CostCentreId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Cost centres (`kostenplaatsen`).
    pub fn cost_centres -> CostCentres, "Cost centres";
}

impl CostCentres<'_> {
    /// Lists cost centres, all at once.
    ///
    /// # Errors
    ///
    /// `Decode` where one cannot be read, and those of any call.
    pub async fn list(&self) -> Result<Vec<CostCentre>, Error> {
        self.client
            .get_models(&ops::COST_CENTRES_LIST, &[], &[])
            .await
    }
}

verified_calls! {
    impl CostCentres, "a cost centre" as cost_centre: CostCentre by CostCentreId,
        refused where "number or name would be refused";

    get ops::COST_CENTRES_GET;
    create ops::COST_CENTRES_CREATE;
    replace ops::COST_CENTRES_REPLACE;
    delete ops::COST_CENTRES_DELETE;
}

/// The longest name, in characters.
const LONGEST_NAME: usize = 50;

/// The largest number.
const LARGEST_NUMBER: i32 = 999_999_999;

impl CostCentre {
    /// Checks the name's length (KPL-0005) and the number (KPL-0007).
    ///
    /// # Errors
    ///
    /// `Validation` with every member that is wrong; nothing was sent.
    pub fn verify(&self) -> Result<(), Error> {
        let mut problems = Problems::of(self);
        let name = self.description.as_deref().unwrap_or_default();
        let too_long = name.chars().count() > LONGEST_NAME;
        problems.add_if(too_long, "omschrijving", "is longer than 50 characters");
        let out_of_range = self
            .number
            .is_some_and(|number| !(1..=LARGEST_NUMBER).contains(&number));
        problems.add_if(out_of_range, "nummer", "is not between 1 and 999999999");
        problems.done()
    }
}
