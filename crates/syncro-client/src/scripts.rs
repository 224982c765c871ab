//! Scripts on assets (`/rmm/public_scripts`).

use api_core::{Error, Json};

use crate::calls::handle;
use crate::id::{AssetId, ScriptId};
use crate::model::{Properties, model};
use crate::operations as ops;

model! {
    /// What a script is to run with.
    ///
    /// Newer than the OpenAPI document.
    pub struct ScriptRun, wire "script_run"/"script_runs" {
        /// The script.
        script_id: ScriptId = "script_id",
        /// When it runs: `now`.
        run_type: String = "run_type",
        /// How often: `once`.
        freq: String = "freq",
        /// Its options: the script's variables under `runtime_variables`.
        script_options: Properties = "script_options",
    }
}

handle! {
    /// Scripts on assets; newer than the OpenAPI document.
    pub fn scripts -> Scripts, "Scripts on assets";
}

impl ScriptRun {
    /// Runs a script once and now, with values for its variables.
    #[must_use]
    pub fn now(script: ScriptId, variables: Properties) -> Self {
        let options = [("runtime_variables".to_owned(), Json::Map(variables))];
        Self {
            script_id: Some(script),
            run_type: Some("now".to_owned()),
            freq: Some("once".to_owned()),
            script_options: Some(options.into()),
            ..Self::default()
        }
    }
}

impl Scripts<'_> {
    /// Lets a script run on an asset.
    ///
    /// Newer than the OpenAPI document. It is sent once: the answer names no
    /// job, so nothing tells whether it ran.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it is refused, and those of any call.
    pub async fn schedule(&self, asset: AssetId, run: &ScriptRun) -> Result<(), Error> {
        self.client
            .act(
                &ops::SCRIPTS_SCHEDULE,
                &[&asset.to_string()],
                &[],
                Some(&run.to_json()),
            )
            .await?;
        Ok(())
    }
}
