//! The conversations that are being tried, in memory alone. Whoever has the token reads them, and the token is drawn here: nobody
//! can name another's, and none is taken that was not given out.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use assistant::{
    Assistant,
    jsonl::{Answered, Line, Talk},
    reply::Reply,
    understand::Context,
};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use keys::Entropy;
use ledger::Clock;
use sha2::{Digest, Sha256};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// Visitors.
    jars: usize,
    /// Conversations of one visitor.
    talks: usize,
    /// Messages of one conversation.
    messages: u32,
    /// Bytes of one conversation, as it would be stored.
    bytes: usize,
    /// Bytes of what was said before, to be shown; the last exchange is always there.
    said_bytes: usize,
    /// Without a message for so long, it is forgotten.
    idle: SignedDuration,
    /// So long after its first message, it is forgotten.
    age: SignedDuration,
}

const BOUNDS: Bounds = Bounds {
    jars: 500,
    talks: 4,
    messages: 200,
    bytes: 32 * 1024,
    said_bytes: 16 * 1024,
    idle: SignedDuration::from_mins(30),
    age: SignedDuration::from_hours(4),
};

/// What somebody said, and what was said back.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) said: String,
    pub(super) replies: Vec<Reply>,
}

impl Exchange {
    fn bytes(&self) -> usize {
        self.said.len() + self.replies.iter().map(size).sum::<usize>()
    }
}

fn size(reply: &Reply) -> usize {
    serde_json::to_vec(reply).map_or(0, |json| json.len())
}

/// What came of a line.
pub(super) struct Heard {
    /// To be handed out, where there was none that holds.
    pub(super) token: Option<String>,
    pub(super) answered: Answered,
    /// With what the message was read.
    pub(super) context: Context,
    /// The last exchanges, this one last.
    pub(super) said: Vec<Exchange>,
}

/// The conversation grew beyond its bounds and was forgotten.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

struct Kept {
    talk: Talk,
    submitted: u64,
    messages: u32,
    said: VecDeque<Exchange>,
    began: Timestamp,
    used: Timestamp,
}

/// The conversations of one visitor, by the names that they gave them.
#[derive(Default)]
struct Jar(HashMap<String, Kept>);

impl Jar {
    fn used(&self) -> Timestamp {
        self.0.values().map(|kept| kept.used).max().unwrap_or(Timestamp::MIN)
    }
}

/// All conversations that are being tried.
pub(crate) struct Talks {
    bounds: Bounds,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    /// By the token's hash.
    jars: Mutex<HashMap<[u8; 32], Jar>>,
}

impl Talks {
    /// None yet.
    pub(crate) fn new(entropy: Arc<dyn Entropy>, clock: Arc<dyn Clock>) -> Self {
        Self {
            bounds: BOUNDS,
            entropy,
            clock,
            jars: Mutex::default(),
        }
    }

    /// Hears a line of whoever holds this token; `anew` forgets what was said under the line's session before.
    pub(super) fn hear(
        &self,
        assistant: &Assistant,
        token: Option<&str>,
        line: &Line,
        anew: bool,
    ) -> Result<Heard, TooLong> {
        let now = self.clock.now();
        let mut jars = self.jars.lock().unwrap_or_else(PoisonError::into_inner);
        let (key, fresh) = self.jar(&mut jars, token, now);
        let Jar(talks) = jars.entry(key).or_default();
        let session = line.session().to_string();
        if anew {
            talks.remove(&session);
        }
        if !talks.contains_key(&session) && talks.len() >= self.bounds.talks {
            forget_oldest(talks, |kept| kept.used);
        }
        let kept = talks.entry(session.clone()).or_insert_with(|| Kept {
            talk: Talk::begin(assistant, line, now),
            submitted: 0,
            messages: 0,
            said: VecDeque::new(),
            began: now,
            used: now,
        });
        let context = kept.talk.context();
        let answered = kept.talk.hear(assistant, line, &mut kept.submitted);
        kept.used = now;
        kept.messages += 1;
        let bytes = kept.talk.size().unwrap_or(usize::MAX);
        if kept.messages > self.bounds.messages || bytes > self.bounds.bytes {
            talks.remove(&session);
            return Err(TooLong);
        }
        kept.said.push_back(Exchange {
            said: line.text().unwrap_or_default().to_owned(),
            replies: answered.replies().to_vec(),
        });
        while kept.said.len() > 1 && kept.said.iter().map(Exchange::bytes).sum::<usize>() > self.bounds.said_bytes {
            kept.said.pop_front();
        }
        Ok(Heard {
            token: fresh,
            answered,
            context,
            said: kept.said.iter().cloned().collect(),
        })
    }

