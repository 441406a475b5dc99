//! A time-stamp authority of the tests (RFC 3161): what it answers, rightly or with one thing wrong. It shares no code with what
//! it tests; the packages that test time stamps include this file.

use std::sync::Arc;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{BitString, GeneralizedTime, Int, OctetString, SetOfVec, UtcTime};
use der::{Any, Decode as _, Encode as _, Sequence, Tag};
use jiff::{SignedDuration, Timestamp};
use keys::Signer;
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::name::Name;
use x509_cert::time::Time;

const INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.7");

#[derive(Sequence)]
struct Query {
    version: u8,
    imprint: Imprint,
    nonce: Int,
    certificates_wanted: bool,
}

#[derive(Sequence, Clone)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct Info {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial_number: u32,
    at: Any,
    nonce: Option<Int>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct Reference {
    certificates: Vec<Named>,
}

#[derive(Sequence)]
struct Named {
    hash: OctetString,
}

#[derive(Sequence)]
struct Response {
    status: Status,
    token: Option<Any>,
}

#[derive(Sequence)]
struct Status {
    status: u8,
}

#[derive(Sequence)]
struct Body {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: Int,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Period,
    subject: Name,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Period {
    from: Time,
    until: Time,
}

#[derive(Sequence)]
struct Signed {
    body: Body,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// What is wrong, or unusual, with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    Nothing,
    // Wrong.
    Status(u8),
    NoToken,
    OtherNonce,
    NoNonce,
    OtherImprint,
    OtherDigestNamed,
    InfoVersion,
    CriticalExtension,
    Signature,
    OtherCertificateNamed,
    OtherContentType,
    TwoDigests,
    NoCertificates,
    LocalTime,
    // Unusual: CMS leaves these outside the signature.
    OlderForms,
    MoreCertificates,
    /// The fraction of a second, signed.
    Fraction,
    /// The certificate named by SHA-1, and another one so.
    NamedBySha1,
    OtherNamedBySha1,
    /// By SHA-1 rightly and by SHA-256 wrongly.
    NamedTwice,
}

/// For what the authority's certificate says that its key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    TimeStamping,
    NotCritical,
    AndMore,
    Unsaid,
    Another,
}

/// The key that signs tokens, with the certificate of a root.
pub(crate) struct Authority {
    key: Arc<dyn Signer>,
    pub(crate) root: Vec<u8>,
    pub(crate) own: Vec<u8>,
    other: Vec<u8>,
}

impl Authority {
    /// Two P-256 keys; certificates for ten years from `begin` on.
    pub(crate) fn new(key: Arc<dyn Signer>, root_key: &dyn Signer, purpose: Purpose, begin: Timestamp) -> Self {
        let [root, own, other] = ["root", "stamps", "other"].map(|subject| {
            let mut extensions = vec![];
            let holder = if subject == "root" {
                let constraints = BasicConstraints {
                    ca: true,
                    path_len_constraint: None,
                };
                extensions.push(extension("2.5.29.19", true, constraints.to_der().unwrap()));
                let usage = KeyUsage(KeyUsages::KeyCertSign.into());
                extensions.push(extension("2.5.29.15", true, usage.to_der().unwrap()));
                root_key
            } else {
                extensions.extend(usage(purpose));
                let named = SubjectKeyIdentifier(OctetString::new(subject.as_bytes()).unwrap());
                extensions.push(extension("2.5.29.14", false, named.to_der().unwrap()));
                &*key
            };
            certificate(subject, holder, root_key, extensions, begin)
        });
        Self { key, root, own, other }
    }

    /// The answer to a query.
    pub(crate) fn answers(&self, query: &[u8], at: Timestamp, twist: Twist) -> Vec<u8> {
        let query = Query::from_der(query).unwrap();
        assert!(query.version == 1 && query.certificates_wanted);
        let status = match twist {
            Twist::Status(status) => status,
            _ => 0,
        };
        let refused = matches!(twist, Twist::NoToken | Twist::Status(2..));
        let token = (!refused).then(|| Any::from_der(&self.token(query, at, twist)).unwrap());
        let status = Status { status };
        Response { status, token }.to_der().unwrap()
    }

