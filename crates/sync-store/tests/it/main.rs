//! The store's promises: the same ones for memory and for SQLite, and what only a file can break.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod earlier;
mod file;
mod help;
mod opening;
mod outbox;
mod suite;

/// Runs every promise of [`suite`] on both stores.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::suite::$name(&sync_core::MemoryStore::new()).await;
                }
            )*
        }

        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    let file = super::help::File::new();
                    super::suite::$name(&file.open().await).await;
                }
            )*
        }
    };
}

both! {
    a_flow_is_made_known_once_and_takes_over_changed_settings,
    a_flow_that_is_held_is_busy_and_an_expired_lease_can_be_taken,
    each_claim_has_a_higher_fence_and_the_older_lease_stores_nothing,
    the_flow_that_is_due_longest_is_claimed_first,
    the_third_start_without_a_commit_breaks_a_flow_until_it_is_claimed_by_name,
    a_commit_mends_the_count_of_starts,
    of_two_flows_between_the_same_systems_only_one_is_held,
    a_lease_is_renewed_released_and_broken,
    an_unknown_flow_is_named,
    runs_start_and_end_and_move_the_flow,
    counts_add_up_and_belong_to_known_runs_only,
    runs_are_listed_newest_first,
    intents_are_replaced_closed_and_marked_unknown,
    links_go_both_ways_and_keep_their_origin,
    an_id_of_odd_text_is_found_by_itself_alone,
    a_target_that_is_taken_rolls_everything_back,
    two_links_of_one_commit_cannot_take_the_same_target,
    a_link_can_move_and_what_it_leaves_is_free,
    a_base_is_written_only_with_content_to_agree_on,
    known_tells_link_base_and_parked_and_nothing_else,
    large_groups_are_stored_and_found_whole,
    links_are_listed_page_by_page_in_the_order_of_the_kinds,
    a_parked_record_counts_its_attempts_and_keeps_its_first_moment,
    parked_records_are_filtered_and_paged,
    only_a_record_that_waits_for_no_answer_is_taken_again_by_the_next_run,
    cursors_are_kept_by_kind_and_cleared,
    events_are_stored_once_and_taken_oldest_first,
    values_of_every_type_come_back_as_they_were,
    flows_do_not_see_each_other,
    a_decision_is_stored_with_rules_base_parked_row_and_event,
    rules_are_known_listed_and_keep_records_out,
    a_decision_is_undone_once_and_the_last_about_a_record_first,
    a_decision_that_is_refused_stores_nothing,
    nothing_is_decided_while_a_flow_between_the_two_is_held,
    a_commit_leaves_a_manual_link_where_it_is,
    a_decision_holds_in_every_flow_between_the_two_systems,
    suggestions_are_replaced_and_shown_for_what_is_undecided,
}
