//! Perfex and RISE in the place of SmartCRM, set up by commands alone.

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::smartcrm::{Dialect, SmartCrm, SmartCrmServer};

use crate::support::{Done, finish, koppel, private};

const TOKEN: &str = "S3CRET-token-of-the-sandbox";

/// A CRM database in a directory, and a server that speaks this dialect.
async fn set_up(dialect: Dialect) -> (tempfile::TempDir, SmartCrmServer) {
    let dir = tempfile::tempdir().unwrap();
    generate_sqlite(dir.path().join("crm.db"), &CrmSize::scaled(12), 4, "tbl")
        .await
        .unwrap();
    let token = dir.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    private(&token);
    let server = SmartCrm::builder()
        .token(TOKEN)
        .dialect(dialect)
        .start()
        .await
        .unwrap();
    (dir, server)
}

/// Writes connections and a flow, and ends with the exit code of the remote's test.
fn configure(dir: &tempfile::TempDir, profile: &str, server: &SmartCrmServer) -> Done {
    let run = |args: &[&str]| finish(koppel(dir.path()).args(args));
    let crm = run(&[
        "connection",
        "add",
        "crm",
        "--kind",
        "crmconnect",
        "--url",
        "sqlite:crm.db",
    ]);
    assert_eq!(crm.code, 0, "{crm:?}");
    let address = format!("http://{}", server.address());
    let remote = run(&[
        "connection",
        "add",
        "remote",
        "--kind",
        "smartcrm",
        "--profile",
        profile,
        "--api-url",
        &address,
        "--token",
        "file:token",
    ]);
    let flow = run(&["flow", "add", "push", "--from", "crm", "--to", "remote"]);
    assert_eq!(flow.code, 0, "{flow:?}");
    remote
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crm_is_pushed_to_rise_and_a_second_run_writes_nothing() {
    let (dir, server) = set_up(Dialect::Rise).await;
    let added = configure(&dir, "rise", &server);
    assert_eq!(added.code, 0, "{added:?}");
    let run = |args: &[&str]| finish(koppel(dir.path()).args(args));
    let first = run(&["sync"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(server.count("clients"), 12);
    let applied = server.applied();
    assert!(applied > 40, "{applied}");
    let second = run(&["sync"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(server.applied(), applied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_perfex_has_no_id_for_is_set_aside_until_the_profile_says_one() {
    let (dir, server) = set_up(Dialect::Perfex).await;
    let added = configure(&dir, "perfex", &server);
    assert_eq!(added.code, 0, "{added:?}");
    let run = |args: &[&str]| finish(koppel(dir.path()).args(args));
    let customers = ["sync", "--entity", "customer", "--json"];
    let first = run(&customers);
    assert_eq!(first.code, 3, "{first:?}");
    let report = first.object();
    let errors = report["errors"].as_array().unwrap();
    let groups: Vec<&str> = errors
        .iter()
        .map(|error| error["message"].as_str().unwrap())
        .filter(|message| message.contains("lookups.customer_groups"))
        .collect();
    assert_eq!(groups.len(), errors.len(), "{report}");

    let names = ["Retail", "Wholesale", "VIP", "Parteneri", "Overheid"];
    let set: Vec<String> = (names.iter().zip(1..))
        .map(|(name, id)| format!("profile.lookups.customer_groups.{name}=\"{id}\""))
        .collect();
    let mut args = vec!["connection", "set", "remote"];
    args.extend(set.iter().map(String::as_str));
    let done = run(&args);
    assert_eq!(done.code, 0, "{done:?}");
    let text = std::fs::read_to_string(dir.path().join("koppel.toml")).unwrap();
    assert!(
        text.contains("profile = { base = \"perfex\", lookups = "),
        "{text}"
    );
    let second = run(&customers);
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(server.count("clients"), 12);
    let applied = server.applied();
    assert_eq!(run(&customers).code, 0);
    assert_eq!(server.applied(), applied);
}
