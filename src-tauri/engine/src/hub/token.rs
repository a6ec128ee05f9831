//! The access token: plain, and shown nowhere.

use std::fmt;

use crate::error::{Error, Result};

/// An access token of the Hub.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_token = !text.is_empty() && text.len() < 512 && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| Self(text.to_owned()))
    }

    /// The one in `HF_TOKEN`, if that is set.
    pub fn from_environment() -> Result<Option<Self>> {
        let Some(text) = std::env::var_os("HF_TOKEN").filter(|text| !text.is_empty()) else { return Ok(None) };
        let token = text.to_str().and_then(Self::parse);
        token.map(Some).ok_or_else(|| Error::bad_request("HF_TOKEN holds what is no token; set another, or unset it"))
    }

    /// For a request's header, and for whoever keeps it.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_plain_and_never_shown() {
        let token = Token::parse(" hf_secret\n").expect("a token");
        assert_eq!(token.secret(), "hf_secret");
        assert!(!format!("{token:?}").contains("secret"));
        for wrong in ["", "  ", "a b", "a\r\nHost: evil", "ü", &"x".repeat(600)] {
            assert_eq!(Token::parse(wrong), None, "{wrong:?}");
        }
    }
}
