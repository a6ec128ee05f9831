//! The token as a generic password of the login keychain, through the Security framework: never on a command line.

use security_framework::base::Error as KeychainError;
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};
use security_framework_sys::base::errSecItemNotFound;

use super::token::Token;
use crate::error::{Error, Result};

const SERVICE: &str = "dev.ingot.app";
const ACCOUNT: &str = "Hugging Face token";

pub fn read() -> Result<Option<Token>> {
    match get_generic_password(SERVICE, ACCOUNT) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(Token::parse)),
        Err(error) if error.code() == errSecItemNotFound => Ok(None),
        Err(error) => Err(failed("read", &error)),
    }
}

pub fn keep(token: &Token) -> Result<()> {
    set_generic_password(SERVICE, ACCOUNT, token.secret().as_bytes()).map_err(|error| failed("kept", &error))
}

pub fn forget() -> Result<bool> {
    match delete_generic_password(SERVICE, ACCOUNT) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == errSecItemNotFound => Ok(false),
        Err(error) => Err(failed("removed", &error)),
    }
}

fn failed(what: &str, error: &KeychainError) -> Error {
    Error::internal(format!("the token cannot be {what}: the Keychain says {error}; unlock it, or set HF_TOKEN"))
}
