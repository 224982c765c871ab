//! Secrets and connections.

use api_core::ErrorKind;

use super::{Doctor, Health, quoted};
use crate::app::App;
use crate::config::ConnectionSettings;
use crate::connect;
use crate::error::AppError;
use crate::secrets::SecretRef;

impl Doctor<'_> {
    pub(super) fn secrets(&mut self, app: &App) {
        for connection in app.config().connections.values() {
            for (key, reference) in connect::secrets(connection) {
                let about = format!("{}.{key}", connection.name);
                let Err(error) = reference.resolve() else {
                    self.ok("secret", &about, format!("{reference} can be read"));
                    continue;
                };
                let next = match reference {
                    SecretRef::Env(name) => format!("export {name}=…"),
                    SecretRef::File(path) if path.exists() => {
                        format!("chmod 600 {}", quoted(&path.display().to_string()))
                    }
                    SecretRef::File(_) => {
                        self.command(format!("connection set {} {key}=-", connection.name))
                    }
                };
                let message = format!("{reference}: {}", error.reason());
                self.found("secret", &about, Health::Problem, message, Some(next));
            }
        }
    }

    pub(super) async fn connections(&mut self, app: &App) {
        for connection in app.config().connections.values() {
            let name = connection.name.as_str();
            if self.left_to_secrets(connection) {
                continue;
            }
            let next = self.command(format!("connection test {name}"));
            let report = match app.test_connection(name).await {
                Ok(report) => report,
                Err(error) => {
                    self.failed("connection", name, &error, Some(next));
                    continue;
                }
            };
            if let Some(error) = app.check_error(name, &report) {
                let next = match &error {
                    AppError::Remote(remote) if remote.error.kind() == ErrorKind::Auth => {
                        match remote.login {
                            Some(key) if key != "url" => {
                                self.command(format!("connection set {name} {key}=-"))
                            }
                            _ => next,
                        }
                    }
                    _ => next,
                };
                self.failed("connection", name, &error, Some(next));
                continue;
            }
            if report.is_ok() {
                let steps = report.steps.iter().filter(|step| step.ok == Some(true));
                let message = format!("{} answers ({} steps)", connection.kind, steps.count());
                self.ok("connection", name, message);
            } else {
                let message = "a step of its test failed";
                self.found("connection", name, Health::Problem, message, Some(next));
            }
            self.origins(app, connection).await;
        }
    }

    /// Whether a secret is missing, of which enough was said.
    fn left_to_secrets(&self, connection: &crate::config::ConnectionConfig) -> bool {
        connect::secrets(connection)
            .iter()
            .any(|(_, reference)| reference.resolve().is_err())
    }

    /// Where settings come from that do not stand in the file.
    async fn origins(&mut self, app: &App, connection: &crate::config::ConnectionConfig) {
        let ConnectionSettings::SmartCrm(settings) = &connection.settings else {
            return;
        };
        if settings.settings_from.is_none() {
            return;
        }
        let name = connection.name.as_str();
        match app.settings(&connection.name).await {
            Ok(settings) => {
                for setting in settings {
                    let message = format!(
                        "{} = {} (from {})",
                        setting.key, setting.value, setting.origin
                    );
                    self.ok("connection", name, message);
                }
            }
            Err(error) => self.failed("connection", name, &error, None),
        }
    }
}