    fn token(&self, query: Query, at: Timestamp, twist: Twist) -> Vec<u8> {
        let info = OctetString::new(info(query, at, twist).to_der().unwrap()).unwrap();
        let own = Certificate::from_der(&self.own).unwrap();
        let signed_attrs = self.attributes(info.as_bytes(), twist);
        let mut signature = self.key.sign(&signed_attrs.to_der().unwrap()).unwrap();
        if twist == Twist::Signature {
            // One bit of the first number of an ECDSA signature.
            signature[8] ^= 1;
        }
        let body = own.tbs_certificate();
        let older = twist == Twist::OlderForms;
        let digest = AlgorithmIdentifierOwned {
            oid: rfc5912::ID_SHA_256,
            parameters: older.then(Any::null),
        };
        let by_key = SubjectKeyIdentifier(OctetString::new(b"stamps".as_slice()).unwrap());
        let signer = SignerInfo {
            version: if older { CmsVersion::V3 } else { CmsVersion::V1 },
            sid: if older {
                SignerIdentifier::SubjectKeyIdentifier(by_key)
            } else {
                SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                    issuer: body.issuer().clone(),
                    serial_number: body.serial_number().clone(),
                })
            },
            digest_alg: digest.clone(),
            signed_attrs: Some(signed_attrs),
            signature_algorithm: self.key.public_key().signature_algorithm(),
            signature: OctetString::new(signature).unwrap(),
            unsigned_attrs: older.then(|| {
                let value = Any::encode_from(&OctetString::new(b"by nobody".as_slice()).unwrap()).unwrap();
                SetOfVec::try_from(vec![attribute(POLICY, value)]).unwrap()
            }),
        };
        let mut certificates = vec![own];
        if twist == Twist::MoreCertificates {
            for further in [&self.root, &self.other] {
                certificates.push(Certificate::from_der(further).unwrap());
            }
        }
        let choices: Vec<_> = certificates.into_iter().map(CertificateChoices::Certificate).collect();
        let data = SignedData {
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![digest]).unwrap(),
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: INFO,
                econtent: Some(Any::encode_from(&info).unwrap()),
            },
            certificates: (twist != Twist::NoCertificates).then(|| CertificateSet::try_from(choices).unwrap()),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer]).unwrap(),
        };
        ContentInfo {
            content_type: rfc5911::ID_SIGNED_DATA,
            content: Any::encode_from(&data).unwrap(),
        }
        .to_der()
        .unwrap()
    }

    fn attributes(&self, info: &[u8], twist: Twist) -> SetOfVec<Attribute> {
        let digest = |bytes: &[u8]| OctetString::new(Sha256::digest(bytes).as_slice()).unwrap();
        let named = if matches!(twist, Twist::OtherCertificateNamed | Twist::NamedTwice) {
            &self.other
        } else {
            &self.own
        };
        let reference = Reference {
            certificates: vec![Named { hash: digest(named) }],
        };
        let content_type = if twist == Twist::OtherContentType {
            rfc5911::ID_DATA
        } else {
            INFO
        };
        let by_sha1 = |bytes: &[u8]| {
            let hash = OctetString::new(sha1_smol::Sha1::from(bytes).digest().bytes().as_slice()).unwrap();
            let certificates = vec![Named { hash }];
            attribute(
                SIGNING_CERTIFICATE,
                Any::encode_from(&Reference { certificates }).unwrap(),
            )
        };
        let by_sha256 = attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&reference).unwrap());
        let naming = match twist {
            Twist::NamedBySha1 => vec![by_sha1(&self.own)],
            Twist::OtherNamedBySha1 => vec![by_sha1(&self.other)],
            Twist::NamedTwice => vec![by_sha1(&self.own), by_sha256],
            _ => vec![by_sha256],
        };
        let mut digests = vec![Any::encode_from(&digest(info)).unwrap()];
        if twist == Twist::TwoDigests {
            digests.push(Any::encode_from(&digest(b"another")).unwrap());
        }
        let others = vec![
            attribute(rfc5911::ID_CONTENT_TYPE, Any::encode_from(&content_type).unwrap()),
            Attribute {
                oid: rfc5911::ID_MESSAGE_DIGEST,
                values: SetOfVec::try_from(digests).unwrap(),
            },
        ];
        SetOfVec::try_from([others, naming].concat()).unwrap()
    }
}

