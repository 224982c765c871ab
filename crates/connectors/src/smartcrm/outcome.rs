//! What an answer of SmartCRM means for each write.

use api_core::{Error, ErrorKind, SendOutcome};
use smartcrm_client::BatchOutcome;
use sync_core::{Outcome, RecordId};

/// The outcome of every write of a request that failed as a whole.
///
/// Whether something may have been applied goes first, because a write in doubt is looked up and
/// never blindly sent again. After that the kind tells whose fault it is: the record's (refused,
/// or with several records split until the bad one stands alone), or nobody's record (the token,
/// the limit, the server: tried again as it is).
pub(super) fn of_request(error: Error, writes: usize) -> Outcome {
    if error.send_outcome().may_be_applied() {
        return Outcome::Unknown(error);
    }
    match error.kind() {
        ErrorKind::Validation
        | ErrorKind::Conflict
        | ErrorKind::NotFound
        | ErrorKind::TooLarge
        | ErrorKind::Decode => {
            if writes > 1 {
                Outcome::BatchRejected(error)
            } else {
                Outcome::Rejected(error)
            }
        }
        _ => Outcome::Deferred(error),
    }
}

/// The outcome of one write that the answer speaks of.
pub(super) fn of_record(outcome: BatchOutcome) -> Outcome {
    match outcome {
        BatchOutcome::Written { id, .. } => Outcome::Written(RecordId::new(id.as_str())),
        BatchOutcome::Rejected(error) if error.kind() == ErrorKind::RateLimited => {
            Outcome::Deferred(error)
        }
        // A single record that may not be written is that record's trouble: it is parked and seen.
        BatchOutcome::Rejected(error) => Outcome::Rejected(error),
        BatchOutcome::NotSent(error) => Outcome::Deferred(error),
        BatchOutcome::Unknown(error) => Outcome::Unknown(error),
        other => Outcome::Unknown(
            Error::new(
                ErrorKind::Decode,
                format!("The client gave a result of an unknown kind: {other:?}."),
            )
            .outcome(SendOutcome::Unknown),
        ),
    }
}

/// The outcome of a delete; what is gone already is as good as deleted.
pub(super) fn of_delete(result: Result<(), Error>, id: &RecordId) -> Outcome {
    match result {
        Ok(()) => Outcome::Written(id.clone()),
        Err(error) if error.kind() == ErrorKind::NotFound => Outcome::Written(id.clone()),
        Err(error) => of_request(error, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(outcome: &Outcome) -> &'static str {
        match outcome {
            Outcome::Written(_) => "written",
            Outcome::Rejected(_) => "rejected",
            Outcome::BatchRejected(_) => "batch rejected",
            Outcome::Deferred(_) => "deferred",
            Outcome::Unknown(_) => "unknown",
            _ => "other",
        }
    }

    #[test]
    fn a_request_that_may_be_applied_is_unknown_whatever_its_kind() {
        for kind in ErrorKind::ALL {
            for writes in [1, 2] {
                let error = Error::new(kind, "x").outcome(SendOutcome::Unknown);
                assert_eq!(word(&of_request(error, writes)), "unknown", "{kind}");
            }
        }
    }

    #[test]
    fn a_request_that_was_refused_is_split_or_tried_again() {
        let judge = |kind, writes| {
            let error = Error::new(kind, "x").outcome(SendOutcome::Rejected);
            word(&of_request(error, writes))
        };
        for kind in [
            ErrorKind::Validation,
            ErrorKind::Conflict,
            ErrorKind::TooLarge,
            ErrorKind::Decode,
            ErrorKind::NotFound,
        ] {
            assert_eq!(judge(kind, 1), "rejected", "{kind}");
            assert_eq!(judge(kind, 2), "batch rejected", "{kind}");
        }
        for kind in [
            ErrorKind::Auth,
            ErrorKind::Permission,
            ErrorKind::RateLimited,
            ErrorKind::Unavailable,
            ErrorKind::NotAnApi,
            ErrorKind::Config,
        ] {
            assert_eq!(judge(kind, 1), "deferred", "{kind}");
            assert_eq!(judge(kind, 50), "deferred", "{kind}");
        }
    }

    #[test]
    fn a_record_that_is_gone_counts_as_deleted_but_not_as_updated() {
        let gone = || Error::new(ErrorKind::NotFound, "No data were found");
        let id = RecordId::from("1");
        assert_eq!(word(&of_delete(Err(gone()), &id)), "written");
        assert_eq!(word(&of_record(BatchOutcome::Rejected(gone()))), "rejected");
    }
}
