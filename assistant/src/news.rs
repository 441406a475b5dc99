//! What a citizen is told without having asked: one bubble for each thing that happened to their application.

use domain::{
    ApplicationNumber, CertificateNumber, Language,
    catalogue::{RefusalReason, Service, Stage},
};
use jiff::civil::Date;

use crate::reply::{DocumentRef, Reply};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum News<'a> {
    /// The application stands at a further stage.
    Moved {
        /// Which application.
        application: &'a ApplicationNumber,
        /// For what.
        service: &'a Service,
        /// The stage it stands at now.
        stage: &'a Stage,
        /// The last day of the time limit, where there is one.
        due: Option<Date>,
    },
    /// An officer asks.
    Asked {
        /// Which application.
        application: &'a ApplicationNumber,
        /// For what.
        service: &'a Service,
        /// What, in the officer's words.
        question: &'a str,
        /// The paper to be sent again, by its code.
        paper: Option<&'a str>,
    },
    /// It was refused.
    Refused {
        /// Which application.
        application: &'a ApplicationNumber,
        /// For what.
        service: &'a Service,
        /// Why, from the list.
        reason: Option<&'a RefusalReason>,
        /// The officer's words.
        words: Option<&'a str>,
    },
    /// The certificate is there.
    Issued {
        /// Its number.
        number: &'a CertificateNumber,
        /// For what.
        service: &'a Service,
        /// The signed file.
        document: DocumentRef,
        /// Made with demonstration keys.
        demo: bool,
    },
    /// Another certificate took the place of one.
    Replaced {
        /// The number of the new one.
        number: &'a CertificateNumber,
        /// The number of the one before.
        before: &'a CertificateNumber,
        /// For what.
        service: &'a Service,
        /// It was renewed; otherwise it was corrected.
        renewed: bool,
        /// The signed file.
        document: DocumentRef,
        /// Made with demonstration keys.
        demo: bool,
    },
    /// The certificate does not hold for some days.
    Suspended {
        /// Its number.
        number: &'a CertificateNumber,
        /// For what.
        service: &'a Service,
        /// The last day on which it does not hold.
        until: Date,
    },
    /// The certificate holds again.
    Reinstated {
        /// Its number.
        number: &'a CertificateNumber,
        /// For what.
        service: &'a Service,
    },
    /// The certificate no longer holds.
    Revoked {
        /// Its number.
        number: &'a CertificateNumber,
        /// For what.
        service: &'a Service,
    },
}

/// The bubble for a piece of news, in the citizen's language.
#[must_use]
pub fn tell(news: &News<'_>, language: Language) -> Reply {
    match news {
        News::Issued {
            number,
            service,
            document,
            demo,
        } => Reply::Document {
            caption: issued(number, service, *demo, language),
            document: document.clone(),
        },
        News::Replaced { document, .. } => Reply::Document {
            caption: words(news, language),
            document: document.clone(),
        },
        other => Reply::Text {
            body: words(other, language),
        },
    }
}

fn issued(number: &CertificateNumber, service: &Service, demo: bool, language: Language) -> String {
    let name = service.name.get(language);
    let text = match language {
        Language::En => format!(
            "Your document is ready: {name}.\nNumber: {number}\nAnyone can check it with the QR code, or by sending the number or this PDF here."
        ),
        Language::Hi => format!(
            "आपका दस्तावेज़ तैयार है: {name}।\nनंबर: {number}\nकोई भी इसे क्यूआर कोड से जाँच सकता है, या नंबर अथवा यह पीडीएफ़ यहाँ भेजकर।"
        ),
    };
    marked(text, demo, language)
}

fn marked(text: String, demo: bool, language: Language) -> String {
    match (demo, language) {
        (false, _) => text,
        (true, Language::En) => format!("{text}\nDEMONSTRATION – not valid."),
        (true, Language::Hi) => format!("{text}\nप्रदर्शन – मान्य नहीं।"),
    }
}

