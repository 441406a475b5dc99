//! The way from the PDF's signer to a trusted authority (RFC 5280): what a signing certificate must be, and what must not
//! stand beside it.

use std::sync::Arc;

use certificates::{Evidence, Reason, Trust, pdf, verify};
use der::asn1::{BitString, OctetString, Uint, UtcTime};
use der::{Decode as _, Encode as _, Sequence};
use keys::{KeyDirectory, Purpose, Signer};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::time::Time;

use crate::world::{Issuer, active, attachments, evidence, intent, now, record, small};

#[derive(Sequence)]
struct Body {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: Uint,
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
    not_before: Time,
    not_after: Time,
}

#[derive(Sequence)]
struct Signed {
    body: Body,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// What is written into a certificate.
#[derive(Clone)]
struct Plan {
    issuer: &'static str,
    subject: &'static str,
    from: &'static str,
    until: &'static str,
    authority: Option<BasicConstraints>,
    usage: Option<KeyUsage>,
    unknown: Option<bool>,
}

const ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

fn authority(subject: &'static str, issuer: &'static str, below: Option<u8>) -> Plan {
    Plan {
        issuer,
        subject,
        from: "2026-01-01T00:00:00Z",
        until: "2030-01-01T00:00:00Z",
        authority: Some(BasicConstraints {
            ca: true,
            path_len_constraint: below,
        }),
        usage: Some(KeyUsage(KeyUsages::KeyCertSign.into())),
        unknown: None,
    }
}

fn signer(issuer: &'static str) -> Plan {
    Plan {
        authority: None,
        usage: Some(KeyUsage(KeyUsages::NonRepudiation.into())),
        ..authority("signer", issuer, None)
    }
}

fn extension(oid: &str, critical: bool, value: Vec<u8>) -> Extension {
    let extn_id = ObjectIdentifier::new(oid).unwrap();
    Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value).unwrap(),
    }
}

