//! Whom the edge believes and lets in: other pages' origins, and proxies that tell an address.

use std::{net::IpAddr, str::FromStr};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What is configured.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// Origins (`https://h5.zdn.vn`) whose pages may call from a browser; no others may.
    pub origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed; nobody else's is.
    pub proxies: Vec<Network>,
}

/// Some addresses: one, or all that begin alike (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// A text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoNetwork;

impl std::fmt::Display for NoNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not an address such as 10.0.0.1, nor a network such as 10.0.0.0/8")
    }
}

impl std::error::Error for NoNetwork {}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| NoNetwork)?,
            None => most,
        };
        (bits <= most)
            .then_some(Self { address, bits })
            .ok_or(NoNetwork)
    }
}

impl Network {
    fn has(&self, other: IpAddr) -> bool {
        match (self.address, other.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                let apart = u32::from(mine) ^ u32::from(other);
                apart.leading_zeros() >= self.bits
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                let apart = u128::from(mine) ^ u128::from(other);
                apart.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

impl Guards {
    /// Whose request it is. From a proxy that is believed, the last address in `X-Forwarded-For` that is no such proxy:
    /// whatever stands before it, the client may have written itself.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer?;
        let told: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        for address in told.into_iter().rev() {
            if !self.proxies.iter().any(|proxy| proxy.has(client)) {
                break;
            }
            let Ok(address) = address.parse() else { break };
            client = address;
        }
        Some(client)
    }

    /// The origin of a request from another page, if that page may call.
    pub fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut sent = headers.get_all("origin");
        let origin = sent.next()?;
        let known = self.origins.iter().any(|known| origin == known.as_str());
        (known && sent.next().is_none()).then(|| origin.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(FORWARDED_FOR, value);
            }
        }
        headers
    }

    #[test]
    fn a_forwarded_address_is_believed_from_a_known_proxy_only() {
        let guards = Guards {
            proxies: ["10.0.0.0/8", "2001:db8::1"]
                .iter()
                .filter_map(|n| n.parse().ok())
                .collect(),
            ..Guards::default()
        };
        let check = |peer: &str, values: &[&str], expect: &str| {
            let client = guards.client(peer.parse().ok(), &forwarded(values));
            assert_eq!(client, expect.parse().ok(), "{peer} {values:?}");
        };
        check("192.0.2.1", &["203.0.113.9"], "192.0.2.1");
        check("10.0.0.1", &["203.0.113.9"], "203.0.113.9");
        // What the client wrote itself stands further to the front.
        check("10.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9");
        check(
            "10.0.0.1",
            &["198.51.100.7", "203.0.113.9, 10.1.1.1"],
            "203.0.113.9",
        );
        check("2001:db8::1", &["203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["nonsense"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn networks_are_read_as_people_write_them() {
        for (text, sound) in [
            ("10.0.0.0/8", true),
            ("10.0.0.1", true),
            ("::1/128", true),
            ("10.0.0.0/33", false),
            ("proxy", false),
            ("10.0.0.0/", false),
        ] {
            assert_eq!(text.parse::<Network>().is_ok(), sound, "{text}");
        }
    }

    #[test]
    fn an_origin_is_known_by_its_whole_text() {
        let guards = Guards {
            origins: vec!["https://h5.zdn.vn".into()],
            ..Guards::default()
        };
        for (origin, known) in [
            ("https://h5.zdn.vn", true),
            ("https://h5.zdn.vn.evil.example", false),
            ("http://h5.zdn.vn", false),
            ("null", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static("origin"),
                HeaderValue::from_static(origin),
            );
            assert_eq!(guards.origin(&headers).is_some(), known, "{origin}");
        }
    }
}
