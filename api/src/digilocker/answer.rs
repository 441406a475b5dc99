//! What is answered: the same words for everything that is not handed out.

use certificates::Record;
use data_encoding::BASE64;
use domain::catalogue::Printed;
use jiff::civil::Date;

use super::request::{Asked, PULL_URI, Wanted};

/// What is handed out.
pub(super) struct Found {
    /// Its identifier in the register.
    pub(super) certificate: String,
    pub(super) doc_type: String,
    pub(super) uri: String,
    pub(super) record: Record,
    pub(super) pdf: Vec<u8>,
}

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// The answer to a request with this root.
pub(super) fn answer(asked: &Asked, root: &str, found: Option<&Found>) -> String {
    let name = if root == PULL_URI {
        "PullURIResponse"
    } else {
        "PullDocResponse"
    };
    let status = u8::from(found.is_some());
    let mut xml = format!(
        r#"{DECLARATION}<{name} xmlns:ns2="http://tempuri.org/"><ResponseStatus Status="{status}" ts="{}" txn="{}">{status}</ResponseStatus>"#,
        escaped(&asked.ts),
        escaped(&asked.txn),
    );
    if let Some(found) = found {
        xml.push_str("<DocDetails>");
        if matches!(asked.wanted, Wanted::Search { .. }) {
            let person = person(&found.record);
            xml.push_str(&format!("<IssuedTo><Persons>{person}</Persons></IssuedTo>"));
            xml.push_str(&format!("<URI>{}</URI>", escaped(&found.uri)));
        }
        if asked.pdf {
            xml.push_str(&format!("<DocContent>{}</DocContent>", BASE64.encode(&found.pdf)));
        }
        let data = BASE64.encode(data(found).as_bytes());
        xml.push_str(&format!("<DataContent>{data}</DataContent></DocDetails>"));
    }
    xml.push_str(&format!("</{name}>"));
    xml
}

/// Whom it is about. No telephone number: that is the applicant's, for messages, and not on the certificate.
fn person(record: &Record) -> String {
    let born = record.born.map(|born| format!(r#" dob="{}""#, day(born)));
    let name = either(&record.name);
    format!(r#"<Person name="{}"{}/>"#, escaped(name), born.unwrap_or_default())
}

/// The certificate as data: the frame that DigiLocker's documents share, and inside it every row, in both languages.
fn data(found: &Found) -> String {
    let record = &found.record;
    let rows: String = record
        .fields
        .iter()
        .map(|field| {
            format!(
                r#"<Field code="{}" label="{}" labelHi="{}" value="{}" valueHi="{}"/>"#,
                escaped(&field.code),
                escaped(&field.label.en),
                escaped(&field.label.hi),
                escaped(field.value.en.as_deref().unwrap_or_default()),
                escaped(field.value.hi.as_deref().unwrap_or_default()),
            )
        })
        .collect();
    format!(
        concat!(
            r#"{}<Certificate language="99" name="{}" type="{}" number="{}" prevNumber="" expiryDate="{}" validFromDate="{}" "#,
            r#"issuedAt="{}" issueDate="{}" status="A"><IssuedBy><Organization name="{}"/></IssuedBy>"#,
            r#"<IssuedTo>{}</IssuedTo><CertificateData><Certificate>{}</Certificate></CertificateData></Certificate>"#,
        ),
        DECLARATION,
        escaped(&record.title.en),
        escaped(&found.doc_type),
        record.number,
        record.expires_on.map(day).unwrap_or_default(),
        day(record.issued_on),
        escaped(&record.office.en),
        day(record.issued_on),
        escaped(&record.issuer.en),
        person(record),
        rows,
    )
}

fn either(text: &Printed) -> &str {
    text.en.as_deref().or(text.hi.as_deref()).unwrap_or_default()
}

/// As DigiLocker writes days.
fn day(date: Date) -> String {
    date.strftime("%d-%m-%Y").to_string()
}

/// For attributes and elements alike; what XML 1.0 cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {}
            c => out.push(c),
        }
    }
    out
}
