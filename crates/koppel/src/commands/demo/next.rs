//! What a demo says to do next: commands that work when they are typed as they stand.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::PREFIX;
use super::books::FLOW;
use crate::cli::Demo;
use koppel_app::sync_core::linking::SuggestionRow;

/// The lines after the list of files.
pub(super) fn lines(
    options: &Demo,
    dir: &Path,
    config: &Path,
    same: Option<&SuggestionRow>,
) -> Vec<String> {
    let path = env::var_os("PATH");
    let koppel = program(env::current_exe().ok(), path.as_deref());
    let sqlite = found("sqlite3", path.as_deref()).is_some();
    list(options, dir, config, same, &koppel, sqlite)
}

fn list(
    options: &Demo,
    dir: &Path,
    config: &Path,
    same: Option<&SuggestionRow>,
    koppel: &str,
    sqlite: bool,
) -> Vec<String> {
    let with_config = format!("  {koppel} --config {}", word(config));
    let mut lines = vec!["Look at it:".to_owned()];
    for what in [
        "stats",
        "logs tail",
        "errors list",
        "run list",
        "link list --flow push --entity customer",
        "parked list",
        "db info",
    ] {
        lines.push(format!("{with_config} {what}"));
    }
    lines.push(
        "Some customers of SnelStart are spelt otherwise in the CRM. See whom they may be:"
            .to_owned(),
    );
    lines.push(format!("{with_config} link suggest --flow {FLOW}"));
    if options.serve {
        if let Some(same) = same {
            lines.push("Link the first of them, and sync what waited for it:".to_owned());
            lines.push(format!(
                "{with_config} link set {} {} {} --flow {FLOW}",
                same.entity, same.source_id, same.suggestion.target_id
            ));
            lines.push(format!("{with_config} sync {FLOW}"));
        }
        lines.push("Play on in another terminal:".to_owned());
        lines.push(format!("{with_config} connection test"));
        if sqlite {
            lines.push(format!(
                "  sqlite3 {} \"UPDATE {PREFIX}clients SET phonenumber = '0123' WHERE userid = 1\"",
                word(&dir.join("crm.db"))
            ));
        }
        lines.push(format!(
            "{with_config} query simply \"select accountname, phone from Accounts\""
        ));
        lines.push(format!(
            "{with_config} api syncro GET /tickets --query status=Resolved"
        ));
        lines.push(format!("{with_config} plan"));
        lines.push(format!("{with_config} sync"));
    } else {
        let small = if options.small { " --small" } else { "" };
        lines.push(
            "The sandboxes have ended. To link a customer and play on, make the demo anew with some \
             that stay:"
                .to_owned(),
        );
        lines.push(format!(
            "  {koppel} demo --serve{small} --dir {}",
            word(dir)
        ));
    }
    lines.push("Begin with your own systems:".to_owned());
    lines.push(format!("  {koppel} init"));
    lines
}

/// How to call the running program: by its name where a shell finds it, else by its path.
fn program(running: Option<PathBuf>, path: Option<&OsStr>) -> String {
    const NAME: &str = "koppel";
    let Some(running) = running else {
        return NAME.to_owned();
    };
    match (found(NAME, path), running.canonicalize()) {
        (Some(found), Ok(running)) if found == running => NAME.to_owned(),
        _ => word(&running),
    }
}

/// The program that a shell runs for a name.
fn found(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(path?)
        .map(|dir| dir.join(&file))
        .find(|file| file.is_file())?
        .canonicalize()
        .ok()
}

/// A path as one word of a shell.
pub(super) fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    match text.chars().all(plain) {
        true => text,
        false if cfg!(windows) => format!("\"{text}\""),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use koppel_app::api_core::Timestamp;
    use koppel_app::sync_core::EntityKind;
    use koppel_app::sync_core::linking::Suggestion;

    use super::*;

    #[test]
    fn the_program_is_named_by_its_path_unless_a_shell_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let (here, other) = (dir.path().join("here"), dir.path().join("other"));
        let file = format!("koppel{}", env::consts::EXE_SUFFIX);
        for dir in [&here, &other] {
            std::fs::create_dir(dir).unwrap();
            std::fs::write(dir.join(&file), "").unwrap();
        }
        let running = here.join(&file);
        let called = |path: &[&Path]| {
            let path = env::join_paths(path).unwrap();
            program(Some(running.clone()), Some(&path))
        };
        let by_path = word(&running);
        assert_eq!(called(&[]), by_path);
        assert_eq!(called(&[dir.path()]), by_path);
        assert_eq!(called(&[&here, &other]), "koppel");
        assert_eq!(called(&[&other, &here]), by_path, "another one comes first");
        assert_eq!(program(Some(running), None), by_path);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_with_blanks_and_quotes_stays_one_word() {
        assert_eq!(word(Path::new("/var/a-b_c.1")), "/var/a-b_c.1");
        assert_eq!(word(Path::new("/my files/a")), "'/my files/a'");
        assert_eq!(word(Path::new("/it's/$a")), r"'/it'\''s/$a'");
    }

    #[test]
    fn with_a_sandbox_that_stays_one_can_play_on_and_without_one_make_it() {
        let (dir, config) = (Path::new("/d"), Path::new("/d/koppel.toml"));
        let demo = |serve| Demo {
            dir: None,
            small: true,
            serve,
        };
        let stays = list(&demo(true), dir, config, None, "/x/koppel", true).join("\n");
        assert!(stays.contains("\n  /x/koppel --config /d/koppel.toml sync\n"));
        assert!(stays.contains("\n  sqlite3 /d/crm.db \"UPDATE tblclients "));
        assert!(!stays.contains("link set"), "nothing is there to be linked");
        let same = SuggestionRow {
            entity: EntityKind::Customer,
            source_id: "a1".into(),
            source_name: None,
            suggestion: Suggestion {
                target_id: "23".into(),
                score: 88,
                reasons: Vec::new(),
                target_name: None,
            },
            taken_by: None,
            at: Timestamp::from_micros(0),
        };
        let linked = list(&demo(true), dir, config, Some(&same), "/x/koppel", true).join("\n");
        assert!(linked.contains(
            "\n  /x/koppel --config /d/koppel.toml link set customer a1 23 --flow books\n  \
             /x/koppel --config /d/koppel.toml sync books\n"
        ));
        let without = list(&demo(true), dir, config, None, "/x/koppel", false).join("\n");
        assert!(!without.contains("sqlite3"));
        let ended = list(&demo(false), dir, config, None, "/x/koppel", true).join("\n");
        for what in ["stats", "logs tail", "errors list"] {
            let line = format!("\n  /x/koppel --config /d/koppel.toml {what}\n");
            assert!(ended.contains(&line) && stays.contains(&line), "{what}");
        }
        assert!(ended.contains("\n  /x/koppel demo --serve --small --dir /d\n"));
        assert!(!ended.contains(" sync"));
    }
}
