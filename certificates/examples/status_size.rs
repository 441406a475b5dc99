//! What the status lists of many certificates weigh, signed, all of them together.
//!
//! ```text
//! cargo run --release -p certificates --example status_size -- CERTIFICATES
//! ```
#![expect(clippy::print_stdout, reason = "a program that says what it measured")]

use certificates::status::{LIST_BYTES_MAX, Status, StatusList, Statuses, place_of};
use jiff::Timestamp;
use keys::{KeyStore, Purpose, SeededEntropy};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A sequence that is the same at each run (SplitMix64).
struct Draw(u64);

impl Draw {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn main() -> Result<(), Failure> {
    let mut asked = std::env::args().skip(1);
    let certificates: u64 = asked.next().unwrap_or_else(|| "20000000".into()).parse()?;
    let folder = tempfile::tempdir()?;
    let now: Timestamp = "2026-11-22T04:30:00Z".parse()?;
    let keys = KeyStore::create(
        &folder.path().join("keys"),
        "x",
        &SeededEntropy::new(1),
        true,
        now,
        "Sample",
    )?;
    let signer = keys.signer(Purpose::Status)?;
    for per_ten_thousand in [1, 10, 100, 500] {
        let mut draw = Draw(1);
        let mut lists: Vec<Statuses> = Vec::new();
        let mut marked = 0_u64;
        for certificate in 0..certificates {
            let (list, place) = place_of(certificate);
            let list = usize::try_from(list)?;
            while lists.len() <= list {
                lists.push(Statuses::default());
            }
            if draw.next() % 10_000 < per_ten_thousand
                && let Some(statuses) = lists.get_mut(list)
            {
                marked += 1;
                statuses.set(place, Status::Invalid);
            }
        }
        let (mut all, mut largest) = (0, 0);
        for (number, statuses) in lists.iter().enumerate() {
            let list = StatusList::sign(u64::try_from(number)?, "verify.example", statuses, now, &*signer)?;
            all += list.len();
            largest = largest.max(list.len());
        }
        println!(
            "{certificates} certificates, {marked} revoked ({}.{:02} %): {} lists, {all} bytes, the largest {largest} of at most {LIST_BYTES_MAX}",
            per_ten_thousand / 100,
            per_ten_thousand % 100,
            lists.len(),
        );
    }
    Ok(())
}
