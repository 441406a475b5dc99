//! The signature: one revision appended to the unsigned bytes, with a CMS signature of the PAdES baseline level B-B
//! (ETSI EN 319 142-1) by ECDSA P-256 or RSA-2048 with SHA-256, which is what Indian rules and every
//! reader at hand accept; with an authority's time stamp on it, of the level B-T.
//!
//! The stamp is asked for between signing and writing: [`begin`] signs and leaves room, [`Unstamped::finish`] writes.
//!
//! The signed file is a function of the unsigned bytes, the CMS and the [`Intent`]. Keeping those three keeps the file:
//! [`embed`] makes it again, byte for byte.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::{rfc3161, rfc5911, rfc5912};
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, Reader as _, Sequence, SliceReader};
use jiff::Timestamp;
use lopdf::{Document, Object, ObjectId, xref::XrefEntry};
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};

use super::xmp::Moment;

/// RFC 5035: the attribute that ties the signature to its certificate. PAdES asks for it.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// The longest signature of an algorithm that a PDF may be signed with: ECDSA P-256 in DER, RSA of 2048 bits.
const fn signature_bytes_max(algorithm: keys::Algorithm) -> Option<usize> {
    match algorithm {
        keys::Algorithm::P256 => Some(72),
        keys::Algorithm::Rsa2048 => Some(256),
        keys::Algorithm::Ed25519 => None,
    }
}

/// Room for the CMS comes in steps of this, so that a file's length says little about the signature's.
const ROOM_STEP: usize = 64;
/// The largest room.
const ROOM_MAX: usize = 1 << 16;
/// Characters of the reason.
const REASON_MAX: usize = 200;

/// What the signature says besides being one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The time that the signer claims (`/M`); PAdES puts it here and not into the CMS.
    pub at: Timestamp,
    /// Why it was signed, for people; at most 200 characters.
    pub reason: String,
}

/// A file that waits for its signature.
#[derive(Clone, Debug)]
pub struct ToSign {
    /// The whole file, the place of the CMS filled with zeros.
    pub bytes: Vec<u8>,
    /// Offset and length of the two signed stretches, as `/ByteRange` gives them.
    pub byte_range: [usize; 4],
    /// The signed attributes as the DER `SET OF` that the key signs (RFC 5652, 5.4).
    pub signed_attributes_der: Vec<u8>,
    attributes: Attributes,
}

/// A signed file.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The file.
    pub bytes: Vec<u8>,
    /// The CMS as it fills its place: DER, then zeros. Keep it as it is; its length is the place's.
    pub cms: Vec<u8>,
}

