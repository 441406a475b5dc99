use super::*;
use crate::catalogue::{Answers, Catalogue, CheckedForm, Name, Value};
use crate::text::WORDS_MAX;

fn answers(name: &str) -> Answers {
    let name = Name {
        en: None,
        hi: Some(name.into()),
    };
    [("who", Value::Name(name)), ("public", Value::Yes(false))]
        .map(|(code, value)| (code.to_owned(), value))
        .into()
}

fn form(name: &str) -> CheckedForm {
    let way = include_str!("../../application/tests/way.toml");
    let catalogue = Catalogue::from_files([("sample", way)]).unwrap();
    let service = catalogue.get("sample").unwrap();
    service.check(answers(name), vec![], date(2026, 11, 22)).unwrap()
}

/// The certificate was made out to अशा.
pub(super) fn propose_by(name: &str, by: ByOfficer) -> Command {
    Command::ProposeCorrection(Box::new(ProposeCorrection {
        reason: ReplacementReason::ClericalError,
        before: answers("अशा"),
        form: form(name),
        note: None,
        by,
        at: at(),
    }))
}

pub(super) fn propose(name: &str, by: &str) -> Command {
    propose_by(name, officer(by, "registrar"))
}

pub(super) fn proposed(name: &str, by: &str) -> Event {
    Event::CorrectionProposed {
        reason: ReplacementReason::ClericalError,
        changed: vec!["who".into()],
        answers: Personal::new(citizen(), answers(name)),
        note: None,
        by: officer(by, "registrar"),
        at: at(),
    }
}

pub(super) fn approve(by: &str, proposed_at: Timestamp) -> Command {
    Command::ApproveCorrection {
        proposed_at,
        by: officer(by, "registrar"),
        at: at(),
    }
}

pub(super) fn decline(by: &str, proposed_at: Timestamp) -> Command {
    Command::DeclineCorrection {
        proposed_at,
        words: " The hospital's record says अशा. ".into(),
        by: officer(by, "registrar"),
        at: at(),
    }
}

pub(super) fn declined(by: &str) -> Event {
    Event::CorrectionDeclined {
        proposed_at: at(),
        words: Personal::new(citizen(), "The hospital's record says अशा.".into()),
        by: officer(by, "registrar"),
        at: at(),
    }
}

pub(super) fn renew(by: &str, at: Timestamp) -> Command {
    Command::Renew {
        by: officer(by, "registrar"),
        at,
    }
}

pub(super) fn ordered(reason: ReplacementReason, name: Option<&str>) -> Event {
    Event::ReplacementOrdered {
        replacement: second(),
        version: 2,
        reason,
        answers: name.map(|name| Personal::new(citizen(), answers(name))),
        by: officer("R-2", "registrar"),
        at: at(),
    }
}

fn other_number() -> CertificateNumber {
    CertificateNumber::from_random("BC", 43).unwrap()
}

pub(super) fn supersede(replacement: CertificateId) -> Command {
    Command::Supersede {
        replacement,
        number: other_number(),
        at: at(),
    }
}

pub(super) fn superseded(reason: ReplacementReason) -> Event {
    Event::Superseded {
        replacement: second(),
        number: Personal::new(citizen(), other_number()),
        reason,
        at: at(),
    }
}

pub(super) fn prepared_second() -> Event {
    let mut event = prepared_of_before(None);
    if let Event::Prepared { version, replaces, .. } = &mut event {
        *version = 2;
        *replaces = Some(CertificateId::for_application(&number()));
    }
    event
}

