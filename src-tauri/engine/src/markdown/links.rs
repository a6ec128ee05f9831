//! Which addresses a person may be asked to open.

use url::Url;

use crate::error::{Error, Result};

/// Longest address; longer ones carry data rather than lead anywhere.
const LONGEST: usize = 2000;

/// An address that may be opened outside: `http`, `https` or `mailto`, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Normalized: what is shown is what is opened.
    pub href: String,
    /// The host of a web address (in ASCII, so that look-alike letters show), the address of a mail.
    pub host: String,
}

impl Link {
    /// `None` for every other address.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let url = Url::parse(text.trim()).ok()?;
        let host = match url.scheme() {
            "http" | "https" if url.username().is_empty() && url.password().is_none() => url.host_str()?.to_owned(),
            "mailto" if url.path().contains('@') => url.path().to_owned(),
            _ => return None,
        };
        (url.as_str().len() <= LONGEST).then(|| Self { href: url.into(), host })
    }

    /// The same, with an error for people.
    pub fn check(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            Error::bad_request(format!("{text:?} is not opened: only web and mail addresses without a password are"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_are_links() {
        let host = |text: &str| Link::parse(text).map(|link| link.host);
        assert_eq!(host("https://Example.com/a b?x#y").as_deref(), Some("example.com"));
        assert_eq!(host("http://127.0.0.1:8080/").as_deref(), Some("127.0.0.1"));
        assert_eq!(host("mailto:a@example.com").as_deref(), Some("a@example.com"));
        assert_eq!(host("https://аpple.com").as_deref(), Some("xn--pple-43d.com"), "a Cyrillic а shows");
        for refused in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "vbscript:x",
            "tauri://localhost/",
            "ipc://localhost/chat",
            "smb://host/share",
            "https://bank.example@evil.example/",
            "https://user:word@example.com/",
            "//example.com/x",
            "/relative",
            "",
            "https://",
            "mailto:",
        ] {
            assert_eq!(host(refused), None, "{refused}");
        }
        assert_eq!(host(&format!("https://example.com/{}", "x".repeat(LONGEST))), None);
        assert_eq!(host(&format!("https://example.com/{}", "\u{e9}".repeat(LONGEST / 3))), None, "escaped, too long");
    }
}
