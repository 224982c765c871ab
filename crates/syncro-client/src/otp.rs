//! Signing in with a second factor (`/otp_login`).

use api_core::redact::Known;
use api_core::{Error, ExposeSecret as _, Json, SecretString, Timestamp};

use crate::client::Client;
use crate::error::Judged;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A session after a second factor, as the mobile app has it.
    pub struct OtpSession, wire "otp_session"/"otp_sessions" {
        /// Whether the code was right.
        login: bool = "login" [read_only],
        /// The session's token, a secret that `Debug` does not show.
        session_token: String = "session_token" [read_only],
        /// Until when it holds.
        token_expiration: Timestamp = "token_expiration" [read_only],
        /// What is to be done with it.
        instructions: String = "instructions" [read_only],
    }
}

impl Client {
    /// Signs in with a one-time code, as the mobile app does; integrations do
    /// not need it.
    ///
    /// The session's token belongs in the header `Authorization2FAToken`, which
    /// this client does not send. It is sent once: wrong codes are counted.
    ///
    /// # Errors
    ///
    /// `Auth` where the code is wrong, and those of any call.
    pub async fn otp_login(&self, code: &SecretString) -> Result<OtpSession, Error> {
        let secret = code.clone();
        let code = Json::from(code.expose_secret());
        let body = Json::Map([("code".to_owned(), code)].into());
        let judged = Judged::of(&ops::OTP_LOGIN);
        let known = Known::new([secret]);
        self.send_secret(&ops::OTP_LOGIN, judged, known, (&[], &[], Some(&body)))
            .await?
            .one()
    }
}