/// A certificate for `key`, signed by `by`.
fn certificate(plan: &Plan, key: &dyn Signer, by: &dyn Signer) -> Vec<u8> {
    let algorithm = AlgorithmIdentifierOwned {
        oid: ECDSA,
        parameters: None,
    };
    let name = |text: &str| format!("CN={text}").parse::<Name>().unwrap();
    let time = |text: &str| {
        let second = text.parse::<jiff::Timestamp>().unwrap().as_second().try_into().unwrap();
        Time::from(UtcTime::from_unix_duration(std::time::Duration::from_secs(second)).unwrap())
    };
    let mut extensions = Vec::new();
    extensions.extend(
        plan.authority
            .as_ref()
            .map(|value| extension("2.5.29.19", true, value.to_der().unwrap())),
    );
    extensions.extend(
        plan.usage
            .as_ref()
            .map(|value| extension("2.5.29.15", true, value.to_der().unwrap())),
    );
    extensions.extend(
        plan.unknown
            .map(|critical| extension("1.3.6.1.4.1.99999.1", critical, vec![5, 0])),
    );
    let body = Body {
        version: 2,
        serial_number: Uint::new(&[7]).unwrap(),
        signature: algorithm.clone(),
        issuer: name(plan.issuer),
        validity: Period {
            not_before: time(plan.from),
            not_after: time(plan.until),
        },
        subject: name(plan.subject),
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

/// Three P-256 keys, and what the issuer signed with the first.
struct Scene {
    issuer: Issuer,
    key: Arc<dyn Signer>,
    middle: Arc<dyn Signer>,
    root: Arc<dyn Signer>,
}

impl Scene {
    fn new() -> Self {
        let (issuer, other) = (Issuer::new(1), Issuer::new(2));
        Self {
            key: issuer.keys.signer(Purpose::Pdf).unwrap(),
            root: issuer.keys.signer(Purpose::Authority).unwrap(),
            middle: other.keys.signer(Purpose::Authority).unwrap(),
            issuer,
        }
    }

    /// The reason of the verdict on a file signed with this chain, where these authorities are trusted.
    fn reason(&self, chain: &[Vec<u8>], trusted: &[Vec<u8>]) -> Reason {
        let unsigned = small(&attachments(&self.issuer.token(&record()), &record()));
        let file = pdf::sign(&unsigned, &*self.key, chain, &intent()).unwrap().bytes;
        let evidence = evidence(&file);
        assert!(matches!(evidence, Evidence::Pdf(_)));
        let keys = self.issuer.directory().keys().to_vec();
        let directory = KeyDirectory::try_new("Sample".to_owned(), keys, trusted.to_vec(), Vec::new()).unwrap();
        verify(&evidence, &Trust::new(directory), &active(), now()).reason
    }

    fn root(&self, below: Option<u8>) -> Vec<u8> {
        certificate(&authority("root", "root", below), &*self.root, &*self.root)
    }
}

#[test]
fn a_signer_directly_under_an_authority_is_accepted() {
    let scene = Scene::new();
    let root = scene.root(Some(0));
    let own = certificate(&signer("root"), &*scene.key, &*scene.root);
    assert_eq!(
        scene.reason(&[own.clone(), root.clone()], std::slice::from_ref(&root)),
        Reason::Holds
    );
    // The authority's certificate need not be in the file, and there may be more of them.
    assert_eq!(
        scene.reason(std::slice::from_ref(&own), std::slice::from_ref(&root)),
        Reason::Holds
    );
    let other = certificate(&authority("other", "other", None), &*scene.middle, &*scene.middle);
    assert_eq!(
        scene.reason(
            std::slice::from_ref(&own),
            &[b"junk".to_vec(), other.clone(), root.clone()]
        ),
        Reason::Holds
    );
    // A verifier without any authority can tell nothing.
    assert_eq!(scene.reason(&[own.clone(), root.clone()], &[]), Reason::KeysUnavailable);
    for trusted in [vec![other.clone()], vec![own.clone()]] {
        assert_eq!(
            scene.reason(&[own.clone(), root.clone()], &trusted),
            Reason::DocumentSignerUnknown
        );
    }
    // What nobody checks must not be there. (An authority that signs for itself is left out when the file is signed.)
    let between = certificate(&authority("other", "root", None), &*scene.middle, &*scene.root);
    assert_eq!(
        scene.reason(&[own, root.clone(), between], &[root]),
        Reason::DocumentSignerUnknown
    );
}

#[test]
fn an_authority_between_is_accepted_as_far_as_the_one_above_allows() {
    let scene = Scene::new();
    let middle = certificate(&authority("middle", "root", Some(0)), &*scene.middle, &*scene.root);
    let own = certificate(&signer("middle"), &*scene.key, &*scene.middle);
    let chain = [own.clone(), middle.clone()];
    for (below, expected) in [
        (None, Reason::Holds),
        (Some(1), Reason::Holds),
        (Some(0), Reason::DocumentSignerUnknown),
    ] {
        assert_eq!(scene.reason(&chain, &[scene.root(below)]), expected);
    }
    assert_eq!(
        scene.reason(std::slice::from_ref(&own), &[scene.root(None)]),
        Reason::DocumentSignerUnknown
    );
    // A certificate that is no authority's signs nothing.
    let plain = Plan {
        subject: "middle",
        ..signer("root")
    };
    let no_authority = Plan {
        authority: Some(BasicConstraints {
            ca: false,
            path_len_constraint: None,
        }),
        ..authority("middle", "root", None)
    };
    let no_usage = Plan {
        usage: Some(KeyUsage(KeyUsages::CRLSign.into())),
        ..authority("middle", "root", None)
    };
    let past = Plan {
        until: "2026-11-22T06:29:59Z",
        ..authority("middle", "root", None)
    };
    let renamed = authority("another", "root", None);
    for plan in [plain, no_authority, no_usage, past, renamed] {
        let middle = certificate(&plan, &*scene.middle, &*scene.root);
        assert_eq!(
            scene.reason(&[own.clone(), middle], &[scene.root(None)]),
            Reason::DocumentSignerUnknown
        );
    }
    // The name of the authority and another's signature.
    let forged = certificate(&authority("middle", "root", None), &*scene.middle, &*scene.middle);
    assert_eq!(
        scene.reason(&[own, forged], &[scene.root(None)]),
        Reason::DocumentSignerUnknown
    );
}

#[test]
fn a_signing_certificate_must_be_for_signatures_and_understood() {
    let scene = Scene::new();
    let root = scene.root(None);
    let reason = |plan: Plan| {
        let own = certificate(&plan, &*scene.key, &*scene.root);
        scene.reason(&[own], std::slice::from_ref(&root))
    };
    assert_eq!(
        reason(Plan {
            usage: None,
            ..signer("root")
        }),
        Reason::Holds
    );
    let digital = Some(KeyUsage(KeyUsages::DigitalSignature.into()));
    assert_eq!(
        reason(Plan {
            usage: digital,
            ..signer("root")
        }),
        Reason::Holds
    );
    let other = Some(KeyUsage(KeyUsages::KeyAgreement.into()));
    assert_eq!(
        reason(Plan {
            usage: other,
            ..signer("root")
        }),
        Reason::DocumentSignerUnknown
    );
    assert_eq!(
        reason(Plan {
            unknown: Some(false),
            ..signer("root")
        }),
        Reason::Holds
    );
    assert_eq!(
        reason(Plan {
            unknown: Some(true),
            ..signer("root")
        }),
        Reason::DocumentSignerUnknown
    );
    let own = certificate(&signer("root"), &*scene.key, &*scene.root);
    // An authority outside its time, on both sides of the claimed second.
    for (until, expected) in [
        ("2026-11-22T06:30:00Z", Reason::Holds),
        ("2026-11-22T06:29:59Z", Reason::DocumentSignerUnknown),
    ] {
        let plan = Plan {
            until,
            ..authority("root", "root", None)
        };
        let root = certificate(&plan, &*scene.root, &*scene.root);
        assert_eq!(scene.reason(std::slice::from_ref(&own), &[root]), expected);
    }
}

#[test]
fn a_stranger_with_a_certificate_of_the_same_authority_is_not_the_issuer() {
    let scene = Scene::new();
    let stranger = Issuer::new(3).keys.signer(Purpose::Pdf).unwrap();
    let root = scene.root(None);
    let own = certificate(&signer("root"), &*stranger, &*scene.root);
    let scene = Scene { key: stranger, ..scene };
    assert_eq!(
        scene.reason(&[own, root.clone()], &[root]),
        Reason::DocumentSignerUnknown
    );
}
