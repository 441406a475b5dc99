//! The texts of a page, brought into the form that is drawn, and the words that every page carries.

use domain::Bilingual;

use super::shape::Shaper;
use super::{ATTACHED_BYTES_MAX, ATTACHMENTS_MAX, Attachment, CHARACTERS_MAX, Page, PdfError, Qr, ROWS_MAX, Row};

/// What one printed text may hold at most where it stands alone on a line.
const LINE_CHARACTERS_MAX: usize = 120;
/// Bytes of the address in the QR code.
const URL_BYTES_MAX: usize = 2000;

/// Words that stand on every certificate.
pub(super) mod words {
    /// English, Hindi.
    pub(crate) type Pair = (&'static str, &'static str);

    pub(crate) const NUMBER: Pair = ("Certificate number", "प्रमाण पत्र संख्या");
    pub(crate) const LICENCE_NUMBER: Pair = ("Licence number", "लाइसेंस संख्या");
    pub(crate) const CARD_NUMBER: Pair = ("Card number", "कार्ड संख्या");
    pub(crate) const ORDER_NUMBER: Pair = ("Order number", "आदेश संख्या");
    pub(crate) const RECEIPT_NUMBER: Pair = ("Receipt number", "रसीद संख्या");
    pub(crate) const CUT: Pair = ("Cut along the line and fold in the middle.", "रेखा पर काटें और बीच से मोड़ें।");
    pub(crate) const ISSUED: Pair = ("Date of issue", "जारी करने की तिथि");
    pub(crate) const VALID: Pair = ("Validity", "वैधता");
    pub(crate) const SPECIMEN: Pair = ("SPECIMEN · NOT A LEGAL DOCUMENT", "नमूना · कानूनी दस्तावेज़ नहीं");
    pub(crate) const DEMONSTRATION: Pair = ("DEMONSTRATION – not valid", "प्रदर्शन – मान्य नहीं");
    pub(crate) const NOT_RECORDED: Pair = ("Not recorded", "दर्ज नहीं");
    pub(crate) const VERIFY: Pair = ("How to verify", "सत्यापन कैसे करें");
    pub(crate) const SCAN: Pair = ("Scan the QR code with a phone camera.", "फ़ोन के कैमरे से QR कोड स्कैन करें।");
    pub(crate) const ADDRESS: Pair = (
        "The address that opens must be exactly this:",
        "खुलने वाला पता ठीक यही होना चाहिए:",
    );
    pub(crate) const NO_CAMERA: Pair = (
        "No camera? Enter the code under the QR there.",
        "कैमरा न हो तो QR के नीचे छपा कोड वहाँ लिखें।",
    );
    pub(crate) const WHATSAPP: Pair = ("Or send a photo of it on WhatsApp:", "या QR की फ़ोटो WhatsApp पर भेजें:");
    pub(crate) const ISSUED_BY: Pair = ("Issued by", "जारीकर्ता");
    pub(crate) const SIGNED: Pair = (
        "Digitally signed. No seal or ink signature is needed.",
        "डिजिटल रूप से हस्ताक्षरित। मुहर या स्याही से हस्ताक्षर आवश्यक नहीं।",
    );
    pub(crate) const END: Pair = ("End of entries", "प्रविष्टियाँ समाप्त");
    pub(crate) const QR_ALT: Pair = ("QR code to verify this certificate", "सत्यापन का QR कोड");
    pub(crate) const WALLET: Pair = ("For wallet apps (Claim 169)", "वॉलेट ऐप के लिए");
    pub(crate) const WALLET_ALT: Pair = ("QR code for wallet apps", "वॉलेट ऐप का QR कोड");
    pub(crate) const PAGE: Pair = ("Page", "पृष्ठ");
    pub(crate) const FIELD: &str = "डिजिटल हस्ताक्षर / Digital signature";
}