fn held(more: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Certificate> {
    given(vec![prepared(None), issued()]).and(more)
}

#[test]
fn a_correction_needs_two_officers_and_leads_to_another_certificate() {
    held(vec![])
        .when(propose("आशा", "R-1"))
        .then_expect_events(vec![proposed("आशा", "R-1")]);
    held(vec![proposed("आशा", "R-1")])
        .when(propose("आशा", "R-1"))
        .then_expect_events(vec![]);
    held(vec![proposed("आशा", "R-1")])
        .when(approve("R-1", at()))
        .then_expect_error(Error::SameOfficer);
    held(vec![proposed("आशा", "R-1")])
        .when(approve("R-2", at()))
        .then_expect_events(vec![ordered(ReplacementReason::ClericalError, Some("आशा"))]);
    for before in [vec![], vec![prepared(None)]] {
        given(before)
            .when(propose("आशा", "R-1"))
            .then_expect_error(Error::Unknown);
    }
}

#[test]
fn what_is_approved_is_what_the_officer_saw() {
    held(vec![])
        .when(approve("R-2", at()))
        .then_expect_error(Error::OtherProposal);
    held(vec![proposed("आशा", "R-1")])
        .when(approve("R-2", later(1)))
        .then_expect_error(Error::OtherProposal);
    // Whoever proposed it may propose something better, and nobody else in its place.
    held(vec![proposed("आशा", "R-1")])
        .when(propose("उषा", "R-1"))
        .then_expect_events(vec![proposed("उषा", "R-1")]);
    held(vec![proposed("आशा", "R-1")])
        .when(propose("उषा", "R-2"))
        .then_expect_error(Error::ProposalWaits);
    held(vec![proposed("आशा", "R-2"), proposed("उषा", "R-1")])
        .when(approve("R-2", at()))
        .then_expect_events(vec![ordered(ReplacementReason::ClericalError, Some("उषा"))]);
    // Nothing can be printed from what has been erased.
    let mut erased = proposed("आशा", "R-1");
    if let Event::CorrectionProposed { answers, .. } = &mut erased {
        *answers = Personal::Erased { subject: citizen() };
    }
    held(vec![erased])
        .when(approve("R-2", at()))
        .then_expect_error(Error::Erased);
}

#[test]
fn another_officer_may_decline_and_says_why() {
    let waits = || held(vec![proposed("आशा", "R-1")]);
    waits()
        .when(decline("R-2", at()))
        .then_expect_events(vec![declined("R-2")]);
    waits().when(decline("R-1", at())).then_expect_error(Error::SameOfficer);
    waits()
        .when(decline("R-2", later(1)))
        .then_expect_error(Error::OtherProposal);
    held(vec![])
        .when(decline("R-2", at()))
        .then_expect_error(Error::OtherProposal);
    for (words, error) in [
        (" \n".to_owned(), Error::WordsMissing),
        ("क".repeat(WORDS_MAX + 1), Error::TooLong { max: WORDS_MAX }),
    ] {
        let by = officer("R-2", "registrar");
        let (proposed_at, at) = (at(), at());
        waits()
            .when(Command::DeclineCorrection {
                proposed_at,
                words,
                by,
                at,
            })
            .then_expect_error(error);
    }
    // Said twice it is said once; what was declined is approved by nobody, and another one may be proposed.
    let over = || held(vec![proposed("आशा", "R-1"), declined("R-2")]);
    over().when(decline("R-2", at())).then_expect_events(vec![]);
    over()
        .when(decline("R-3", at()))
        .then_expect_error(Error::OtherProposal);
    over()
        .when(approve("R-3", at()))
        .then_expect_error(Error::OtherProposal);
    over()
        .when(propose("उषा", "R-1"))
        .then_expect_events(vec![proposed("उषा", "R-1")]);
    // On hold or not: to decline goes around nothing.
    held(vec![proposed("आशा", "R-1"), suspended::suspended(date(2026, 12, 1))])
        .when(decline("R-2", at()))
        .then_expect_events(vec![declined("R-2")]);
}

#[test]
fn a_correction_says_why_and_changes_something() {
    held(vec![])
        .when(propose("अशा", "R-1"))
        .then_expect_error(Error::NothingToCorrect);
    let Command::ProposeCorrection(mut facts) = propose("आशा", "R-1") else {
        unreachable!()
    };
    facts.reason = ReplacementReason::Renewal;
    held(vec![])
        .when(Command::ProposeCorrection(facts))
        .then_expect_error(Error::ReasonMissing);
    // A question that was not asked before counts as well.
    let Command::ProposeCorrection(mut facts) = propose("अशा", "R-1") else {
        unreachable!()
    };
    facts.before.remove("public");
    let state = Certificate::default().evolve(prepared(None)).evolve(issued());
    let events = state.decide(Command::ProposeCorrection(facts)).unwrap();
    assert!(matches!(&events[..], [Event::CorrectionProposed { changed, .. }] if *changed == ["public"]));
}

#[test]
fn one_replacement_at_a_time_and_none_of_a_suspended_one() {
    let under_way = || held(vec![ordered(ReplacementReason::ClericalError, Some("आशा"))]);
    under_way()
        .when(propose("आशा", "R-1"))
        .then_expect_error(Error::ReplacementUnderWay);
    under_way()
        .when(approve("R-2", at()))
        .then_expect_error(Error::ReplacementUnderWay);
    under_way()
        .when(renew("R-1", at()))
        .then_expect_error(Error::ReplacementUnderWay);
    let on_hold = || held(vec![proposed("आशा", "R-1"), suspended::suspended(date(2026, 12, 1))]);
    on_hold()
        .when(propose("उषा", "R-1"))
        .then_expect_error(Error::Suspended);
    on_hold().when(approve("R-2", at())).then_expect_error(Error::Suspended);
}

#[test]
fn is_superseded_once_by_the_ordered_one_alone() {
    let order = || ordered(ReplacementReason::ClericalError, Some("आशा"));
    held(vec![order()])
        .when(supersede(second()))
        .then_expect_events(vec![superseded(ReplacementReason::ClericalError)]);
    held(vec![order(), superseded(ReplacementReason::ClericalError)])
        .when(supersede(second()))
        .then_expect_events(vec![]);
    held(vec![])
        .when(supersede(second()))
        .then_expect_error(Error::OtherIntent);
    held(vec![order()])
        .when(supersede(CertificateId::for_version(&number(), 3)))
        .then_expect_error(Error::OtherIntent);
    // Revoked before the new one was begun: nothing takes its place.
    held(vec![order(), revoked(None)])
        .when(supersede(second()))
        .then_expect_error(Error::Revoked);
    // Whoever means to revoke must revoke the one that holds.
    held(vec![order(), superseded(ReplacementReason::ClericalError)])
        .when(revoke(RevocationReason::Mistake, "R-1", None))
        .then_expect_error(Error::Superseded);
    held(vec![order()])
        .when(revoke(RevocationReason::Mistake, "R-1", None))
        .then_expect_events(vec![revoked(None)]);
}

#[test]
fn the_third_follows_the_second() {
    given(vec![prepared_second(), issued(), proposed("आशा", "R-1")])
        .when(approve("R-2", at()))
        .then_expect_events(vec![Event::ReplacementOrdered {
            replacement: CertificateId::for_version(&number(), 3),
            version: 3,
            reason: ReplacementReason::ClericalError,
            answers: Some(Personal::new(citizen(), answers("आशा"))),
            by: officer("R-2", "registrar"),
            at: at(),
        }]);
}

#[test]
fn is_renewed_near_its_end_and_only_if_it_has_one() {
    held(vec![]).when(renew("R-1", at())).then_expect_error(Error::NoEnd);
    // Ninety days before the last of February is the thirtieth of November.
    let ends = || given(vec![prepared(Some(date(2027, 2, 28))), issued()]);
    ends()
        .when(renew("R-1", later(7)))
        .then_expect_error(Error::RenewalTooEarly {
            first: date(2026, 11, 30),
        });
    for days in [8, 98, 99] {
        ends()
            .when(renew("R-1", later(days)))
            .then_expect_events(vec![Event::ReplacementOrdered {
                replacement: second(),
                version: 2,
                reason: ReplacementReason::Renewal,
                answers: None,
                by: officer("R-1", "registrar"),
                at: later(days),
            }]);
    }
}
