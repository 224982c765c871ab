//! What is suggested, and to whom it is shown.

use sync_core::EntityKind::{Contact, Customer};
use sync_core::linking::{LinkDecision, Suggested, Suggestion};

use super::linking::{done, pairs, to, undo, with_links};
use crate::help::*;

fn suggestion(target: &str, score: u8) -> Suggestion {
    Suggestion {
        target_id: target.into(),
        score,
        reasons: vec!["same e-mail".to_owned(), format!("{score} %")],
        target_name: Some(format!("Target {target}")),
    }
}

fn suggested(source: &str, suggestions: Vec<Suggestion>) -> Suggested {
    Suggested {
        entity: Customer,
        source_id: source.into(),
        source_name: Some(format!("Source {source}")),
        suggestions,
    }
}

pub(crate) async fn suggestions_are_replaced_and_shown_for_what_is_undecided(store: &Store) {
    with_links(store).await;
    let all = [
        suggested("9", vec![suggestion("x", 50), suggestion("b", 90)]),
        suggested("1", vec![suggestion("x", 50)]),
        suggested("3", vec![suggestion("z", 40)]),
        suggested("4", vec![]),
    ];
    store.suggest(&name("sync"), &all, at(5)).await.unwrap();
    let list = async |limit| {
        let rows = store
            .suggestions(&name("sync"), Some(Customer), limit)
            .await;
        rows.unwrap()
            .into_iter()
            .map(|row| {
                (
                    row.source_id.into_string(),
                    row.suggestion.target_id.into_string(),
                )
            })
            .collect::<Vec<_>>()
    };
    // Not for 1, which is linked; the likeliest first.
    assert_eq!(list(9).await, pairs(&[("3", "z"), ("9", "b"), ("9", "x")]));
    assert_eq!(list(2).await.len(), 2);
    let rows = store.suggestions(&name("sync"), None, 9).await.unwrap();
    assert_eq!(
        (rows[1].taken_by.clone(), rows[2].taken_by.clone()),
        (Some("2".into()), None)
    );
    assert_eq!(rows[1].suggestion, suggestion("b", 90));
    assert_eq!(
        (rows[1].source_name.as_deref(), rows[1].at),
        (Some("Source 9"), at(5))
    );

    let again = [suggested("3", vec![suggestion("y", 60)])];
    store.suggest(&name("sync"), &again, at(6)).await.unwrap();
    let never = LinkDecision::Never {
        target_id: "b".into(),
    };
    done(store, "9", never, 7).await;
    assert_eq!(list(9).await, pairs(&[("3", "y"), ("9", "x")]));
    done(store, "9", LinkDecision::LeaveOut, 8).await;
    done(store, "3", to("y"), 9).await;
    assert!(list(9).await.is_empty());
    undo(store, None, 10).await;
    assert_eq!(list(9).await, pairs(&[("3", "y")]));
    done(store, "3", LinkDecision::Create, 11).await;
    assert!(list(9).await.is_empty());
    let contacts = store.suggestions(&name("sync"), Some(Contact), 9).await;
    assert!(contacts.unwrap().is_empty());
}
