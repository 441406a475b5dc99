//! The words: everything that a person is told, in both languages, in one place.

mod concern;
mod texts;
mod verdict;

pub(crate) use concern::{concern, heading};
use domain::{
    Language, PaperFinding,
    catalogue::{FieldProblem, LifeEvent},
};
pub(crate) use texts::Text;
use unicode_segmentation::UnicodeSegmentation as _;
pub use verdict::{VERDICT_CODES, VerdictWords, verdict};

use crate::{said::PaperProblem, understand::Intent};

/// The version of the notice about personal data. Raise it whenever the notice says something else: consent is to a
/// wording, and everybody is asked again.
pub const NOTICE_VERSION: &str = "notice/1";

/// Length as channels count it.
#[must_use]
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// At most `max` UTF-16 units, cut between letters as people see them, with an ellipsis where something is missing.
#[must_use]
pub fn shortened(text: &str, max: usize) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut left = max.saturating_sub(1);
    for letter in text.graphemes(true) {
        let Some(rest) = left.checked_sub(units(letter)) else {
            break;
        };
        left = rest;
        out.push_str(letter);
    }
    format!("{}…", out.trim_end())
}

/// Puts values into the places of a sentence. A value is never searched for places itself.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').and_then(|(name, tail)| {
            let value = values.iter().find(|(known, _)| *known == name)?;
            Some((value.1, tail))
        });
        match place {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What a person is told when the rules said no: `code` is the rejection's `code()`.
#[must_use]
pub fn rejection(code: &str, language: Language) -> &'static str {
    match code {
        "application.number_taken" => Text::RejectNumberTaken,
        "application.unknown" => Text::RejectUnknownApplication,
        "application.already_decided" => Text::RejectAlreadyDecided,
        "application.other_stage" => Text::RejectOtherStage,
        "application.not_your_stage" => Text::RejectNotYourStage,
        "application.same_officer" => Text::RejectSameOfficer,
        "application.last_stage" => Text::RejectLastStage,
        "application.not_last_stage" => Text::RejectNotLastStage,
        "application.may_not_refuse" => Text::RejectMayNotRefuse,
        "application.waiting_for_citizen" => Text::RejectWaiting,
        "application.nothing_asked" => Text::RejectNothingAsked,
        "application.record_missing" => Text::RejectRecordMissing,
        "application.record_unknown" => Text::RejectRecordUnknown,
        "application.not_passed" => Text::RejectNotPassed,
        "application.too_early" => Text::RejectTooEarly,
        "application.reason_missing" => Text::RejectReasonMissing,
        "application.empty" => Text::RejectEmpty,
        "application.too_long" | "certificate.too_long" => Text::RejectTooLong,
        "application.not_yours" => Text::RejectNotYours,
        "application.automatic_stage" => Text::RejectAutomaticStage,
        "citizen.unknown" => Text::RejectUnknownCitizen,
        "certificate.unknown" => Text::RejectUnknownCertificate,
        "certificate.other_intent" => Text::RejectOtherIntent,
        "certificate.other_file" => Text::RejectOtherFile,
        "certificate.revoked" => Text::RejectRevoked,
        "certificate.superseded" => Text::RejectSuperseded,
        "certificate.replacement_under_way" => Text::RejectReplacementUnderWay,
        "certificate.suspended" => Text::RejectSuspended,
        "certificate.not_your_certificate" => Text::RejectNotYourCertificate,
        "certificate.suspension_end" => Text::RejectSuspensionEnd,
        "certificate.nothing_to_correct" => Text::RejectNothingToCorrect,
        "certificate.reason_missing" => Text::RejectReasonMissing,
        "certificate.other_proposal" => Text::RejectOtherProposal,
        "certificate.proposal_waits" => Text::RejectProposalWaits,
        "certificate.words_missing" => Text::RejectWordsMissing,
        "certificate.same_officer" => Text::RejectSameOfficerCorrects,
        "certificate.erased" => Text::RejectErased,
        "certificate.no_end" => Text::RejectNoEnd,
        "certificate.renewal_too_early" => Text::RejectRenewalTooEarly,
        _ => Text::RejectOther,
    }
    .get(language)
}

