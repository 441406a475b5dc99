//! How often one peer, or one account, may look a number up. The numbers cannot be guessed (55 bits); the limit keeps it from being tried.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use tokio::time::Instant;

use crate::state::App;

/// Whom a limit counts: the address that the connection comes from. A forwarded address is believed only from a proxy that
/// the settings name, and of that only the last one, which the proxy itself has written: whoever sends the others can choose
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Peer(IpAddr);

impl Peer {
    /// A peer by its address; of an IPv6 address the network counts, because a home has 2^64 of them.
    #[must_use]
    pub(crate) fn new(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
                || {
                    let [a, b, c, d, ..] = v6.segments();
                    IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
                },
                IpAddr::V4,
            ),
        })
    }
}

impl FromRequestParts<App> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let connected = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip().to_canonical());
        let connected = connected.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let forwarded = if app.state.proxies.contains(&connected) {
            last_forwarded(&parts.headers)
        } else {
            None
        };
        Ok(Self::new(forwarded.unwrap_or(connected)))
    }
}

/// The address that the nearest proxy saw, if it says so in the way in which proxies do.
fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    line.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// A bucket of tokens for each of those who are counted, peers as a rule: `burst` at once, then one every `every`.
#[derive(Clone, Debug)]
pub(crate) struct Limiter<K = Peer> {
    burst: u32,
    every: Duration,
    peers_max: usize,
    peers: Arc<Mutex<HashMap<K, Bucket>>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: u32,
    since: Instant,
}

impl<K: Eq + Hash> Limiter<K> {
    /// A limiter with full buckets.
    #[must_use]
    pub(crate) fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst,
            every,
            peers_max: 50_000,
            peers: Arc::default(),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The seconds until the next one, at least 1.
    pub(crate) fn take(&self, peer: K) -> Result<(), u64> {
        self.take_at(peer, Instant::now())
    }

    fn take_at(&self, peer: K, now: Instant) -> Result<(), u64> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= self.peers_max {
            // Whoever would have a full bucket again need not be remembered.
            let full_after = self.every.saturating_mul(self.burst);
            peers.retain(|_, bucket| now.duration_since(bucket.since) < full_after);
            if peers.len() >= self.peers_max {
                peers.clear();
            }
        }
        let bucket = peers.entry(peer).or_insert(Bucket {
            left: self.burst,
            since: now,
        });
        let every = self.every.as_millis().max(1);
        let gained = now.duration_since(bucket.since).as_millis() / every;
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        if gained > 0 {
            bucket.left = bucket.left.saturating_add(gained).min(self.burst);
            bucket.since = if bucket.left == self.burst {
                now
            } else {
                bucket.since + self.every.saturating_mul(gained)
            };
        }
        if bucket.left == 0 {
            let wait = self.every.saturating_sub(now.duration_since(bucket.since));
            return Err(u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(1).max(1));
        }
        bucket.left -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(last: u8) -> Peer {
        Peer::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    #[test]
    fn a_burst_then_one_at_a_time_each_peer_for_itself() {
        let limiter = Limiter::new(3, Duration::from_secs(10));
        let start = Instant::now();
        let at = |peer, milliseconds| limiter.take_at(peer, start + Duration::from_millis(milliseconds));
        for _ in 0..3 {
            at(peer(1), 0).unwrap();
        }
        assert_eq!(at(peer(1), 0), Err(10));
        assert_eq!(at(peer(2), 0), Ok(()));
        assert_eq!(at(peer(1), 9_999), Err(1));
        assert_eq!(at(peer(1), 10_000), Ok(()));
        assert_eq!(at(peer(1), 10_000), Err(10));
        for _ in 0..3 {
            at(peer(1), 3_600_000).unwrap();
        }
        assert!(at(peer(1), 3_600_000).is_err());
    }

    #[test]
    fn of_forwarded_addresses_the_last_counts() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            last_forwarded(&headers)
        };
        let last = Some("192.0.2.7".parse().unwrap());
        assert_eq!(of(&["192.0.2.7"]), last);
        // What stands before was sent by whoever asks.
        assert_eq!(of(&["198.51.100.1, 192.0.2.7"]), last);
        assert_eq!(of(&["198.51.100.1", "198.51.100.2,192.0.2.7 "]), last);
        for nobody in [&[][..], &[""], &["192.0.2.7, unknown"], &["192.0.2.7, 192.0.2.7:80"]] {
            assert_eq!(of(nobody), None, "{nobody:?}");
        }
    }

    #[test]
    fn an_ipv6_network_is_one_peer() {
        let of = |text: &str| Peer::new(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), peer(1));
    }
}
