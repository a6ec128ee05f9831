//! Where the Hub is: `HF_ENDPOINT`, else its public address. Plain http is for this machine alone.

use std::net::IpAddr;

use url::{Host, Url};

use crate::error::{Error, Result};

const PUBLIC: &str = "https://huggingface.co";

/// The Hub's address, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
}

impl Endpoint {
    /// The one that the environment names.
    pub fn from_environment() -> Result<Self> {
        let named = std::env::var("HF_ENDPOINT").unwrap_or_default();
        Self::parse(if named.trim().is_empty() { PUBLIC } else { &named })
    }

    /// `https://host[:port][/path]`, or the same with http on a loopback address.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| Error::bad_request(format!("HF_ENDPOINT is {text:?}: {why}"));
        let mut base = Url::parse(text.trim()).map_err(|error| wrong(&format!("{error}; give a URL")))?;
        if base.host().is_none() || !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("give a host, and no user or password"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(wrong("leave out what follows the path"));
        }
        if !is_safe(&base) {
            return Err(wrong("use https; plain http is for this machine alone"));
        }
        // Paths are joined below it.
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self { base })
    }

    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The address of `segments` below the endpoint. Whatever they hold, they stay single names.
    pub fn below<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Whether `url` is at the Hub itself, which alone may see the token.
    pub fn is_origin_of(&self, url: &Url) -> bool {
        self.base.origin() == url.origin()
    }

    /// Whether a redirect from here to `url` may be followed. What is on this machine is nobody else's business.
    pub fn may_lead_to(&self, url: &Url) -> bool {
        is_safe(url) && (url.scheme() == "https" || self.base.scheme() == "http")
    }
}

/// Whether a request may go to `url`.
fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_or_on_this_machine() {
        for good in [
            "https://huggingface.co",
            "https://hub.example/mirror/",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert!(Endpoint::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "huggingface.co",
            "http://huggingface.co",
            "http://127.0.0.1.example",
            "ftp://x",
            "https://u:p@x",
            "https://x/?a",
            "https://x/#a",
            "file:///etc",
        ] {
            let error = Endpoint::parse(bad).expect_err(bad);
            assert!(error.message.contains("HF_ENDPOINT"), "{error}");
        }
    }

    #[test]
    fn names_do_not_lead_out_of_their_place() {
        let endpoint = Endpoint::parse("https://hub.example/mirror").expect("an endpoint");
        assert_eq!(endpoint.below(["api", "models"]).as_str(), "https://hub.example/mirror/api/models");
        assert_eq!(endpoint.below(["a/../b?c#d"]).as_str(), "https://hub.example/mirror/a%2F..%2Fb%3Fc%23d");
    }

    #[test]
    fn the_token_is_for_the_origin() {
        let endpoint = Endpoint::parse("https://hub.example").expect("an endpoint");
        let is_origin = |url: &str| endpoint.is_origin_of(&Url::parse(url).expect(url));
        assert!(is_origin("https://hub.example/x") && is_origin("https://hub.example:443/x"));
        for other in
            ["https://hub.example:444/", "http://hub.example/", "https://cdn.hub.example/", "https://hub.example.evil/"]
        {
            assert!(!is_origin(other), "{other}");
        }
    }
}
