//! Help, `init`, completions, and what cannot be understood.

use std::process::Stdio;

use crate::support::{World, finish, koppel};

#[test]
fn the_bare_command_shows_what_there_is_and_ends_with_64() {
    let dir = tempfile::tempdir().unwrap();
    let done = finish(&mut koppel(dir.path()));
    assert_eq!(done.code, 64);
    for word in ["init", "demo", "sync", "plan", "parked", "Exit codes"] {
        assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
    }
}

#[test]
fn every_command_explains_itself() {
    let dir = tempfile::tempdir().unwrap();
    for command in [
        "",
        "init",
        "demo",
        "connection",
        "connection test",
        "flow list",
        "plan",
        "sync",
        "run list",
        "run show",
        "parked list",
        "parked retry",
        "link list",
        "db info",
        "completions",
    ] {
        let done = finish(
            koppel(dir.path())
                .args(command.split_whitespace())
                .arg("--help"),
        );
        assert_eq!(done.code, 0, "{command}");
        assert!(done.stdout.contains("Usage: koppel"), "{command}: {done:?}");
        assert!(
            done.stdout.contains("--config <PATH>"),
            "{command}: {done:?}"
        );
    }
}

#[test]
fn what_cannot_be_understood_ends_with_64_and_names_what_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    for (args, said) in [
        (&["snyc"][..], "sync"),
        (&["sync", "--entity", "customr"], "customr"),
        (&["sync", "push", "--due"], "--due"),
        (&["parked", "retry", "customer"], "ID"),
        (&["parked", "retry"], "ENTITY"),
    ] {
        let done = finish(koppel(dir.path()).args(args));
        assert_eq!(done.code, 64, "{args:?}: {done:?}");
        assert!(done.stderr.contains(said), "{args:?}: {done:?}");
        assert_eq!(done.stdout, "");
    }
}

#[test]
fn init_writes_a_file_that_can_be_used_and_never_overwrites_one() {
    let dir = tempfile::tempdir().unwrap();
    let done = finish(koppel(dir.path()).arg("init"));
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("connection test"), "{done:?}");
    let path = dir.path().join("koppel.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("[flows.push]") && text.contains("# "),
        "{text}"
    );

    let listed = finish(koppel(dir.path()).args(["connection", "list"]));
    assert_eq!(listed.code, 0, "{listed:?}");
    assert!(
        listed
            .stdout
            .contains("smartcrm\tsmartcrm\thttps://crm.example.com/\n")
    );

    let again = finish(koppel(dir.path()).arg("init"));
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("is there already") && again.stderr.contains("help:"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn completions_are_made_for_every_shell() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = finish(koppel(dir.path()).args(["completions", shell]));
        assert_eq!(done.code, 0);
        assert!(done.stdout.contains("parked"), "{shell}");
    }
}

#[test]
fn nobody_reading_the_output_is_no_panic() {
    let world = World::new(20);
    assert_eq!(world.koppel(&["sync"]).code, 0);
    for args in [
        &["link", "list"][..],
        &["completions", "zsh"],
        &["--help"],
        &["sync", "--json"],
    ] {
        let mut child = world
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        assert!(
            !stderr.contains("panicked") && !stderr.contains("error"),
            "{args:?}: {stderr}"
        );
    }
}
