//! Ed25519 and what it must not accept, by vectors made by others. Sources and licences: `tests/vectors/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use keys::{Algorithm, PublicKey};
use serde_json::Value;

fn read(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn accepts(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    PublicKey::try_new(Algorithm::Ed25519, key).is_ok_and(|key| key.verify(message, signature).is_ok())
}

#[test]
fn wycheproof_ed25519_holds_in_every_case() {
    let vectors = read("wycheproof/ed25519_test.json");
    let mut count = 0;
    for group in vectors["testGroups"].as_array().unwrap() {
        let key = HEX
            .decode(group["publicKey"]["pk"].as_str().unwrap().as_bytes())
            .unwrap();
        for test in group["tests"].as_array().unwrap() {
            let message = HEX.decode(test["msg"].as_str().unwrap().as_bytes()).unwrap();
            let signature = HEX.decode(test["sig"].as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(accepts(&key, &message, &signature), test["result"] == "valid", "{test}");
            count += 1;
        }
    }
    assert_eq!(count, vectors["numberOfTests"].as_u64().unwrap());
}

/// The flags that CCTV puts on its vectors, and what a strict verifier does with them: a small-order or non-canonical point
/// in key or signature is refused; a large-order key with a small-order component is not, as long as the equation without
/// the cofactor holds.
#[test]
fn cctv_ed25519_accepts_only_what_libsodium_accepts() {
    let refused = [
        "low_order_A",
        "low_order_R",
        "non_canonical_A",
        "non_canonical_R",
        "low_order_residue",
    ];
    let vectors = read("cctv/ed25519vectors.json");
    let vectors = vectors.as_array().unwrap();
    let mut accepted = 0;
    for vector in vectors {
        let bytes = |name: &str| HEX.decode(vector[name].as_str().unwrap().as_bytes()).unwrap();
        let flags: Vec<&str> = vector["flags"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|flag| flag.as_str().unwrap())
            .collect();
        let accept = accepts(&bytes("key"), vector["msg"].as_str().unwrap().as_bytes(), &bytes("sig"));
        assert_eq!(accept, !flags.iter().any(|flag| refused.contains(flag)), "{vector}");
        accepted += usize::from(accept);
    }
    assert_eq!((accepted, vectors.len()), (43, 914));
}
