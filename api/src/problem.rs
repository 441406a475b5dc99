//! What is answered when something cannot be done: one type, RFC 9457 for programs, a page for people.
//!
//! A handler answers with a [`Problem`]; its body is `application/problem+json`. On the routes that people read, the
//! frame (`guard/people.rs`) turns the same problem into a page in both languages. Codes are listed in docs/ERRORS.md.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Bilingual;
use ledger::{CommitError, Fault};
use projections::ViewError;

/// A problem, by its stable code.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable key.
    pub code: &'static str,
    /// What it is, in a few words.
    pub title: Bilingual,
    /// What it means for whom it meets.
    pub what: Bilingual,
    /// After how many seconds it is worth another try.
    pub retry_after: Option<u64>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $ten:literal, $thi:literal, $wen:literal, $whi:literal;)*) => {
        impl Problem {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name() -> Self {
                    Self {
                        status: StatusCode::$status,
                        code: $code,
                        title: Bilingual::new($ten, $thi),
                        what: Bilingual::new($wen, $whi),
                        retry_after: None,
                    }
                }
            )*

            /// Every problem of this room, for the list in docs/ERRORS.md. Rejections of the rules stand there too.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name()),*]
            }
        }
    };
}

problems! {
    /// The request cannot be understood.
    malformed = BAD_REQUEST, "request.malformed", "This cannot be read", "यह पढ़ा नहीं जा सका",
        "Something in the request is missing or has another form.", "अनुरोध में कुछ छूटा है या उसका रूप अलग है।";
    /// A form came after the session had ended.
    signed_out = UNAUTHORIZED, "session.none", "You are signed out", "आप साइन आउट हैं",
        "The session ended. Sign in again; nothing was changed.", "सत्र समाप्त हुआ। फिर साइन इन करें; कुछ बदला नहीं गया।";
    /// Whoever asks may not.
    refused = FORBIDDEN, "access.refused", "This is not open to you", "यह आपके लिए खुला नहीं है",
        "Your roles do not allow this.", "आपकी भूमिका में इसकी अनुमति नहीं है।";
    /// A form came from another site, or without the session's hidden word.
    cross_site = FORBIDDEN, "request.cross_site", "The form did not come from this page", "फ़ॉर्म इस पन्ने से नहीं आया",
        "For your safety nothing was done. Open the page again and send it from there.", "सुरक्षा के लिए कुछ नहीं किया गया। पन्ना फिर खोलें और वहीं से भेजें।";
    /// A webhook without a right signature.
    webhook_signature = UNAUTHORIZED, "webhook.signature", "The signature is not right", "हस्ताक्षर सही नहीं",
        "The body was not stored.", "संदेश रखा नहीं गया।";
    /// A request in DigiLocker's name that is not proven, not of now, or not the first of its kind.
    digilocker_refused = UNAUTHORIZED, "digilocker.refused", "The request is not accepted", "अनुरोध नहीं माना गया",
        "It is not signed as agreed, is of another time, or was there before.", "इस पर तय किए गए हस्ताक्षर नहीं हैं, यह दूसरे समय का है, या पहले आ चुका है।";
    /// The webhook's handshake failed.
    webhook_handshake = FORBIDDEN, "webhook.handshake", "The handshake was refused", "जुड़ने का अनुरोध नहीं माना गया",
        "Mode, token or challenge is not right.", "माँगा गया शब्द सही नहीं है।";
    /// Nothing is at this address.
    not_found = NOT_FOUND, "page.not_found", "There is nothing at this address", "इस पते पर कुछ नहीं है",
        "The address may be mistyped, or what was here has another number.", "पता लिखने में ग़लती हो सकती है, या यहाँ की चीज़ का नंबर कुछ और है।";
    /// No certificate has this number.
    number_unknown = NOT_FOUND, "certificate.number_unknown", "Number not found", "नंबर नहीं मिला",
        "No certificate has this number.", "इस नंबर का कोई प्रमाण पत्र नहीं है।";
    /// What was handed in is not the whole certificate, or not a genuine one.
    credential_not_proven = UNPROCESSABLE_ENTITY, "credential.not_proven", "Not a genuine certificate file", "यह असली प्रमाण पत्र फ़ाइल नहीं",
        "Hand in the PDF as it was issued. Check it first to see what is wrong.", "PDF वैसी ही दें जैसी जारी हुई थी। क्या ग़लत है, यह पहले जाँचकर देखें।";
    /// The certificate was issued before this form was made.
    credential_none = NOT_FOUND, "credential.none", "Not made for this certificate", "इस प्रमाण पत्र के लिए नहीं बना",
        "It was issued before there was this form. The PDF holds as before.", "यह इस रूप के शुरू होने से पहले जारी हुआ था। PDF पहले की तरह मान्य है।";
    /// The address does not take this method.
    method = METHOD_NOT_ALLOWED, "request.method", "This cannot be done here", "यह यहाँ नहीं हो सकता",
        "The address exists, but not for this kind of request.", "पता है, पर इस तरह के अनुरोध के लिए नहीं।";
    /// The certificate is not in a signed checkpoint yet.
    not_in_the_log_yet = SERVICE_UNAVAILABLE, "proof.not_yet", "Not proven yet", "अभी प्रमाणित नहीं",
        "The event is not in a published checkpoint yet. Ask again in a moment.", "यह दर्ज बात अभी किसी प्रकाशित चेकपॉइंट में नहीं है। थोड़ी देर में फिर पूछें।";
    /// Somebody else was faster.
    conflict = CONFLICT, "ledger.conflict", "Somebody else was faster", "किसी और ने पहले कर दिया",
        "The file changed while you were deciding. Look at it again; nothing of yours was stored.", "आपके निर्णय के बीच फ़ाइल बदल गई। उसे फिर देखें; आपका कुछ दर्ज नहीं हुआ।";
    /// One command id was used for two different things.
    command_reused = CONFLICT, "command.reused", "This form was sent before", "यह फ़ॉर्म पहले भेजा जा चुका है",
        "It was sent once with other content. Open the file again.", "यह एक बार दूसरी बातों के साथ भेजा गया था। फ़ाइल फिर खोलें।";
    /// The citizen's data has been erased; nothing can be recorded about them any more.
    erased = CONFLICT, "citizen.erased", "The citizen's data has been erased", "नागरिक का डेटा मिटा दिया गया है",
        "Nothing more can be recorded on this file.", "इस फ़ाइल पर अब कुछ दर्ज नहीं हो सकता।";
    /// Another verification of the log is running.
    busy = CONFLICT, "audit.busy", "A verification is running", "परख चल रही है",
        "Only one runs at a time.", "एक समय में एक ही परख चलती है।";
    /// Too many bytes.
    too_large = PAYLOAD_TOO_LARGE, "request.too_large", "This is too large", "यह बहुत बड़ा है",
        "Fewer bytes are accepted here.", "यहाँ इससे छोटी चीज़ ली जाती है।";
    /// More questions than one request may hold.
    batch_too_long = UNPROCESSABLE_ENTITY, "request.batch_too_long", "Too many at once", "एक साथ बहुत अधिक",
        "At most 1,000 certificates are checked in one request.", "एक अनुरोध में अधिक से अधिक 1,000 प्रमाण पत्र जाँचे जाते हैं।";
    /// A message without words.
    no_text = UNPROCESSABLE_ENTITY, "assistant.no_text", "There is nothing to read", "पढ़ने को कुछ नहीं है",
        "Write a message first.", "पहले कोई संदेश लिखें।";
    /// A message that is longer than a channel carries.
    text_too_long = UNPROCESSABLE_ENTITY, "assistant.text_too_long", "The message is too long", "संदेश बहुत लंबा है",
        "A message has at most 4,096 characters.", "संदेश में अधिक से अधिक 4,096 अक्षर हो सकते हैं।";
    /// A conversation that is being tried grew beyond its bounds.
    talk_too_long = UNPROCESSABLE_ENTITY, "assistant.talk_too_long", "The conversation became too long", "बातचीत बहुत लंबी हो गई",
        "It was forgotten. The next message begins another.", "वह भुला दी गई। अगले संदेश से नई बातचीत शुरू होगी।";
    /// Another kind of content.
    media_type = UNSUPPORTED_MEDIA_TYPE, "request.media_type", "This kind is not read here", "यह प्रकार यहाँ नहीं पढ़ा जाता",
        "Send JSON, or a picture or PDF as a form.", "JSON भेजें, या फ़ोटो या PDF फ़ॉर्म से।";
    /// A number whose check character does not fit.
    number_mistyped = UNPROCESSABLE_ENTITY, "certificate.number_mistyped", "Number mistyped", "नंबर में ग़लती",
        "A character seems wrong.", "कोई अक्षर ठीक नहीं लगता।";
    /// Too many look-ups.
    too_many = TOO_MANY_REQUESTS, "rate.too_many", "Wait a little", "थोड़ा रुकें",
        "Too many checks from this phone.", "इस फ़ोन से बहुत जाँचें हुईं।";
    /// Something is wrong here.
    internal = INTERNAL_SERVER_ERROR, "server.internal", "Something is wrong here", "यहाँ कुछ गड़बड़ है",
        "It is not your fault. It has been written down for the operator.", "ग़लती आपकी नहीं है। संचालक के लिए दर्ज कर ली गई है।";
    /// The ledger does not answer.
    unavailable = SERVICE_UNAVAILABLE, "ledger.unavailable", "This does not work right now", "यह अभी नहीं चल रहा",
        "The ledger does not answer. Whatever you sent may be sent again: nothing happens twice.", "बही जवाब नहीं दे रही। जो भेजा था फिर भेज सकते हैं: कुछ दो बार नहीं होगा।";
    /// A row of a view stands still, because an event cannot be read.
    stands_still = SERVICE_UNAVAILABLE, "view.parked", "This cannot be shown now", "यह अभी दिखाया नहीं जा सकता",
        "A record of it cannot be read, so what is known may no longer be so. The operator has been told; nothing is lost.", "इसका एक रिकॉर्ड पढ़ा नहीं जा सका, इसलिए जो ज्ञात है वह शायद अब सही न हो। संचालक को बता दिया गया है; कुछ खोया नहीं।";
    /// The ledger is closed to writing, because it does not match what was signed.
    read_only = SERVICE_UNAVAILABLE, "ledger.read_only", "Nothing can be changed now", "अभी कुछ बदला नहीं जा सकता",
        "The ledger does not match its last signed state and is read-only until it has been examined.", "बही अपनी पिछली हस्ताक्षरित स्थिति से मेल नहीं खाती; जाँच होने तक केवल पढ़ी जा सकती है।";
}

