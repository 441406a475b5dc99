//! Certificates to try the page with: the shapes that real ones take, and worse.

use certificates::pdf::{Attachment, Page, Qr, Row};
use data_encoding::{BASE64, HEXLOWER};
use domain::Bilingual;
use sha2::{Digest as _, Sha256};

const URL: &str = "HTTPS://VERIFY.SAMPLE.EXAMPLE/C/6BFA2KQ7X4ZJ5M3WNDTYE2HRCVUPGLSA6BFA2KQ7X4ZJ5M3WNDTYE2HRCVUPGLSA6BFA2KQ7X4ZJ5M3WNDTYE2HRCVUPGLSA6BFA2KQ7X4ZJ5M3WNDTYE2HRCVUPGLSA6BFA2KQ7X4ZJ5M3WNDTYE2HRCVUPGLSA6BFA2KQ7X4ZJ5M3WNDTYE2HRCVUPGLSA6BFA2KQ7X4ZJ5M3WNDTYE2HRCV";

/// The QR code of an address, level M.
pub(crate) fn qr(url: &str) -> Qr {
    let code = qrcode::QrCode::with_error_correction_level(url, qrcode::EcLevel::M).unwrap();
    Qr {
        side: u16::try_from(code.width()).unwrap(),
        dark: code
            .to_colors()
            .into_iter()
            .map(|colour| colour == qrcode::Color::Dark)
            .collect(),
    }
}

fn row(label_en: &str, label_hi: &str, en: Option<&str>, hi: Option<&str>) -> Row {
    Row {
        label: Bilingual::new(label_en, label_hi),
        en: en.map(str::to_owned),
        hi: hi.map(str::to_owned),
    }
}

/// Ten rows, the ordinary case.
pub(crate) fn ordinary() -> Page {
    Page {
        document_id: *b"sample document1",
        title: Bilingual::new("Birth Certificate", "जन्म प्रमाण पत्र"),
        statement: Bilingual::new(
            "This is to certify that the following particulars are taken from the record of births kept by this office.",
            "प्रमाणित किया जाता है कि निम्नलिखित विवरण इस कार्यालय के जन्म अभिलेख से लिए गए हैं।",
        ),
        rows: vec![
            row("Name of child", "शिशु का नाम", Some("Sample Child"), Some("नमूना शिशु")),
            row("Sex", "लिंग", Some("Female"), Some("महिला")),
            row(
                "Date of birth",
                "जन्म तिथि",
                Some("5 October 2026"),
                Some("5 अक्टूबर 2026"),
            ),
            row(
                "Place of birth",
                "जन्म स्थान",
                Some("District Hospital, Sample Nagar"),
                Some("ज़िला अस्पताल, नमूना नगर"),
            ),
            row(
                "Name of mother",
                "माता का नाम",
                Some("Sample Mother"),
                Some("नमूना माता"),
            ),
            row(
                "Name of father",
                "पिता का नाम",
                Some("Sample Father"),
                Some("नमूना पिता"),
            ),
            row(
                "Address of parents at the time of birth",
                "जन्म के समय माता-पिता का पता",
                Some("House 14, Gali 3, Block C, Sample Vihar, Delhi 110000"),
                Some("मकान 14, गली 3, ब्लॉक सी, नमूना विहार, दिल्ली 110000"),
            ),
            row("Permanent address", "स्थायी पता", Some("As above"), Some("उपरोक्त")),
            row("Registration number", "पंजीकरण संख्या", Some("2026/00123"), None),
            row(
                "Date of registration",
                "पंजीकरण तिथि",
                Some("12 October 2026"),
                Some("12 अक्टूबर 2026"),
            ),
        ],
        number: "DLBC-7K3M-9Q2X-H4TW".to_owned(),
        issued_on: Bilingual::new("22 November 2026", "22 नवंबर 2026"),
        valid_until: Bilingual::new("No expiry", "समाप्ति नहीं"),
        department: Bilingual::new("Sample Municipal Corporation", "नमूना नगर निगम"),
        office: Bilingual::new("Office of the Registrar, Zone 4", "पंजीयक कार्यालय, क्षेत्र 4"),
        officer: Bilingual::new("Registrar of Births and Deaths", "जन्म-मृत्यु पंजीयक"),
        host: "verify.sample.example".to_owned(),
        whatsapp: Some("+91 00000 00000".to_owned()),
        token_url: URL.to_owned(),
        qr: qr(URL),
        wallet: Some(qr(&"SAMPLE:45%".repeat(28))),
        short_code: "DLBC-7K3M-9Q2X-H4TW".to_owned(),
        layout: "certificate/1".to_owned(),
        demo: false,
        attachments: vec![
            Attachment {
                name: "certificate.cose".to_owned(),
                mime: "application/cose".to_owned(),
                description: "Signed credential".to_owned(),
                bytes: (0..=255).collect(),
            },
            Attachment {
                name: "record.cbor".to_owned(),
                mime: "application/cbor".to_owned(),
                description: "Record".to_owned(),
                bytes: noise("record", 500),
            },
            Attachment {
                name: "proof.tlog-proof".to_owned(),
                mime: "text/plain".to_owned(),
                description: "Proof".to_owned(),
                bytes: proof(),
            },
            Attachment {
                name: "entry.json".to_owned(),
                mime: "application/json".to_owned(),
                description: "Entry".to_owned(),
                bytes: HEXLOWER.encode(&noise("entry", 120)).into_bytes(),
            },
            Attachment {
                name: "policy.txt".to_owned(),
                mime: "text/plain".to_owned(),
                description: "Policy".to_owned(),
                bytes: format!(
                    "log sample.example/log+{}\nquorum none\n",
                    BASE64.encode(&noise("policy", 33))
                )
                .into_bytes(),
            },
        ],
    }
}