/// The file was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The bytes are no PDF.
    #[error("the unsigned file cannot be read")]
    Read(#[source] lopdf::Error),
    /// The bytes are not what [`super::render`] makes.
    #[error("the unsigned file has no empty signature field of ours")]
    Field,
    /// The reason is empty, too long or holds control characters.
    #[error("the reason of the signature cannot be written")]
    Reason,
    /// The time cannot be written.
    #[error("the time of the signature cannot be written")]
    Time,
    /// A signing certificate is not DER, not canonical, or there is none.
    #[error("signing certificate {index} cannot be used")]
    Certificate {
        /// Its place in the list.
        index: usize,
    },
    /// The first signing certificate is for another key, or for one that no PDF is signed with.
    #[error("the signing certificate does not belong to the key")]
    Key,
    /// The time of the signature is outside the signing certificate's validity.
    #[error("the signing certificate is not valid at the time of the signature")]
    Expired,
    /// The CMS could not be encoded.
    #[error("the signature could not be encoded")]
    Encode(#[source] der::Error),
    /// The key did not sign.
    #[error("the key did not sign")]
    Sign(#[source] keys::SignError),
    /// The CMS does not belong to this file.
    #[error("the signature does not belong to this file")]
    Mismatch,
    /// The CMS is larger than its place, or than any (65,536 bytes).
    #[error("the signature is larger than its place")]
    TooLarge,
}

/// Makes the file that will be signed and what the key has to sign. `certificates` are DER: the signer's own first, then its
/// chain.
///
/// # Errors
/// See [`SignatureError`].
pub fn prepare(unsigned: &[u8], certificates: &[Vec<u8>], intent: &Intent) -> Result<ToSign, SignatureError> {
    let certificates = parse(certificates)?;
    prepare_parsed(unsigned, &certificates, intent, 0)
}

/// Signs a file. The signature is checked before it is returned.
///
/// # Errors
/// See [`SignatureError`].
pub fn sign(
    unsigned: &[u8],
    signer: &dyn keys::Signer,
    certificates: &[Vec<u8>],
    intent: &Intent,
) -> Result<Signed, SignatureError> {
    begin(unsigned, signer, certificates, intent, 0)?.finish(None)
}

/// Signs a file and leaves room for a time stamp of so many bytes; with 0 for none.
///
/// # Errors
/// See [`SignatureError`].
pub fn begin(
    unsigned: &[u8],
    signer: &dyn keys::Signer,
    certificates: &[Vec<u8>],
    intent: &Intent,
    stamp_bytes: usize,
) -> Result<Unstamped, SignatureError> {
    let certificates = parse(certificates)?;
    let own = certificates.first().ok_or(SignatureError::Certificate { index: 0 })?;
    if public_key(own)? != *signer.public_key() {
        return Err(SignatureError::Key);
    }
    let validity = own.tbs_certificate().validity();
    let at = u64::try_from(intent.at.as_second()).map_err(|_| SignatureError::Time)?;
    let from = validity.not_before.to_unix_duration().as_secs();
    let until = validity.not_after.to_unix_duration().as_secs();
    if !(from..=until).contains(&at) {
        return Err(SignatureError::Expired);
    }
    let to_sign = prepare_parsed(unsigned, &certificates, intent, stamp_bytes)?;
    let signature = signer
        .sign(&to_sign.signed_attributes_der)
        .map_err(SignatureError::Sign)?;
    Ok(Unstamped {
        to_sign,
        certificates,
        signature,
    })
}

/// A file that is signed and not yet written.
#[derive(Clone, Debug)]
pub struct Unstamped {
    to_sign: ToSign,
    certificates: Vec<Certificate>,
    signature: Vec<u8>,
}

impl Unstamped {
    /// The signature's value: what a time stamp is about.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Writes the file, with the token of a time stamp (DER) if there is one. The signature is checked before the file is returned.
    ///
    /// # Errors
    /// [`SignatureError::TooLarge`] when the token is longer than the room that was left for it.
    pub fn finish(self, stamp: Option<&[u8]>) -> Result<Signed, SignatureError> {
        let stamp = stamp.map(Any::from_der).transpose().map_err(SignatureError::Encode)?;
        let Self {
            to_sign,
            certificates,
            signature,
        } = self;
        let mut cms = encode(&certificates, to_sign.attributes, &signature, stamp).map_err(SignatureError::Encode)?;
        let room = room(&to_sign.byte_range);
        if cms.len() > room {
            return Err(SignatureError::TooLarge);
        }
        cms.resize(room, 0);
        let revision = Revision {
            bytes: to_sign.bytes,
            byte_range: to_sign.byte_range,
        };
        let bytes = revision.fill(&cms)?;
        Ok(Signed { bytes, cms })
    }
}

/// Makes the signed file again from its parts: the unsigned bytes, the CMS as [`Signed`] gave it, and the same intent.
///
/// # Errors
/// [`SignatureError::Mismatch`] if the CMS signs anything but this file; else see [`SignatureError`].
pub fn embed(unsigned: &[u8], cms: &[u8], intent: &Intent) -> Result<Vec<u8>, SignatureError> {
    Revision::append(unsigned, cms.len(), intent)?.fill(cms)
}

fn prepare_parsed(
    unsigned: &[u8],
    certificates: &[Certificate],
    intent: &Intent,
    stamp_bytes: usize,
) -> Result<ToSign, SignatureError> {
    let own = certificates.first().ok_or(SignatureError::Certificate { index: 0 })?;
    // The length of the CMS does not depend on what is signed; a dry run tells it.
    let blank = attributes(own, &[0; 32]).map_err(SignatureError::Encode)?;
    let algorithm = public_key(own)?.algorithm();
    let longest = vec![0xff; signature_bytes_max(algorithm).ok_or(SignatureError::Key)?];
    let stamp = (stamp_bytes > 0)
        .then(|| Any::new(der::Tag::Sequence, vec![0; stamp_bytes]))
        .transpose()
        .map_err(SignatureError::Encode)?;
    let longest = encode(certificates, blank, &longest, stamp).map_err(SignatureError::Encode)?;
    let room = longest.len().next_multiple_of(ROOM_STEP);
    let revision = Revision::append(unsigned, room, intent)?;
    let attributes = attributes(own, &revision.digest()).map_err(SignatureError::Encode)?;
    Ok(ToSign {
        signed_attributes_der: attributes.to_der().map_err(SignatureError::Encode)?,
        byte_range: revision.byte_range,
        bytes: revision.bytes,
        attributes,
    })
}

/// Bytes that the CMS may fill: the hole holds two digits for each, between angle brackets.
fn room([_, first, second, _]: &[usize; 4]) -> usize {
    second.saturating_sub(*first).saturating_sub(2) / 2
}

/// The unsigned file with the appended revision, its CMS still zeros.
struct Revision {
    bytes: Vec<u8>,
    byte_range: [usize; 4],
}

impl Revision {
    fn append(unsigned: &[u8], room: usize, intent: &Intent) -> Result<Self, SignatureError> {
        if room == 0 || room > ROOM_MAX {
            return Err(SignatureError::TooLarge);
        }
        let reason_fits = (1..=REASON_MAX).contains(&intent.reason.chars().count());
        if !reason_fits || intent.reason.chars().any(char::is_control) {
            return Err(SignatureError::Reason);
        }
        let moment = Moment::try_new(intent.at).map_err(|_| SignatureError::Time)?;
        let base = Base::read(unsigned)?;

        let mut bytes = unsigned.to_vec();
        let signature = base.next;
        let signature_at = bytes.len();
        bytes.extend(
            format!(
                "{signature} 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M({})/Reason{}\n/Contents ",
                moment.pdf,
                text_string(&intent.reason),
            )
            .into_bytes(),
        );
        let first = bytes.len();
        bytes.push(b'<');
        bytes.resize(bytes.len() + room * 2, b'0');
        bytes.push(b'>');
        let second = bytes.len();
        bytes.extend(b"\n/ByteRange");
        let range_at = bytes.len();
        bytes.extend(byte_range_text([0, 0, 0, 0]).into_bytes());
        bytes.extend(b">>\nendobj\n");

        let field_at = bytes.len();
        let (field, _) = base.field;
        bytes.extend(format!("{field} 0 obj\n").into_bytes());
        bytes.extend(base.field_body);
        bytes.extend(format!("/V {signature} 0 R>>\nendobj\n").into_bytes());

        let xref_at = bytes.len();
        let digest: [u8; 32] = Sha256::new_with_prefix(unsigned)
            .chain_update(&moment.pdf)
            .finalize()
            .into();
        let version: Vec<u8> = digest.into_iter().take(16).collect();
        bytes.extend(
            format!(
                "xref\n{field} 1\n{field_at:010} 00000 n \n{signature} 1\n{signature_at:010} 00000 n \n\
                 trailer\n<</Size {}/Root {} 0 R/Info {} 0 R/ID[<{}><{}>]/Prev {}>>\nstartxref\n{xref_at}\n%%EOF\n",
                signature + 1,
                base.root.0,
                base.info.0,
                data_encoding::HEXUPPER.encode(&base.document_id),
                data_encoding::HEXUPPER.encode(&version),
                base.previous,
            )
            .into_bytes(),
        );
        let byte_range = [0, first, second, bytes.len() - second];
        let text = byte_range_text(byte_range);
        let place = bytes
            .get_mut(range_at..range_at + text.len())
            .ok_or(SignatureError::Field)?;
        place.copy_from_slice(text.as_bytes());
        Ok(Self { bytes, byte_range })
    }

    /// Puts the CMS into its place, if it is a signature over this very file.
    fn fill(mut self, cms: &[u8]) -> Result<Vec<u8>, SignatureError> {
        if verified(&self, cms) != Some(true) {
            return Err(SignatureError::Mismatch);
        }
        let [_, first, second, _] = self.byte_range;
        // Without the angle brackets.
        let hole = first + 1..second - 1;
        let place = self.bytes.get_mut(hole).filter(|place| place.len() == cms.len() * 2);
        place
            .ok_or(SignatureError::Mismatch)?
            .copy_from_slice(data_encoding::HEXLOWER.encode(cms).as_bytes());
        Ok(self.bytes)
    }

    /// SHA-256 over everything but the hole.
    fn digest(&self) -> [u8; 32] {
        let [from, first, second, last] = self.byte_range;
        let mut hash = Sha256::new();
        hash.update(self.bytes.get(from..first).unwrap_or_default());
        hash.update(self.bytes.get(second..second + last).unwrap_or_default());
        hash.finalize().into()
    }
}

/// Fixed width, so that the numbers can be known before they are written.
fn byte_range_text([a, b, c, d]: [usize; 4]) -> String {
    format!("[{a} {b:<10} {c:<10} {d:<10}]")
}

/// A PDF text string: as it is where nothing in it means anything else, otherwise UTF-16 in hexadecimal.
fn text_string(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -.,:/".contains(&byte);
    if text.bytes().all(is_plain) {
        return format!("({text})");
    }
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    format!("<{}>", data_encoding::HEXUPPER.encode(&bytes))
}

/// What an appended revision must know of the file before it.
struct Base {
    root: ObjectId,
    info: ObjectId,
    document_id: Vec<u8>,
    /// The first free object number.
    next: u32,
    /// Where the cross-reference table stands.
    previous: usize,
    field: ObjectId,
    /// The field's dictionary as written, without its closing brackets.
    field_body: Vec<u8>,
}

impl Base {
    fn read(unsigned: &[u8]) -> Result<Self, SignatureError> {
        let document = Document::load_mem(unsigned).map_err(SignatureError::Read)?;
        Self::find(&document, unsigned).ok_or(SignatureError::Field)
    }

    fn find(document: &Document, unsigned: &[u8]) -> Option<Self> {
        let trailer = &document.trailer;
        let root = trailer.get(b"Root").and_then(Object::as_reference).ok()?;
        let info = trailer.get(b"Info").and_then(Object::as_reference).ok()?;
        let document_id = trailer.get(b"ID").and_then(Object::as_array).ok()?.first()?;
        let form = document
            .catalog()
            .ok()?
            .get(b"AcroForm")
            .and_then(Object::as_dict)
            .ok()?;
        let [field] = form.get(b"Fields").and_then(Object::as_array).ok()?.as_slice() else {
            return None;
        };
        let field = field.as_reference().ok()?;
        if document.get_dictionary(field).ok()?.has(b"V") {
            return None;
        }
        let XrefEntry::Normal { offset, .. } = document.reference_table.get(field.0)? else {
            return None;
        };
        let written = unsigned.get(usize::try_from(*offset).ok()?..)?;
        let body = written.strip_prefix(format!("{} 0 obj\n", field.0).as_bytes())?;
        let end = body.windows(9).position(|window| window == b">>\nendobj")?;
        let tail = unsigned.get(unsigned.len().saturating_sub(40)..)?;
        let tail = std::str::from_utf8(tail).ok()?;
        let (_, offset) = tail.split_once("startxref\n")?;
        Some(Self {
            root,
            info,
            document_id: document_id.as_str().ok()?.to_vec(),
            next: document.max_id.checked_add(1)?,
            previous: offset.lines().next()?.parse().ok()?,
            field,
            field_body: body.get(..end)?.to_vec(),
        })
    }
}

#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<CertificateReference>,
}

/// `ESSCertIDv2` with its default hash, SHA-256.
#[derive(Sequence)]
struct CertificateReference {
    hash: OctetString,
}

fn parse(certificates: &[Vec<u8>]) -> Result<Vec<Certificate>, SignatureError> {
    certificates
        .iter()
        .enumerate()
        .map(|(index, bytes)| {
            let certificate = Certificate::from_der(bytes).ok();
            certificate
                .filter(|certificate| certificate.to_der().is_ok_and(|again| again == *bytes))
                .ok_or(SignatureError::Certificate { index })
        })
        .collect()
}

fn public_key(certificate: &Certificate) -> Result<keys::PublicKey, SignatureError> {
    let info = certificate.tbs_certificate().subject_public_key_info();
    let der = info.to_der().map_err(SignatureError::Encode)?;
    keys::PublicKey::from_spki_der(&der)
        .ok()
        .filter(|key| signature_bytes_max(key.algorithm()).is_some())
        .ok_or(SignatureError::Key)
}

fn attributes(own: &Certificate, digest: &[u8; 32]) -> der::Result<Attributes> {
    let hash: [u8; 32] = Sha256::digest(own.to_der()?).into();
    let reference = SigningCertificateV2 {
        certificates: vec![CertificateReference {
            hash: OctetString::new(hash)?,
        }],
    };
    let attribute = |oid, value: Any| {
        Ok::<_, der::Error>(Attribute {
            oid,
            values: SetOfVec::try_from(vec![value])?,
        })
    };
    SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&rfc5911::ID_DATA)?)?,
        attribute(
            rfc5911::ID_MESSAGE_DIGEST,
            Any::encode_from(&OctetString::new(digest.as_slice())?)?,
        )?,
        attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&reference)?)?,
    ])
}

