//! `koppel trigger`.

use koppel_app::{App, AppError, Exit};
use serde_json::{Value as Json, json};

use crate::cli::Trigger;
use crate::out::{Out, plain};

pub(super) async fn run(app: &App, asked: &Trigger, out: &mut Out) -> Result<Exit, AppError> {
    let url = match asked.url.as_deref() {
        Some("-") => Some(from_stdin()?),
        url => url.map(str::to_owned),
    };
    let done = app
        .trigger(&asked.connection, &asked.event, asked.id, url.as_deref())
        .await?;
    if out.json {
        out.object(&json!({
            "event": asked.event, "id": asked.id, "to": done.to, "status": done.status,
            "answer": done.answer,
        }));
    } else {
        let answer = match &done.answer {
            Json::String(text) => plain(text),
            other => other.to_string(),
        };
        out.line(&format!(
            "{} {} to {}: {} {answer}",
            asked.event, asked.id, done.to, done.status
        ));
    }
    if done.is_taken() {
        return Ok(Exit::Ok);
    }
    if done.status == 404 {
        out.error(
            "the receiver knows no such path",
            Some(
                "use the address that `koppel listen` printed; its last part is made anew each \
                  time unless the connection has a `webhook_token`",
            ),
        );
    }
    Ok(Exit::Failed)
}

fn from_stdin() -> Result<String, AppError> {
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(AppError::Failed {
            message: format!("stdin cannot be read: {error}"),
            help: "give the address behind --url".to_owned(),
        }),
    }
}
