//! The one suite that every store must pass. On SQLite it always runs; on PostgreSQL when `PRAMAN_TEST_POSTGRES_URL` names a
//! server on which databases and roles may be made, one database for each test: once as its administrator, once as a login
//! that may only write.

mod cache;
mod damage;
mod flips;
mod home;
mod inline;
mod leadership;
mod moving;
mod postgres_only;
mod proofs;
mod replay;
mod roles;
mod sqlite_only;
mod stock;
mod suite;

use home::Home;
pub(crate) use home::TestSigner;

macro_rules! on_both {
    ($module:ident: $($name:ident)*) => {
        mod $module {
            mod sqlite {
                $(#[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let home = crate::conformance::Home::sqlite();
                    crate::conformance::$module::$name(&home).await;
                })*
            }
            mod postgres {
                $(#[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let Some(home) = crate::conformance::Home::postgres().await else { return };
                    crate::conformance::$module::$name(&home).await;
                    home.end().await;
                })*
            }
            mod postgres_as_writer {
                $(#[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let Some(home) = crate::conformance::Home::postgres_as_writer().await else { return };
                    crate::conformance::$module::$name(&home).await;
                    home.end().await;
                })*
            }
        }
    };
}

mod on {
    on_both! { suite:
        events_come_back_in_order
        a_stream_that_has_grown_is_a_conflict
        a_command_id_means_one_thing
        a_repeat_is_known_by_a_writer_that_begins
        a_batch_is_taken_whole_or_not_at_all
        rows_keep_their_expectations
        rows_are_found_by_their_terms
        a_bookmark_moves_from_where_it_stands
        two_makers_of_a_key_end_with_one
        an_erasure_takes_content_and_leaves_hashes
        many_writers_leave_no_gap_and_readers_skip_nothing
        a_caller_that_goes_away_tears_nothing
        a_refused_batch_does_not_take_its_neighbours
        commands_are_executed_once
        the_framework_runs_on_the_ledger
        older_versions_are_raised_and_stay_as_they_were
        nothing_is_changed_by_sql
        a_nonsensical_batch_is_refused
        the_head_is_watched
    }
    on_both! { cache:
        a_hot_command_reads_nothing
        a_remembered_state_is_judged_by_the_stream
        an_erasure_is_heeded_whatever_is_remembered
    }
    on_both! { inline:
        an_inline_row_changes_with_its_events
        an_inline_view_heals_itself
        an_inline_row_holds_no_personal_value
        an_inline_view_that_cannot_fold_refuses_the_batch
    }
    on_both! { proofs:
        proofs_come_from_the_stored_tree
        no_proof_is_made_from_a_flipped_tile
        cosignatures_are_kept_and_published
    }
    on_both! { damage:
        checkpoints_grow_with_the_log
        a_changed_byte_is_found_at_its_position
        an_event_rewritten_with_its_leaf_is_found
        a_deleted_event_is_found
        swapped_events_are_found
        a_truncated_log_is_not_written_to
        a_rolled_back_log_is_found_by_an_older_checkpoint
        a_changed_command_is_found
        a_changed_checkpoint_is_found
        a_damaged_tile_is_found
        a_lost_key_is_found
        a_foreign_checkpoint_is_refused
        a_checkpoint_is_never_signed_over_another_history
        a_changed_row_is_found
        events_exchanged_behind_the_tree_are_met_by_the_next_checkpoint
    }
    on_both! { replay:
        a_replay_hands_out_what_was_stored_in_order
        a_replay_of_an_empty_log_ends_at_once
        a_replay_dropped_half_way_lets_go
        a_replay_finds_an_edited_event_at_its_position
        a_replay_finds_a_missing_event_even_when_it_verifies_nothing
        a_replay_finds_another_order_by_the_tree
        a_replay_finds_a_rewritten_event_by_the_tree
        a_replay_asks_who_signed
        a_replay_opens_personal_values_only_when_asked
    }
    on_both! { moving:
        an_export_is_sealed_and_the_same_each_time
        a_changed_export_is_found
        an_export_is_made_whole_or_not_at_all
        an_exported_log_is_taken_over
        the_export_format_is_frozen
        a_stock_table_is_taken_in
        a_stock_table_that_cannot_be_kept_is_refused
    }
}