impl Problem {
    /// The same, worth another try after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The document of RFC 9457.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "type": format!("urn:praman:problem:{}", self.code),
            "title": self.title.en,
            "status": self.status.as_u16(),
            "detail": self.what.en,
            "code": self.code,
        })
    }

    /// The rule said no: 422 with the rule's own code and words.
    #[must_use]
    pub fn rejection(code: &'static str, title: Bilingual, what: Bilingual) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code,
            title,
            what,
            retry_after: None,
        }
    }

    /// The problem that a bare status stands for: what a library answered before a handler was reached.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method(),
            StatusCode::FORBIDDEN => Self::cross_site(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::media_type(),
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Self::unavailable().after(5),
            status if status.is_client_error() => Self {
                status,
                ..Self::malformed()
            },
            _ => Self::internal(),
        }
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Store(fault) => fault.into(),
            ViewError::Parked { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "a page stands still");
                Self::stands_still()
            }
            ViewError::NotYet { .. } => Self::unavailable().after(5),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = &fault as &dyn std::error::Error, "the ledger could not be read");
        match fault {
            Fault::Deadline
            | Fault::Closed
            | Fault::Store { .. }
            | Fault::Excess { .. }
            | Fault::NotMigrated
            | Fault::Stopped => Self::unavailable().after(5),
            Fault::ReadOnly | Fault::Corrupt { .. } => Self::read_only(),
            Fault::Decode { .. } | Fault::Encode { .. } | Fault::Vault { .. } => Self::internal(),
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Unavailable(fault) => fault.into(),
            CommitError::Corrupt { .. } => Self::read_only(),
            CommitError::CommandReused => Self::command_reused(),
            CommitError::Conflict { .. } | CommitError::RowConflict { .. } | CommitError::BookmarkMoved { .. } => {
                Self::conflict()
            }
            CommitError::SubjectErased { .. } => Self::erased(),
            CommitError::Invalid { .. } => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the ledger refused a batch of ours"
                );
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.json().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_both_languages_are_there() {
        let all = Problem::all();
        let mut codes: Vec<&str> = all.iter().map(|problem| problem.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all.len());
        for problem in all {
            for text in [&problem.title, &problem.what] {
                assert!(!text.en.is_empty() && text.hi.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c)));
            }
        }
    }
}
