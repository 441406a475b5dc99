//! Every sentence that a person is told, in both languages, side by side.
//!
//! `{name}` is a place that is filled. Both languages have the same places; tests hold that, and the lengths.

macro_rules! texts {
    ($($key:ident { en: $en:literal, hi: $hi:literal })*) => {
        /// The key of a sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Text { $($key),* }

        impl Text {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$key),*];

            /// The sentence with its places unfilled.
            pub(crate) const fn get(self, language: domain::Language) -> &'static str {
                match (self, language) {
                    $((Self::$key, domain::Language::En) => $en,
                      (Self::$key, domain::Language::Hi) => $hi,)*
                }
            }
        }
    };
}

texts! {
    // ---- meeting ----
    Welcome {
        en: "नमस्ते! यह प्रमाण है: यहाँ आप प्रमाण पत्र के लिए आवेदन कर सकते हैं, आवेदन की स्थिति देख सकते हैं और किसी प्रमाण पत्र की जाँच कर सकते हैं। अपनी भाषा चुनें।\n\nHello! This is Praman: apply for a certificate, follow your application, or check whether a certificate is genuine. Choose your language.",
        hi: "नमस्ते! यह प्रमाण है: यहाँ आप प्रमाण पत्र के लिए आवेदन कर सकते हैं, आवेदन की स्थिति देख सकते हैं और किसी प्रमाण पत्र की जाँच कर सकते हैं। अपनी भाषा चुनें।\n\nHello! This is Praman: apply for a certificate, follow your application, or check whether a certificate is genuine. Choose your language."
    }
    AskLanguage { en: "Choose your language. / अपनी भाषा चुनें।", hi: "अपनी भाषा चुनें। / Choose your language." }
    LanguageGuessed { en: "(For Hindi, write \"Hindi\".)", hi: "(अंग्रेज़ी में बात करनी हो तो \"अंग्रेज़ी\" लिखें।)" }
    LanguageSet { en: "From now on in English.", hi: "अब से हिन्दी में।" }
    Hello { en: "Hello!", hi: "नमस्ते!" }
    Menu { en: "What would you like to do?", hi: "आप क्या करना चाहेंगे?" }
    Welcomed { en: "You are welcome.", hi: "आपका स्वागत है।" }
    Help {
        en: "You can apply for a certificate, see how your applications stand, download your certificates, and check whether a certificate is genuine. Tap a button or write what you need in your own words. \"Menu\" brings you back here, \"person\" brings a person, \"हिन्दी\" changes the language.",
        hi: "आप प्रमाण पत्र के लिए आवेदन कर सकते हैं, आवेदन की स्थिति देख सकते हैं, अपने प्रमाण पत्र डाउनलोड कर सकते हैं और किसी प्रमाण पत्र की जाँच कर सकते हैं। बटन दबाएँ या अपने शब्दों में लिखें। \"मेनू\" लिखने पर यहीं लौटेंगे, \"अधिकारी\" लिखने पर किसी से बात होगी, \"English\" लिखने पर भाषा बदलेगी।"
    }

    // ---- buttons and rows (20 UTF-16 units on a button) ----
    ButtonHindi { en: "हिन्दी", hi: "हिन्दी" }
    ButtonEnglish { en: "English", hi: "English" }
    ButtonApply { en: "Apply", hi: "आवेदन करें" }
    ButtonTrack { en: "My applications", hi: "मेरे आवेदन" }
    ButtonVerify { en: "Check certificate", hi: "प्रमाण पत्र जाँचें" }
    ButtonMenu { en: "Menu", hi: "मेनू" }
    ButtonServices { en: "See services", hi: "सेवाएँ देखें" }
    ButtonAgree { en: "I agree", hi: "मैं सहमत हूँ" }
    ButtonNotNow { en: "Not now", hi: "अभी नहीं" }
    ButtonYes { en: "Yes", hi: "हाँ" }
    ButtonNo { en: "No", hi: "नहीं" }
    ButtonSkip { en: "Skip", hi: "छोड़ें" }
    ButtonChoose { en: "Choose", hi: "चुनें" }
    ButtonDone { en: "Done", hi: "बस इतना" }
    ButtonMore { en: "More", hi: "और देखें" }
    ButtonKeepPaper { en: "Use this picture", hi: "यही फ़ोटो दें" }
    ButtonKeep { en: "Keep it", hi: "यही रखें" }
    ButtonSubmit { en: "Submit", hi: "जमा करें" }
    ButtonChange { en: "Change", hi: "बदलें" }
    ButtonSave { en: "Save for later", hi: "बाद में करें" }
    ButtonContinue { en: "Continue", hi: "जारी रखें" }
    ButtonNew { en: "New application", hi: "नया आवेदन" }
    ButtonDiscard { en: "Delete it", hi: "इसे हटाएँ" }
    ButtonStartOver { en: "Start over", hi: "नए सिरे से" }
    ButtonGoOn { en: "Go on", hi: "आगे बढ़ें" }
    ButtonAgain { en: "Try again", hi: "फिर कोशिश करें" }
    ButtonPerson { en: "Talk to a person", hi: "किसी से बात करें" }
    ButtonAnswer { en: "Answer", hi: "जवाब दें" }
    ButtonSend { en: "Yes, send it", hi: "हाँ, भेजें" }
    ButtonDownload { en: "Download", hi: "डाउनलोड करें" }
    ButtonWithdraw { en: "Withdraw", hi: "आवेदन वापस लें" }
    ButtonKeepApplication { en: "Keep it", hi: "रहने दें" }
    ButtonStatus { en: "See its status", hi: "उसकी स्थिति देखें" }
    ButtonSubmitAnyway { en: "Submit anyway", hi: "फिर भी जमा करें" }
    ButtonDoNotSubmit { en: "Do not submit", hi: "जमा न करें" }
    ButtonVerifyAnother { en: "Check another", hi: "एक और जाँचें" }
    ButtonAnswerOffice { en: "Answer the office", hi: "कार्यालय को जवाब" }
    ButtonOpen { en: "Open", hi: "देखें" }
    RowSomethingElse { en: "Something else", hi: "कुछ और" }

    // ---- services ----
    Services { en: "Which certificate do you need? Choose from the list, or write its name.", hi: "आपको कौन सा प्रमाण पत्र चाहिए? सूची से चुनें या उसका नाम लिखें।" }
    Events { en: "What is it about? Choose from the list, or write the name of the certificate.", hi: "किस बारे में चाहिए? सूची से चुनें या प्रमाण पत्र का नाम लिखें।" }
    EventBirthAndDeath { en: "Birth and death", hi: "जन्म और मृत्यु" }
    EventFamily { en: "Marriage and family", hi: "विवाह और परिवार" }
    EventCasteAndIncome { en: "Caste and income", hi: "जाति और आय" }
    EventHome { en: "Home and land", hi: "घर और ज़मीन" }
    EventSupport { en: "Cards and pensions", hi: "कार्ड और पेंशन" }
    EventVehicle { en: "Licence and vehicle", hi: "लाइसेंस और वाहन" }
    EventWork { en: "Shop and trade", hi: "दुकान और व्यापार" }
    NotYetHere {
        en: "{service} cannot be applied for here yet. Please ask the office that issues it. These services are open here:",
        hi: "{service} के लिए आवेदन अभी यहाँ नहीं हो सकता। कृपया उसे जारी करने वाले कार्यालय से पूछें। यहाँ ये सेवाएँ मिलती हैं:"
    }
    WhichServiceMeant { en: "Which certificate is it about?", hi: "किस प्रमाण पत्र के बारे में?" }

    // ---- consent (a notice of its own, before the first personal particular) ----
    Notice {
        en: "Before we begin, please read this.\nTo handle your application we keep your phone number, your answers and the papers you send. They go to the office that decides, and what the certificate must show is printed on it. We use them for nothing else.\nWrite \"delete my data\" to withdraw your consent, \"person\" to ask or complain; you may also complain to the Data Protection Board of India. Checking a certificate needs no consent.\nDo you agree?",
        hi: "शुरू करने से पहले यह पढ़ लें।\nआवेदन के लिए हम आपका फ़ोन नंबर, आपके जवाब और आपके भेजे कागज़ रखते हैं। ये निर्णय लेने वाले कार्यालय को जाते हैं, और जो बातें प्रमाण पत्र पर होनी चाहिए, वे उस पर छपती हैं। किसी और काम में इनका उपयोग नहीं होता।\nसहमति वापस लेने के लिए \"मेरा डेटा हटाएँ\" लिखें, पूछने या शिकायत के लिए \"अधिकारी\" लिखें; भारतीय डेटा संरक्षण बोर्ड से भी शिकायत कर सकते हैं। प्रमाण पत्र की जाँच के लिए सहमति ज़रूरी नहीं।\nक्या आप सहमत हैं?"
    }
    ConsentDeclined {
        en: "All right, nothing has been kept. Without your consent an application cannot be taken here; you can apply at the office instead. Checking a certificate and asking about services work as before.",
        hi: "ठीक है, कुछ भी रखा नहीं गया। सहमति के बिना यहाँ आवेदन नहीं लिया जा सकता; आप कार्यालय जाकर आवेदन कर सकते हैं। प्रमाण पत्र की जाँच और सेवाओं की जानकारी पहले की तरह मिलेगी।"
    }
    ConsentPlease { en: "Please choose first: do you agree or not?", hi: "पहले बताएँ: आप सहमत हैं या नहीं?" }

    // ---- figures, spoken as sure as they are ----
    FormIntro {
        en: "{service}: {questions} questions and {papers} papers. {fee} {time}\nYou can write \"back\", \"save\" or \"help\" at any time.",
        hi: "{service}: {questions} सवाल और {papers} कागज़। {fee} {time}\nआप कभी भी \"पीछे\", \"बाद में\" या \"मदद\" लिख सकते हैं।"
    }
    FeeNone { en: "There is no fee.", hi: "कोई शुल्क नहीं है।" }
    FeeProbablyNone { en: "There is probably no fee; the office will confirm.", hi: "शायद कोई शुल्क नहीं है; कार्यालय पुष्टि करेगा।" }
    FeeSure { en: "The fee is ₹{rupees}.", hi: "शुल्क ₹{rupees} है।" }
    FeeAbout { en: "The fee is about ₹{rupees}; the office will confirm.", hi: "शुल्क लगभग ₹{rupees} है; कार्यालय पुष्टि करेगा।" }
    FeeUnknown { en: "The office will tell you the fee.", hi: "शुल्क कार्यालय बताएगा।" }
    FeeEach { en: "₹{rupees} more for each further choice under \"{label}\".", hi: "\"{label}\" में एक से ज़्यादा चुनें तो हर अतिरिक्त पर ₹{rupees} और।" }
    TimeSure { en: "It takes up to {days} days.", hi: "{days} दिन तक लगते हैं।" }
    TimeAbout { en: "It takes about {days} days; the office will confirm.", hi: "लगभग {days} दिन लगते हैं; कार्यालय पुष्टि करेगा।" }
    TimeSureDay { en: "It takes up to one day.", hi: "एक दिन तक लगता है।" }
    TimeAboutDay { en: "It takes about one day; the office will confirm.", hi: "लगभग एक दिन लगता है; कार्यालय पुष्टि करेगा।" }
    TimeUnknown { en: "The office will tell you how long it takes.", hi: "समय कार्यालय बताएगा।" }
    Documents { en: "Papers for {service}:", hi: "{service} के लिए कागज़:" }
    DocumentsNone { en: "{service} needs no papers.", hi: "{service} के लिए कोई कागज़ नहीं चाहिए।" }
    DocumentIfApplies { en: "{label} (only in some cases)", hi: "{label} (केवल कुछ मामलों में)" }
    DocumentIfAny { en: "{label} (if you have it)", hi: "{label} (अगर हो तो)" }
    Eligibility {
        en: "Whether you can have {service} is decided by {office} from your answers and papers. You can apply here; if something is missing, you will be asked.",
        hi: "आपको {service} मिल सकता है या नहीं, यह {office} आपके जवाब और कागज़ देखकर तय करता है। आप यहाँ आवेदन कर सकते हैं; कुछ कम होगा तो आपसे पूछा जाएगा।"
    }

    EligibilityHead { en: "Who can have {service}:", hi: "{service} किसे मिल सकता है:" }
    EligibilityUnconfirmed { en: "As far as we know; the office has not confirmed this yet:", hi: "जहाँ तक हमें पता है; कार्यालय ने अभी इसकी पुष्टि नहीं की है:" }
    EligibilityFoot { en: "{office} decides from your answers and papers.", hi: "निर्णय {office} आपके जवाब और कागज़ देखकर करता है।" }
    LikelyRefused { en: "By your answers the office will probably refuse this; you may still submit it:", hi: "आपके जवाबों के अनुसार कार्यालय इसे शायद अस्वीकार कर देगा; आप फिर भी जमा कर सकते हैं:" }
    LikelyAsked { en: "The office will probably ask you about this:", hi: "कार्यालय इस बारे में शायद आपसे पूछेगा:" }
    GoodToKnow { en: "Good to know:", hi: "यह भी जान लें:" }
    ConcernFrom { en: "You will be old enough on {date}.", hi: "आपकी उम्र {date} को पूरी होगी।" }
    ConcernUnconfirmed { en: "(Not yet confirmed by the office.)", hi: "(कार्यालय ने अभी पुष्टि नहीं की है।)" }
    ConcernNearLimit {
        en: "\"{label}\" is close to the limit of {limit}: the papers must show the exact figure.",
        hi: "\"{label}\" की संख्या सीमा {limit} के पास है: काग़ज़ों में ठीक-ठीक यही संख्या दिखनी चाहिए।"
    }
    ConcernBeforeBirth {
        en: "The day under \"{label}\" comes before the one under \"{birth}\". Please check both.",
        hi: "\"{label}\" की तारीख़ \"{birth}\" की तारीख़ से पहले की है। कृपया दोनों जाँच लें।"
    }
    ConcernSameName {
        en: "The same name stands under \"{one}\" and \"{other}\". If that is a mistake, change one of them.",
        hi: "\"{one}\" और \"{other}\" में एक ही नाम लिखा है। ग़लती से लिखा हो, तो एक को बदल लें।"
    }
    ConcernOnlyHindi {
        en: "The name will stand on the certificate in Hindi only. A school or a passport office may want it in English too: change it and write both, with / between.",
        hi: "प्रमाण पत्र पर नाम केवल हिन्दी में छपेगा। स्कूल या पासपोर्ट कार्यालय को अंग्रेज़ी में भी चाहिए हो सकता है: उसे बदलकर दोनों लिखें, बीच में / लगाएँ।"
    }
    ConcernOnlyEnglish {
        en: "The name will stand on the certificate in English letters only. To have it in Hindi too, change it and write both, with / between.",
        hi: "प्रमाण पत्र पर नाम केवल अंग्रेज़ी अक्षरों में छपेगा। हिन्दी में भी चाहिए, तो उसे बदलकर दोनों लिखें, बीच में / लगाएँ।"
    }
    ConcernOutsideDelhi {
        en: "\"{label}\": the PIN code {pin} is not in Delhi. Correct it, or apply where that place is.",
        hi: "\"{label}\": पिन कोड {pin} दिल्ली का नहीं है। उसे ठीक करें, या जहाँ वह जगह है वहाँ आवेदन करें।"
    }
    ConcernSamePaper {
        en: "The same file was sent for: {papers}. Send each paper by itself.",
        hi: "इन सबके लिए एक ही फ़ाइल भेजी गई है: {papers}। हर काग़ज़ अलग-अलग भेजें।"
    }
    ConcernNeedlessPaper {
        en: "\"{label}\" is not needed with these answers and will not be handed in.",
        hi: "इन जवाबों के साथ \"{label}\" की ज़रूरत नहीं है; वह जमा नहीं होगा।"
    }
    ChecksHead { en: "{service}: before you submit, please look at this.", hi: "{service}: जमा करने से पहले यह देख लें।" }
    ChecksMore { en: "And {n} more.", hi: "और {n} बातें।" }
    ChecksFoot { en: "Change an answer, or go on: you may submit all the same.", hi: "कोई जवाब बदलें, या आगे बढ़ें: आप फिर भी जमा कर सकते हैं।" }
    ChecksStand { en: "Points that the office may stop at: {n}. You may still submit.", hi: "जिन बातों पर कार्यालय रुक सकता है: {n}। आप फिर भी जमा कर सकते हैं।" }
    DuplicateOpen {
        en: "You already have an application for {service} for the same person: {number}, submitted on {date}. It stands at: {stage}.",
        hi: "उसी व्यक्ति के लिए {service} का आपका एक आवेदन पहले से है: {number}, जमा {date} को। अभी: {stage}।"
    }
    DuplicateHeld {
        en: "The same person already has a valid {service} from your application {number} of {date}: {certificate}.",
        hi: "{date} के आपके आवेदन {number} से उसी व्यक्ति के पास मान्य {service} पहले से है: {certificate}।"
    }
    DuplicateAsk {
        en: "A second one is usually refused. Submit it only if it is for somebody else or for something else, for example another child of the same name. Submit it all the same?",
        hi: "दूसरा आवेदन अक्सर अस्वीकार हो जाता है। तभी जमा करें जब यह किसी और के लिए या किसी और काम के लिए हो, जैसे उसी नाम का दूसरा बच्चा। फिर भी जमा करें?"
    }
    ConfirmPapers { en: "Papers received: {n}", hi: "मिले हुए काग़ज़: {n}" }
    // ---- the form ----
    Question { en: "({n}/{total}) {ask}", hi: "({n}/{total}) {ask}" }
    Example { en: "Example: {example}", hi: "उदाहरण: {example}" }
    Noted { en: "Noted: {noted}.", hi: "लिख लिया: {noted}।" }
    Changed { en: "Changed. {label}: {value}.", hi: "बदल दिया। {label}: {value}।" }
    UnknownAnswer { en: "This answer is needed. If you have to look it up first, write \"save\" and come back within 30 days, or write \"person\" to be helped.", hi: "यह जवाब ज़रूरी है। पहले पता करना हो तो \"बाद में\" लिखें और 30 दिन के अंदर लौट आएँ, या मदद के लिए \"अधिकारी\" लिखें।" }
    WriteItOut { en: "Please write it out; there is nothing above that it could be the same as.", hi: "कृपया इसे पूरा लिखें; ऊपर ऐसा कुछ नहीं है जिसे यहाँ दोहराया जा सके।" }
    GoingOn { en: "On with {service}.", hi: "{service} का फ़ॉर्म आगे बढ़ाते हैं।" }
    WhyPrinted { en: "It is printed on the certificate ({service}), and the office compares it with your papers. It is used for nothing else.", hi: "यह प्रमाण पत्र ({service}) पर छपता है, और कार्यालय इसे आपके कागज़ों से मिलाता है। इसका कोई और उपयोग नहीं होता।" }
    WhyAsked { en: "The office needs it to decide on your application ({service}). It is used for nothing else.", hi: "आवेदन ({service}) पर निर्णय के लिए कार्यालय को यह चाहिए। इसका कोई और उपयोग नहीं होता।" }
    WhyPaper { en: "The office compares your answers with this paper before it decides ({service}). It is used for nothing else.", hi: "निर्णय से पहले कार्यालय आपके जवाब इस कागज़ से मिलाता है ({service})। इसका कोई और उपयोग नहीं होता।" }
    AnswerSoFar { en: "Your answer so far: {value}", hi: "अब तक का जवाब: {value}" }
    Picked { en: "Chosen: {value}. Choose another, or tap Done.", hi: "चुना गया: {value}। एक और चुनें, या \"बस इतना\" दबाएँ।" }
    MayWriteSkip { en: "You may also write \"skip\".", hi: "आप \"छोड़ें\" भी लिख सकते हैं।" }
    FormHelp {
        en: "Write the answer as in the example. \"Back\" asks the last question again, \"save\" keeps everything for later, \"menu\" leads out, \"person\" brings a person.",
        hi: "उदाहरण की तरह जवाब लिखें। \"पीछे\" लिखने पर पिछला सवाल फिर आएगा, \"बाद में\" लिखने पर सब कुछ सुरक्षित रहेगा, \"मेनू\" से बाहर जाएँगे, \"अधिकारी\" लिखने पर किसी से बात होगी।"
    }
    ThirdTime {
        en: "This one seems difficult. Shall a person help you? You can also save the form, or try once more.",
        hi: "यह सवाल कठिन लग रहा है। क्या कोई आपकी मदद करे? आप फ़ॉर्म बाद के लिए रख भी सकते हैं या फिर से कोशिश कर सकते हैं।"
    }
    CannotSkip { en: "This answer is needed.", hi: "यह जवाब ज़रूरी है।" }
    FirstQuestion { en: "This is the first question.", hi: "यह पहला सवाल है।" }
    AskPaper { en: "({n}/{total}) Please send: {label}\n{help}", hi: "({n}/{total}) यह कागज़ भेजें: {label}\n{help}" }
    AnyOneOf { en: "Any one of: {papers}.", hi: "इनमें से कोई एक: {papers}।" }
    PaperHow { en: "Send a clear photo or a PDF.", hi: "साफ़ फ़ोटो या PDF भेजें।" }
    PaperReceived { en: "Received: {label}.", hi: "मिल गया: {label}।" }
    PaperExpected { en: "Here a photo or a PDF is needed, not words.", hi: "यहाँ शब्दों की जगह फ़ोटो या PDF चाहिए।" }
    PaperTooEarly { en: "Thank you. I ask for the papers one by one after the questions; please send it again then.", hi: "धन्यवाद। कागज़ सवालों के बाद एक-एक करके माँगे जाएँगे; कृपया तब फिर भेजें।" }
    PaperTooLate { en: "All papers are there. To replace one, tap Change.", hi: "सारे कागज़ मिल चुके हैं। किसी को बदलने के लिए \"बदलें\" दबाएँ।" }
    PaperWrongType { en: "This kind of file cannot be used. Please send a photo (JPEG, PNG) or a PDF.", hi: "इस तरह की फ़ाइल नहीं चलेगी। कृपया फ़ोटो (JPEG, PNG) या PDF भेजें।" }
    PaperTooLarge { en: "The file is too large. Please send a photo, or a smaller PDF.", hi: "फ़ाइल बहुत बड़ी है। कृपया फ़ोटो या छोटी PDF भेजें।" }
    PaperEmpty { en: "The file is empty. Please send it again.", hi: "फ़ाइल खाली है। कृपया फिर भेजें।" }
    PaperUnreadable { en: "The file cannot be opened. Please take the photo again, or send another copy.", hi: "फ़ाइल खुल नहीं रही है। कृपया फ़ोटो फिर से लें या दूसरी प्रति भेजें।" }
    PaperEncrypted { en: "This PDF is locked with a password. Please send it without one, or send photos of its pages.", hi: "इस PDF पर पासवर्ड लगा है। कृपया बिना पासवर्ड की PDF या पन्नों की फ़ोटो भेजें।" }
    PaperNoPages { en: "There are no pages in this PDF. Please send another copy, or a photo.", hi: "इस PDF में कोई पन्ना नहीं है। कृपया दूसरी प्रति या फ़ोटो भेजें।" }
    PaperTooManyPages { en: "This PDF has more than 20 pages. Please send only the pages that are needed.", hi: "इस PDF में 20 से ज़्यादा पन्ने हैं। कृपया केवल ज़रूरी पन्ने भेजें।" }
    PaperSmall { en: "The picture is too small to read. Please send the photo itself, not a small copy of it, with the paper filling the picture.", hi: "फ़ोटो इतनी छोटी है कि पढ़ी नहीं जाती। कृपया छोटी कॉपी नहीं, असली फ़ोटो भेजें, जिसमें काग़ज़ पूरा दिखे।" }
    PaperBlurred { en: "The picture is too blurred to read. Hold the phone still with both hands, tap on the paper so that it becomes sharp, and take it again.", hi: "फ़ोटो धुँधली है, पढ़ी नहीं जाती। फ़ोन दोनों हाथों से स्थिर पकड़ें, काग़ज़ साफ़ दिखे इसके लिए उस पर छुएँ, और फिर से फ़ोटो लें।" }
    PaperDark { en: "The picture is too dark to read. Please take it again near a window or in daylight.", hi: "फ़ोटो में अँधेरा है, पढ़ी नहीं जाती। कृपया खिड़की के पास या दिन की रोशनी में फिर से लें।" }
    PaperFaded { en: "The writing can hardly be told from the paper. Please take the picture again in better light.", hi: "लिखावट काग़ज़ से अलग नहीं दिखती। कृपया अच्छी रोशनी में फिर से फ़ोटो लें।" }
    PaperGlare { en: "A light is mirrored on the paper and hides the writing. Please tilt it a little, switch the flash off, and take the picture again.", hi: "काग़ज़ पर रोशनी चमक रही है और लिखावट छिप गई है। काग़ज़ थोड़ा तिरछा करें, फ़्लैश बंद करें और फिर से फ़ोटो लें।" }
    PaperBlank { en: "Nothing can be seen on this. Please check that it is the right side and send it again.", hi: "इस पर कुछ दिखाई नहीं देता। कृपया देख लें कि सही तरफ़ की फ़ोटो है, और फिर भेजें।" }
    PaperNoWriting { en: "No writing can be read in this picture. Lay the paper flat, let it fill the picture, and take it from straight above.", hi: "इस फ़ोटो में कोई लिखावट पढ़ी नहीं जाती। काग़ज़ सीधा बिछाएँ और ठीक ऊपर से ऐसे फ़ोटो लें कि पूरा काग़ज़ दिखे।" }
    PaperNotAPortrait { en: "This is a page of writing; here a photograph of the person is needed.", hi: "यह लिखा हुआ काग़ज़ है; यहाँ व्यक्ति की फ़ोटो चाहिए।" }
    PaperMayBeKept { en: "If it does not get any better, you can give this picture as it is. The officer is told and may ask for a better one.", hi: "इससे अच्छी फ़ोटो न आए, तो यही दे सकते हैं। अधिकारी को यह बताया जाएगा और वे दूसरी फ़ोटो माँग सकते हैं।" }
    PaperKept { en: "It is kept as it is, with a note for the officer.", hi: "इसे ऐसे ही रख लिया गया है; अधिकारी को यह बता दिया जाएगा।" }
    PaperNoted { en: "It is hard to read in places; the officer may ask for a better one.", hi: "यह कहीं-कहीं मुश्किल से पढ़ा जाता है; अधिकारी दूसरी फ़ोटो माँग सकते हैं।" }
    PaperSameFile { en: "This is the same file that you sent for another paper. If that was a mistake, you can change it before you submit.", hi: "यह वही फ़ाइल है जो आपने दूसरे काग़ज़ के लिए भेजी थी। ग़लती से हुआ हो, तो जमा करने से पहले बदल सकते हैं।" }
    PaperNotFetched { en: "The file did not arrive. Please send it again.", hi: "फ़ाइल पहुँची नहीं। कृपया फिर भेजें।" }

    // ---- what is wrong with an answer ----
    ProblemEmpty { en: "An answer is needed here.", hi: "यहाँ जवाब ज़रूरी है।" }
    ProblemTooLong { en: "That is too long: at most {max} characters, please.", hi: "यह बहुत लंबा है: ज़्यादा से ज़्यादा {max} अक्षर लिखें।" }
    ProblemKind { en: "That does not answer the question.", hi: "यह इस सवाल का जवाब नहीं लगता।" }
    ProblemCharacter { en: "A character in it cannot stand here. Please use letters only, no digits or signs.", hi: "इसमें कोई ऐसा अक्षर है जो यहाँ नहीं चल सकता। कृपया अंक और चिह्न न लिखें, केवल अक्षर लिखें।" }
    ProblemNoSuchDay { en: "The calendar has no such day.", hi: "कैलेंडर में ऐसी कोई तारीख़ नहीं है।" }
    ProblemFuture { en: "That day has not come yet.", hi: "यह तारीख़ अभी आई नहीं है।" }
    ProblemTooYoung { en: "The law asks for an age of at least {years} years.", hi: "कानून के अनुसार उम्र कम से कम {years} साल होनी चाहिए।" }
    ProblemTooOld { en: "That would be more than {years} years ago. Please check the year.", hi: "यह {years} साल से भी पहले की तारीख़ है। कृपया साल जाँच लें।" }
    ProblemNotAnOption { en: "Please choose one of the answers.", hi: "कृपया दिए गए जवाबों में से एक चुनें।" }
    ProblemRange { en: "The number must be between {min} and {max}.", hi: "संख्या {min} और {max} के बीच होनी चाहिए।" }
    ProblemPin { en: "That is not a PIN code of Delhi: six digits that begin with 11.", hi: "यह दिल्ली का पिन कोड नहीं है: छह अंक, शुरुआत 11 से।" }
    ProblemPhone { en: "That is not a mobile number: ten digits that begin with 6, 7, 8 or 9.", hi: "यह मोबाइल नंबर नहीं है: दस अंक, शुरुआत 6, 7, 8 या 9 से।" }
    ProblemVehicleNumber { en: "That is not the number of a vehicle. It stands on the number plate, for example DL 3C AB 1234.", hi: "यह वाहन का नंबर नहीं है। यह नंबर प्लेट पर लिखा होता है, जैसे DL 3C AB 1234।" }
    ProblemLicenceNumber { en: "That is not the number of a driving licence. Please copy it from the licence, for example DL-0420110149646.", hi: "यह ड्राइविंग लाइसेंस का नंबर नहीं है। कृपया लाइसेंस से देखकर लिखें, जैसे DL-0420110149646।" }
    ProblemPersonParts { en: "Person {row} cannot be read. For each person write the name, the relation and the age with commas between; begin a new line for the next person.", hi: "व्यक्ति {row} का विवरण समझ नहीं आया। हर व्यक्ति का नाम, रिश्ता और उम्र कॉमा लगाकर लिखें; अगला व्यक्ति नई पंक्ति में लिखें।" }
    ProblemPersonName { en: "The name of person {row} cannot be a name: letters only, in one script or in both with / between.", hi: "व्यक्ति {row} का नाम सही नहीं लग रहा: केवल अक्षर लिखें, एक लिपि में, या दोनों में बीच में / लगाकर।" }
    ProblemPersonAge { en: "The age of person {row} is above 130 years. Please check it.", hi: "व्यक्ति {row} की उम्र 130 साल से ज़्यादा है। कृपया जाँच लें।" }
    ProblemTooManyPeople { en: "At most {max} people can be entered.", hi: "ज़्यादा से ज़्यादा {max} लोग लिखे जा सकते हैं।" }
    ProblemNoDate { en: "I could not read a date in it. Please write day, month and year.", hi: "इसमें तारीख़ समझ नहीं आई। कृपया दिन, महीना और साल लिखें।" }
    ProblemNoYear { en: "The year is missing. Please write day, month and year.", hi: "साल नहीं लिखा है। कृपया दिन, महीना और साल लिखें।" }
    ProblemRelative { en: "Which date is that? Please write day, month and year.", hi: "वह कौन सी तारीख़ है? कृपया दिन, महीना और साल लिखें।" }
    ProblemNoNumber { en: "I could not read a number in it.", hi: "इसमें संख्या समझ नहीं आई।" }
    ProblemTwoScripts { en: "Please write the name in English letters or in Hindi, or both with a / between.", hi: "नाम हिन्दी में या अंग्रेज़ी अक्षरों में लिखें, या दोनों में, बीच में / लगाकर।" }

    // ---- the confirm screen ----
    ConfirmHead { en: "Please check: {service}", hi: "कृपया जाँच लें: {service}" }
    ConfirmPaper { en: "received", hi: "मिल गया" }
    ConfirmSkipped { en: "left out", hi: "छोड़ा गया" }
    ConfirmFoot { en: "Is everything right? To change something, write its number.", hi: "क्या सब सही है? कुछ बदलना हो तो उसका नंबर लिखें।" }
    ConfirmShortened { en: "Long answers are shortened here (…); nothing of them is lost.", hi: "लंबे जवाब यहाँ छोटे करके दिखाए गए हैं (…); वे पूरे सुरक्षित हैं।" }
    ChangeWhich { en: "Which answer would you like to change? Choose from the list, or write its number.", hi: "कौन सा जवाब बदलना है? सूची से चुनें या उसका नंबर लिखें।" }
    NoSuchAnswer { en: "There is no answer number {n}.", hi: "जवाब नंबर {n} नहीं है।" }
    SomethingMissing { en: "Something is still missing.", hi: "अभी कुछ बाकी है।" }
    Receipt { en: "Your application for {service} has been received.\nNumber: {number}\n{due}\nYou will get a message here at each step. Write \"status\" at any time.", hi: "{service} के लिए आपका आवेदन मिल गया है।\nनंबर: {number}\n{due}\nहर कदम पर यहाँ संदेश मिलेगा। स्थिति जानने के लिए कभी भी \"स्थिति\" लिखें।" }
    ReceiptDue { en: "Decision expected by {date}.", hi: "निर्णय की संभावित तारीख़: {date} तक।" }
    ReceiptNoDue { en: "The office will tell you how long it takes.", hi: "समय कार्यालय बताएगा।" }
    SubmitFailed { en: "It could not be submitted just now. Your answers are safe. Please try again in a few minutes.", hi: "अभी जमा नहीं हो सका। आपके जवाब सुरक्षित हैं। कृपया कुछ मिनट बाद फिर कोशिश करें।" }
    AlreadySubmitted { en: "This application was submitted before.", hi: "यह आवेदन पहले ही जमा हो चुका है।" }

    // ---- drafts ----
    Saved { en: "Your form for {service} is kept until {date}. Write \"continue\" to go on with it.", hi: "{service} का फ़ॉर्म {date} तक सुरक्षित रहेगा। आगे बढ़ने के लिए \"जारी रखें\" लिखें।" }
    DraftKept { en: "(Your form for {service} is kept; write \"continue\" to go on.)", hi: "({service} का फ़ॉर्म सुरक्षित है; आगे बढ़ने के लिए \"जारी रखें\" लिखें।)" }
    DraftExpired { en: "Your unfinished form for {service} was older than 30 days and has been deleted.", hi: "{service} का अधूरा फ़ॉर्म 30 दिन से पुराना था, इसलिए हटा दिया गया।" }
    DraftClosed { en: "Your unfinished form cannot be continued, because the service is no longer offered here.", hi: "आपका अधूरा फ़ॉर्म आगे नहीं भरा जा सकता, क्योंकि वह सेवा अब यहाँ नहीं मिलती।" }
    ResumeOne { en: "You have an unfinished form: {service}, {n} of {total} done. Go on with it?", hi: "आपका एक फ़ॉर्म अधूरा है: {service}, {total} में से {n} पूरे। आगे बढ़ें?" }
    ResumeSame { en: "You have begun this form before: {service}, {n} of {total} done. \"Start over\" deletes the answers so far.", hi: "यह फ़ॉर्म आप पहले शुरू कर चुके हैं: {service}, {total} में से {n} पूरे। \"नए सिरे से\" दबाने पर अब तक के जवाब हट जाएँगे।" }
    ResumeMany { en: "You have several unfinished forms. Which one would you like to go on with?", hi: "आपके कई फ़ॉर्म अधूरे हैं। किसे आगे बढ़ाना है?" }
    ResumeRow { en: "{n} of {total} done", hi: "{total} में से {n} पूरे" }
    NoDraft { en: "You have no unfinished form.", hi: "आपका कोई फ़ॉर्म अधूरा नहीं है।" }
    Discarded { en: "Your answers for {service} have been deleted.", hi: "{service} के आपके जवाब हटा दिए गए।" }
    CancelAsk { en: "Stop here? You can keep your answers for {service} for 30 days, or delete them.", hi: "यहीं रुकें? {service} के आपके जवाब 30 दिन रखे जा सकते हैं या हटाए जा सकते हैं।" }

    // ---- my applications ----
    TrackNone { en: "There is no application from this phone yet.", hi: "इस फ़ोन से अभी तक कोई आवेदन नहीं हुआ है।" }
    TrackList { en: "Your applications, newest first. Which one?", hi: "आपके आवेदन, नए पहले। कौन सा देखना है?" }
    TrackHead { en: "{service}\n{number}, submitted on {date}", hi: "{service}\n{number}, जमा करने की तारीख़ {date}" }
    StateSubmitted { en: "in progress", hi: "प्रक्रिया में" }
    StateWaiting { en: "needs your answer", hi: "आपका जवाब चाहिए" }
    StateApproved { en: "approved", hi: "स्वीकृत" }
    StateRefused { en: "refused", hi: "अस्वीकृत" }
    StateWithdrawn { en: "withdrawn", hi: "वापस लिया गया" }
    StateIssued { en: "certificate issued", hi: "प्रमाण पत्र जारी" }
    Since { en: "(since {date})", hi: "({date} से)" }
    With { en: "It is with: {holder}.", hi: "अभी इनके पास है: {holder}।" }
    DueBy { en: "Decision expected by {date}.", hi: "निर्णय की संभावित तारीख़: {date} तक।" }
    Overdue { en: "The decision was expected by {date}. You may write \"complaint\".", hi: "निर्णय {date} तक आना था। आप \"शिकायत\" लिख सकते हैं।" }
    OfficeAsks { en: "The office asks: {question}", hi: "कार्यालय पूछता है: {question}" }
    OfficeWantsPaper { en: "It wants this paper again: {label}.", hi: "यह कागज़ फिर चाहिए: {label}।" }
    OfficeWaits { en: "The office needs your answer.", hi: "कार्यालय को आपका जवाब चाहिए।" }
    ApprovedSoon { en: "Approved. The certificate is being prepared and will be sent here.", hi: "स्वीकृत। प्रमाण पत्र तैयार हो रहा है और यहीं भेजा जाएगा।" }
    RefusedBecause { en: "Refused. {reason}", hi: "अस्वीकृत। {reason}" }
    RefusedNext { en: "You may apply again, or write \"person\" to ask about it.", hi: "आप फिर आवेदन कर सकते हैं, या पूछने के लिए \"अधिकारी\" लिखें।" }
    StateUnknown { en: "not known now", hi: "अभी पता नहीं" }
    StandsStill { en: "How this application stands cannot be told right now. Nothing is lost; please ask again later, or write \"person\".", hi: "यह आवेदन अभी कहाँ है, यह इस समय बताया नहीं जा सकता। कुछ खोया नहीं है; कृपया बाद में फिर पूछें, या \"अधिकारी\" लिखें।" }
    WithdrawnByYou { en: "You have withdrawn this application.", hi: "यह आवेदन आपने वापस ले लिया है।" }
    IssuedReady { en: "The certificate has been issued. You can download it here.", hi: "प्रमाण पत्र जारी हो चुका है। आप उसे यहाँ डाउनलोड कर सकते हैं।" }
    NotYours {
        en: "There is no application {number} from this phone. Please check the number. Only the phone that applied is told about an application; if that was another phone, write from there.",
        hi: "इस फ़ोन से आवेदन {number} नहीं हुआ है। कृपया नंबर जाँच लें। आवेदन की जानकारी केवल उसी फ़ोन को मिलती है जिससे आवेदन हुआ; वह दूसरा फ़ोन था तो उससे लिखें।"
    }

    // ---- answering the office ----
    AnswerAsk { en: "Application {number}.\n{question}\n\nWrite your answer here, or send the paper.", hi: "आवेदन {number}।\n{question}\n\nअपना जवाब यहाँ लिखें या कागज़ भेजें।" }
    AnswerWhatWords { en: "Shall I send this to the office as your answer about {number}?\n\"{text}\"", hi: "क्या इसे आवेदन {number} के जवाब के रूप में कार्यालय को भेजें?\n\"{text}\"" }
    AnswerWhatPaper { en: "What is this paper for? The office has asked about {number}.", hi: "यह कागज़ किसलिए है? आवेदन {number} के बारे में कार्यालय ने पूछा है।" }
    AnswerSent { en: "Your answer has gone to the office. You will hear from us here.", hi: "आपका जवाब कार्यालय को भेज दिया गया है। आगे की सूचना यहीं मिलेगी।" }
    AnswerNotSent { en: "All right, nothing was sent.", hi: "ठीक है, कुछ नहीं भेजा गया।" }
    NothingAsked { en: "The office has not asked you anything.", hi: "कार्यालय ने आपसे कुछ नहीं पूछा है।" }

    // ---- withdrawing ----
    WithdrawNone { en: "You have no open application that could be withdrawn.", hi: "आपका कोई ऐसा आवेदन नहीं है जिसे वापस लिया जा सके।" }
    WithdrawWhich { en: "Which application would you like to withdraw?", hi: "कौन सा आवेदन वापस लेना है?" }
    WithdrawAsk { en: "Withdraw the application {number} ({service})? This cannot be undone; you would have to apply again.", hi: "क्या आवेदन {number} ({service}) वापस लेना है? यह फिर पलटा नहीं जा सकता; दोबारा आवेदन करना होगा।" }
    WithdrawDone { en: "The application {number} has been withdrawn.", hi: "आवेदन {number} वापस ले लिया गया है।" }
    WithdrawKept { en: "All right, the application stays as it is.", hi: "ठीक है, आवेदन जैसा है वैसा ही रहेगा।" }

    // ---- certificates ----
    DownloadNone { en: "There is no certificate for this phone yet.", hi: "इस फ़ोन के लिए अभी कोई प्रमाण पत्र नहीं है।" }
    DownloadWhich { en: "Which certificate would you like to have?", hi: "कौन सा प्रमाण पत्र चाहिए?" }
    Caption { en: "{service}\n{number}", hi: "{service}\n{number}" }
    CaptionNotValid { en: "{service}\n{number}\nNote: this certificate is no longer valid.", hi: "{service}\n{number}\nध्यान दें: यह प्रमाण पत्र अब मान्य नहीं है।" }
    StandingActive { en: "valid", hi: "मान्य" }
    StandingExpired { en: "expired", hi: "अवधि समाप्त" }
    StandingEnded { en: "no longer valid", hi: "अब मान्य नहीं" }

    // ---- verifying ----
    VerifyAsk { en: "Which certificate shall I check? Write its number, or send the PDF, or send a clear photo of the QR code.", hi: "कौन सा प्रमाण पत्र जाँचना है? उसका नंबर लिखें, या PDF भेजें, या QR कोड की साफ़ फ़ोटो भेजें।" }
    VerifyNotThat { en: "That is no certificate number. It looks like this: DLBC-7K3M-9Q2X-H4TW.", hi: "यह प्रमाण पत्र का नंबर नहीं है। नंबर ऐसा होता है: DLBC-7K3M-9Q2X-H4TW।" }
    FieldNumber { en: "Number: {value}", hi: "नंबर: {value}" }
    FieldName { en: "Name: {value}", hi: "नाम: {value}" }
    FieldIssued { en: "Issued on: {value}", hi: "जारी होने की तारीख़: {value}" }
    FieldUntil { en: "Valid until: {value}", hi: "इस तारीख़ तक मान्य: {value}" }
    FieldNoEnd { en: "Valid without end", hi: "अवधि की कोई सीमा नहीं" }
    DemoCertificate { en: "SPECIMEN: this certificate was made for demonstration and is not a legal document.", hi: "नमूना: यह प्रमाण पत्र केवल दिखाने के लिए बना है, कानूनी दस्तावेज़ नहीं है।" }
    MoreAt { en: "More: {url}", hi: "पूरी जानकारी: {url}" }

    // ---- people ----
    Handoff { en: "This goes to a person of the office, who will answer here during office hours. Write \"menu\" to go on without waiting.", hi: "यह बात कार्यालय के किसी व्यक्ति तक पहुँचाई जा रही है; वे कार्यालय के समय में यहीं जवाब देंगे। बिना रुके आगे बढ़ने के लिए \"मेनू\" लिखें।" }
    HandoffGrievance { en: "I am sorry. Your complaint goes to a person of the office, who will answer here during office hours. Nobody may ask you for money beyond the official fee.", hi: "खेद है कि आपको परेशानी हुई। आपकी शिकायत कार्यालय के किसी व्यक्ति तक पहुँचाई जा रही है; वे कार्यालय के समय में यहीं जवाब देंगे। तय शुल्क के अलावा कोई भी आपसे पैसे नहीं माँग सकता।" }
    HandoffErase { en: "Your wish to have your data deleted goes to a person of the office, who will answer here. Unfinished forms can be deleted at once: write \"continue\" and then \"cancel\".", hi: "अपना डेटा हटाने की आपकी बात कार्यालय के किसी व्यक्ति तक पहुँचाई जा रही है; वे यहीं जवाब देंगे। अधूरे फ़ॉर्म तुरंत हटाए जा सकते हैं: \"जारी रखें\" लिखें और फिर \"रद्द करें\"।" }
    HandoffWaiting { en: "Your message is with the office; a person will answer here. Write \"menu\" to go on without waiting.", hi: "आपका संदेश कार्यालय के पास है; वहाँ से कोई यहीं जवाब देगा। बिना रुके आगे बढ़ने के लिए \"मेनू\" लिखें।" }
    Distress {
        en: "Please get help now. You are not alone.\nEmergency, police, ambulance: 112\nTalk to someone, day and night, free: Tele-MANAS 14416\nWomen: 181. Children: 1098.\nA person of the office has been told as well.",
        hi: "कृपया अभी मदद लें। आप अकेले नहीं हैं।\nआपात सहायता, पुलिस, एम्बुलेंस: 112\nकिसी से बात करें, दिन-रात, मुफ़्त: टेली-मानस 14416\nमहिलाएँ: 181। बच्चे: 1098।\nकार्यालय के किसी व्यक्ति को भी बताया गया है।"
    }
    CorrectSubmitted { en: "An application that has been submitted is not changed here. If it is still open, you can withdraw it and apply again. For a mistake on a certificate, talk to a person.", hi: "जमा हो चुका आवेदन यहाँ बदला नहीं जाता। अगर उस पर निर्णय नहीं हुआ है, तो उसे वापस लेकर फिर आवेदन कर सकते हैं। प्रमाण पत्र में ग़लती हो तो किसी से बात करें।" }

    // ---- not understood, not ours, not words ----
    Clarify { en: "Did I understand you right? Please choose.", hi: "क्या आपका मतलब इनमें से कुछ है? कृपया चुनें।" }
    OutOfScope { en: "I can only help with the certificates of this service.", hi: "यहाँ केवल इस सेवा के प्रमाण पत्रों में मदद मिल सकती है।" }
    NotUnderstood { en: "I did not understand that.", hi: "यह बात समझ नहीं आई।" }
    AskOtherwise { en: "Please say it in other words, for example: \"I need an income certificate\", \"where is my application\", \"fee for a licence\".", hi: "कृपया दूसरे शब्दों में लिखें, जैसे: \"आय प्रमाण पत्र बनवाना है\", \"मेरा आवेदन कहाँ है\", \"लाइसेंस की फ़ीस\"।" }
    StillNot { en: "I still do not understand. A person of the office can help you, or choose from the services.", hi: "अब भी समझ नहीं आया। कार्यालय का कोई व्यक्ति मदद कर सकता है, या सेवाओं में से चुनें।" }
    ChooseAgain { en: "That button is from earlier. Please choose again.", hi: "वह बटन पहले का है। कृपया फिर से चुनें।" }
    Voice { en: "Thank you. Your voice note is kept, and the officer who has your application can listen to it. Here I can only read: please write, or tap a button.", hi: "धन्यवाद। आपका वॉइस नोट रख लिया गया है, और आपका आवेदन देखने वाले अधिकारी उसे सुन सकते हैं। यहाँ केवल लिखा हुआ पढ़ा जाता है: कृपया लिखें या बटन दबाएँ।" }
    VoiceRefused { en: "This voice note could not be taken: it is too long, or it did not arrive. Please write, or send a shorter one.", hi: "यह वॉइस नोट नहीं लिया जा सका: वह बहुत लंबा है या पहुँचा नहीं। कृपया लिखें या छोटा वॉइस नोट भेजें।" }
    Heard { en: "I heard: “{words}”", hi: "आपने कहा: “{words}”" }
    VoiceTap { en: "For this step a voice note is not enough. Please tap the button, or write.", hi: "इस कदम के लिए वॉइस नोट काफ़ी नहीं है। कृपया बटन दबाएँ या लिखें।" }
    Sticker { en: "Nice sticker!", hi: "अच्छा स्टिकर है!" }
    Location { en: "I cannot use a location. Please write the address when I ask for it.", hi: "लोकेशन का उपयोग यहाँ नहीं होता। पता पूछे जाने पर कृपया लिखकर बताएँ।" }
    Contact { en: "I cannot use a contact card. Please write the number when I ask for it.", hi: "कॉन्टैक्ट कार्ड का उपयोग यहाँ नहीं होता। नंबर पूछे जाने पर कृपया लिखकर बताएँ।" }
    Unsupported { en: "I cannot read this kind of message. Please write, or tap a button.", hi: "इस तरह का संदेश यहाँ नहीं पढ़ा जा सकता। कृपया लिखें या बटन दबाएँ।" }
    Empty { en: "Your message was empty.", hi: "आपका संदेश खाली था।" }
    Failed { en: "That did not work just now, and it is not your fault. Please try again in a few minutes.", hi: "अभी यह नहीं हो सका, इसमें आपकी कोई ग़लती नहीं है। कृपया कुछ मिनट बाद फिर कोशिश करें।" }

    // ---- wishes, as rows of "did you mean" ----
    IntentApply { en: "Apply", hi: "आवेदन करना" }
    IntentTrackStatus { en: "See my applications", hi: "मेरे आवेदन देखना" }
    IntentDownload { en: "Download certificate", hi: "प्रमाण पत्र डाउनलोड" }
    IntentVerify { en: "Check a certificate", hi: "प्रमाण पत्र की जाँच" }
    IntentAskDocuments { en: "Which papers?", hi: "कौन से कागज़?" }
    IntentAskFee { en: "What is the fee?", hi: "शुल्क कितना?" }
    IntentAskEligibility { en: "Who can apply?", hi: "कौन आवेदन कर सकता है?" }
    IntentAskTime { en: "How long does it take?", hi: "कितना समय लगेगा?" }
    IntentCorrectDetails { en: "Correct something", hi: "कुछ सुधारना" }
    IntentWithdraw { en: "Withdraw an application", hi: "आवेदन वापस लेना" }
    IntentGrievance { en: "Make a complaint", hi: "शिकायत करना" }
    IntentTalkToHuman { en: "Talk to a person", hi: "किसी से बात करना" }
    IntentChangeLanguage { en: "Change the language", hi: "भाषा बदलना" }
    IntentListServices { en: "See all services", hi: "सारी सेवाएँ देखना" }
    IntentEraseMyData { en: "Delete my data", hi: "मेरा डेटा हटाना" }
    IntentHelp { en: "Help", hi: "मदद" }
    IntentCancel { en: "Stop", hi: "रोकना" }

    // ---- why the rules said no, by their codes ----
    RejectNumberTaken { en: "This number is taken already.", hi: "यह नंबर पहले से दर्ज है।" }
    RejectUnknownApplication { en: "There is no such application.", hi: "ऐसा कोई आवेदन नहीं है।" }
    RejectAlreadyDecided { en: "This application has been decided already.", hi: "इस आवेदन पर निर्णय हो चुका है।" }
    RejectOtherStage { en: "The application has moved on meanwhile.", hi: "आवेदन इस बीच आगे बढ़ चुका है।" }
    RejectNotYourStage { en: "This step is for another office role.", hi: "यह काम किसी दूसरे अधिकारी का है।" }
    RejectSameOfficer { en: "The step before was done by the same officer; a second person must look at it.", hi: "पिछला काम इसी अधिकारी ने किया है; दूसरे व्यक्ति का देखना ज़रूरी है।" }
    RejectLastStage { en: "The last step decides; it does not pass the file on.", hi: "अंतिम चरण में निर्णय होता है; फ़ाइल आगे नहीं भेजी जाती।" }
    RejectNotLastStage { en: "Only the last step can approve.", hi: "स्वीकृति केवल अंतिम चरण में होती है।" }
    RejectMayNotRefuse { en: "This step cannot refuse.", hi: "इस चरण में आवेदन अस्वीकार नहीं किया जा सकता।" }
    RejectWaiting { en: "The applicant has been asked and has not answered yet.", hi: "आवेदक से पूछा गया है; जवाब अभी नहीं आया।" }
    RejectNothingAsked { en: "The office has not asked you anything about this application.", hi: "इस आवेदन के बारे में कार्यालय ने आपसे कुछ नहीं पूछा है।" }
    RejectRecordMissing { en: "Something that must be recorded at this step is missing.", hi: "इस चरण में दर्ज होने वाली कोई बात छूट गई है।" }
    RejectRecordUnknown { en: "Something was recorded that does not belong to this step.", hi: "कोई ऐसी बात दर्ज हुई है जो इस चरण की नहीं है।" }
    RejectNotPassed { en: "With this result the application cannot move on.", hi: "इस नतीजे के साथ आवेदन आगे नहीं बढ़ सकता।" }
    RejectTooEarly { en: "The public notice still stands; the application cannot move on before it ends.", hi: "सार्वजनिक सूचना की अवधि अभी पूरी नहीं हुई है; उससे पहले आवेदन आगे नहीं बढ़ सकता।" }
    RejectReasonMissing { en: "A reason from the list is needed.", hi: "सूची से कारण चुनना ज़रूरी है।" }
    RejectEmpty { en: "There was nothing in it. Please write your answer, or send the paper.", hi: "उसमें कुछ नहीं था। कृपया जवाब लिखें या कागज़ भेजें।" }
    RejectTooLong { en: "That is too long: at most 600 characters, please.", hi: "यह बहुत लंबा है: ज़्यादा से ज़्यादा 600 अक्षर लिखें।" }
    RejectNotYours { en: "This application belongs to somebody else.", hi: "यह आवेदन किसी और का है।" }
    RejectAutomaticStage { en: "This step is taken automatically.", hi: "यह चरण अपने आप पूरा होता है।" }
    RejectUnknownCitizen { en: "We have not met yet. Please write \"hi\".", hi: "हमारी अभी मुलाकात नहीं हुई है। कृपया \"नमस्ते\" लिखें।" }
    RejectUnknownCertificate { en: "There is no such certificate, or it is not ready yet.", hi: "ऐसा कोई प्रमाण पत्र नहीं है, या वह अभी तैयार नहीं है।" }
    RejectOtherIntent { en: "Another certificate stands under this number.", hi: "इस नंबर पर दूसरा प्रमाण पत्र दर्ज है।" }
    RejectOtherFile { en: "Another file belongs to this certificate.", hi: "इस प्रमाण पत्र की फ़ाइल दूसरी है।" }
    RejectRevoked { en: "This certificate has been cancelled.", hi: "यह प्रमाण पत्र रद्द हो चुका है।" }
    RejectSuperseded { en: "Another certificate has taken its place. Look at that one.", hi: "इसकी जगह दूसरा प्रमाण पत्र जारी हो चुका है। उसी को देखें।" }
    RejectReplacementUnderWay { en: "Another certificate is being made in its place. Wait a moment and look at that one.", hi: "इसकी जगह दूसरा प्रमाण पत्र बन रहा है। थोड़ी देर बाद उसी को देखें।" }
    RejectSuspended { en: "The certificate is on hold. Lift the hold first.", hi: "प्रमाण पत्र अभी रोका हुआ है। पहले रोक हटाएँ।" }
    RejectNotYourCertificate { en: "Only the office that issued the certificate may do this.", hi: "यह केवल वही कार्यालय कर सकता है जिसने प्रमाण पत्र जारी किया।" }
    RejectSuspensionEnd { en: "The last day must be today or later, and at most 180 days away.", hi: "आख़िरी दिन आज या उसके बाद का हो, और ज़्यादा से ज़्यादा 180 दिन आगे।" }
    RejectNothingToCorrect { en: "Nothing is different from the certificate as it is.", hi: "प्रमाण पत्र में जो लिखा है उससे कुछ भी अलग नहीं है।" }
    RejectOtherProposal { en: "This correction no longer waits, or it was changed meanwhile. Look again.", hi: "यह सुधार अब प्रतीक्षा में नहीं है, या इस बीच बदल गया। फिर से देखें।" }
    RejectProposalWaits { en: "Another officer's correction waits for a decision. Approve or decline it first.", hi: "किसी दूसरे अधिकारी का सुधार फ़ैसले की प्रतीक्षा में है। पहले उसे मंज़ूर या अस्वीकार करें।" }
    RejectWordsMissing { en: "Say why: the officer who proposed it reads your words.", hi: "कारण लिखें: जिस अधिकारी ने सुझाया था वे आपके शब्द पढ़ेंगे।" }
    RejectSameOfficerCorrects { en: "You proposed this correction; another officer decides on it.", hi: "यह सुधार आपने सुझाया है; इस पर कोई दूसरा अधिकारी फ़ैसला करेगा।" }
    RejectErased { en: "The holder's data has been erased; nothing can be printed again.", hi: "धारक का डेटा मिटाया जा चुका है; अब कुछ दोबारा नहीं छप सकता।" }
    RejectNoEnd { en: "This certificate has no last day, so there is nothing to renew.", hi: "इस प्रमाण पत्र की कोई अंतिम तिथि नहीं है, इसलिए नवीनीकरण की ज़रूरत नहीं।" }
    RejectRenewalTooEarly { en: "It is too early: a certificate is renewed in the 90 days before its last day, or later.", hi: "अभी बहुत जल्दी है: नवीनीकरण अंतिम तिथि से पहले के 90 दिनों में, या उसके बाद होता है।" }
    RejectOther { en: "The rules do not allow that just now.", hi: "नियमों के अनुसार यह अभी नहीं हो सकता।" }
}
