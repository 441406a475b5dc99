//! Whose checkpoints are believed (C2SP tlog-policy): logs, witnesses, and how many of those must have cosigned.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;
use crate::note::{NoteError, NoteKind, VerifierKey};

/// Bytes of a policy, at most.
pub const POLICY_BYTES_MAX: usize = 64 * 1024;
/// Logs, witnesses and groups, at most, of each; the specification asks for 32.
const LINES_MAX: usize = 64;

/// The text is no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the policy cannot be read at line {line}")]
pub struct PolicyError {
    /// Which line, from 1; 0 when something is missing.
    pub line: usize,
}

/// Who has witnessed a checkpoint, as far as a name of the policy speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// Nobody need have.
    Nobody,
    /// The witness at this place.
    Witness(usize),
    /// So many of these.
    Group { least: usize, members: Vec<Self> },
}

impl Rule {
    fn holds(&self, cosigned: &BTreeSet<usize>) -> bool {
        match self {
            Self::Nobody => true,
            Self::Witness(place) => cosigned.contains(place),
            Self::Group { least, members } => members.iter().filter(|member| member.holds(cosigned)).count() >= *least,
        }
    }
}

/// Logs, witnesses and a quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: Rule,
}

impl Policy {
    /// The policy that so many of these witnesses must have cosigned a checkpoint of this log. `None` when there are fewer
    /// witnesses than that, or when a key is not of its kind.
    pub fn of(log: VerifierKey, witnesses: Vec<VerifierKey>, quorum: usize) -> Option<Self> {
        let quorum = match quorum {
            0 => Rule::Nobody,
            least => Rule::Group {
                least,
                members: (0..witnesses.len()).map(Rule::Witness).collect(),
            },
        };
        // Read back, so that no other policy can be made than one that can be written.
        let policy = Self {
            logs: vec![log],
            witnesses,
            quorum,
        };
        policy.to_string().parse().ok()
    }

    /// The logs that are believed; empty when they are known from elsewhere.
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// Whether cosignatures are asked for at all.
    pub fn asks_for_witnesses(&self) -> bool {
        self.quorum != Rule::Nobody
    }

    /// Which of the policy's witnesses have cosigned the checkpoint, and whether they are enough. That a log has signed it is
    /// not looked at.
    ///
    /// # Errors
    /// [`NoteError`] when a line names one of the witnesses and does not hold.
    pub fn cosigned(&self, checkpoint: &Checkpoint) -> Result<(usize, bool), NoteError> {
        let signed = checkpoint.cosignatures(&self.witnesses)?;
        let places: BTreeSet<usize> = signed
            .iter()
            .filter_map(|signed| self.witnesses.iter().position(|witness| witness == signed.key))
            .collect();
        Ok((places.len(), self.quorum.holds(&places)))
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    /// Addresses of logs and witnesses are left aside.
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let mut reading = Reading::default();
        let whole = text.strip_suffix('\n').filter(|_| text.len() <= POLICY_BYTES_MAX);
        for (index, line) in whole.ok_or(PolicyError { line: 0 })?.split('\n').enumerate() {
            reading.line(line).ok_or(PolicyError { line: index + 1 })?;
        }
        let Reading {
            logs,
            witnesses,
            quorum,
            ..
        } = reading;
        Ok(Self {
            logs,
            witnesses,
            quorum: quorum.ok_or(PolicyError { line: 0 })?,
        })
    }
}

/// A policy as far as it was read.
#[derive(Default)]
struct Reading {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    /// What a name stands for, and whether a group has it already.
    names: BTreeMap<String, (Rule, bool)>,
    groups: usize,
    quorum: Option<Rule>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Option<()> {
        if line.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return None;
        }
        let mut items = line.split([' ', '\t']).filter(|item| !item.is_empty());
        match items.next() {
            None => return Some(()),
            Some(first) if first.starts_with('#') => return Some(()),
            Some("log") => {
                let key = key(items.next()?, NoteKind::Log, &self.logs)?;
                self.logs.push(key);
                items.next();
            }
            Some("witness") => {
                let name = items.next()?;
                let key = key(items.next()?, NoteKind::Witness, &self.witnesses)?;
                self.define(name, Rule::Witness(self.witnesses.len()))?;
                self.witnesses.push(key);
                items.next();
            }
            Some("group") => {
                let name = items.next()?;
                let least = items.next()?;
                let members = items
                    .by_ref()
                    .map(|member| {
                        let (rule, taken) = self.names.get_mut(member)?;
                        (!std::mem::replace(taken, true)).then(|| rule.clone())
                    })
                    .collect::<Option<Vec<_>>>()?;
                let least = match least {
                    "all" => members.len(),
                    "any" => 1,
                    number => usize::try_from(crate::bundle::decimal(number)?).ok()?,
                };
                self.groups += 1;
                if least == 0 || least > members.len() || self.groups > LINES_MAX {
                    return None;
                }
                self.define(name, Rule::Group { least, members })?;
            }
            Some("quorum") => {
                let quorum = match items.next()? {
                    "none" => Rule::Nobody,
                    name => self.names.get(name)?.0.clone(),
                };
                if self.quorum.replace(quorum).is_some() {
                    return None;
                }
            }
            Some(_) => return None,
        }
        items.next().is_none().then_some(())
    }

    fn define(&mut self, name: &str, rule: Rule) -> Option<()> {
        let free = name != "none" && !self.names.contains_key(name);
        free.then(|| drop(self.names.insert(name.to_owned(), (rule, false))))
    }
}

