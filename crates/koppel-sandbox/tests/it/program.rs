//! The program itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_koppel-sandbox"))
}

/// Serves something, and gives so many lines that the program prints first.
fn serving<const LINES: usize>(
    system: &str,
    options: &[&str],
    variables: &[(&str, &str)],
) -> (Running, [String; LINES]) {
    let child = program()
        .args([system, "--port", "0"])
        .args(options)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let lines = std::array::from_fn(|_| lines.next().unwrap().unwrap());
    (running, lines)
}

/// The JSON that a request is answered with.
async fn json_of(request: reqwest::RequestBuilder) -> serde_json::Value {
    request.send().await.unwrap().json().await.unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Ends the program also when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn it_prints_the_url_and_serves() {
    let options = [
        "--token-env",
        "SANDBOX_TEST_TOKEN",
        "--external-id",
        "stored",
    ];
    let (_running, [url]) = serving(
        "smartcrm",
        &[&options[..], &["--no-idempotency"]].concat(),
        &[("SANDBOX_TEST_TOKEN", "from-the-environment")],
    );
    assert!(url.ends_with("/index.php/api/"), "{url}");
    let http = http();
    for expected in ["9001", "9002"] {
        let request = http
            .post(format!("{url}leads"))
            .bearer_auth("from-the-environment")
            .header("Idempotency-Key", "k")
            .json(&json!({"name": "A", "external_id": "l:1"}));
        assert_eq!(json_of(request).await["id"], expected);
    }
}

#[tokio::test]
async fn it_speaks_another_dialect_and_fills_a_catalogue_on_request() {
    let http = http();
    let options = ["--dialect", "perfex", "--api-version", "2"];
    let (_perfex, [url]) = serving("smartcrm", &options, &[]);
    let request = http
        .post(format!("{url}customers"))
        .header("authtoken", "demo")
        .json(&json!({"company": "A"}));
    let answer = json_of(request).await;
    assert_eq!(answer["status"], true);
    assert_eq!(answer.get("record_id"), None);
    let options = ["--client-token", "second", "--catalogue", "30"];
    let (_smartcrm, [url]) = serving("smartcrm", &options, &[]);
    let request = http
        .get(format!("{url}v2/products?page=1&per_page=5"))
        .bearer_auth("demo")
        .header("X-Client-Token", "second");
    assert_eq!(json_of(request).await["meta"]["total"], 30);
}

#[test]
fn a_missing_variable_and_a_taken_port_are_told() {
    let output = program()
        .args(["smartcrm", "--token-env", "NO_SUCH_VARIABLE_HERE"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("NO_SUCH_VARIABLE_HERE is not set"), "{text}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program()
        .args(["smartcrm", "--port", &port])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("is the port taken?"), "{text}");
}

#[test]
fn it_generates_a_database_and_prints_what_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.sqlite");
    let generate = || {
        program()
            .args([
                "generate",
                "--customers",
                "20",
                "--invoices",
                "3",
                "--sqlite",
            ])
            .arg(&path)
            .output()
            .unwrap()
    };
    let output = generate();
    assert!(output.status.success(), "{output:?}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["customers"], 20);
    assert_eq!(summary["invoices"], 3);
    assert_eq!(summary["rows"]["leads"], 8);
    assert!(path.metadata().unwrap().len() > 0);
    let again = generate();
    assert!(!again.status.success());
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("already"),
        "{again:?}"
    );
}

#[test]
fn it_makes_an_empty_crm_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let generate = |options: &[&str]| {
        program()
            .args(["generate", "--empty"])
            .args(options)
            .arg("--sqlite")
            .arg(dir.path().join("crm.sqlite"))
            .output()
            .unwrap()
    };
    assert!(!generate(&["--customers", "3"]).status.success());
    let output = generate(&["--formatted-numbers"]);
    assert!(output.status.success(), "{output:?}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["customers"], 0);
    assert_eq!(summary["orders"], 0);
    assert_eq!(summary["rows"]["currencies"], 4);
}

#[test]
fn called_bare_it_shows_its_help() {
    let output = program().output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage:"));
    let output = program().arg("generate").output().unwrap();
    assert!(!output.status.success());
}

#[test]
fn it_fills_a_database_though_nobody_reads_what_it_prints() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = program()
        .args(["generate", "--empty", "--sqlite"])
        .arg(&path)
        .stdout(writer)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_eq!(said, "");
    assert!(path.metadata().unwrap().len() > 0);
}