/// The page with every text cleaned, or the first text that cannot be printed.
pub(super) fn clean(page: &Page, shaper: &mut Shaper) -> Result<Page, PdfError> {
    if page.rows.len() > ROWS_MAX {
        return Err(PdfError::TooMany {
            what: "rows",
            max: ROWS_MAX,
        });
    }
    for qr in std::iter::once(&page.qr).chain(&page.wallet) {
        check_qr(qr)?;
    }
    check_attachments(&page.attachments)?;
    let address = page.token_url.bytes();
    if !address.clone().all(|byte| byte.is_ascii_graphic()) || address.len() > URL_BYTES_MAX {
        return Err(PdfError::NotAllowed {
            field: "token_url".to_owned(),
        });
    }
    let mut cleaner = Cleaner { shaper };
    Ok(Page {
        document_id: page.document_id,
        title: cleaner.pair("title", &page.title)?,
        statement: cleaner.pair("statement", &page.statement)?,
        rows: page
            .rows
            .iter()
            .enumerate()
            .map(|(index, row)| cleaner.row(index, row))
            .collect::<Result<_, _>>()?,
        number: cleaner.line("number", &page.number)?,
        issued_on: cleaner.pair("issued_on", &page.issued_on)?,
        valid_until: cleaner.pair("valid_until", &page.valid_until)?,
        department: cleaner.pair("department", &page.department)?,
        office: cleaner.pair("office", &page.office)?,
        officer: cleaner.pair("officer", &page.officer)?,
        host: cleaner.line("host", &page.host)?,
        whatsapp: page
            .whatsapp
            .as_ref()
            .map(|number| cleaner.line("whatsapp", number))
            .transpose()?,
        token_url: page.token_url.clone(),
        qr: page.qr.clone(),
        wallet: page.wallet.clone(),
        short_code: cleaner.line("short_code", &page.short_code)?,
        layout: cleaner.line("layout", &page.layout)?,
        demo: page.demo,
        attachments: page.attachments.clone(),
    })
}

struct Cleaner<'a> {
    shaper: &'a mut Shaper,
}

impl Cleaner<'_> {
    fn text(&mut self, field: &str, text: &str, characters_max: usize) -> Result<String, PdfError> {
        let cleaned = self.shaper.clean(field, text, characters_max)?;
        if cleaned.is_empty() {
            return Err(PdfError::Empty {
                field: field.to_owned(),
            });
        }
        Ok(cleaned)
    }

    fn line(&mut self, field: &str, text: &str) -> Result<String, PdfError> {
        self.text(field, text, LINE_CHARACTERS_MAX)
    }

    fn pair(&mut self, field: &str, pair: &Bilingual) -> Result<Bilingual, PdfError> {
        Ok(Bilingual::new(
            self.text(&format!("{field}.en"), &pair.en, CHARACTERS_MAX)?,
            self.text(&format!("{field}.hi"), &pair.hi, CHARACTERS_MAX)?,
        ))
    }

    fn row(&mut self, index: usize, row: &Row) -> Result<Row, PdfError> {
        Ok(Row {
            label: self.pair(&format!("rows[{index}].label"), &row.label)?,
            en: self.value(&format!("rows[{index}].en"), row.en.as_deref())?,
            hi: self.value(&format!("rows[{index}].hi"), row.hi.as_deref())?,
        })
    }

    /// A value of nothing but white space is no value.
    fn value(&mut self, field: &str, value: Option<&str>) -> Result<Option<String>, PdfError> {
        let cleaned = self.shaper.clean(field, value.unwrap_or_default(), CHARACTERS_MAX)?;
        Ok(Some(cleaned).filter(|text| !text.is_empty()))
    }
}

fn check_qr(qr: &Qr) -> Result<(), PdfError> {
    let side = usize::from(qr.side);
    let legal = (21..=177).contains(&side) && (side - 21) % 4 == 0 && qr.dark.len() == side * side;
    if legal {
        Ok(())
    } else {
        Err(PdfError::Qr {
            side: qr.side,
            modules: qr.dark.len(),
        })
    }
}

fn check_attachments(attachments: &[Attachment]) -> Result<(), PdfError> {
    if attachments.len() > ATTACHMENTS_MAX {
        return Err(PdfError::TooMany {
            what: "attachments",
            max: ATTACHMENTS_MAX,
        });
    }
    if attachments
        .iter()
        .map(|attachment| attachment.bytes.len())
        .sum::<usize>()
        > ATTACHED_BYTES_MAX
    {
        return Err(PdfError::TooMany {
            what: "attached bytes",
            max: ATTACHED_BYTES_MAX,
        });
    }
    for (index, attachment) in attachments.iter().enumerate() {
        let plain = |text: &str, also: &str| {
            !text.is_empty()
                && text.len() <= 100
                && text
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || also.contains(character))
        };
        let unique = !attachments
            .iter()
            .take(index)
            .any(|earlier| earlier.name == attachment.name);
        let typed = attachment
            .mime
            .split_once('/')
            .is_some_and(|(kind, subtype)| plain(kind, "-") && plain(subtype, "-+."));
        if !plain(&attachment.name, ".-_") || !unique {
            return Err(PdfError::NotAllowed {
                field: format!("attachments[{index}].name"),
            });
        }
        if !typed {
            return Err(PdfError::NotAllowed {
                field: format!("attachments[{index}].mime"),
            });
        }
    }
    Ok(())
}