/// The ordinary case of a demonstration.
pub(crate) fn demonstration() -> Page {
    Page {
        demo: true,
        ..ordinary()
    }
}

/// Three rows, no WhatsApp number.
pub(crate) fn short() -> Page {
    let mut page = ordinary();
    page.title = Bilingual::new("Income Certificate", "आय प्रमाण पत्र");
    page.rows.truncate(2);
    page.rows.push(row(
        "Annual income of the family",
        "परिवार की वार्षिक आय",
        Some("₹1,20,000 (one lakh twenty thousand rupees)"),
        Some("₹1,20,000 (एक लाख बीस हज़ार रुपये)"),
    ));
    page.valid_until = Bilingual::new("Until 31 March 2027", "31 मार्च 2027 तक");
    page.department = Bilingual::new("Sample Revenue Office", "नमूना राजस्व कार्यालय");
    page.whatsapp = None;
    page
}

/// Values in Hindi alone, with the conjuncts that are hard to set, and one field that nobody filled in.
pub(crate) fn hindi_only() -> Page {
    let mut page = ordinary();
    page.title = Bilingual::new("Caste Certificate", "जाति प्रमाण पत्र");
    page.rows = vec![
        row(
            "Name",
            "नाम",
            None,
            Some("श्रीमती कृष्णा क्षत्रिय (राष्ट्रीय ट्रान्सपोर्ट), द्वितीय"),
        ),
        row(
            "Address",
            "पता",
            None,
            Some("कर्फ्यू वाली गली, र्कि-मार्ग, ज्ञानेश्वर चौक, फ़ैज़ रोड, हृदयपुर, ऱ्हस्व ग्राम, दिल्ली–११०००५"),
        ),
        row(
            "Words",
            "शब्द",
            None,
            Some("क्‍ष क्‌ष श्रृंगार त्र्यंबक उज्ज्वल विद्यार्थी ह्रास ब्राह्मण चिह्न शुद्ध पद्म ऊँ दुःख"),
        ),
        row("Occupation", "व्यवसाय", None, None),
        row(
            "Dashes",
            "रेखाएँ",
            None,
            Some("नमूना – दिल्ली - ११०००५, नगर - 110000 / माता (क) । नाम : नमूना"),
        ),
        row("Date", "तिथि", None, Some("१२ अक्टूबर २०२६")),
    ];
    page
}