/// A key of this kind that is none of these.
fn key(text: &str, kind: NoteKind, others: &[VerifierKey]) -> Option<VerifierKey> {
    let key: VerifierKey = text.parse().ok()?;
    let new = others.iter().all(|other| other.public_key() != key.public_key());
    (key.kind() == kind && new && others.len() < LINES_MAX).then_some(key)
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for log in &self.logs {
            writeln!(f, "log {log}")?;
        }
        for (place, witness) in self.witnesses.iter().enumerate() {
            writeln!(f, "witness {} {witness}", Name(place))?;
        }
        let mut groups = 0;
        let quorum = write_rule(&self.quorum, &mut groups, f)?;
        writeln!(f, "quorum {quorum}")
    }
}

/// What we call the witness at this place.
struct Name(usize);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}", self.0 + 1)
    }
}

/// Writes the groups that a rule needs, and answers with its name.
fn write_rule(rule: &Rule, groups: &mut usize, f: &mut fmt::Formatter<'_>) -> Result<String, fmt::Error> {
    match rule {
        Rule::Nobody => Ok("none".to_owned()),
        Rule::Witness(place) => Ok(Name(*place).to_string()),
        Rule::Group { least, members } => {
            let members = members
                .iter()
                .map(|member| write_rule(member, groups, f))
                .collect::<Result<Vec<_>, _>>()?;
            *groups += 1;
            writeln!(f, "group g{groups} {least} {}", members.join(" "))?;
            Ok(format!("g{groups}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    fn witness(number: u8) -> VerifierKey {
        // Any point of the curve will do: nothing is signed here.
        let points = [
            "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY=",
            "6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ=",
        ];
        let bytes = data_encoding::BASE64
            .decode(points[usize::from(number)].as_bytes())
            .unwrap();
        let key = keys::PublicKey::try_new(keys::Algorithm::Ed25519, &bytes).unwrap();
        VerifierKey::try_new(&format!("w{number}.example"), NoteKind::Witness, key).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        for quorum in 0..=2 {
            let policy = Policy::of(LOG.parse().unwrap(), vec![witness(0), witness(1)], quorum).unwrap();
            let text = policy.to_string();
            assert_eq!(text.parse::<Policy>().unwrap(), policy, "{text}");
            assert_eq!(policy.asks_for_witnesses(), quorum > 0);
        }
        assert_eq!(
            Policy::of(LOG.parse().unwrap(), vec![witness(0)], 2),
            None,
            "more than there are"
        );
        assert_eq!(
            Policy::of(LOG.parse().unwrap(), vec![witness(0), witness(0)], 1),
            None,
            "one key twice"
        );
        assert_eq!(Policy::of(witness(0), vec![], 0), None, "a witness is no log");
    }

    #[test]
    fn the_quorum_is_what_the_groups_say() {
        let (a, b) = (witness(0), witness(1));
        let text = format!(
            "# words\n\n  log {LOG} https://log.example/\nwitness A {a}\nwitness\tB {b} https://b.example\n\
             group pair all A B\ngroup any-of any pair\nquorum any-of\n"
        );
        let policy = text.parse::<Policy>().unwrap();
        let holds = |places: &[usize]| policy.quorum.holds(&places.iter().copied().collect());
        assert!(holds(&[0, 1]));
        assert!(!holds(&[0]) && !holds(&[1]) && !holds(&[]));
    }

    #[test]
    fn what_is_no_policy_is_refused_at_its_line() {
        let (a, b) = (witness(0), witness(1));
        for (line, text) in [
            (0, String::new()),
            (0, format!("log {LOG}\n")),
            (0, "quorum none".to_owned()),
            (1, "logs x\n".to_owned()),
            (1, "log x\n".to_owned()),
            (1, format!("log {a}\n")),
            (2, format!("log {LOG}\nlog {LOG}\n")),
            (1, format!("witness none {a}\n")),
            (1, format!("witness A {LOG}\n")),
            (2, format!("witness A {a}\nwitness A {b}\n")),
            (2, format!("witness A {a}\nwitness B {a}\n")),
            (2, format!("witness A {a}\ngroup G 2 A\n")),
            (2, format!("witness A {a}\ngroup G 0 A\n")),
            (2, format!("witness A {a}\ngroup G 01 A\n")),
            (2, format!("witness A {a}\ngroup G any A A\n")),
            (3, format!("witness A {a}\ngroup G any A\ngroup H any A\n")),
            (1, "group G all\n".to_owned()),
            (1, "group G any none\n".to_owned()),
            (1, "quorum A\n".to_owned()),
            (2, "quorum none\nquorum none\n".to_owned()),
            (1, "quorum none none\n".to_owned()),
            (1, "quorum none\r\n".to_owned()),
        ] {
            assert_eq!(text.parse::<Policy>(), Err(PolicyError { line }), "{text}");
        }
    }
}
