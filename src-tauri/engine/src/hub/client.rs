//! Requests to the Hub: redirects are followed by hand, so that the token goes to the Hub's own host alone and no
//! unencrypted address is asked; what may pass is tried again; and a refusal is one line with what to do.

use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy};
use url::Url;

use super::endpoint::Endpoint;
use super::keeper::TokenKeeper;
use super::patience::Patience;
use super::token::Token;
use crate::error::{Error, ErrorCode, Result};
use crate::session::CancelToken;

/// Redirects of one request.
const MOST_HOPS: usize = 8;
/// What somebody waits for is not waited for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

const CONNECT_TIME: Duration = Duration::from_secs(15);
/// Between two looks at whether somebody still waits.
const SLICE: Duration = Duration::from_millis(20);
/// Without a byte.
const SILENCE: Duration = Duration::from_secs(15);
/// For an answer that is looked at as a whole.
const LONGEST_ANSWER: Duration = Duration::from_secs(90);
/// Of such an answer.
const MOST_BYTES: u64 = 32 << 20;

/// A way to the Hub; clones share their connections.
#[derive(Clone)]
pub struct Hub {
    agent: Agent,
    endpoint: Endpoint,
    token: Option<Token>,
}

/// What comes of one try of a request.
pub(super) enum Attempt {
    Answer(Answer),
    /// It may go better after a while; of that length, if the server says so.
    Again {
        error: Error,
        pause: Option<Duration>,
    },
    /// There is no way to this host, as without a network.
    Offline {
        error: Error,
        host: String,
    },
    Refused(Error),
}

/// What comes of asking for something as a whole.
enum Asked {
    /// Its content type, and its bytes.
    Whole(String, Vec<u8>),
    /// It may go better after a while.
    Again(Error, Option<Duration>),
}

/// An answer, and the address it came from in the end.
pub(super) struct Answer {
    pub response: Response<Body>,
    pub address: Url,
}

impl Hub {
    /// The Hub that the environment names, asked with the token in `HF_TOKEN`, else with the one that is kept under `home`.
    /// An error if `HF_HUB_OFFLINE` forbids it.
    pub fn from_environment(home: &Path) -> Result<Self> {
        let offline = std::env::var("HF_HUB_OFFLINE").unwrap_or_default();
        if ["1", "true", "yes", "on"].contains(&offline.trim().to_ascii_lowercase().as_str()) {
            return Err(network("HF_HUB_OFFLINE is set, so nothing is asked of the Hub; unset it to go online"));
        }
        // Without it, as when the Keychain is locked, there is still all that is public.
        let token = Token::from_environment()?.or_else(|| TokenKeeper::of(home).read().ok().flatten());
        Ok(Self::new(Endpoint::from_environment()?, token))
    }

    pub fn new(endpoint: Endpoint, token: Option<Token>) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(Proxy::try_from_env())
            .user_agent(concat!("ingot/", env!("CARGO_PKG_VERSION")))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .build();
        Self { agent: config.new_agent(), endpoint, token }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The JSON at `url`; `what` it is stands in errors.
    pub fn json(&self, url: &Url, what: &str, cancel: &CancelToken) -> Result<Value> {
        let (kind, text) = self.get(url, what, cancel)?;
        if !kind.to_ascii_lowercase().contains("json") {
            let host = self.endpoint.host();
            return Err(network(&format!(
                "{host} answers {what} with {} and not with data; a login page or a proxy may stand between",
                if kind.is_empty() { "something unnamed" } else { &kind }
            )));
        }
        serde_json::from_slice(&text).map_err(|error| network(&format!("{what} is not JSON ({error}); try again")))
    }

    /// The bytes at `url`, which are few.
    pub fn bytes(&self, url: &Url, what: &str, cancel: &CancelToken) -> Result<Vec<u8>> {
        self.get(url, what, cancel).map(|(_, bytes)| bytes)
    }

    /// What is at `url`, redirects followed, and its content type.
    fn get(&self, url: &Url, what: &str, cancel: &CancelToken) -> Result<(String, Vec<u8>)> {
        let mut patience = Patience::new(LONGEST_PAUSE);
        loop {
            match self.ask(url, what, cancel)? {
                Asked::Whole(kind, bytes) => return Ok((kind, bytes)),
                Asked::Again(error, pause) => patience.wait(error, pause, &|| cancel.is_cancelled())?,
            }
        }
    }

