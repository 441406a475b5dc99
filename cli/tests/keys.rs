//! The life of an installation's keys, by its verbs alone: a ceremony, a certificate, a service in production, rotation,
//! retirement, compromise. Each verb is asked as an operator asks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

const PASSPHRASE: &str = "a passphrase of the department";

fn praman(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_praman"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PRAMAN_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .envs([("PRAMAN_PROFILE", "production"), ("PRAMAN_KEY_PASSPHRASE", PASSPHRASE)])
        .env("PRAMAN_LOG_ORIGIN", "verify.example/log/1")
        .env("PRAMAN_DATA", data);
    command
}

fn run(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = praman(data, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// What a verb answers that must succeed.
fn json(data: &Path, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    let (code, out, told) = run(data, &arguments);
    assert_eq!(code, 0, "{arguments:?}: {out}{told}");
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}"))
}

/// A verb that cannot, and why.
fn refused(data: &Path, arguments: &[&str], why: &str) {
    let (code, out, told) = run(data, arguments);
    assert_eq!(code, 2, "{arguments:?}: {out}{told}");
    assert!(told.contains(why), "{arguments:?}: {told}");
}

fn ceremony(data: &Path) -> Value {
    let who = ["--present", "Registrar", "--present", "Auditor, A. Sample"];
    json(
        data,
        &[&["keys", "ceremony", "--issuer", "Sample Office"][..], &who].concat(),
    )
}

fn keys(data: &Path) -> Vec<Value> {
    json(data, &["keys", "list"])["keys"].as_array().unwrap().clone()
}

/// The keys of a purpose: name and state, oldest first.
fn of(data: &Path, purpose: &str) -> Vec<(String, String)> {
    let found = keys(data).into_iter().filter(|key| key["purpose"] == purpose);
    found
        .map(|key| {
            (
                key["id"].as_str().unwrap().to_owned(),
                key["state"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn history(data: &Path, stream: &str) -> Vec<Value> {
    let (code, out, told) = run(data, &["audit", "history", "--stream", stream, "--json"]);
    assert_eq!(code, 0, "{out}{told}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An authority of our own, made by openssl, that certifies what it is asked.
struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    fn openssl(&self, arguments: &[&str]) {
        let done = Command::new("openssl")
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder };
        let ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
        std::fs::write(this.folder.path().join("ca.ext"), ca).unwrap();
        let end = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n";
        std::fs::write(this.folder.path().join("end.ext"), end).unwrap();
        std::fs::write(this.folder.path().join("other.ext"), "keyUsage=critical,keyAgreement\n").unwrap();
        for (name, issuer) in [("root", None), ("between", Some("root"))] {
            let (key, request, certificate) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
            this.openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key]);
            this.openssl(&[
                "req",
                "-new",
                "-key",
                &key,
                "-subj",
                &format!("/CN=Sample {name}"),
                "-out",
                &request,
            ]);
            let signed_by = match issuer {
                None => vec!["-signkey".to_owned(), key],
                Some(by) => vec![
                    "-CA".into(),
                    format!("{by}.pem"),
                    "-CAkey".into(),
                    format!("{by}.key"),
                    "-CAcreateserial".into(),
                ],
            };
            let mut arguments = vec![
                "x509",
                "-req",
                "-in",
                &request,
                "-days",
                "30",
                "-extfile",
                "ca.ext",
                "-out",
                &certificate,
            ];
            arguments.extend(signed_by.iter().map(String::as_str));
            this.openssl(&arguments);
        }
        this
    }

    /// The chain for a request, as one file: the certificate, that between, the root.
    fn certifies(&self, request: &Path, extensions: &str) -> std::path::PathBuf {
        let request = request.to_str().unwrap();
        self.openssl(&["req", "-in", request, "-verify", "-noout"]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            "between.pem",
            "-CAkey",
            "between.key",
            "-CAcreateserial",
            "-days",
            "30",
            "-extfile",
            extensions,
            "-out",
            "end.pem",
        ]);
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        let chain = self.folder.path().join("chain.pem");
        std::fs::write(
            &chain,
            format!("{}{}{}", read("end.pem"), read("between.pem"), read("root.pem")),
        )
        .unwrap();
        chain
    }
}

/// Ends with the test.
struct Running(Child);

impl Running {
    fn serve(data: &Path) -> Self {
        Self(Self::command(data).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn command(data: &Path) -> Command {
        let mut command = praman(data, &["serve", "--listen", "127.0.0.1:0"]);
        command.envs([
            ("PRAMAN_PUBLIC_HOST", "verify.example"),
            ("PRAMAN_WHATSAPP_GRAPH_URL", "http://127.0.0.1:1"),
            ("PRAMAN_WHATSAPP_PHONE_NUMBER_ID", "1"),
            ("PRAMAN_WHATSAPP_ACCESS_TOKEN", "token"),
            ("PRAMAN_WHATSAPP_APP_SECRET", "secret"),
            ("PRAMAN_WHATSAPP_VERIFY_TOKEN", "word"),
        ]);
        command
    }

    fn address(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("Praman serves at ");
        address
            .unwrap_or_else(|| panic!("it does not serve: {line}"))
            .to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn get(address: &str, path: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..100 {
        let answer = client.get(format!("{address}{path}")).send().await.unwrap();
        if answer.status() == 200 {
            return answer.text().await.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no answer at {path}");
}

#[test]
fn a_ceremony_makes_keys_once_and_the_log_tells_of_it() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    refused(data, &["keys", "list"], "keys.json");
    refused(
        data,
        &["keys", "ceremony", "--issuer", "Office", "--present", "Registrar"],
        "two people",
    );
    let done = ceremony(data);
    let page = done["page"].as_str().unwrap();
    let id = done["ceremony"].as_str().unwrap();
    assert_eq!(keys(data).len(), 5);
    for key in keys(data) {
        assert!(
            key["state"] == "in_use" && key["demo"] == false && key["held"] == "file",
            "{key}"
        );
        let digest = key["digest"].as_str().unwrap();
        let groups: Vec<&str> = (0..16).map(|group| &digest[4 * group..4 * group + 4]).collect();
        assert!(page.contains(&groups.join(" ")), "{page}");
        let events = history(data, &format!("signing_key/{}", key["id"].as_str().unwrap()));
        assert!(events[0].to_string().contains("signing_key.activated"), "{events:?}");
    }
    assert!(page.contains("Auditor, A. Sample") && !page.contains(PASSPHRASE));
    assert!(!data.join("keys.ceremony.json").exists());
    let events = history(data, &format!("key_ceremony/{id}"));
    let text = format!("{events:?}");
    assert!(
        text.contains("key_ceremony.begun") && text.contains("key_ceremony.ended"),
        "{text}"
    );
    assert!(text.contains("present: Registrar; Auditor, A. Sample"), "{text}");
    // The page again, the same bytes; and no other ceremony.
    assert_eq!(json(data, &["keys", "transcript", id])["page"], page);
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(run(data, &["keys", "transcript", nobody]).0, 1);
    // The same again makes no second set.
    let who = ["--present", "Registrar", "--present", "Auditor"];
    refused(
        data,
        &[&["keys", "ceremony", "--issuer", "Office"][..], &who].concat(),
        "--purpose",
    );
    let further = json(data, &[&["keys", "ceremony", "--purpose", "status"][..], &who].concat());
    assert_ne!(further["ceremony"], done["ceremony"]);
    assert_eq!(of(data, "status").len(), 2);
}

#[test]
fn a_ceremony_that_is_cut_off_is_finished_by_the_same_verb() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    ceremony(data);
    // As if the process had ended between the key file and the log: what lies beside the keys is still there.
    let made = &of(data, "status")[0].0;
    let id = "10000000-0000-4000-8000-000000000000";
    let under_way = |key: &str| {
        serde_json::json!({
            "id": id, "issuer": "Sample Office", "present": ["Registrar", "Auditor"], "begun_at": "2026-11-22T06:30:00Z",
            "made": [{ "key_made": {
                "key": key, "purpose": "status", "algorithm": "ed25519", "digest": "ab".repeat(32), "token": null,
                "not_before": "2026-11-22T06:30:00Z", "at": "2026-11-22T06:31:00Z",
            } }],
        })
    };
    let beside = data.join("keys.ceremony.json");
    std::fs::write(&beside, under_way(made).to_string()).unwrap();
    let again = [
        "keys",
        "ceremony",
        "--present",
        "Registrar",
        "--present",
        "Auditor",
        "--purpose",
        "pdf",
    ];
    let (code, out, told) = run(data, &again);
    assert_eq!(code, 0, "{told}");
    assert!(out.contains("cut off") && out.contains(id), "{out}");
    assert_eq!(
        (of(data, "pdf").len(), beside.exists()),
        (1, false),
        "nothing else was made"
    );
    assert_eq!(run(data, &["keys", "transcript", id]).0, 0);
    // Cut off before its keys were anywhere: it never was.
    std::fs::write(&beside, under_way("00000000").to_string()).unwrap();
    json(data, &again);
    assert_eq!((of(data, "pdf").len(), beside.exists()), (2, false));
}

#[tokio::test]
async fn a_production_service_is_set_up_by_verbs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("data");
    ceremony(data);
    let authority = Authority::new();
    let request = folder.path().join("pdf.csr");
    let request_text = request.to_str().unwrap();
    let subject = [
        "--common-name",
        "Sample Office",
        "--organization",
        "Sample Department",
        "--country",
        "IN",
    ];
    json(
        data,
        &[&["keys", "request", "--out", request_text][..], &subject].concat(),
    );
    refused(
        data,
        &["keys", "request", "--common-name", "Office", "--country", "in"],
        "part of the name",
    );

    // What is not for this key, or not for documents, or without its authority, is not taken.
    let stranger = authority.folder.path().join("root.pem");
    assert_eq!(run(data, &["keys", "certificate", stranger.to_str().unwrap()]).0, 1);
    let wrong = authority.certifies(&request, "other.ext");
    let (code, out, _) = run(data, &["keys", "certificate", wrong.to_str().unwrap()]);
    assert!(code == 1 && out.contains("not for signing documents"), "{out}");
    let chain = authority.certifies(&request, "end.ext");
    let alone = authority.folder.path().join("end.pem");
    let (code, out, _) = run(data, &["keys", "certificate", alone.to_str().unwrap()]);
    assert!(code == 1 && out.contains("no certificate of an authority"), "{out}");
    let taken = json(data, &["keys", "certificate", chain.to_str().unwrap()]);
    assert!(taken["changed"] == true && taken["intermediates"] == 1, "{taken}");
    assert_eq!(
        json(data, &["keys", "certificate", chain.to_str().unwrap()])["changed"],
        false
    );

    // It serves, with what the ceremony made.
    let mut running = Running::serve(data);
    let address = running.address();
    let published = get(&address, ".well-known/praman-keys.json").await;
    let directory = keys::KeyDirectory::from_json(published.as_bytes()).unwrap();
    assert!(!directory.has_demo_keys() && directory.as_of().is_some());
    assert_eq!(directory.certified_pdf_key().unwrap().to_string(), of(data, "pdf")[0].0);
    let note = get(&address, "log/checkpoint").await;
    let lines = |note: &str| note.lines().filter(|line| line.starts_with('\u{2014}')).count();
    assert_eq!(lines(&note), 1);
    // Nobody changes keys under a service that writes.
    refused(
        data,
        &["keys", "rotate", "--purpose", "credential"],
        "while no service runs",
    );
    assert_eq!(of(data, "credential").len(), 1);
    drop(running);

    // The log's key is changed over: for a while both sign.
    refused(data, &["keys", "rotate", "--purpose", "checkpoint"], "keys new");
    json(data, &["keys", "new", "--purpose", "checkpoint"]);
    let mut running = Running::serve(data);
    let address = running.address();
    let note = get(&address, "log/checkpoint").await;
    drop(running);
    let (code, out, _) = run(data, &["keys", "--vkey", "checkpoint"]);
    assert_eq!((code, out.lines().count()), (0, 2), "{out}");
    assert_eq!(lines(&note), 2, "{note}");
    let checkpoint = ledger::Checkpoint::parse(&note).unwrap();
    for key in out.lines() {
        checkpoint.verify_log(&key.parse().unwrap()).unwrap();
    }
    let old = &of(data, "checkpoint")[0].0;
    json(data, &["keys", "retire", old]);
    let (code, out, told) = run(data, &["audit", "verify"]);
    assert_eq!(code, 0, "{out}{told}");
}

#[test]
fn keys_are_rotated_retired_and_found_to_be_stolen() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    ceremony(data);
    let first = of(data, "credential")[0].0.clone();
    let rotated = json(data, &["keys", "rotate", "--purpose", "credential"]);
    let second = rotated["key"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        of(data, "credential"),
        [
            (first.clone(), "retired".to_owned()),
            (second.clone(), "in_use".to_owned())
        ]
    );
    let told = history(data, &format!("signing_key/{first}"));
    assert!(format!("{told:?}").contains("signing_key.retired"), "{told:?}");
    // Again: so already.
    assert_eq!(json(data, &["keys", "retire", &first])["changed"], false);
    refused(data, &["keys", "retire", &second], "the only credential key in use");
    refused(data, &["keys", "retire", "00000000"], "no such key");
    refused(data, &["keys", "rotate", "--purpose", "pdf"], "keys certificate");
    // A key for later is published and does not sign yet.
    let later = json(
        data,
        &[
            "keys",
            "new",
            "--purpose",
            "status",
            "--from",
            "2099-01-01T00:00:00+05:30",
        ],
    );
    assert_eq!(later["key"]["state"], "waiting");
    refused(
        data,
        &["keys", "new", "--purpose", "status", "--algorithm", "p256"],
        "not made here",
    );

    refused(
        data,
        &["keys", "compromised", &second, "--since", "2099-01-01T00:00:00Z"],
        "future",
    );
    let since = ["--since", "2026-11-22T09:00:00+05:30"];
    let stolen = json(data, &[&["keys", "compromised", &second][..], &since].concat());
    assert!(
        stolen["changed"] == true && stolen["last_good_position"] == 0,
        "{stolen}"
    );
    assert!(
        stolen["successor"] == false && stolen["void"].as_array().unwrap().is_empty(),
        "{stolen}"
    );
    let again = json(data, &[&["keys", "compromised", &second][..], &since].concat());
    assert_eq!(again["changed"], false);
    refused(
        data,
        &["keys", "compromised", &second, "--since", "2026-11-23T00:00:00Z"],
        "an earlier compromise",
    );
    let checkpoint = &of(data, "checkpoint")[0].0;
    refused(
        data,
        &[&["keys", "compromised", checkpoint][..], &since].concat(),
        "the log's key",
    );
    let told = history(data, &format!("signing_key/{second}"));
    assert!(format!("{told:?}").contains("good up to position 0"), "{told:?}");
    json(data, &["keys", "new", "--purpose", "credential"]);

    let (code, out, _) = run(data, &["keys"]);
    assert!(code == 0 && out.contains("\"compromised\""), "{out}");
}

#[test]
fn a_key_file_that_knows_less_than_the_log_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    ceremony(data);
    let backup = std::fs::read(data.join("keys.json")).unwrap();
    json(data, &["keys", "rotate", "--purpose", "credential"]);
    std::fs::write(data.join("keys.json"), backup).unwrap();
    refused(data, &["keys", "new", "--purpose", "status"], "do not agree");
}

/// A key that is made in a token signs for the service, and is nowhere else. SoftHSM stands for the device.
#[tokio::test]
async fn keys_in_a_token_sign_and_a_token_that_is_away_is_told() {
    let module = Path::new("/usr/lib/softhsm/libsofthsm2.so");
    if !module.exists() {
        assert!(
            std::env::var_os("PRAMAN_TEST_EVERYTHING").is_none(),
            "SoftHSM is missing"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, tokens) = (folder.path().join("data"), folder.path().join("tokens"));
    std::fs::create_dir(&tokens).unwrap();
    let settings = folder.path().join("softhsm2.conf");
    std::fs::write(&settings, format!("directories.tokendir = {}\n", tokens.display())).unwrap();
    let made = Command::new("softhsm2-util")
        .args([
            "--init-token",
            "--free",
            "--label",
            "office",
            "--so-pin",
            "9876",
            "--pin",
            "4321",
        ])
        .env("SOFTHSM2_CONF", &settings)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let pin = folder.path().join("pin");
    std::fs::write(&pin, "4321\n").unwrap();
    let with_token = |mut command: Command| {
        command
            .env("SOFTHSM2_CONF", &settings)
            .env("PRAMAN_PKCS11_MODULE", module)
            .env("PRAMAN_PKCS11_TOKEN", "office")
            .env("PRAMAN_PKCS11_PIN_FILE", &pin);
        command
    };
    let ask = |arguments: &[&str]| {
        let output = with_token(praman(&data, arguments)).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            told,
        )
    };
    let who = [
        "--issuer",
        "Sample Office",
        "--present",
        "Registrar",
        "--present",
        "Auditor",
        "--json",
    ];
    let inside = [
        "--in-token",
        "credential",
        "--in-token",
        "checkpoint",
        "--in-token",
        "status",
        "--in-token",
        "pdf",
    ];
    refused(
        &data,
        &[&["keys", "ceremony"][..], &who, &inside].concat(),
        "no token in the settings",
    );
    assert!(!data.join("keys.json").exists());
    let (code, out, told) = ask(&[&["keys", "ceremony"][..], &who, &inside].concat());
    assert!(code == 0 && out.contains("token office"), "{out}{told}");
    let held = |purpose: &str| {
        let found = keys(&data).into_iter().find(|key| key["purpose"] == purpose);
        found.unwrap()["held"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (held("credential").as_str(), held("witness").as_str()),
        ("token", "file")
    );

    // The service signs a checkpoint and a list with them.
    let start = |pin: &str, token: &str| {
        let mut command = with_token(Running::command(&data));
        command
            .env("PRAMAN_PKCS11_TOKEN", token)
            .env_remove("PRAMAN_PKCS11_PIN_FILE")
            .env("PRAMAN_PKCS11_PIN", pin);
        command
    };
    let mut running = Running(start("4321", "office").stdout(Stdio::piped()).spawn().unwrap());
    let address = running.address();
    let note = get(&address, "log/checkpoint").await;
    let (_, key, _) = ask(&["keys", "--vkey", "checkpoint"]);
    ledger::Checkpoint::parse(&note)
        .unwrap()
        .verify_log(&key.trim().parse().unwrap())
        .unwrap();
    get(&address, "status/0").await;
    drop(running);

    for (pin, token, why) in [
        ("1234", "office", "refuses the PIN"),
        ("4321", "elsewhere", "the token is not there"),
    ] {
        let output = start(pin, token).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(why), "{told}");
    }
    refused(
        &data,
        &["serve", "--pkcs11-module", "/nowhere.so"],
        "PRAMAN_PKCS11_PIN_FILE",
    );
    // The device is lost: keys are made in the file, and the service goes on without it.
    for purpose in ["credential", "checkpoint", "status", "pdf"] {
        let old = of(&data, purpose)[0].0.clone();
        json(&data, &["keys", "new", "--purpose", purpose]);
        json(&data, &["keys", "retire", &old]);
    }
    let mut running = Running(Running::command(&data).stdout(Stdio::piped()).spawn().unwrap());
    get(&running.address(), "log/checkpoint").await;
}
