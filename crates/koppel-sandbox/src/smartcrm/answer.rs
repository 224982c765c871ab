//! SmartCRM's answers.

use serde_json::{Value, json};

pub(crate) use crate::common::{Answer, CAPTCHA_PAGE, NOT_FOUND_PAGE};

impl Answer {
    /// The overloaded 404: an empty list, or an id nobody has.
    pub(crate) fn no_data() -> Answer {
        Answer::refused(404, "No data were found")
    }

    pub(crate) fn invalid(faults: &[(String, String)]) -> Answer {
        let errors: serde_json::Map<String, Value> = faults
            .iter()
            .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
            .collect();
        let message = faults.first().map_or("", |(_, reason)| reason.as_str());
        Answer::json(
            422,
            &json!({
                "status": false,
                "error": "validation_failed",
                "message": message,
                "errors": errors,
            }),
        )
    }

    /// What version 2 of Perfex's module says of an invalid record: 404, and HTML in the message.
    pub(crate) fn invalid_legacy(faults: &[(String, String)]) -> Answer {
        let errors: serde_json::Map<String, Value> = faults
            .iter()
            .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
            .collect();
        let message: String = faults
            .iter()
            .map(|(_, reason)| format!("<p>{reason}</p>\n"))
            .collect();
        let body = json!({"status": false, "error": errors, "message": message});
        Answer::json(404, &body)
    }

    /// What RISE's plugin says of an invalid record.
    pub(crate) fn invalid_rise(faults: &[(String, String)]) -> Answer {
        let errors: serde_json::Map<String, Value> = faults
            .iter()
            .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
            .collect();
        let body = json!({"status": false, "message": "The data is not valid", "errors": errors});
        Answer::json(400, &body)
    }
}

pub(crate) fn database_error_page(column: &str) -> String {
    let column: String = column
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Database Error</title></head><body>\
         <h1>A Database Error Occurred</h1><p>Error Number: 1054</p>\
         <p>Unknown column '{column}' in 'field list'</p></body></html>\n"
    )
}
