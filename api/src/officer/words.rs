//! Words of the console that more than one page needs.

use assistant::words;
use domain::{
    Bilingual, Language, PaperFinding,
    certificate::{ReplacementReason, RevocationReason, SuspensionReason},
};
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

/// What was noticed on a paper when it was taken in.
pub(super) fn noticed(finding: PaperFinding) -> Bilingual {
    match finding {
        PaperFinding::Damaged => two("damaged file", "ख़राब फ़ाइल"),
        PaperFinding::Encrypted => two("locked with a password", "पासवर्ड लगा है"),
        PaperFinding::NoPages => two("no pages", "कोई पन्ना नहीं"),
        PaperFinding::TooManyPages => two("too many pages", "बहुत ज़्यादा पन्ने"),
        PaperFinding::TooLarge => two("too large", "बहुत बड़ी"),
        PaperFinding::Small => two("small picture", "छोटी फ़ोटो"),
        PaperFinding::Blurred => two("blurred", "धुँधली"),
        PaperFinding::Dark => two("dark", "अँधेरी"),
        PaperFinding::Faded => two("faint writing", "हल्की लिखावट"),
        PaperFinding::Glare => two("light mirrored on it", "रोशनी की चमक"),
        PaperFinding::Blank => two("looks empty", "ख़ाली लगती है"),
        PaperFinding::NoWriting => two("hardly any writing seen", "लिखावट मुश्किल से दिखती है"),
        PaperFinding::NotAPortrait => two("looks like a page, not a person", "व्यक्ति की नहीं, काग़ज़ की फ़ोटो लगती है"),
        PaperFinding::SameFile => two("same file as another paper", "दूसरे काग़ज़ वाली ही फ़ाइल"),
        PaperFinding::KeptAllTheSame => two(
            "given as it is after several tries",
            "कई कोशिशों के बाद जैसी थी वैसी ही दी गई",
        ),
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
        "suspend" => two("The certificate is on hold.", "प्रमाण पत्र पर रोक लग गई।"),
        "reinstate" => two("The hold is lifted.", "रोक हट गई।"),
        "propose" => two(
            "The correction waits for another officer of your office.",
            "सुधार अब आपके कार्यालय के दूसरे अधिकारी की मंज़ूरी के लिए रुका है।",
        ),
        "decline" => two(
            "The correction is declined. Who proposed it reads your words in the file.",
            "सुधार नामंज़ूर हुआ। जिसने सुझाया था वे आपके शब्द फ़ाइल में पढ़ेंगे।",
        ),
        "correct" => two(
            "Approved. The corrected certificate is being signed and sent.",
            "मंज़ूर हुआ। सुधारे गए प्रमाण पत्र पर हस्ताक्षर होकर भेजा जा रहा है।",
        ),
        "renew" => two(
            "The renewed certificate is being signed and sent.",
            "नवीनीकृत प्रमाण पत्र पर हस्ताक्षर होकर भेजा जा रहा है।",
        ),
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

/// Why a certificate is on hold: the public class.
pub(super) fn suspension(reason: SuspensionReason) -> Bilingual {
    match reason {
        SuspensionReason::Inquiry => two("Papers or answers are looked into", "कागज़ों या जवाबों की जाँच चल रही है"),
        SuspensionReason::Order => two(
            "By order of a court or a superior authority",
            "न्यायालय या उच्च अधिकारी के आदेश से",
        ),
        SuspensionReason::Conflict => two(
            "Two certificates speak against each other",
            "दो प्रमाण पत्र आपस में मेल नहीं खाते",
        ),
        SuspensionReason::HolderRequest => two(
            "At the holder's wish: lost or stolen",
            "धारक की इच्छा से: खो गया या चोरी हुआ",
        ),
    }
}

/// Why another certificate takes the place of one: the public class.
pub(super) fn replacement(reason: ReplacementReason) -> Bilingual {
    match reason {
        ReplacementReason::ClericalError => two("The office wrote it wrongly", "कार्यालय से लिखने में ग़लती हुई"),
        ReplacementReason::WrongAnswer => two("The holder gave a wrong answer", "धारक ने ग़लत जवाब दिया था"),
        ReplacementReason::ChangedParticulars => two("Something has changed since then", "तब से कोई बात बदल गई है"),
        ReplacementReason::Order => two(
            "By order of a court or a superior authority",
            "न्यायालय या उच्च अधिकारी के आदेश से",
        ),
        ReplacementReason::Renewal => two("Renewed", "नवीनीकरण"),
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
