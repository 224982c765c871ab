//! Synced to and from, killed in the middle, with sessions that end on the way.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::simplycrm::{Action, Generation, HookAction, Phase};
use serde_json::{Value, json};

use super::Simply;

fn of(report: &Value, entity: &str, what: &str) -> i64 {
    report["entities"][entity][what]
        .as_i64()
        .unwrap_or_else(|| panic!("{entity} {what}: {report}"))
}

/// Each source record was created once, and is there.
fn each_once(simply: &Simply) {
    let marks = [
        ("Accounts", "cf_901", "tblclients"),
        ("Contacts", "cf_903", "tblcontacts"),
        ("Leads", "cf_905", "tblleads"),
    ];
    for (module, field, table) in marks {
        let creates: Vec<String> = (simply.server.journal().iter())
            .filter(|entry| entry.module == module && entry.action == Action::Create)
            .map(|entry| entry.fields.get(field).cloned().unwrap_or_default())
            .collect();
        let different: BTreeSet<&String> = creates.iter().collect();
        assert_eq!(different.len(), creates.len(), "{module}: twice");
        let rows = simply.number("crm.db", &format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(i64::try_from(creates.len()), Ok(rows), "{module}");
        assert_eq!(
            i64::try_from(simply.server.count(module)),
            Ok(rows),
            "{module}"
        );
    }
}

#[test]
fn a_crm_is_synced_to_it_an_edit_follows_and_a_second_run_writes_nothing() {
    let simply = Simply::new();
    simply.crm(30);
    let first = simply.koppel(&["sync", "--json"]);
    assert_eq!(first.code, 0, "{first:?}");
    each_once(&simply);
    let writes = simply.server.applied();
    let second = simply.koppel(&["sync", "--json"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(of(&second.object(), "customer", "unchanged"), 30);
    assert_eq!(
        simply.server.applied(),
        writes,
        "a second run writes nothing"
    );

    simply.sql("UPDATE tblclients SET phonenumber = '0123 456' WHERE userid <= 2");
    let third = simply.koppel(&["sync", "--json"]);
    assert_eq!(third.code, 0, "{third:?}");
    assert_eq!(of(&third.object(), "customer", "updated"), 2);
    assert_eq!(simply.server.applied(), writes + 2);
    let phones = simply.koppel(&[
        "query",
        "simply",
        "select phone from Accounts where phone = '0123 456'",
    ]);
    assert_eq!(phones.stdout.lines().count(), 2, "{phones:?}");
}

#[test]
fn a_kill_in_the_middle_of_a_sync_doubles_and_loses_nothing() {
    let simply = Simply::new();
    simply.crm(30);
    for (phase, nth) in [(Phase::AfterApply, 7), (Phase::BeforeApply, 15)] {
        let (sprung, on_spring) = channel();
        let state = Mutex::new((0, Some(sprung)));
        simply.server.set_hook(Some(Arc::new(move |event| {
            if event.phase != phase || !event.is_write {
                return HookAction::Continue;
            }
            let mut state = state.lock().unwrap();
            state.0 += 1;
            if state.0 < nth {
                return HookAction::Continue;
            }
            if let Some(sprung) = state.1.take() {
                sprung.send(()).unwrap();
            }
            HookAction::Hang
        })));
        let mut child = simply.command(&["sync", "--quiet"]).spawn().unwrap();
        on_spring.recv_timeout(Duration::from_secs(60)).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        simply.server.set_hook(None);
    }
    assert!(simply.number("koppel.db", "SELECT COUNT(*) FROM intent") > 0);
    // What was under way when the process died is looked up; two goes are enough.
    let mut last = simply.koppel(&["sync", "--json"]);
    if last.code != 0 {
        last = simply.koppel(&["sync", "--json"]);
    }
    assert_eq!(last.code, 0, "{last:?}");
    each_once(&simply);
    assert_eq!(simply.number("koppel.db", "SELECT COUNT(*) FROM intent"), 0);
    let writes = simply.server.applied();
    simply.sql("UPDATE tblleads SET title = 'Edited' WHERE id = 1");
    assert_eq!(simply.koppel(&["sync"]).code, 0);
    assert_eq!(simply.server.applied(), writes + 1);
}

#[test]
fn sessions_that_end_on_the_way_do_not_end_a_sync() {
    let simply = Simply::new();
    simply.crm(20);
    let (tenth, on_tenth) = channel();
    let seen = Mutex::new(0);
    simply.server.set_hook(Some(Arc::new(move |event| {
        let mut seen = seen.lock().unwrap();
        *seen += u32::from(event.is_write && event.phase == Phase::AfterApply);
        if event.is_write && event.phase == Phase::AfterApply && (*seen).is_multiple_of(10) {
            tenth.send(()).unwrap();
        }
        HookAction::Continue
    })));
    let mut child = simply.command(&["sync", "--quiet"]).spawn().unwrap();
    let mut expired = 0;
    while child.try_wait().unwrap().is_none() {
        if on_tenth.recv_timeout(Duration::from_millis(5)).is_ok() {
            simply.server.expire_sessions();
            expired += 1;
        }
    }
    assert!(expired > 3, "{expired}");
    assert!(child.wait().unwrap().success());
    each_once(&simply);
}

#[test]
fn an_import_from_it_brings_new_records_and_edits_of_every_generation() {
    for generation in [Generation::V5_4, Generation::V7_1, Generation::V8_3] {
        let simply = Simply::with(|builder| builder.generation(generation));
        simply.config("");
        let path = simply.dir.path().join("koppel.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text
            .replace(
                "from = \"crm\"\nto = \"simply\"",
                "from = \"simply\"\nto = \"crm\"",
            )
            .replace(
                "page_size",
                "entities = [\"customer\", \"contact\"]\npage_size",
            );
        std::fs::write(&path, text).unwrap();
        simply.runtime.block_on(async {
            let crm = simply.dir.path().join("crm.db");
            generate_sqlite(crm, &CrmSize::empty(), 7, "tbl")
                .await
                .unwrap();
        });
        let account = json!({"accountname": "Acme B.V.", "assigned_user_id": "19x1"});
        let account = simply.server.insert("Accounts", &account).unwrap();
        let contact = json!({
            "lastname": "Jansen", "email": "jansen@example.com", "account_id": account,
            "assigned_user_id": "19x1",
        });
        simply.server.insert("Contacts", &contact).unwrap();
        let first = simply.koppel(&["sync", "--json"]);
        assert_eq!(first.code, 0, "{generation}: {first:?}");
        let company = "SELECT COUNT(*) FROM tblclients WHERE company = 'Acme B.V.'";
        assert_eq!(simply.number("crm.db", company), 1, "{generation}");
        let person = "SELECT COUNT(*) FROM tblcontacts WHERE lastname = 'Jansen'";
        assert_eq!(simply.number("crm.db", person), 1, "{generation}");

        let edit = json!({"accountname": "Acme Group"});
        simply.server.edit(&account, &edit).unwrap();
        let second = simply.koppel(&["sync", "--json"]);
        assert_eq!(second.code, 0, "{generation}: {second:?}");
        assert_eq!(
            of(&second.object(), "customer", "updated"),
            1,
            "{generation}"
        );
        let renamed = "SELECT COUNT(*) FROM tblclients WHERE company = 'Acme Group'";
        assert_eq!(simply.number("crm.db", renamed), 1, "{generation}");
    }
}
