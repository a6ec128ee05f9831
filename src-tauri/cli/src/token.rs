//! `ingot token`: the Hub's access token. It is typed or piped, and never stands on a command line.

use std::io::{IsTerminal, Read, stdin};

use ingot_engine::hub::{Token, TokenKeeper};
use ingot_engine::{Error, Result, library};
use serde_json::json;

use crate::args::TokenOptions;
use crate::terminal;

/// More than any token has.
const MOST_BYTES: u64 = 4096;

pub fn run(options: &TokenOptions) -> Result<()> {
    let keeper = TokenKeeper::of(&library::home()?);
    if options.set {
        keeper.keep(&read()?)?;
        terminal::note("Kept. It is sent to the Hub alone.");
    } else if options.clear {
        let told = if keeper.forget()? { "Forgotten." } else { "There was none." };
        terminal::note(told);
    }
    let place = match Token::from_environment()? {
        Some(_) => Some("HF_TOKEN"),
        None => keeper.read()?.map(|_| TokenKeeper::PLACE),
    };
    if options.json {
        println!("{}", json!({ "token": place }));
    } else if !options.set && !options.clear {
        match place {
            Some(place) => println!("There is a token in {place}."),
            None => println!("There is no token. Public models need none; 'ingot token --set' keeps one."),
        }
    }
    Ok(())
}

fn read() -> Result<Token> {
    let failed = |error: std::io::Error| Error::bad_request(format!("the token cannot be read: {error}"));
    let text = if stdin().is_terminal() {
        rpassword::prompt_password("Token (it is not shown): ").map_err(failed)?
    } else {
        let mut text = String::new();
        stdin().take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
        text
    };
    Token::parse(&text).ok_or_else(|| Error::bad_request("that is no token; copy one from the Hub's settings"))
}
