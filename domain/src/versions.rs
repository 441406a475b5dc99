//! Every event that may stand in a ledger: its name and the versions of its shape, oldest first.
//!
//! A new version needs a line here, an upcaster that raises the one before it, and a frozen sample of its own
//! (`snapshots/NAME@VERSION.snap`). The samples of older versions stay for ever: each must still be read.

use cqrs_es::persist::EventUpcaster;

/// Aggregate type, event type, versions.
pub const STORED: &[(&str, &str, &[&str])] = &[
    ("application", "application.submitted", &["1"]),
    ("application", "application.forwarded", &["1"]),
    ("application", "application.asked", &["1"]),
    ("application", "application.answered", &["1"]),
    ("application", "application.approved", &["1"]),
    ("application", "application.refused", &["1"]),
    ("application", "application.withdrawn", &["1"]),
    ("certificate", "certificate.prepared", &["1"]),
    ("certificate", "certificate.issued", &["1"]),
    ("certificate", "certificate.delivered", &["1"]),
    ("certificate", "certificate.suspended", &["1"]),
    ("certificate", "certificate.reinstated", &["1"]),
    ("certificate", "certificate.correction_proposed", &["1"]),
    ("certificate", "certificate.correction_declined", &["1"]),
    ("certificate", "certificate.replacement_ordered", &["1"]),
    ("certificate", "certificate.superseded", &["1"]),
    ("certificate", "certificate.revoked", &["1"]),
    ("citizen", "citizen.registered", &["1"]),
    ("citizen", "citizen.language_chosen", &["1"]),
    ("citizen", "citizen.consent_given", &["1"]),
    ("officer", "officer.appointed", &["1"]),
    ("officer", "officer.relieved", &["1"]),
    ("key_ceremony", "key_ceremony.begun", &["1"]),
    ("key_ceremony", "key_ceremony.key_made", &["1"]),
    ("key_ceremony", "key_ceremony.step", &["1"]),
    ("key_ceremony", "key_ceremony.ended", &["1"]),
    ("signing_key", "signing_key.activated", &["1"]),
    ("signing_key", "signing_key.retired", &["1"]),
    ("signing_key", "signing_key.compromised", &["1"]),
    ("status_list", "status_list.published", &["1"]),
];

/// What raises events of older versions to the newest, in the order in which it is asked. No event has a second version yet.
#[must_use]
pub fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    Vec::new()
}

/// The version in which an event is written today.
#[cfg(test)]
pub(crate) fn newest(event_type: &str) -> Option<&'static str> {
    let (.., versions) = STORED.iter().find(|(_, stored, _)| *stored == event_type)?;
    versions.last().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use cqrs_es::persist::SerializedEvent;
    use serde_json::{Value, json};

    use super::*;
    use crate::AnyEvent;

    fn sources() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
    }

    /// The JSON of a snapshot, behind its head.
    fn sample(file: &Path) -> Value {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (_, json) = text
            .split_once("---\n")
            .and_then(|(_, rest)| rest.split_once("---\n"))
            .unwrap();
        serde_json::from_str(json).unwrap()
    }

    fn raised(
        upcasters: &[Box<dyn EventUpcaster>],
        event_type: &str,
        version: &str,
        payload: Value,
    ) -> (String, Value) {
        let mut event = SerializedEvent {
            aggregate_id: String::new(),
            sequence: 1,
            aggregate_type: String::new(),
            event_type: event_type.to_owned(),
            event_version: version.to_owned(),
            payload,
            metadata: Value::Null,
        };
        for upcaster in upcasters {
            if upcaster.can_upcast(&event.event_type, &event.event_version) {
                event = upcaster.upcast(event);
            }
        }
        (event.event_version, event.payload)
    }

    #[test]
    fn every_version_has_its_frozen_sample_and_is_still_read() {
        for (aggregate, event_type, versions) in STORED {
            let name = event_type.split_once('.').unwrap().1;
            assert!(!versions.is_empty());
            for version in *versions {
                let file = match *version {
                    "1" => format!("{name}.snap"),
                    later => format!("{name}@{later}.snap"),
                };
                let file = sources().join(aggregate).join("snapshots").join(file);
                let (reached, payload) = raised(&upcasters(), event_type, version, sample(&file));
                assert_eq!(
                    Some(&reached.as_str()),
                    versions.last(),
                    "{event_type} {version} is not raised"
                );
                let decoded = AnyEvent::decode(aggregate, payload.to_string().as_bytes());
                assert!(decoded.is_ok(), "{event_type} {version}: {decoded:?}");
            }
        }
    }

    // An event that is named in the sources and not here would be stored without a sample.
    #[test]
    fn every_event_of_the_sources_is_listed() {
        let mut named = BTreeSet::new();
        let aggregates: BTreeSet<&str> = STORED.iter().map(|(aggregate, ..)| *aggregate).collect();
        for aggregate in &aggregates {
            let source = std::fs::read_to_string(sources().join(aggregate).join("events.rs")).unwrap();
            let strings = source.split('"').skip(1).step_by(2).map(str::to_owned);
            named.extend(strings.filter(|text| text.starts_with(&format!("{aggregate}."))));
        }
        let listed: BTreeSet<String> = STORED
            .iter()
            .map(|(_, event_type, _)| (*event_type).to_owned())
            .collect();
        assert_eq!(named, listed);
        assert_eq!(listed.len(), STORED.len(), "no event twice");
    }

    /// How an older version is raised, shown on one that never was.
    struct Renamed;

    impl EventUpcaster for Renamed {
        fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
            event_type == "officer.relieved" && event_version == "0"
        }

        fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
            event.payload = json!({ "relieved": { "at": event.payload["left_office"]["on"] } });
            event.event_version = "1".to_owned();
            event
        }
    }

    #[test]
    fn an_older_version_is_raised_and_read() {
        let old = json!({ "left_office": { "on": "2020-01-01T00:00:00Z" } });
        assert!(AnyEvent::decode("officer", old.to_string().as_bytes()).is_err());
        let (version, new) = raised(&[Box::new(Renamed)], "officer.relieved", "0", old);
        assert_eq!(Some(version.as_str()), newest("officer.relieved"));
        assert!(AnyEvent::decode("officer", new.to_string().as_bytes()).is_ok());
    }
}