fn encode(
    certificates: &[Certificate],
    attributes: Attributes,
    signature: &[u8],
    stamp: Option<Any>,
) -> der::Result<Vec<u8>> {
    let own = certificates
        .first()
        .ok_or_else(|| der::Error::from(der::ErrorKind::Failed))?;
    let signature_algorithm = public_key(own)
        .map_err(|_| der::Error::from(der::ErrorKind::Failed))?
        .signature_algorithm();
    let sha256 = AlgorithmIdentifierOwned {
        oid: rfc5912::ID_SHA_256,
        parameters: None,
    };
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: own.tbs_certificate().issuer().clone(),
            serial_number: own.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm,
        signature: OctetString::new(signature)?,
        unsigned_attrs: stamp.map(time_stamp).transpose()?,
    };
    // Whoever trusts an authority that signs for itself has its certificate; in the file it would prove nothing.
    let is_root = |certificate: &Certificate| {
        let body = certificate.tbs_certificate();
        body.issuer() == body.subject() && certificate != own
    };
    let choices: Vec<CertificateChoices> = certificates
        .iter()
        .filter(|certificate| !is_root(certificate))
        .cloned()
        .map(CertificateChoices::Certificate)
        .collect();
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: rfc5911::ID_DATA,
            econtent: None,
        },
        certificates: Some(CertificateSet::try_from(choices)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    ContentInfo {
        content_type: rfc5911::ID_SIGNED_DATA,
        content: Any::encode_from(&data)?,
    }
    .to_der()
}

