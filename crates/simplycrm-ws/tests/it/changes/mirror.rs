//! A mirror that is kept by streams of changes, whatever happens meanwhile.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use proptest::prelude::*;
use simplycrm_ws::{ChangePage, ChangeSource, ChangeToken};

use super::{OTHER, fill, since};
use crate::fake::{Crm, ME, NOON, State, Sync};

/// Something that happens in the CRM.
#[derive(Debug, Clone)]
enum Happening {
    Make(bool),
    Many(u8),
    Edit(u8),
    Delete(u8),
    Wait(u8),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        any::<bool>().prop_map(Happening::Make),
        (50..250_u8).prop_map(Happening::Many),
        any::<u8>().prop_map(Happening::Edit),
        any::<u8>().prop_map(Happening::Delete),
        (0..4_u8).prop_map(Happening::Wait),
    ];
    proptest::collection::vec(one, 1..25)
}

fn happen(state: &mut State, happening: &Happening, owners: bool) {
    let pick = |state: &State, at: u8| {
        let alive: Vec<u64> = state
            .rows
            .iter()
            .filter(|(_, row)| !row.gone)
            .map(|(number, _)| *number)
            .collect();
        (!alive.is_empty()).then(|| alive[usize::from(at) % alive.len()])
    };
    match happening {
        Happening::Make(other) => {
            let owner = if *other && owners { OTHER } else { ME };
            let now = state.now();
            state.make(owner, format!("made {now}"));
        }
        Happening::Many(count) => {
            for at in 0..*count {
                state.make(ME, format!("many {at}"));
            }
        }
        Happening::Edit(at) => {
            if let Some(number) = pick(state, *at) {
                let count = state.log.len();
                state.edit(number, format!("edited {at} {count}"));
            }
        }
        Happening::Delete(at) => {
            if let Some(number) = pick(state, *at) {
                state.delete(number);
            }
        }
        Happening::Wait(seconds) => state.advance(u64::from(*seconds)),
    }
}

fn apply(mirror: &mut BTreeMap<String, String>, page: &ChangePage) {
    for record in &page.updated {
        let id = record.id().unwrap().to_string();
        mirror.insert(id, record.text("lastname").into_owned());
    }
    for id in &page.deleted {
        mirror.remove(&id.to_string());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_happens_while_pages_are_read_the_mirror_ends_up_right(
        sync in prop_oneof![Just(Sync::All), Just(Sync::Own), Just(Sync::Dead), Just(Sync::Application)],
        happenings in happenings(),
        crashes in proptest::collection::vec(0..4_usize, 3),
        owners in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let crm = Crm::new(sync);
            let client = crm.client();
            {
                let mut state = crm.lock();
                fill(&mut state, ME, 130, 60);
                for happening in happenings {
                    state.events.push_back(Box::new(move |state| happen(state, &happening, owners)));
                }
            }
            let mut mirror = BTreeMap::new();
            let mut stored = since(NOON).to_string();
            let mut by_query = false;
            // Streams that end in the middle, as a process that dies.
            for pages in crashes {
                let token: ChangeToken = stored.parse().unwrap();
                let mut stream = client.changes("Contacts", token);
                for _ in 0..pages {
                    let Some(page) = stream.try_next().await.unwrap() else { break };
                    apply(&mut mirror, &page);
                    by_query |= page.source == ChangeSource::Query;
                    stored = page.next.to_string();
                }
            }
            // Whole ones, until all has happened and is settled.
            let mut last = Vec::new();
            let mut quiet = 0;
            while quiet < 5 {
                let token: ChangeToken = stored.parse().unwrap();
                last = client.changes("Contacts", token).try_collect::<Vec<_>>().await.unwrap();
                for page in &last {
                    apply(&mut mirror, page);
                    by_query |= page.source == ChangeSource::Query;
                    stored = page.next.to_string();
                }
                if crm.lock().events.is_empty() {
                    quiet += 1;
                    crm.lock().advance(10);
                }
            }
            let alive = crm.lock().alive();
            if by_query {
                // Deletions are not told; all else is.
                mirror.retain(|id, _| alive.contains_key(id));
            }
            assert_eq!(mirror, alive);
            let idle: usize = last.iter().map(|page| page.updated.len() + page.deleted.len()).sum();
            assert_eq!(idle, 0, "an idle system brings nothing");
        });
    }
}
