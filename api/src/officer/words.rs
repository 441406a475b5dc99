//! Words of the console that more than one page needs.

use assistant::words;
use domain::{Bilingual, Language, certificate::RevocationReason};
use projections::{FileState, What};

use super::page::Tag;

fn two(en: &str, hi: &str) -> Bilingual {
    Bilingual::new(en, hi)
}

/// How a file stands.
pub(super) fn state(state: &FileState) -> Tag {
    let (words, class) = match state {
        FileState::Open => (two("with the office", "कार्यालय के पास"), "info"),
        FileState::Waiting { .. } => (two("waiting for the citizen", "नागरिक के जवाब की प्रतीक्षा"), "warn"),
        FileState::Approved { .. } => (two("approved", "मंज़ूर"), "ok"),
        FileState::Refused { .. } => (two("refused", "अस्वीकार"), "bad"),
        FileState::Withdrawn => (two("withdrawn", "वापस लिया"), "plain"),
    };
    Tag { words, class }
}

/// What happened.
pub(super) fn what(what: What) -> Bilingual {
    match what {
        What::Submitted => two("Handed in", "जमा किया"),
        What::Forwarded => two("Passed on", "आगे भेजा"),
        What::Asked => two("Asked the citizen", "नागरिक से पूछा"),
        What::Answered => two("The citizen answered", "नागरिक ने जवाब दिया"),
        What::Approved => two("Approved", "मंज़ूर किया"),
        What::Refused => two("Refused", "अस्वीकार किया"),
        What::Withdrawn => two("Withdrawn by the citizen", "नागरिक ने वापस लिया"),
    }
}

/// What was just done, above the file.
pub(super) fn done(code: &str) -> Option<Bilingual> {
    Some(match code {
        "forward" => two("Passed on to the next stage.", "अगले चरण को भेज दिया।"),
        "ask" => two("The citizen has been asked.", "नागरिक से पूछ लिया गया।"),
        "approve" => two(
            "Approved. The certificate is being signed and sent.",
            "मंज़ूर हुआ। प्रमाण पत्र पर हस्ताक्षर होकर भेजा जा रहा है।",
        ),
        "refuse" => two(
            "Refused. The citizen is being told.",
            "अस्वीकार हुआ। नागरिक को बताया जा रहा है।",
        ),
        "revoke" => two("The certificate is cancelled.", "प्रमाण पत्र रद्द हो गया।"),
        _ => return None,
    })
}

/// The rule's words for a rejection.
pub(super) fn rejection(code: &str) -> Bilingual {
    two(
        words::rejection(code, Language::En),
        words::rejection(code, Language::Hi),
    )
}

/// The designation behind a role.
pub(super) fn role(code: &str) -> Bilingual {
    let say = |language| words::role(code, language).map_or_else(|| code.replace('_', " "), str::to_owned);
    Bilingual {
        en: say(Language::En),
        hi: say(Language::Hi),
    }
}

/// Why a certificate was cancelled: the public class.
pub(super) fn revocation(reason: RevocationReason) -> Bilingual {
    match reason {
        RevocationReason::Mistake => two("Issued by mistake", "ग़लती से जारी हुआ"),
        RevocationReason::FalseEvidence => two("Obtained with false papers or answers", "झूठे कागज़ों या जवाबों से लिया गया"),
        RevocationReason::WithoutAuthority => two("Issued without authority", "बिना अधिकार के जारी हुआ"),
        RevocationReason::Order => two(
            "By order of a court or a superior authority",
            "न्यायालय या उच्च अधिकारी के आदेश से",
        ),
        RevocationReason::HolderRequest => two("At the holder's wish", "धारक की इच्छा से"),
    }
}

/// `A, B` in both languages.
pub(super) fn joined(a: &Bilingual, b: &Bilingual) -> Bilingual {
    Bilingual::new(format!("{}, {}", a.en, b.en), format!("{}, {}", a.hi, b.hi))
}

/// `A: B` in both languages.
pub(super) fn titled(a: &Bilingual, b: &Bilingual) -> Bilingual {
    Bilingual::new(format!("{}: {}", a.en, b.en), format!("{}: {}", a.hi, b.hi))
}
