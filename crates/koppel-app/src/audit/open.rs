//! Opening the log that the configuration names.

use std::time::Duration;

use api_core::redact;
use audit_log::{AuditLog, Builder, Error, Level, PersonalData};

use super::{Audit, failure};
use crate::config::{LogLevel, PersonalDataBy};

/// How long opening may take: what wants to write goes on without the log then.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Opens the log for writing.
pub(super) async fn open(audit: &Audit, make: bool) -> Result<AuditLog, Error> {
    let builder = builder(audit)?;
    let open = async {
        match make {
            true => builder.open().await,
            false => builder.open_existing().await,
        }
    };
    in_time(audit, open).await
}

/// Opens the log for reading.
pub(super) async fn reader(audit: &Audit) -> Result<AuditLog, Error> {
    let builder = builder(audit)?.read_only(true);
    in_time(audit, builder.open_existing()).await
}

async fn in_time(
    audit: &Audit,
    open: impl Future<Output = Result<AuditLog, Error>>,
) -> Result<AuditLog, Error> {
    match tokio::time::timeout(TIMEOUT, open).await {
        Ok(opened) => opened,
        Err(_) => Err(failure::slow(&audit.config, TIMEOUT)),
    }
}

fn builder(audit: &Audit) -> Result<Builder, Error> {
    let config = &audit.config;
    let secrets = (audit.secrets.iter()).filter_map(|reference| reference.resolve().ok());
    let mut builder = AuditLog::builder(&config.url.to_string())
        .schema(config.schema.as_str())
        .writer(config.writer.as_str())
        .level(level(config.level))
        .personal_data(match config.personal_data {
            PersonalDataBy::Mask => PersonalData::Mask,
            PersonalDataBy::Keep => PersonalData::Keep,
        })
        .secrets(redact::Known::new(secrets))
        .body_bytes(usize::try_from(config.body_bytes).unwrap_or(usize::MAX))
        .heads_file(&config.heads);
    for (connection, of) in &config.levels {
        builder = builder.connection_level(connection.as_str(), level(*of));
    }
    if let Some(reference) = &config.password {
        let password = reference
            .resolve()
            .map_err(|error| failure::secret(config, &error))?;
        builder = builder.password(password);
    }
    Ok(builder)
}

fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::Error,
        LogLevel::Warning => Level::Warning,
        LogLevel::Info => Level::Info,
        LogLevel::Debug => Level::Debug,
    }
}