/// Long names in both scripts, with and without spaces; long titles; several pages.
pub(crate) fn long() -> Page {
    let mut page = ordinary();
    page.title = Bilingual::new(
        "Certificate of Membership of an Economically Weaker Section for Admission to an Educational Institution",
        "शैक्षणिक संस्थान में प्रवेश हेतु आर्थिक रूप से कमज़ोर वर्ग की सदस्यता का प्रमाण पत्र",
    );
    page.department = Bilingual::new(
        "Sample Department of Social Welfare, Women and Child Development, North-West Zone",
        "नमूना समाज कल्याण, महिला एवं बाल विकास विभाग, उत्तर-पश्चिमी क्षेत्र",
    );
    let hindi: String = "वेंकटनरसिंहराजुवारिपेटा".chars().cycle().take(200).collect();
    let english = "Venkatanarasimharajuvaripeta"
        .chars()
        .cycle()
        .take(200)
        .collect::<String>();
    page.rows.insert(
        0,
        row("Name without spaces", "बिना रिक्ति का नाम", Some(&english), Some(&hindi)),
    );
    page.rows.insert(
        1,
        row(
            "Name of applicant as it stands in the earlier record of the office and in the school register",
            "आवेदक का नाम जैसा कार्यालय के पूर्व अभिलेख तथा विद्यालय की पंजिका में दर्ज है",
            Some("Sample Venkata Satya Sai Surya Naga Lakshmi Narasimha Raju Varma Bhattacharyya Chattopadhyay Mukhopadhyay Bandyopadhyay Gangopadhyay and so on until two hundred letters are reached in the end, here"),
            Some("नमूना वेंकट सत्य साई सूर्य नाग लक्ष्मी नरसिंह राजू वर्मा भट्टाचार्य चट्टोपाध्याय मुखोपाध्याय बंद्योपाध्याय गंगोपाध्याय और इसी प्रकार आगे भी जब तक कि अंत में दो सौ अक्षर यहाँ पूरे न हो जाएँ"),
        ),
    );
    let again: Vec<Row> = page.rows.iter().skip(2).cloned().collect();
    page.rows.extend(again);
    page.office = Bilingual::new(
        "Office of the Sub-Divisional Magistrate, Sample Sub-Division, North-West District",
        "उप-मंडल मजिस्ट्रेट कार्यालय, नमूना उप-मंडल, उत्तर-पश्चिमी ज़िला",
    );
    page
}

/// A driving licence.
pub(crate) fn licence() -> Page {
    let mut page = ordinary();
    page.layout = "licence/1".to_owned();
    page.title = Bilingual::new("Driving licence", "ड्राइविंग लाइसेंस");
    page.statement = Bilingual::new(
        "The person named below is licensed to drive the classes of vehicle named below, other than transport vehicles.",
        "नीचे लिखे व्यक्ति को नीचे लिखे प्रकार के वाहन (परिवहन वाहनों को छोड़कर) चलाने की अनुमति दी जाती है।",
    );
    page.rows.truncate(1);
    page.rows.extend([
        row(
            "Classes of vehicle",
            "वाहन की श्रेणियाँ",
            Some("MCWG, LMV"),
            Some("गियर वाली मोटरसाइकिल, हल्का मोटर वाहन"),
        ),
        row("Blood group", "रक्त समूह", Some("B+"), None),
    ]);
    page.valid_until = Bilingual::new("Until 21 November 2046", "21 नवंबर 2046 तक");
    page.department = Bilingual::new("Sample Transport Department", "नमूना परिवहन विभाग");
    page
}

/// A card to cut out.
pub(crate) fn card() -> Page {
    let mut page = ordinary();
    page.layout = "card/1".to_owned();
    page.title = Bilingual::new("Senior citizen card", "वरिष्ठ नागरिक कार्ड");
    page.statement = Bilingual::new(
        "The person named below is a senior citizen.",
        "नीचे लिखे व्यक्ति वरिष्ठ नागरिक हैं।",
    );
    page.rows.truncate(3);
    page.rows.push(row(
        "Address",
        "पता",
        Some("House 14, Gali 3, Block C, Sample Vihar, Delhi 110000"),
        Some("मकान 14, गली 3, ब्लॉक सी, नमूना विहार, दिल्ली 110000"),
    ));
    page
}