/// What a person is told when an answer is not accepted.
#[must_use]
pub fn field_problem(problem: &FieldProblem, language: Language) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.get(language), values);
    match problem {
        FieldProblem::Empty => say(Text::ProblemEmpty, &[]),
        FieldProblem::TooLong { max } => say(Text::ProblemTooLong, &[("max", &max.to_string())]),
        FieldProblem::Kind => say(Text::ProblemKind, &[]),
        FieldProblem::Character => say(Text::ProblemCharacter, &[]),
        FieldProblem::NoSuchDay => say(Text::ProblemNoSuchDay, &[]),
        FieldProblem::Future => say(Text::ProblemFuture, &[]),
        FieldProblem::TooYoung { years } => say(Text::ProblemTooYoung, &[("years", &years.to_string())]),
        FieldProblem::TooOld { years } => say(Text::ProblemTooOld, &[("years", &years.to_string())]),
        FieldProblem::NotAnOption => say(Text::ProblemNotAnOption, &[]),
        FieldProblem::Range { min, max } => say(
            Text::ProblemRange,
            &[("min", &min.to_string()), ("max", &max.to_string())],
        ),
        FieldProblem::Pin => say(Text::ProblemPin, &[]),
        FieldProblem::Phone => say(Text::ProblemPhone, &[]),
        FieldProblem::VehicleNumber => say(Text::ProblemVehicleNumber, &[]),
        FieldProblem::LicenceNumber => say(Text::ProblemLicenceNumber, &[]),
        FieldProblem::PersonParts { row } => say(Text::ProblemPersonParts, &[("row", &row.to_string())]),
        FieldProblem::PersonName { row } => say(Text::ProblemPersonName, &[("row", &row.to_string())]),
        FieldProblem::PersonAge { row } => say(Text::ProblemPersonAge, &[("row", &row.to_string())]),
        FieldProblem::TooManyPeople { max } => say(Text::ProblemTooManyPeople, &[("max", &max.to_string())]),
    }
}

pub(crate) const fn paper_problem(problem: PaperProblem) -> Text {
    match problem {
        PaperProblem::WrongType => Text::PaperWrongType,
        PaperProblem::TooLarge => Text::PaperTooLarge,
        PaperProblem::Empty => Text::PaperEmpty,
        PaperProblem::Unreadable => Text::PaperUnreadable,
        PaperProblem::NotFetched => Text::PaperNotFetched,
    }
}

/// What a person is told of a paper that was looked at: what is wrong, and what to do.
pub(crate) const fn paper_finding(finding: PaperFinding) -> Text {
    match finding {
        PaperFinding::Damaged => Text::PaperUnreadable,
        PaperFinding::Encrypted => Text::PaperEncrypted,
        PaperFinding::NoPages => Text::PaperNoPages,
        PaperFinding::TooManyPages => Text::PaperTooManyPages,
        PaperFinding::TooLarge => Text::PaperTooLarge,
        PaperFinding::Small => Text::PaperSmall,
        PaperFinding::Blurred => Text::PaperBlurred,
        PaperFinding::Dark => Text::PaperDark,
        PaperFinding::Faded => Text::PaperFaded,
        PaperFinding::Glare => Text::PaperGlare,
        PaperFinding::Blank => Text::PaperBlank,
        PaperFinding::NoWriting => Text::PaperNoWriting,
        PaperFinding::NotAPortrait => Text::PaperNotAPortrait,
        PaperFinding::SameFile => Text::PaperSameFile,
        PaperFinding::KeptAllTheSame => Text::PaperKept,
    }
}

