//! The document's metadata as XMP (ISO 16684-1), with the description that PDF/A asks for of the one schema it does not know.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::{Page, PdfError};

/// Software name in the metadata.
pub(super) const PRODUCER: &str = "Praman with printpdf 0.12.8";

/// An instant in Indian Standard Time, in the forms that a PDF wants.
pub(super) struct Moment {
    /// `D:20260401103000+05'30'` (ISO 32000-1, 7.9.4).
    pub(super) pdf: String,
    /// `2026-04-01T10:30:00+05:30`.
    pub(super) iso: String,
}

impl Moment {
    pub(super) fn try_new(at: Timestamp) -> Result<Self, PdfError> {
        let offset = Offset::from_seconds(19_800).map_err(|_| PdfError::Time)?;
        let local = at.to_zoned(TimeZone::fixed(offset)).datetime();
        if local.year() < 1 {
            return Err(PdfError::Time);
        }
        let (year, month, day) = (local.year(), local.month(), local.day());
        let (hour, minute, second) = (local.hour(), local.minute(), local.second());
        Ok(Self {
            pdf: format!("D:{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}+05'30'"),
            iso: format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+05:30"),
        })
    }
}

/// The document's title as viewers show it.
pub(super) fn title(page: &Page) -> String {
    format!("{} / {} {}", page.title.hi, page.title.en, page.number)
}

/// The packet.
pub(super) fn packet(page: &Page, made: &Moment) -> String {
    let date = &made.iso;
    let title = escape(&title(page));
    let creator = escape(&author(page));
    // One description, and the line breaks of this text alone: the packet is not compressed, so that everything can read it.
    let parts = [
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>".to_owned(),
        concat!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">"#,
            r#"<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/""#,
            r#" xmlns:pdf="http://ns.adobe.com/pdf/1.3/""#,
            r#" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">"#,
        )
        .to_owned(),
        format!(r#"<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>"#),
        format!("<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>"),
        "<dc:language><rdf:Bag><rdf:li>hi</rdf:li><rdf:li>en-IN</rdf:li></rdf:Bag></dc:language>".to_owned(),
        format!("<xmp:CreateDate>{date}</xmp:CreateDate>"),
        "<xmp:CreatorTool>Praman</xmp:CreatorTool>".to_owned(),
        format!("<pdf:Producer>{PRODUCER}</pdf:Producer>"),
        "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>".to_owned(),
        "</rdf:Description>".to_owned(),
        concat!(
            r#"<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/""#,
            r#" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">"#,
            r#"<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">"#,
            "<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>",
            "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>",
            "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>",
            r#"<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>"#,
            "<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>",
            "<pdfaProperty:description>Part of ISO 14289 that the file follows</pdfaProperty:description>",
            "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>",
            "</rdf:RDF></x:xmpmeta>",
        )
        .to_owned(),
        r#"<?xpacket end="r"?>"#.to_owned(),
    ];
    parts.join("\n")
}

/// Who made the document: the department, in both languages.
pub(super) fn author(page: &Page) -> String {
    format!("{} / {}", page.department.hi, page.department.en)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_indian_standard_time() {
        let made = Moment::try_new("2026-03-31T20:00:05Z".parse().unwrap()).unwrap();
        assert_eq!(made.pdf, "D:20260401013005+05'30'");
        assert_eq!(made.iso, "2026-04-01T01:30:05+05:30");
        assert!(Moment::try_new("-000002-01-01T00:00:00Z".parse().unwrap()).is_err());
    }
}
