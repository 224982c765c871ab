//! A line of a table.

use crate::record::Stored;

/// The names of the columns.
pub(super) const HEAD: &str = "id,at,level,event,outcome,system,connection,flow,run,actor,entity,\
    record,target,operation,method,path,status,duration_ms,attempt,code,request_id,message,\
    details,number,writer,seq,fingerprint\r\n";

/// Writes the cells of an entry, in the order of [`HEAD`].
pub(super) fn line(entry: &Stored, line: &mut Vec<u8>) {
    let owned = |value: Option<String>| value.unwrap_or_default();
    let details = if entry.details.is_empty() {
        String::new()
    } else {
        serde_json::Value::Object(entry.details.clone()).to_string()
    };
    let duration = entry.duration.map(|time| {
        let micros = time.as_micros();
        format!("{}.{:03}", micros / 1_000, micros % 1_000)
    });
    let cells: [&str; 27] = [
        &entry.id.to_string(),
        &entry.at.to_string(),
        entry.level.as_str(),
        &entry.event,
        entry
            .outcome
            .map(|outcome| outcome.as_str())
            .unwrap_or_default(),
        entry.system.as_deref().unwrap_or_default(),
        entry.connection.as_deref().unwrap_or_default(),
        entry.flow.as_deref().unwrap_or_default(),
        &owned(entry.run.map(|run| run.to_string())),
        entry.actor.as_deref().unwrap_or_default(),
        entry.entity.as_deref().unwrap_or_default(),
        entry.record.as_deref().unwrap_or_default(),
        entry.target.as_deref().unwrap_or_default(),
        entry.operation.as_deref().unwrap_or_default(),
        entry.method.as_deref().unwrap_or_default(),
        entry.path.as_deref().unwrap_or_default(),
        &owned(entry.status.map(|status| status.to_string())),
        &owned(duration),
        &owned(entry.attempt.map(|attempt| attempt.to_string())),
        entry.code.as_deref().unwrap_or_default(),
        entry.request_id.as_deref().unwrap_or_default(),
        &entry.message,
        &details,
        &entry.number.to_string(),
        &entry.writer,
        &entry.seq.to_string(),
        &owned(entry.fingerprint.map(|fingerprint| fingerprint.to_string())),
    ];
    for (at, text) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        cell(text, line);
    }
    line.extend_from_slice(b"\r\n");
}

/// Writes a cell, quoted where it must be, and with an apostrophe before what a spreadsheet would
/// take for a formula (the characters that OWASP's page on CSV injection names, and their
/// full-width forms).
fn cell(text: &str, line: &mut Vec<u8>) {
    const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '＠'];
    let formula = text.starts_with(FORMULA) || text.starts_with('－');
    let quoted = text.contains([',', '"', '\r', '\n', ';']) || formula;
    if quoted {
        line.push(b'"');
    }
    if formula {
        line.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            line.push(b'"');
        }
        line.push(byte);
    }
    if quoted {
        line.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let mut line = Vec::new();
        cell(text, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        assert_eq!(written("plain text"), "plain text");
        assert_eq!(written("a,b"), "\"a,b\"");
        assert_eq!(written("say \"no\""), "\"say \"\"no\"\"\"");
        assert_eq!(written("two\nlines"), "\"two\nlines\"");
    }

    #[test]
    fn a_formula_is_shown_and_not_reckoned() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(written(text), format!("\"'{text}\""));
        }
        assert_eq!(written("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    }

    #[test]
    fn there_is_a_name_for_each_cell() {
        assert_eq!(HEAD.trim_end().split(',').count(), 27);
    }

    proptest! {
        #[test]
        fn no_cell_begins_a_formula_or_breaks_out_of_its_quotes(text in "[=+@,\"\r\n a-z-]{0,8}") {
            let cell = written(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            if let Some(inner) = cell.strip_prefix('"') {
                let inner = inner.strip_suffix('"').unwrap();
                prop_assert!(!inner.replace("\"\"", "").contains('"'));
                let text_again = inner.replace("\"\"", "\"");
                let guarded = format!("'{text}");
                prop_assert!(text_again == text || text_again == guarded);
            } else {
                prop_assert!(!cell.contains([',', '"', '\r', '\n']));
            }
        }
    }
}
