//! The command line: the same engine as the app, without a window.
//!
//! Arguments are parsed in [`args`]; each command is one file. Results go to standard output, everything else to
//! standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.

mod answering;
mod args;
mod bench;
mod chat;
mod generate;
mod models;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Generate(options) => generate::run(options),
        Command::Chat(options) => chat::run(options),
        Command::Models(options) => models::run(options),
        Command::Bench(options) => bench::run(options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::clear_line();
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
