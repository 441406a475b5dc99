//! Reasons that need other words than their verdict's: the table's sentence would say something untrue of them.

use domain::Bilingual;

/// The sentence for a reason's key; `None` where the verdict's own sentence is right.
pub(crate) fn why(reason: &str) -> Option<Bilingual> {
    let (en, hi) = match reason {
        "digest_mismatch" => (
            "What the paper says is not what was signed: it was changed later.",
            "कागज़ पर लिखी बातें वे नहीं जिन पर हस्ताक्षर हुए: बाद में बदला गया।",
        ),
        "document_changed" => (
            "The file is not the one that was issued: it was changed later.",
            "यह फ़ाइल वह नहीं जो जारी हुई थी: बाद में बदली गई।",
        ),
        "document_unsigned" | "attachment_bad" => (
            "The file looks like one of ours, but its signature or contents are missing.",
            "फ़ाइल हमारी जैसी है, पर उसका हस्ताक्षर या सामग्री ग़ायब है।",
        ),
        "not_in_register" => (
            "It is signed, but the register has no such certificate.",
            "हस्ताक्षर है, पर रजिस्टर में ऐसा कोई प्रमाण पत्र नहीं।",
        ),
        "key_compromised" => (
            "The key that signed it had been stolen, and the public log does not have it from before.",
            "जिस कुंजी से हस्ताक्षर हुए वह चोरी हो चुकी थी, और सार्वजनिक लॉग में यह उससे पहले का नहीं है।",
        ),
        "key_doubtful" => (
            "The key that signed it was stolen at some time. Whether that was before, only the public log can tell, and it could not be asked.",
            "जिस कुंजी से हस्ताक्षर हुए वह चोरी हुई थी: पहले या बाद में, यह केवल सार्वजनिक लॉग बता सकता है, जिससे पूछा नहीं जा सका।",
        ),
        "credential_not_issued" => (
            "Under this number the register has another certificate.",
            "इस नंबर पर रजिस्टर में दूसरा प्रमाण पत्र है।",
        ),
        "issued_in_future" => (
            "The signature is right, but its day of issue is still to come: some clock is wrong.",
            "हस्ताक्षर सही है, पर जारी होने की तिथि अभी आई नहीं: कोई घड़ी ग़लत है।",
        ),
        "record_form_unknown" => (
            "The signature is right, but this service is too old to read all of it.",
            "हस्ताक्षर सही है, पर यह सेवा इसे पूरा पढ़ने के लिए पुरानी है।",
        ),
        "keys_unavailable" | "keys_stale" => (
            "The office's keys are missing here or too old. That says nothing about whether it is genuine.",
            "कार्यालय की कुंजियाँ यहाँ नहीं हैं या पुरानी हैं। इससे असली या नकली का पता नहीं चलता।",
        ),
        "log_unavailable" | "log_behind" => (
            "The public log of issued certificates could not be asked just now.",
            "जारी प्रमाण पत्रों के सार्वजनिक लॉग से अभी पूछा नहीं जा सका।",
        ),
        "log_mismatch" => (
            "The signature is right, but its place in the public log is not the register's.",
            "हस्ताक्षर सही है, पर सार्वजनिक लॉग में इसका स्थान रजिस्टर वाला नहीं।",
        ),
        "proof_bad" => (
            "The signature is right, but the file's proof of its place in the public log does not hold.",
            "हस्ताक्षर सही है, पर सार्वजनिक लॉग में इसके होने का जो सबूत फ़ाइल में है, वह ठीक नहीं।",
        ),
        "witnesses_missing" => (
            "The signature is right, but fewer witnesses have confirmed its place in the public log than are wanted.",
            "हस्ताक्षर सही है, पर सार्वजनिक लॉग में इसका स्थान जितने गवाहों को पक्का करना था, उतनों ने नहीं किया।",
        ),
        "not_ours" => (
            "This is not a code or file of this office. That says nothing about whether it is genuine.",
            "यह इस कार्यालय का कोड या फ़ाइल नहीं है। इससे असली या नकली का पता नहीं चलता।",
        ),
        "several_codes" => (
            "There are codes of several certificates in the picture.",
            "फ़ोटो में एक से ज़्यादा प्रमाण पत्रों के कोड हैं।",
        ),
        "damaged_file" | "too_large" => (
            "The file could not be opened. That says nothing about whether the certificate is genuine.",
            "फ़ाइल नहीं खुल सकी। इससे असली या नकली का पता नहीं चलता।",
        ),
        "encrypted" => (
            "The file is under a password. Ask for it as it was issued.",
            "फ़ाइल पर पासवर्ड है। जैसी जारी हुई थी वैसी माँगें।",
        ),
        _ => return None,
    };
    Some(Bilingual::new(en, hi))
}

#[cfg(test)]
mod tests {
    use certificates::Reason;

    use super::why;

    #[test]
    fn a_right_signature_is_never_called_wrong() {
        // Verdicts of these reasons show "signed: yes".
        for reason in [
            Reason::DigestMismatch,
            Reason::DocumentChanged,
            Reason::NotInRegister,
            Reason::KeyCompromised,
            Reason::KeyDoubtful,
            Reason::CredentialNotIssued,
            Reason::IssuedInFuture,
            Reason::RecordFormUnknown,
            Reason::ProofBad,
            Reason::WitnessesMissing,
        ] {
            let words = why(reason.code()).unwrap();
            assert!(!words.en.contains("check failed"), "{reason:?}");
            assert!(
                words.hi.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c)),
                "{reason:?}"
            );
        }
        for reason in [
            Reason::SignatureBad,
            Reason::KidUnknown,
            Reason::StatusUnavailable,
            Reason::NoCode,
        ] {
            assert_eq!(why(reason.code()), None, "{reason:?}: the table's own words are right");
        }
    }
}
