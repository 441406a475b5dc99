//! What an event says, in a sentence.

use domain::Bilingual;

/// The sentence of an event's type; a type that is not known keeps its name.
pub(super) fn what(event_type: &str) -> Bilingual {
    let (en, hi) = match event_type {
        "application.submitted" => ("An application was handed in", "आवेदन जमा हुआ"),
        "application.forwarded" => ("A stage was passed", "एक चरण पूरा हुआ"),
        "application.asked" => ("The citizen was asked", "नागरिक से पूछा गया"),
        "application.answered" => ("The citizen answered", "नागरिक ने जवाब दिया"),
        "application.approved" => ("The application was approved", "आवेदन मंज़ूर हुआ"),
        "application.refused" => ("The application was refused", "आवेदन अस्वीकार हुआ"),
        "application.withdrawn" => ("The application was withdrawn", "आवेदन वापस लिया गया"),
        "certificate.prepared" => ("A certificate was prepared", "प्रमाण पत्र तैयार हुआ"),
        "certificate.issued" => (
            "A certificate was signed and issued",
            "प्रमाण पत्र पर हस्ताक्षर हुए और जारी हुआ",
        ),
        "certificate.delivered" => ("A certificate reached its holder", "प्रमाण पत्र धारक तक पहुँचा"),
        "certificate.suspended" => ("A certificate was put on hold", "प्रमाण पत्र पर रोक लगी"),
        "certificate.reinstated" => ("A hold on a certificate was lifted", "प्रमाण पत्र से रोक हटी"),
        "certificate.correction_proposed" => ("A correction was proposed", "सुधार सुझाया गया"),
        "certificate.correction_declined" => ("A correction was declined", "सुझाया गया सुधार नामंज़ूर हुआ"),
        "certificate.replacement_ordered" => ("A new certificate was ordered", "नया प्रमाण पत्र बनाने का आदेश हुआ"),
        "certificate.superseded" => ("Another certificate took its place", "इसकी जगह दूसरा प्रमाण पत्र आया"),
        "certificate.revoked" => ("A certificate was cancelled", "प्रमाण पत्र रद्द हुआ"),
        "officer.appointed" => ("An officer was appointed", "अधिकारी नियुक्त हुआ"),
        "officer.relieved" => ("An officer left office", "अधिकारी पद से हटा"),
        "key_ceremony.begun" => (
            "A ceremony to make signing keys began",
            "हस्ताक्षर की कुंजियाँ बनाने की कार्यवाही शुरू हुई",
        ),
        "key_ceremony.key_made" => (
            "A signing key was made before witnesses",
            "साक्षियों के सामने हस्ताक्षर की कुंजी बनी",
        ),
        "key_ceremony.step" => ("A step of the key ceremony was done", "कुंजी कार्यवाही का एक चरण पूरा हुआ"),
        "key_ceremony.ended" => ("The key ceremony ended", "कुंजी कार्यवाही पूरी हुई"),
        "signing_key.activated" => ("A signing key came into use", "हस्ताक्षर की कुंजी चालू हुई"),
        "signing_key.retired" => ("A signing key went out of use", "हस्ताक्षर की कुंजी बंद हुई"),
        "signing_key.compromised" => (
            "A signing key was found to be in other hands",
            "हस्ताक्षर की कुंजी दूसरों के हाथ लगी पाई गई",
        ),
        "status_list.published" => ("A status list was published", "स्थिति सूची प्रकाशित हुई"),
        "citizen.registered" => ("A citizen wrote for the first time", "नागरिक ने पहली बार लिखा"),
        "citizen.language_chosen" => ("A citizen chose a language", "नागरिक ने भाषा चुनी"),
        "citizen.consent_given" => ("A citizen consented", "नागरिक ने सहमति दी"),
        other => return Bilingual::new(other, other),
    };
    Bilingual::new(en, hi)
}

/// What a stream of this kind is about.
pub(super) fn kind(aggregate_type: &str) -> Bilingual {
    let (en, hi) = match aggregate_type {
        "application" => ("Application", "आवेदन"),
        "certificate" => ("Certificate", "प्रमाण पत्र"),
        "citizen" => ("Citizen", "नागरिक"),
        "officer" => ("Officer", "अधिकारी"),
        "key_ceremony" => ("Key ceremony", "कुंजी कार्यवाही"),
        "signing_key" => ("Signing key", "हस्ताक्षर की कुंजी"),
        "status_list" => ("Status list", "स्थिति सूची"),
        other => return Bilingual::new(other, other),
    };
    Bilingual::new(en, hi)
}

/// How something stood, as [`projections::history`] names it.
pub(super) fn state(name: &str) -> Bilingual {
    let (en, hi) = match name {
        "nothing" => ("not there yet", "तब नहीं था"),
        "open" => ("under way", "विचाराधीन"),
        "waiting" => ("waiting for the citizen", "नागरिक के उत्तर की प्रतीक्षा"),
        "approved" => ("approved", "मंज़ूर"),
        "refused" => ("refused", "अस्वीकार"),
        "withdrawn" => ("withdrawn", "वापस लिया गया"),
        "prepared" => ("prepared, not issued yet", "तैयार, अभी जारी नहीं"),
        "valid" => ("valid", "मान्य"),
        "expired" => ("expired", "अवधि समाप्त"),
        "suspended" => ("on hold", "रोक लगी"),
        "superseded" => ("replaced", "बदला गया"),
        "revoked" => ("cancelled", "रद्द"),
        "in_office" => ("in office", "पद पर"),
        "relieved" => ("out of office", "पद पर नहीं"),
        other => return Bilingual::new(other, other),
    };
    Bilingual::new(en, hi)
}