/// An order in long sentences.
pub(crate) fn order() -> Page {
    let mut page = ordinary();
    page.layout = "order/1".to_owned();
    page.title = Bilingual::new(
        "Order on an application for a trade licence",
        "व्यापार लाइसेंस के आवेदन पर आदेश",
    );
    page.statement = Bilingual::new(
        "After hearing the applicant and seeing the report of the inspection, this office orders as follows.",
        "आवेदक को सुनने और निरीक्षण की रिपोर्ट देखने के बाद यह कार्यालय निम्न आदेश देता है।",
    );
    page.rows = vec![
        row("Applicant", "आवेदक", Some("Sample Applicant"), Some("नमूना आवेदक")),
        row(
            "Findings",
            "तथ्य",
            Some(
                "The premises at House 14, Gali 3, Block C, Sample Vihar were inspected on 5 October 2026. Two exits are clear, and the fire extinguishers are in date. The store behind the shop is used as the plan shows.",
            ),
            Some(
                "मकान 14, गली 3, ब्लॉक सी, नमूना विहार के परिसर का निरीक्षण 5 अक्टूबर 2026 को किया गया। दोनों निकास खुले हैं और अग्निशामक यंत्रों की अवधि शेष है। दुकान के पीछे का गोदाम नक्शे के अनुसार ही उपयोग में है।",
            ),
        ),
        row(
            "Order",
            "आदेश",
            Some("The licence is granted for one year from today. The exits must stay clear at all times."),
            Some("आज से एक वर्ष के लिए लाइसेंस दिया जाता है। निकास हर समय खुले रहने चाहिए।"),
        ),
        row(
            "Appeal",
            "अपील",
            Some("To the Sample Appellate Officer within 30 days."),
            Some("30 दिन के भीतर नमूना अपीलीय अधिकारी के पास।"),
        ),
    ];
    page
}

/// A receipt with its sum.
pub(crate) fn receipt() -> Page {
    let mut page = ordinary();
    page.layout = "receipt/1".to_owned();
    page.title = Bilingual::new("Receipt for a fee", "शुल्क की रसीद");
    page.statement = Bilingual::new("The sum below was received.", "नीचे लिखी राशि प्राप्त हुई।");
    page.rows = vec![
        row("Received from", "प्राप्त", Some("Sample Payer"), Some("नमूना भुगतानकर्ता")),
        row(
            "For",
            "प्रयोजन",
            Some("Birth certificate, 2 copies"),
            Some("जन्म प्रमाण पत्र, 2 प्रतियाँ"),
        ),
        row("Fee", "शुल्क", Some("₹40.00"), None),
        row("Late fee", "विलंब शुल्क", Some("₹10.00"), None),
        row("Total", "कुल", Some("₹50.00 (fifty rupees)"), Some("₹50.00 (पचास रुपये)")),
    ];
    page
}

/// All of them, with names for files.
pub(crate) fn all() -> Vec<(&'static str, Page)> {
    vec![
        ("ordinary", ordinary()),
        ("demonstration", demonstration()),
        ("short", short()),
        ("hindi_only", hindi_only()),
        ("long", long()),
        ("licence", licence()),
        ("card", card()),
        ("order", order()),
        ("receipt", receipt()),
    ]
}

/// Bytes that do not compress, the same each time.
fn noise(name: &str, length: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|block| {
        let digest: [u8; 32] = Sha256::new_with_prefix(name)
            .chain_update(block.to_be_bytes())
            .finalize()
            .into();
        digest
    });
    blocks.take(length).collect()
}

/// As long as the proof of a log with a million entries that one witness watches.
fn proof() -> Vec<u8> {
    let line = |name: &str, bytes| BASE64.encode(&noise(name, bytes));
    let hashes: String = (0..20)
        .map(|level| format!("{}\n", line(&level.to_string(), 32)))
        .collect();
    let leaf = line("leaf", 150);
    let note = format!("sample.example/log\n1000000\n{}\n", line("root", 32));
    let signatures = format!(
        "\u{2014} sample.example/log {}\n\u{2014} witness.example {}\n",
        line("log", 68),
        line("witness", 76)
    );
    format!("c2sp.org/tlog-proof@v1\nextra {leaf}\nindex 7\n{hashes}\n{note}\n{signatures}").into_bytes()
}