fn words(news: &News<'_>, language: Language) -> String {
    match (news, language) {
        (
            News::Moved {
                application,
                service,
                stage,
                due,
            },
            Language::En,
        ) => {
            let by = due
                .map(|due| format!("\nTime limit: {}.", date(due, language)))
                .unwrap_or_default();
            format!(
                "{application} · {}\nYour application has moved on. Now: {}.{by}",
                service.short.en, stage.title.en
            )
        }
        (
            News::Moved {
                application,
                service,
                stage,
                due,
            },
            Language::Hi,
        ) => {
            let by = due
                .map(|due| format!("\nसमय-सीमा: {}।", date(due, language)))
                .unwrap_or_default();
            format!(
                "{application} · {}\nआपका आवेदन आगे बढ़ गया है। अभी: {}।{by}",
                service.short.hi, stage.title.hi
            )
        }
        (
            News::Asked {
                application,
                service,
                question,
                paper,
            },
            Language::En,
        ) => {
            let paper = paper_name(service, *paper, language)
                .map(|paper| format!("\nPlease send this paper again, as a photo or PDF: {paper}."))
                .unwrap_or_default();
            format!(
                "{application} · {}\nThe office asks: “{question}”{paper}\nReply here. Your place in the queue is kept.",
                service.short.en
            )
        }
        (
            News::Asked {
                application,
                service,
                question,
                paper,
            },
            Language::Hi,
        ) => {
            let paper = paper_name(service, *paper, language)
                .map(|paper| format!("\nयह काग़ज़ फिर भेजें, फ़ोटो या पीडीएफ़: {paper}।"))
                .unwrap_or_default();
            format!(
                "{application} · {}\nकार्यालय ने पूछा है: “{question}”{paper}\nयहीं जवाब दें। कतार में आपकी जगह बनी रहेगी।",
                service.short.hi
            )
        }
        (
            News::Refused {
                application,
                service,
                reason,
                words,
            },
            Language::En,
        ) => format!(
            "{application} · {}\nYour application was refused.{}{}\nYou can apply again here once this is put right, or write “talk to a person”.",
            service.short.en,
            reason
                .map(|reason| format!("\nReason: {}", reason.text.en))
                .unwrap_or_default(),
            words
                .map(|words| format!("\nThe officer wrote: “{words}”"))
                .unwrap_or_default(),
        ),
        (
            News::Refused {
                application,
                service,
                reason,
                words,
            },
            Language::Hi,
        ) => format!(
            "{application} · {}\nआपका आवेदन नामंज़ूर हुआ।{}{}\nकमी ठीक करके आप यहीं फिर आवेदन कर सकते हैं, या लिखें “अधिकारी से बात”।",
            service.short.hi,
            reason
                .map(|reason| format!("\nकारण: {}", reason.text.hi))
                .unwrap_or_default(),
            words
                .map(|words| format!("\nअधिकारी ने लिखा: “{words}”"))
                .unwrap_or_default(),
        ),
        (
            News::Replaced {
                number,
                before,
                service,
                renewed,
                demo,
                ..
            },
            Language::En,
        ) => {
            let done = if *renewed { "renewed" } else { "corrected" };
            let text = format!(
                "Your document was {done}: {}.\nNew number: {number}\nThis one takes the place of {before}, which no longer holds. Please use only this one.",
                service.name.en
            );
            marked(text, *demo, language)
        }
        (
            News::Replaced {
                number,
                before,
                service,
                renewed,
                demo,
                ..
            },
            Language::Hi,
        ) => {
            let done = if *renewed {
                "का नवीनीकरण हुआ"
            } else {
                "में सुधार हुआ"
            };
            let text = format!(
                "आपके दस्तावेज़ {done}: {}।\nनया नंबर: {number}\nयह {before} की जगह है, जो अब मान्य नहीं है। कृपया अब केवल यही काम में लें।",
                service.name.hi
            );
            marked(text, *demo, language)
        }
        (News::Suspended { number, service, until }, Language::En) => format!(
            "Your document {number} ({}) has been put on hold by the department until the end of {}. Until then it does not hold; afterwards it holds again. Ask the issuing office why, or write “talk to a person”.",
            service.short.en,
            date(*until, language)
        ),
        (News::Suspended { number, service, until }, Language::Hi) => format!(
            "आपके दस्तावेज़ {number} ({}) पर विभाग ने {} के अंत तक रोक लगाई है। तब तक यह मान्य नहीं है, उसके बाद फिर मान्य होगा। कारण जारी करने वाले कार्यालय से पूछें, या लिखें “अधिकारी से बात”।",
            service.short.hi,
            date(*until, language)
        ),
        (News::Reinstated { number, service }, Language::En) => format!(
            "The hold on your document {number} ({}) has been lifted. It holds again.",
            service.short.en
        ),
        (News::Reinstated { number, service }, Language::Hi) => format!(
            "आपके दस्तावेज़ {number} ({}) पर लगी रोक हटा दी गई है। यह फिर मान्य है।",
            service.short.hi
        ),
        (News::Revoked { number, service }, Language::En) => format!(
            "Your document {number} ({}) has been cancelled by the department and no longer holds. Ask the issuing office why, or write “talk to a person”.",
            service.short.en
        ),
        (News::Revoked { number, service }, Language::Hi) => format!(
            "आपका दस्तावेज़ {number} ({}) विभाग ने रद्द कर दिया है, अब यह मान्य नहीं है। कारण जारी करने वाले कार्यालय से पूछें, या लिखें “अधिकारी से बात”।",
            service.short.hi
        ),
        (
            News::Issued {
                number, service, demo, ..
            },
            language,
        ) => issued(number, service, *demo, language),
    }
}

fn paper_name<'a>(service: &'a Service, code: Option<&str>, language: Language) -> Option<&'a str> {
    service.document(code?).map(|document| document.label.get(language))
}

fn date(date: Date, language: Language) -> String {
    domain::catalogue::date_in_words(date).get(language).to_owned()
}
