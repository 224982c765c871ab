//! People.

use serde_json::{Map, Value, json};

use super::{Talk, assert_none, corpus, left_by};

/// What is looked for in the file: parts of each planted text, so that a half
/// of one is found too.
const NEEDLES: &[&str] = &[
    "Wilhelmina",
    "Zwartkruis",
    "ukasiewicz",
    "Vreemdeling",
    "Loodgieters",
    "Akkerwinde",
    "Appeltern",
    "6629 KX",
    "6629KX",
    "48159263",
    "48 15 92 63",
    "NL13TEST0123456789",
    "NL13 TEST",
    "194683205",
    "fluistert",
];

/// Texts that nobody else has.
const PLANTED: &[&str] = &[
    "Wilhelmina Zwartkruis-Łukasiewicz",
    "Loodgietersbedrijf Vreemdeling & \"Zonen\" B.V.",
    "Akkerwindestraat 117",
    "Appeltern",
    "6629 KX",
    "w.zwartkruis@vreemdeling-loodgieters.example",
    "06-48159263",
    "+31 6 48 15 92 63",
    "NL13TEST0123456789",
    "194683205",
    "Mw. Zwartkruis fluistert\nliever 's avonds.",
    "zwartkruis",
];

/// Planted where a name says that no person is meant: what has a form of its
/// own is found there as well.
const BY_FORM: &[&str] = &[
    "w.zwartkruis@vreemdeling-loodgieters.example",
    "+31 6 48 15 92 63",
    "NL13TEST0123456789",
];

/// Names under which no text of a person stands in any of these systems.
fn is_of_the_machine(name: &str) -> bool {
    let name = name.trim_start_matches('_').to_ascii_lowercase();
    let ends = [
        "id",
        "ids",
        "identifier",
        "_at",
        "date",
        "time",
        "uri",
        "url",
        "status",
        "type",
        "hash",
        "code",
        "soort",
        "currency",
    ];
    ends.iter().any(|end| name.ends_with(end))
        || [
            "success",
            "currency",
            "action",
            "operation",
            "kind",
            "version",
            "priority",
            "severity",
            "level",
            "stage",
            "phase",
            "sales_stage",
            "leadsource",
            "method",
            "language",
            "locale",
            "timezone",
            "format",
            "encoding",
            "event",
            "entity",
            "module",
            "valuta",
            "relatiesoort",
        ]
        .contains(&name.as_str())
}

/// Names under which a system says what went wrong.
fn is_of_a_refusal(name: &str) -> bool {
    ["message", "error", "errors", "detail", "details", "reason"].contains(&name)
}

/// Replaces texts by those of people; numbers under telephones as well.
struct Planter {
    next: usize,
    /// Whether the body says no: what went wrong is a sentence then.
    refuses: bool,
}

impl Planter {
    fn text(&mut self) -> Value {
        self.next += 1;
        PLANTED[self.next % PLANTED.len()].into()
    }