/// The one attribute without a signature of ours: the authority's token (RFC 3161, appendix A).
fn time_stamp(token: Any) -> der::Result<Attributes> {
    SetOfVec::try_from(vec![Attribute {
        oid: rfc3161::ID_AA_TIME_STAMP_TOKEN,
        values: SetOfVec::try_from(vec![token])?,
    }])
}

/// Whether the CMS is a signature over this revision by the certificate that it carries; nothing if it is no such CMS.
fn verified(revision: &Revision, cms: &[u8]) -> Option<bool> {
    let mut reader = SliceReader::new(cms).ok()?;
    let content = ContentInfo::decode(&mut reader).ok()?;
    let padding = reader.read_slice(reader.remaining_len()).ok()?;
    let data: SignedData = content.content.decode_as().ok()?;
    let [signer] = data.signer_infos.0.as_slice() else {
        return None;
    };
    let attributes = signer.signed_attrs.as_ref()?;
    let value = |oid| {
        let attribute = attributes.iter().find(|attribute| attribute.oid == oid)?;
        attribute.values.as_slice().first()
    };
    let digest: OctetString = value(rfc5911::ID_MESSAGE_DIGEST)?.decode_as().ok()?;
    let SignerIdentifier::IssuerAndSerialNumber(named) = &signer.sid else {
        return None;
    };
    let own = data.certificates.as_ref()?.0.iter().find_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => {
            let body = certificate.tbs_certificate();
            (*body.issuer() == named.issuer && *body.serial_number() == named.serial_number).then_some(certificate)
        }
        CertificateChoices::Other(_) => None,
    })?;
    let reference: SigningCertificateV2 = value(SIGNING_CERTIFICATE_V2)?.decode_as().ok()?;
    let [reference] = reference.certificates.as_slice() else {
        return None;
    };
    let own_hash: [u8; 32] = Sha256::digest(own.to_der().ok()?).into();
    let signed = attributes.to_der().ok()?;
    let genuine = public_key(own)
        .ok()?
        .verify(&signed, signer.signature.as_bytes())
        .is_ok();
    Some(
        genuine
            && reference.hash.as_bytes() == own_hash
            && digest.as_bytes() == revision.digest()
            && padding.iter().all(|&byte| byte == 0),
    )
}
