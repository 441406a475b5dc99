//! The words of the verdicts: one table for the chat and for the pages.
//!
//! Plain words on purpose: रद्द and not निरस्त, न मानें and not अमान्य.

use domain::Language;

/// What a verdict is called, why it is so, and what to do. Places in braces are filled by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictWords {
    /// The verdict in one or two words.
    pub word: &'static str,
    /// One sentence.
    pub reason: &'static str,
    /// What to do now.
    pub advice: &'static str,
}

/// The codes of the table: the eight verdicts, then two answers about a number that are not verdicts.
pub const VERDICT_CODES: [&str; 10] = [
    "valid",
    "expired",
    "suspended",
    "revoked",
    "superseded",
    "not_genuine",
    "unknown",
    "unreadable",
    "not_found",
    "mistyped",
];

/// The words for a verdict's code; an unknown code has none.
///
/// Places: `{date}` in `expired`, `suspended`, `revoked`, `superseded`; `{until}` in the advice of `suspended`;
/// `{number}` in the advice of `superseded`.
#[must_use]
pub fn verdict(code: &str, language: Language) -> Option<VerdictWords> {
    let words = |word, reason, advice| Some(VerdictWords { word, reason, advice });
    match (code, language) {
        ("valid", Language::En) => words(
            "Valid",
            "This certificate is genuine and valid today.",
            "Match the name, dates and number below with the paper. If they differ, do not accept the paper.",
        ),
        ("valid", Language::Hi) => words(
            "मान्य",
            "प्रमाण पत्र असली है और आज मान्य है।",
            "नीचे लिखे नाम, तिथि और नंबर को कागज़ से मिलाएँ। फ़र्क हो तो कागज़ न मानें।",
        ),
        ("expired", Language::En) => words(
            "Expired",
            "Genuine, but its validity ended on {date}.",
            "Ask the holder for a new certificate.",
        ),
        ("expired", Language::Hi) => words(
            "अवधि समाप्त",
            "प्रमाण पत्र असली है, पर इसकी अवधि {date} को पूरी हो गई।",
            "धारक से नया प्रमाण पत्र माँगें।",
        ),
        ("suspended", Language::En) => words(
            "Suspended",
            "The department has put it on hold since {date}.",
            "Do not accept it now. Check again after {until}.",
        ),
        ("suspended", Language::Hi) => words(
            "अभी रोका गया",
            "विभाग ने इसे {date} से कुछ समय के लिए रोका है।",
            "अभी न मानें। {until} के बाद फिर जाँचें।",
        ),
        ("revoked", Language::En) => words(
            "Cancelled",
            "The department cancelled (revoked) it on {date}.",
            "Do not accept it. The holder can ask the issuing office.",
        ),
        ("revoked", Language::Hi) => words(
            "रद्द",
            "विभाग ने इसे {date} को रद्द कर दिया।",
            "इसे न मानें। धारक जारी करने वाले कार्यालय से पूछे।",
        ),
        ("superseded", Language::En) => words(
            "Replaced",
            "A newer certificate replaced it on {date}.",
            "Ask for the newer one: {number}",
        ),
        ("superseded", Language::Hi) => words(
            "बदला गया",
            "{date} को इसकी जगह नया प्रमाण पत्र जारी हुआ।",
            "धारक से नया माँगें: {number}",
        ),
        ("not_genuine", Language::En) => words(
            "Not genuine",
            "The signature check failed: it was not issued here, or it was changed later.",
            "Do not accept it. Ask for the original PDF, or check by number.",
        ),
        ("not_genuine", Language::Hi) => words(
            "असली नहीं",
            "जाँच में हस्ताक्षर सही नहीं निकला: यह यहाँ से जारी नहीं हुआ, या बाद में बदला गया।",
            "इसे न मानें। मूल PDF माँगें, या नंबर से जाँचें।",
        ),
        ("unknown", Language::En) => words(
            "Cannot confirm now",
            "The signature is right, but the latest list of cancelled certificates could not be fetched.",
            "Try again in a little while. Until then treat it as neither valid nor fake.",
        ),
        ("unknown", Language::Hi) => words(
            "अभी पक्का नहीं",
            "हस्ताक्षर सही है, पर रद्द होने की ताज़ा सूची अभी नहीं मिली।",
            "थोड़ी देर बाद फिर जाँचें। तब तक इसे न मान्य समझें, न नकली।",
        ),
        ("unreadable", Language::En) => words(
            "Could not read",
            "The code is not clear. This says nothing about whether the certificate is genuine.",
            "Scan again in good light, or type the number.",
        ),
        ("unreadable", Language::Hi) => words(
            "पढ़ा नहीं गया",
            "QR कोड साफ़ नहीं है। इससे असली या नकली का पता नहीं चलता।",
            "अच्छी रोशनी में फिर स्कैन करें, या नंबर लिखकर जाँचें।",
        ),
        ("not_found", Language::En) => words(
            "Number not found",
            "No certificate has this number.",
            "Check the number and type it again, or scan the QR.",
        ),
        ("not_found", Language::Hi) => words(
            "नंबर नहीं मिला",
            "इस नंबर का कोई प्रमाण पत्र नहीं है।",
            "नंबर फिर मिलाकर लिखें, या QR स्कैन करें।",
        ),
        ("mistyped", Language::En) => words(
            "Number mistyped",
            "A character seems wrong.",
            "Check the number and type it again, or scan the QR.",
        ),
        ("mistyped", Language::Hi) => words(
            "नंबर में ग़लती",
            "कोई अक्षर ठीक नहीं लगता।",
            "नंबर फिर मिलाकर लिखें, या QR स्कैन करें।",
        ),
        _ => None,
    }
}