pub(crate) const fn life_event(event: LifeEvent) -> Text {
    match event {
        LifeEvent::BirthAndDeath => Text::EventBirthAndDeath,
        LifeEvent::Family => Text::EventFamily,
        LifeEvent::CasteAndIncome => Text::EventCasteAndIncome,
        LifeEvent::Home => Text::EventHome,
        LifeEvent::Support => Text::EventSupport,
        LifeEvent::Vehicle => Text::EventVehicle,
        LifeEvent::Work => Text::EventWork,
    }
}

/// The wish as a row of "did you mean"; none for what is no wish.
pub(crate) const fn intent(intent: Intent) -> Option<Text> {
    Some(match intent {
        Intent::Apply => Text::IntentApply,
        Intent::TrackStatus => Text::IntentTrackStatus,
        Intent::Download => Text::IntentDownload,
        Intent::Verify => Text::IntentVerify,
        Intent::AskDocuments => Text::IntentAskDocuments,
        Intent::AskFee => Text::IntentAskFee,
        Intent::AskEligibility => Text::IntentAskEligibility,
        Intent::AskTime => Text::IntentAskTime,
        Intent::CorrectDetails => Text::IntentCorrectDetails,
        Intent::Withdraw => Text::IntentWithdraw,
        Intent::Grievance => Text::IntentGrievance,
        Intent::TalkToHuman => Text::IntentTalkToHuman,
        Intent::ChangeLanguage => Text::IntentChangeLanguage,
        Intent::ListServices => Text::IntentListServices,
        Intent::EraseMyData => Text::IntentEraseMyData,
        Intent::Help => Text::IntentHelp,
        Intent::Cancel => Text::IntentCancel,
        Intent::Inform | Intent::Greet | Intent::Thanks | Intent::Affirm | Intent::Deny | Intent::OutOfScope => {
            return None;
        }
    })
}

/// The designation behind a role of the catalogue's stages, where a person's own is not known.
#[must_use]
pub fn role(code: &str, language: Language) -> Option<&'static str> {
    let (en, hi) = match code {
        "sub_registrar" => ("Sub-Registrar", "उप-रजिस्ट्रार"),
        "registrar" => ("Registrar", "रजिस्ट्रार"),
        "dealing_assistant" => ("Dealing Assistant", "संबंधित सहायक"),
        "field_verifier" => ("Field Verifier", "मौके पर जाँच करने वाले कर्मचारी"),
        "tehsildar" => ("Tehsildar", "तहसीलदार"),
        "sub_divisional_magistrate" => ("Sub-Divisional Magistrate", "उप-मंडल मजिस्ट्रेट"),
        "motor_licensing_officer" => ("Motor Licensing Officer", "मोटर लाइसेंसिंग अधिकारी"),
        "motor_vehicle_inspector" => ("Motor Vehicle Inspector", "मोटर वाहन निरीक्षक"),
        "test_examiner" => ("Test Examiner", "परीक्षक"),
        "marriage_officer" => ("Marriage Officer", "विवाह अधिकारी"),
        "naib_tehsildar" => ("Naib Tehsildar", "नायब तहसीलदार"),
        "additional_district_magistrate" => ("Additional District Magistrate", "अपर ज़िला मजिस्ट्रेट"),
        "food_supply_inspector" => ("Food Supply Inspector", "खाद्य आपूर्ति निरीक्षक"),
        "food_supply_officer" => ("Food Supply Officer", "खाद्य आपूर्ति अधिकारी"),
        "district_social_welfare_officer" => ("District Social Welfare Officer", "ज़िला समाज कल्याण अधिकारी"),
        "labour_inspector" => ("Labour Inspector", "श्रम निरीक्षक"),
        "head_of_school" => ("Head of School", "स्कूल के प्रधानाचार्य"),
        "licensing_inspector" => ("Licensing Inspector", "लाइसेंस निरीक्षक"),
        _ => return None,
    };
    Some(match language {
        Language::En => en,
        Language::Hi => hi,
    })
}

#[cfg(test)]
mod tests;