    fn plant(&mut self, name: &str, node: &mut Value) {
        match node {
            Value::String(_) if is_of_the_machine(name) => {
                // Ids stay; words are replaced now and then.
                if !name.to_ascii_lowercase().ends_with("id") && self.next.is_multiple_of(3) {
                    self.next += 1;
                    *node = BY_FORM[self.next % BY_FORM.len()].into();
                }
            }
            Value::String(_) if self.refuses && is_of_a_refusal(name) => {
                *node = format!("The record of {} is not valid.", PLANTED[0]).into();
            }
            Value::String(_) => *node = self.text(),
            Value::Null if !is_of_the_machine(name) => *node = self.text(),
            Value::Number(_)
                if ["phone", "mobile", "bsn", "iban"]
                    .iter()
                    .any(|part| name.contains(part)) =>
            {
                *node = json!(194_683_205);
            }
            Value::Array(list) => list.iter_mut().for_each(|item| self.plant(name, item)),
            Value::Object(map) => {
                for (name, value) in map.iter_mut() {
                    self.plant(name, value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn planted(&mut self, json: &Value) -> Value {
        let mut json = json.clone();
        self.plant("", &mut json);
        json
    }
}

fn encoded(fields: &Map<String, Value>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        form.append_pair(name, &text);
    }
    form.finish()
}

/// A recorded exchange of a form, planted in both directions.
fn recorded(json: &Value, planter: &mut Planter) -> Option<Talk> {
    let form = json.pointer("/request/form")?.as_object()?;
    let body = json.pointer("/response/body")?.as_str()?;
    let mut fields = Map::new();
    for (name, value) in form {
        let text = value.as_str().unwrap_or_default();
        let value = match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => {
                planter.planted(&inner).to_string().into()
            }
            _ if name == "query" => Value::from(format!(
                "select * from Contacts where lastname = 'Zwartkruis' and email like '%{}%' and phone = '06-48159263' limit 10;",
                PLANTED[5]
            )),
            _ if ["operation", "sessionName", "elementType"].contains(&name.as_str()) => {
                value.clone()
            }
            _ if is_of_the_machine(name) => value.clone(),
            _ => planter.text(),
        };
        fields.insert(name.clone(), value);
    }
    let response = match serde_json::from_str::<Value>(body) {
        Ok(json) => planter.planted(&json).to_string(),
        // A notice of PHP, or nothing at all.
        Err(_) => format!(
            "<b>Notice</b>: line 12 in /var/www/x.php<br />{}",
            planter.planted(
                &json!({"success": true, "result": {"lastname": "x", "street": "y", "note": null}})
            )
        ),
    };
    let status = json.pointer("/response/status")?.as_u64()?;
    Some(Talk {
        method: "POST",
        path: "/webservice.php".to_owned(),
        template: "/webservice.php".to_owned(),
        content_type: "application/x-www-form-urlencoded",
        request: encoded(&fields),
        status: u16::try_from(status).unwrap(),
        response,
    })
}

fn needles() -> Vec<String> {
    NEEDLES.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn nobody_in_any_body_our_clients_exchange_is_in_the_file() {
    let mut planter = Planter {
        next: 0,
        refuses: false,
    };
    let mut talks = Vec::new();
    for fixture in corpus::all() {
        if let Some(talk) = recorded(&fixture.json, &mut planter) {
            talks.push(talk);
            continue;
        }
        // Once as an answer that is fine, once as one that says no.
        for status in [200, 422] {
            let planted = planter.planted(&fixture.json);
            let request = json!({"naam": PLANTED[0], "x": planted}).to_string();
            planter.refuses = status == 422;
            let response = planter.planted(&fixture.json).to_string();
            planter.refuses = false;
            talks.push(Talk::post(request, status, response));
        }
    }
    assert!(talks.len() > 1_000, "{}", talks.len());
    let (everything, _) = left_by(talks).await;
    assert!(everything.contains("[masked "));
    assert_none(&everything, &needles());
}

#[tokio::test]
async fn a_refusal_that_repeats_what_was_sent_names_nobody() {
    let sent = json!({
        "name": PLANTED[0], "company": PLANTED[1], "street": PLANTED[2], "city": PLANTED[3],
        "zip": PLANTED[4], "email": PLANTED[5], "phone": PLANTED[6], "iban": PLANTED[8],
        "bsn": PLANTED[9], "note": PLANTED[10],
    });
    let repeats = |text: &str| {
        [
            json!({"success": false, "error": {"code": "DUPLICATE", "message": format!("{text} exists already")}}),
            json!({"message": format!("The value '{text}' is not valid.")}),
            json!({"errors": [format!("{text} is already taken"), format!("Name: {}", text.to_uppercase())]}),
            json!({"errors": {"name": [format!("{text} is not allowed")]}}),
            json!({"error": format!("Duplicate entry \"{text}\" for key 'name'"), "record": sent}),
            json!([{"errorCode": "REL-0002", "message": format!("Relatie {text} bestaat al.")}]),
            json!(format!("{text} is unknown")),
        ]
    };
    let mut talks = Vec::new();
    for text in PLANTED
        .iter()
        .filter(|text| text.contains(char::is_uppercase) || text.contains(['@', '-', '1']))
    {
        for answer in repeats(text) {
            talks.push(Talk::post(sent.to_string(), 422, answer.to_string()));
        }
        for page in [
            format!("<html><title>Error</title><p>{text} is wrong</p></html>"),
            format!(
                "<br /><b>Fatal error</b>: {text} in x.php {{\"success\":false,\"name\":{}",
                json!(text)
            ),
            format!("{text} does not exist"),
        ] {
            talks.push(Talk::post(sent.to_string(), 500, page));
        }
    }
    let (everything, _) = left_by(talks).await;
    for sentence in [
        "exists already",
        "is not valid.",
        "is already taken",
        "bestaat al.",
        "for key 'name'",
        "REL-0002",
        "DUPLICATE",
    ] {
        assert!(everything.contains(sentence), "{sentence}");
    }
    assert_none(&everything, &needles());
}

#[tokio::test]
async fn nobody_in_an_address_or_a_form_is_in_the_file() {
    let query =
        |name: &str, value: &str| encoded(&Map::from_iter([(name.to_owned(), Value::from(value))]));
    let filter = "naam eq 'Wilhelmina Zwartkruis-Łukasiewicz' and telefoon eq '06-48159263' and relatiecode gt 10";
    let mut talks = Vec::new();
    for text in PLANTED {
        for path in [
            format!("/api/customers?{}", query("query", text)),
            format!("/api/customers?{}&page=2", query("email", text)),
            format!("/api/customers?{}", query("anything", text)),
            format!(
                "/api/customers?{}",
                query(
                    "$filter",
                    &filter.replace("Wilhelmina Zwartkruis-Łukasiewicz", text)
                )
            ),
            format!(
                "/api/customers?{}",
                text.replace([' ', '\n', '"', '&', 'Ł'], "_")
            ),
            format!(
                "/api/customers/search/{}",
                query("x", text)
                    .trim_start_matches("x=")
                    .replace('+', "%20")
            ),
            format!("/api/customers#{}", query("name", text)),
        ] {
            let template = path.split(['?', '#']).next().unwrap();
            let template = if template.contains("/search/") {
                "/api/customers/search/{text}"
            } else {
                template
            };
            talks.push(Talk {
                method: "GET",
                template: template.to_owned(),
                path,
                content_type: "application/x-www-form-urlencoded",
                request: format!(
                    "{}&{}",
                    query("values[lastname]", text),
                    query("whatever", text)
                ),
                status: 200,
                response: "{}".to_owned(),
            });
        }
    }
    let (everything, _) = left_by(talks).await;
    assert!(
        everything.contains("relatiecode"),
        "a question keeps its words"
    );
    assert!(everything.contains("page=2"));
    assert_none(&everything, &needles());
}