    /// Whose jar it is. A token that nobody was given opens none: a new one is drawn.
    fn jar(
        &self,
        jars: &mut HashMap<[u8; 32], Jar>,
        token: Option<&str>,
        now: Timestamp,
    ) -> ([u8; 32], Option<String>) {
        jars.retain(|_, Jar(talks)| {
            talks.retain(|_, kept| self.holds(kept, now));
            !talks.is_empty()
        });
        if let Some(key) = token.map(hash).filter(|key| jars.contains_key(key)) {
            return (key, None);
        }
        if jars.len() >= self.bounds.jars {
            forget_oldest(jars, Jar::used);
        }
        let mut random = [0; 32];
        self.entropy.fill(&mut random);
        let token = BASE64URL_NOPAD.encode(&random);
        (hash(&token), Some(token))
    }

    /// A clock that went back ends it too: nobody gains time by that.
    fn holds(&self, kept: &Kept, now: Timestamp) -> bool {
        let within = |since: Timestamp, most: SignedDuration| {
            let passed = now.duration_since(since);
            !passed.is_negative() && passed < most
        };
        within(kept.used, self.bounds.idle) && within(kept.began, self.bounds.age)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn forget_oldest<K: Clone + Eq + std::hash::Hash, V>(all: &mut HashMap<K, V>, used: impl Fn(&V) -> Timestamp) {
    let oldest = all.iter().min_by_key(|(_, one)| used(one)).map(|(key, _)| key.clone());
    if let Some(key) = oldest {
        all.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use domain::catalogue::Catalogue;
    use keys::SeededEntropy;
    use ledger::ManualClock;

    use super::*;

    struct Room {
        talks: Talks,
        clock: Arc<ManualClock>,
        assistant: Assistant,
    }

    impl Room {
        fn new(bounds: Bounds) -> Self {
            let clock = Arc::new(ManualClock::new("2026-11-22T05:00:00Z".parse().unwrap()));
            let talks = Talks {
                bounds,
                ..Talks::new(Arc::new(SeededEntropy::new(5)), clock.clone())
            };
            Self {
                talks,
                clock,
                assistant: Assistant::new(Catalogue::embedded().unwrap()).unwrap(),
            }
        }

        fn says(&self, token: Option<&str>, session: &str, text: &str) -> Result<Heard, TooLong> {
            let line = Line::said(session, text.to_owned());
            self.talks.hear(&self.assistant, token, &line, false)
        }

        /// Begins a form; the token.
        fn begins(&self, session: &str) -> String {
            let heard = self.says(None, session, "birth certificate chahiye").unwrap();
            assert_eq!(heard.answered.state().mode, "form");
            heard.token.unwrap()
        }

        fn goes_on(&self, token: &str, session: &str) -> bool {
            let heard = self.says(Some(token), session, "namaste").unwrap();
            heard.said.len() > 1
        }

        fn knows(&self, token: &str) -> bool {
            self.talks.jars.lock().unwrap().contains_key(&hash(token))
        }

        fn count(&self) -> usize {
            self.talks.jars.lock().unwrap().len()
        }
    }

    #[test]
    fn another_cannot_read_on() {
        let room = Room::new(BOUNDS);
        let token = room.begins("s");
        // The same name of a session: with no token, one that was made up, and one of somebody else.
        let other = room.begins("s");
        assert_ne!(token, other);
        for stranger in [None, Some("A".repeat(43)), Some(String::new()), Some(other)] {
            let heard = room.says(stranger.as_deref(), "s", "Aarav Sharma").unwrap();
            assert_ne!(
                heard.token.as_deref(),
                stranger.as_deref(),
                "a token that was made up is not taken"
            );
            if heard.token.is_some() {
                assert_eq!(heard.said.len(), 1);
                assert!(heard.answered.state().form.is_empty());
            }
        }
        let heard = room.says(Some(&token), "s", "Diya Verma").unwrap();
        assert_eq!(heard.said.len(), 2, "nobody else has spoken in it");
        assert!(!heard.answered.written().unwrap().contains("Aarav"));
    }

    #[test]
    fn no_more_are_kept_than_their_bounds_and_the_last_ones_stay() {
        let room = Room::new(Bounds { jars: 3, ..BOUNDS });
        let tokens: Vec<String> = (0..4)
            .map(|minute| {
                room.clock.set(room.clock.now() + SignedDuration::from_mins(minute));
                room.begins("s")
            })
            .collect();
        assert_eq!(room.count(), 3);
        assert!(room.goes_on(&tokens[3], "s") && room.goes_on(&tokens[1], "s"));
        assert!(!room.knows(&tokens[0]));
        let room = Room::new(Bounds { talks: 2, ..BOUNDS });
        let token = room.begins("a");
        for session in ["b", "c"] {
            room.clock.set(room.clock.now() + SignedDuration::from_secs(1));
            room.says(Some(&token), session, "namaste").unwrap();
        }
        assert!(room.goes_on(&token, "c") && !room.goes_on(&token, "a"));
    }

    #[test]
    fn idle_and_old_ones_are_forgotten() {
        let ahead = |room: &Room, by: SignedDuration| room.clock.set(room.clock.now() + by);
        let second = SignedDuration::from_secs(1);
        let room = Room::new(BOUNDS);
        let token = room.begins("s");
        ahead(&room, BOUNDS.idle - second);
        assert!(room.goes_on(&token, "s"));
        ahead(&room, BOUNDS.idle);
        assert!(!room.goes_on(&token, "s"));
        let token = room.begins("s");
        for _ in 0..9 {
            ahead(&room, SignedDuration::from_mins(26));
            assert!(room.goes_on(&token, "s"));
        }
        ahead(&room, SignedDuration::from_mins(6));
        assert!(!room.goes_on(&token, "s"), "four hours");
        let token = room.begins("s");
        room.clock.set(room.clock.now() - second);
        assert!(!room.goes_on(&token, "s"), "the clock went back");
    }

    #[test]
    fn a_conversation_ends_at_its_bounds() {
        let room = Room::new(Bounds { messages: 2, ..BOUNDS });
        let token = room.begins("s");
        assert!(room.goes_on(&token, "s"));
        assert_eq!(room.says(Some(&token), "s", "namaste").err(), Some(TooLong));
        assert!(!room.goes_on(&token, "s"), "the next one begins anew");

        let line = Line::said("s", "birth certificate chahiye".to_owned());
        let mut talk = Talk::begin(&room.assistant, &line, room.clock.now());
        talk.hear(&room.assistant, &line, &mut 0);
        let bytes = talk.size().unwrap();
        let room = Room::new(Bounds { bytes, ..BOUNDS });
        room.begins("s");
        let room = Room::new(Bounds {
            bytes: bytes - 1,
            ..BOUNDS
        });
        assert!(room.says(None, "s", "birth certificate chahiye").is_err());
    }

    #[test]
    fn of_what_was_said_the_last_is_always_shown() {
        let room = Room::new(Bounds {
            said_bytes: 1,
            ..BOUNDS
        });
        let token = room.begins("s");
        let heard = room.says(Some(&token), "s", "Aarav Sharma").unwrap();
        assert_eq!(heard.said.len(), 1);
        assert_eq!(heard.said[0].said, "Aarav Sharma");
        assert!(!heard.answered.state().form.is_empty(), "the form goes on all the same");
    }

    #[test]
    fn whoever_begins_anew_keeps_the_token() {
        let room = Room::new(BOUNDS);
        let token = room.begins("s");
        let line = Line::said("s", "namaste".to_owned());
        let heard = room.talks.hear(&room.assistant, Some(&token), &line, true).unwrap();
        assert_eq!((heard.said.len(), heard.token), (1, None));
        assert_eq!(heard.answered.state().service, None);
    }
}