#[tokio::test]
async fn it_serves_a_simply_crm_with_records() {
    let (_running, [url]) = serving(
        "simplycrm",
        &[
            &["--generation", "7.1", "--contacts", "12"][..],
            &["--username", "api", "--access-key-env", "SANDBOX_TEST_KEY"],
        ]
        .concat(),
        &[("SANDBOX_TEST_KEY", "from-the-environment")],
    );
    let http = http();
    let challenge = "webservice.php?operation=getchallenge&username=api";
    let told = json_of(http.get(format!("{url}/{challenge}"))).await;
    assert_eq!(told["success"], true, "{told}");
    let state = json_of(http.get(format!("{url}/__sandbox/state"))).await;
    assert_eq!(
        (&state["generation"], &state["records"]["Contacts"]),
        (&json!("7.1"), &json!(12))
    );
}

#[test]
fn a_custom_field_has_a_module_and_a_name() {
    let output = program()
        .args(["simplycrm", "--custom-field", "Accounts"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("Accounts:cf_901"), "{told}");
}

#[tokio::test]
async fn it_serves_a_snelstart_and_prints_both_addresses() {
    let key = "from+the/environment=";
    let (_running, [url, token]) = serving(
        "snelstart",
        &[
            &["--api-key", "abc", "--customers", "4", "--invoices", "5"][..],
            &["--connection-key-env", "SANDBOX_TEST_KEY"],
            &["--limits", "100,1000,5"],
        ]
        .concat(),
        &[("SANDBOX_TEST_KEY", key)],
    );
    assert!(url.ends_with("/v2"), "{url}");
    let http = http();
    let form = [("grant_type", "clientkey"), ("clientkey", key)];
    let answer = json_of(http.post(token).form(&form)).await;
    let request = http
        .get(format!("{url}/verkoopfacturen"))
        .bearer_auth(answer["access_token"].as_str().unwrap())
        .header("Ocp-Apim-Subscription-Key", "abc");
    assert_eq!(json_of(request).await.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn it_serves_a_syncro_that_tells_its_changes() {
    let receiver = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}/hook/secret", receiver.local_addr().unwrap());
    let options = ["--customers", "4", "--tickets", "3", "--token", "abc"];
    let more = [
        "--webhook-env",
        "SANDBOX_TEST_HOOK",
        "--event",
        "lead_created",
    ];
    let without = [
        "--without",
        "Contracts - Edit",
        "--requests-per-minute",
        "0",
    ];
    let (_running, [url]) = serving(
        "syncro",
        &[&options[..], &more, &without].concat(),
        &[("SANDBOX_TEST_HOOK", &hook)],
    );
    assert!(url.ends_with("/api/v1"), "{url}");
    let http = http();
    let listed = json_of(http.get(format!("{url}/tickets")).bearer_auth("abc")).await;
    assert_eq!(listed["tickets"].as_array().unwrap().len(), 3);
    let contract = http.get(format!("{url}/contracts/1")).bearer_auth("abc");
    assert_eq!(contract.send().await.unwrap().status().as_u16(), 401);
    let lead = http
        .post(format!("{url}/leads"))
        .bearer_auth("abc")
        .json(&json!({"first_name": "A"}));
    json_of(lead).await;
    let (mut stream, _) = receiver.accept().await.unwrap();
    let mut told = vec![0; 22];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut told)
        .await
        .unwrap();
    assert_eq!(told, b"POST /hook/secret HTTP");
}