fn info(query: Query, at: Timestamp, twist: Twist) -> Info {
    let mut imprint = query.imprint;
    if twist == Twist::OtherImprint {
        imprint.digest = OctetString::new([7; 32].as_slice()).unwrap();
    }
    if twist == Twist::OtherDigestNamed {
        imprint.algorithm.oid = rfc5912::ID_SHA_384;
    }
    let mut text = at.strftime("%Y%m%d%H%M%S").to_string();
    text.push_str(match twist {
        Twist::Fraction => ".25Z",
        Twist::LocalTime => "",
        _ => "Z",
    });
    let critical = vec![extension("1.3.6.1.4.1.99999.8", true, vec![5, 0])];
    Info {
        version: if twist == Twist::InfoVersion { 2 } else { 1 },
        policy: POLICY,
        imprint,
        serial_number: 4711,
        at: Any::new(Tag::GeneralizedTime, text.into_bytes()).unwrap(),
        nonce: match twist {
            Twist::NoNonce => None,
            Twist::OtherNonce => Some(Int::new(&[9]).unwrap()),
            _ => Some(query.nonce),
        },
        extensions: (twist == Twist::CriticalExtension).then_some(critical),
    }
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Attribute {
    Attribute {
        oid,
        values: SetOfVec::try_from(vec![value]).unwrap(),
    }
}

fn usage(purpose: Purpose) -> Option<Extension> {
    let (critical, purposes) = match purpose {
        Purpose::TimeStamping => (true, vec![rfc5912::ID_KP_TIME_STAMPING]),
        Purpose::NotCritical => (false, vec![rfc5912::ID_KP_TIME_STAMPING]),
        Purpose::AndMore => (
            true,
            vec![rfc5912::ID_KP_TIME_STAMPING, rfc5912::ID_KP_EMAIL_PROTECTION],
        ),
        Purpose::Another => (true, vec![rfc5912::ID_KP_EMAIL_PROTECTION]),
        Purpose::Unsaid => return None,
    };
    Some(extension(
        "2.5.29.37",
        critical,
        ExtendedKeyUsage(purposes).to_der().unwrap(),
    ))
}

fn extension(oid: &str, critical: bool, value: Vec<u8>) -> Extension {
    Extension {
        extn_id: ObjectIdentifier::new(oid).unwrap(),
        critical,
        extn_value: OctetString::new(value).unwrap(),
    }
}

fn certificate(
    subject: &str,
    key: &dyn Signer,
    by: &dyn Signer,
    extensions: Vec<Extension>,
    begin: Timestamp,
) -> Vec<u8> {
    let name = |text: &str| format!("CN={text}").parse::<Name>().unwrap();
    let time = |at: Timestamp| {
        let second = std::time::Duration::from_secs(at.as_second().try_into().unwrap());
        UtcTime::from_unix_duration(second).map_or_else(
            |_| Time::from(GeneralizedTime::from_unix_duration(second).unwrap()),
            Time::from,
        )
    };
    let algorithm = by.public_key().signature_algorithm();
    let body = Body {
        version: 2,
        serial_number: Int::new(&[7 + u8::try_from(subject.len()).unwrap()]).unwrap(),
        signature: algorithm.clone(),
        issuer: name("root"),
        validity: Period {
            from: time(begin),
            until: time(begin + SignedDuration::from_hours(10 * 365 * 24)),
        },
        subject: name(subject),
        key: SubjectPublicKeyInfoOwned::from_der(&key.public_key().to_spki_der().unwrap()).unwrap(),
        extensions,
    };
    let signature = BitString::from_bytes(&by.sign(&body.to_der().unwrap()).unwrap()).unwrap();
    Signed {
        body,
        algorithm,
        signature,
    }
    .to_der()
    .unwrap()
}
