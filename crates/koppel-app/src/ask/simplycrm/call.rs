//! Operations of Simply CRM by hand.

use api_core::redact::is_secret_key;
use api_core::request::typed_path;
use api_core::{Error, ErrorKind};
use secrecy::SecretString;
use simplycrm_ws::{Operation, Params, Safety, Verb, mobile};

use super::super::{ApiAnswer, CallBy, redact};
use crate::app::App;
use crate::audit::Called;
use crate::config::{ConnectionConfig, SimplyCrmSettings, suggestion};
use crate::connect;
use crate::error::{AppError, Doing};

pub(in super::super) async fn call(
    app: &App,
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    operation: &str,
    params: &[(String, String)],
    by: CallBy,
) -> Result<ApiAnswer, AppError> {
    let mut sent = Params::new();
    for (name, value) in params {
        let json = matches!(by, CallBy::Mobile | CallBy::MobilePost)
            && value.trim_start().starts_with(['{', '[']);
        sent = if is_secret_key(name) {
            sent.with_secret(name, SecretString::from(value.as_str()))
        } else if json {
            // A filter on the way would mend these three, and break the JSON.
            let value = value.replace('<', "\\u003c").replace('>', "\\u003e");
            sent.with(name, value.replace('&', "\\u0026"))
        } else {
            sent.with(name, value)
        };
    }
    let named = |verb, safety| Operation::named(operation, verb, safety);
    let known = Operation::known(operation);
    if by == CallBy::Known && known.is_none() {
        return Err(unknown(operation));
    }
    let called = Called {
        method: None,
        path: typed_path([operation]).trim_start_matches('/').to_owned(),
        reads: match by {
            CallBy::Get => true,
            CallBy::Known => known.is_some_and(|known| known.verb() == Verb::Get),
            // The mobile API posts what reads as well.
            CallBy::Mobile => {
                mobile::known(operation).is_some_and(|known| known.safety() == Safety::Idempotent)
            }
            CallBy::Post | CallBy::MobilePost => false,
        },
    };
    app.audit.calls(connection, &called).await;
    let observer = app.observer(connection).await;
    let result = match by {
        CallBy::Mobile | CallBy::MobilePost => {
            let client = connect::simplycrm_mobile(connection, settings, observer)?;
            let result = match by {
                CallBy::MobilePost => {
                    let operation = named(Verb::Post, Safety::Create);
                    client.call_as(&operation, sent).await
                }
                _ => client.call(operation, sent).await,
            };
            client.logout().await;
            result
        }
        _ => {
            let client = connect::simplycrm_client(connection, settings, observer)?;
            let result = match by {
                CallBy::Get => {
                    let operation = named(Verb::Get, Safety::Idempotent);
                    client.call_as(&operation, sent).await
                }
                CallBy::Post => {
                    let operation = named(Verb::Post, Safety::Create);
                    client.call_as(&operation, sent).await
                }
                _ => match known {
                    Some(known) => {
                        // Nothing that is typed by hand is sent twice, unless it only reads.
                        let safety = match known.verb() {
                            Verb::Get => known.safety(),
                            Verb::Post => Safety::Create,
                        };
                        client
                            .call_as(&Operation::named(known.name(), known.verb(), safety), sent)
                            .await
                    }
                    None => return Err(unknown(operation)),
                },
            };
            client.logout().await;
            result
        }
    };
    match result {
        Ok(answer) => Ok(ApiAnswer {
            body: Some(Ok(redact::json(answer))),
            refused: None,
        }),
        Err(error) if by == CallBy::Mobile && is_unknown(&error) => Err(AppError::Asked {
            message: error.message().trim_end_matches('.').to_owned(),
            help: format!(
                "{}; `--post` calls one that is not known",
                error.help_text().unwrap_or_default().trim_end_matches('.')
            ),
        }),
        Err(error) => Err(app.remote(connection.name.as_str(), Doing::Calling, error)),
    }
}

fn is_unknown(error: &Error) -> bool {
    error.kind() == ErrorKind::Config && error.operation_name() == Some("mobile.call")
}

fn unknown(operation: &str) -> AppError {
    let known: Vec<&str> = (Operation::all_known().iter())
        .map(Operation::name)
        .collect();
    let help = suggestion(operation, &known, "known are").unwrap_or_default();
    AppError::Asked {
        message: format!("Koppel knows no operation `{operation}`"),
        help: format!(
            "{help}; one that this server has besides is called with `--get` if it reads, or \
             `--post` if it may write"
        ),
    }
}
