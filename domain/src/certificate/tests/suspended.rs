use jiff::{ToSpan as _, civil::Date};

use super::*;

pub(super) fn suspend(reason: SuspensionReason, until: Date, by: &str) -> Command {
    Command::Suspend {
        reason,
        until,
        note: None,
        by: officer(by, "registrar"),
        at: at(),
    }
}

pub(super) fn reinstate(by: &str, at: Timestamp) -> Command {
    Command::Reinstate {
        note: None,
        by: officer(by, "registrar"),
        at,
    }
}

pub(super) fn suspended(until: Date) -> Event {
    Event::Suspended {
        reason: SuspensionReason::Inquiry,
        until,
        note: None,
        by: officer("R-1", "registrar"),
        at: at(),
    }
}

pub(super) fn reinstated(note: Option<&str>) -> Event {
    Event::Reinstated {
        note: note.map(|note| Personal::new(citizen(), note.into())),
        by: officer("R-1", "registrar"),
        at: at(),
    }
}

fn held(more: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Certificate> {
    given(vec![prepared(None), issued()]).and(more)
}

const END: Date = date(2026, 12, 1);

#[test]
fn is_suspended_only_when_issued_and_not_after_its_end() {
    let inquiry = || suspend(SuspensionReason::Inquiry, END, "R-1");
    for before in [vec![], vec![prepared(None)]] {
        given(before).when(inquiry()).then_expect_error(Error::Unknown);
    }
    held(vec![]).when(inquiry()).then_expect_events(vec![suspended(END)]);
    held(vec![delivered()])
        .when(inquiry())
        .then_expect_events(vec![suspended(END)]);
    held(vec![suspended(END)]).when(inquiry()).then_expect_events(vec![]);
    held(vec![revoked(None)])
        .when(inquiry())
        .then_expect_error(Error::Revoked);
    held(vec![
        replaced::ordered(ReplacementReason::ClericalError, None),
        replaced::superseded(ReplacementReason::ClericalError),
    ])
    .when(inquiry())
    .then_expect_error(Error::Superseded);
    // The new one, which is on its way, would not be suspended.
    held(vec![replaced::ordered(ReplacementReason::ClericalError, None)])
        .when(inquiry())
        .then_expect_error(Error::ReplacementUnderWay);
}

#[test]
fn another_end_or_reason_is_another_suspension() {
    held(vec![suspended(END)])
        .when(suspend(SuspensionReason::Inquiry, date(2026, 12, 2), "R-1"))
        .then_expect_events(vec![suspended(date(2026, 12, 2))]);
    let by_order = Certificate::default()
        .evolve(prepared(None))
        .evolve(issued())
        .evolve(suspended(END))
        .decide(suspend(SuspensionReason::Order, END, "R-2"))
        .unwrap();
    assert_eq!(by_order.len(), 1);
}

#[test]
fn the_end_lies_between_today_and_half_a_year_away() {
    let today = date(2026, 11, 22);
    let last = today.checked_add(SUSPENSION_DAYS_MAX.days()).unwrap();
    for until in [today, last] {
        held(vec![])
            .when(suspend(SuspensionReason::Inquiry, until, "R-1"))
            .then_expect_events(vec![suspended(until)]);
    }
    for until in [today.yesterday().unwrap(), last.tomorrow().unwrap()] {
        held(vec![])
            .when(suspend(SuspensionReason::Inquiry, until, "R-1"))
            .then_expect_error(Error::SuspensionEnd { last });
    }
}

#[test]
fn a_suspension_ends_by_itself_when_its_last_day_is_over_in_india() {
    // The last day is the first of December; it ends in India at half past six in the evening, UTC.
    let before: Timestamp = "2026-12-01T18:29:59Z".parse().unwrap();
    let after: Timestamp = "2026-12-01T18:30:00Z".parse().unwrap();
    assert!(!suspension_is_over(END, before));
    assert!(suspension_is_over(END, after));
    held(vec![suspended(END)])
        .when(reinstate("R-1", before))
        .then_expect_events(vec![Event::Reinstated {
            note: None,
            by: officer("R-1", "registrar"),
            at: before,
        }]);
    held(vec![suspended(END)])
        .when(reinstate("R-1", after))
        .then_expect_events(vec![]);
    // What may not be done to a suspended one may be done again.
    let state = Certificate::default()
        .evolve(prepared(Some(date(2026, 12, 31))))
        .evolve(issued())
        .evolve(suspended(END));
    assert_eq!(
        state.decide(replaced::renew("R-1", before)),
        Err(Error::Suspended),
        "it is on hold"
    );
    assert_eq!(state.decide(replaced::renew("R-1", after)).unwrap().len(), 1);
    // The same suspension once more, after the first has ended, is not "already so": its end lies in the past.
    let again = Command::Suspend {
        reason: SuspensionReason::Inquiry,
        until: END,
        note: None,
        by: officer("R-1", "registrar"),
        at: after,
    };
    assert!(matches!(state.decide(again), Err(Error::SuspensionEnd { .. })));
}

#[test]
fn is_reinstated_once_and_never_after_its_end() {
    held(vec![]).when(reinstate("R-1", at())).then_expect_events(vec![]);
    held(vec![suspended(END)])
        .when(reinstate("R-1", at()))
        .then_expect_events(vec![reinstated(None)]);
    held(vec![suspended(END), reinstated(None)])
        .when(reinstate("R-1", at()))
        .then_expect_events(vec![]);
    held(vec![suspended(END), revoked(None)])
        .when(reinstate("R-1", at()))
        .then_expect_error(Error::Revoked);
    given(vec![prepared(None)])
        .when(reinstate("R-1", at()))
        .then_expect_error(Error::Unknown);
}

#[test]
fn a_suspended_one_can_be_revoked_and_a_revoked_one_is_nothing_else_again() {
    held(vec![suspended(END)])
        .when(revoke(RevocationReason::Mistake, "R-1", None))
        .then_expect_events(vec![revoked(None)]);
    let state = Certificate::default()
        .evolve(prepared(Some(date(2026, 12, 31))))
        .evolve(issued())
        .evolve(revoked(None));
    for command in [
        suspend(SuspensionReason::Inquiry, END, "R-1"),
        reinstate("R-1", at()),
        replaced::propose("आशा", "R-1"),
        replaced::approve("R-2", at()),
        replaced::renew("R-1", at()),
        revoke(RevocationReason::Order, "R-1", None),
    ] {
        assert_eq!(state.decide(command), Err(Error::Revoked));
    }
}

#[test]
fn the_notes_have_their_limit() {
    let with = |length: usize| {
        held(vec![]).when(Command::Suspend {
            reason: SuspensionReason::Inquiry,
            until: END,
            note: Some("न".repeat(length)),
            by: officer("R-1", "registrar"),
            at: at(),
        })
    };
    with(601).then_expect_error(Error::TooLong { max: 600 });
    with(600).then_expect_events(vec![Event::Suspended {
        reason: SuspensionReason::Inquiry,
        until: END,
        note: Some(Personal::new(citizen(), "न".repeat(600))),
        by: officer("R-1", "registrar"),
        at: at(),
    }]);
}