    /// Asks on a thread of its own: a server that is silent keeps nobody who has had enough.
    fn ask(&self, url: &Url, what: &str, cancel: &CancelToken) -> Result<Asked> {
        let (hub, url, about) = (self.clone(), url.clone(), what.to_owned());
        let (sender, receiver) = channel();
        let asking = move || {
            let asked = match hub.attempt(&url, &about, None) {
                Attempt::Answer(answer) => whole(answer.response, &about),
                Attempt::Again { error, pause } => Ok(Asked::Again(error, pause)),
                Attempt::Offline { error, .. } => Ok(Asked::Again(error, None)),
                Attempt::Refused(error) => Err(error),
            };
            drop(sender.send(asked));
        };
        let thread = std::thread::Builder::new().name("a request".to_owned()).spawn(asking);
        thread.map_err(|error| Error::internal(format!("no thread for {what}: {error}")))?;
        let begin = Instant::now();
        loop {
            match receiver.recv_timeout(SLICE) {
                Ok(asked) => return asked,
                Err(RecvTimeoutError::Timeout) if begin.elapsed() > LONGEST_ANSWER => {
                    let host = self.endpoint.host();
                    return Err(network(&format!(
                        "{host} takes too long over {what}; check the network, or try later"
                    )));
                }
                Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
                Err(RecvTimeoutError::Timeout) => return Err(Error::bad_request("the request was cancelled")),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::internal(format!("asking for {what} failed")));
                }
            }
        }
    }

    /// Asks once for what is at `url`, or for those of its bytes that are in `range`.
    pub(super) fn attempt(&self, url: &Url, what: &str, range: Option<Range<u64>>) -> Attempt {
        let host = self.endpoint.host();
        let mut url = url.clone();
        for _ in 0..=MOST_HOPS {
            let mut request = self.agent.get(url.as_str());
            // Nobody but the Hub sees it, whoever it leads to.
            if let Some(token) = self.token.as_ref().filter(|_| self.endpoint.is_origin_of(&url)) {
                request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.secret()));
            }
            if let Some(range) = &range {
                request = request.header(header::RANGE, format!("bytes={}-{}", range.start, range.end - 1));
            }
            let answer = match request.call() {
                Ok(answer) => answer,
                Err(error) => {
                    let at = url.host_str().unwrap_or(host);
                    let told =
                        network(&format!("{at} cannot be reached for {what}: {}; check the network", reason(&error)));
                    return match is_offline(&error) {
                        true => Attempt::Offline { error: told, host: at.to_owned() },
                        false => Attempt::Again { error: told, pause: None },
                    };
                }
            };
            if !answer.status().is_redirection() {
                return self.judge(answer, url, what);
            }
            let location = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
            let Some(next) = location.and_then(|location| url.join(location).ok()) else {
                return Attempt::Refused(network(&format!("{host} sends {what} nowhere; try again later")));
            };
            if !self.endpoint.may_lead_to(&next) {
                let why = format!(
                    "{host} sends {what} to {}, which is not encrypted or not public; it is not followed",
                    shown(&next)
                );
                return Attempt::Refused(network(&why));
            }
            url = next;
        }
        Attempt::Refused(network(&format!("{host} sends {what} around in circles; try again later")))
    }

    fn judge(&self, answer: Response<Body>, address: Url, what: &str) -> Attempt {
        let host = address.host_str().unwrap_or(self.endpoint.host()).to_owned();
        let is_hub = self.endpoint.is_origin_of(&address);
        let status = answer.status();
        let pause = retry_after(&answer);
        let refused = |message: String| Attempt::Refused(Error::bad_request(message));
        match status {
            status if status.is_success() => Attempt::Answer(Answer { response: answer, address }),
            StatusCode::UNAUTHORIZED if is_hub => refused(match self.token {
                None => format!(
                    "{host} wants a token for {what}; make one at {host}/settings/tokens and give it to 'ingot token --set'"
                ),
                Some(_) => format!(
                    "{host} does not accept the token for {what}; make a new one and give it to 'ingot token --set', or \
                     look at HF_TOKEN"
                ),
            }),
            StatusCode::FORBIDDEN if is_hub => refused(format!(
                "{host} refuses {what}; accept the model's conditions on its page, and use a token that may read it"
            )),
            StatusCode::NOT_FOUND => refused(format!("{host} does not have {what}; look at the name")),
            StatusCode::TOO_MANY_REQUESTS => {
                let when = pause.map_or_else(|| "later".to_owned(), |pause| format!("in {} s", pause.as_secs()));
                let error = network(&format!("{host} has had too many requests for {what}; try again {when}"));
                Attempt::Again { error, pause }
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                let error = network(&format!("{host} has fewer bytes of {what} than it lists; try again later"));
                Attempt::Again { error, pause }
            }
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                let error = network(&format!("{host} fails at {what} (status {}); try again later", status.as_u16()));
                Attempt::Again { error, pause }
            }
            status => refused(format!("{host} refuses {what} (status {})", status.as_u16())),
        }
    }
}

/// Whether `error` is one of those that a machine without a network has.
fn is_offline(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound => true,
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => true,
        ureq::Error::Io(error) => {
            let kinds = [
                ErrorKind::NetworkDown,
                ErrorKind::NetworkUnreachable,
                ErrorKind::HostUnreachable,
                ErrorKind::AddrNotAvailable,
            ];
            kinds.contains(&error.kind()) || is_unknown_name(error)
        }
        _ => false,
    }
}

/// Why nobody answered.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "its name is not known".to_owned(),
        ureq::Error::Io(error) if is_unknown_name(error) => "its name is not known".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// The standard library has no kind for it.
fn is_unknown_name(error: &std::io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address")
}

/// The whole of an answer that is looked at as one, after its content type.
fn whole(answer: Response<Body>, what: &str) -> Result<Asked> {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (kind, mut bytes) = (kind.to_owned(), Vec::new());
    let read = answer.into_body().into_reader().take(MOST_BYTES + 1).read_to_end(&mut bytes);
    if let Err(error) = read {
        return Ok(Asked::Again(network(&format!("{what} was cut off: {error}; try again")), None));
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(network(&format!("{what} is longer than {} MiB, which cannot be right", MOST_BYTES >> 20)));
    }
    Ok(Asked::Whole(kind, bytes))
}

/// How long a server wants to be left alone: it says so in seconds, or until when.
fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let text = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    // One that is over asks for nothing.
    Some(Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO))
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

pub fn network(message: &str) -> Error {
    Error::new(ErrorCode::Network, message)
}

#[cfg(test)]
mod tests {
    use std::net::ToSocketAddrs;

    use super::*;

    #[test]
    fn a_name_that_is_not_found_looks_like_no_network() {
        let unknown = ("nowhere.invalid", 443).to_socket_addrs().expect_err("no such name");
        assert!(is_offline(&ureq::Error::Io(unknown)));
        assert!(is_offline(&ureq::Error::Io(ErrorKind::NetworkUnreachable.into())));
        assert!(!is_offline(&ureq::Error::Io(ErrorKind::ConnectionRefused.into())));
    }
}
