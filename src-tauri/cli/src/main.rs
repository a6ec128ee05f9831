//! The command line: the same engine as the app, without a window.
//!
//! Arguments are parsed in [`args`]; each command is one file. Results go to standard output, everything else to
//! standard error. Exit codes: 0 done, 1 failed, 2 wrong usage. Started by Ingot itself with a socket, the same program
//! is the process of a conversion.

mod answering;
mod args;
mod bench;
mod chat;
mod convert;
mod demo;
mod generate;
mod models;
mod monitor;
mod profile;
mod pull;
mod report;
mod search;
mod terminal;
mod token;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use ingot_engine::worker::Connection;

use args::{Arguments, Command};

fn main() -> ExitCode {
    if Connection::is_inherited() {
        ingot_engine::convert::serve();
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => match usage::line(&error, &typed()) {
            Some(line) => {
                eprintln!("{line}");
                return ExitCode::from(2);
            }
            None => error.exit(),
        },
    };
    let result = match &arguments.command {
        Command::Generate(options) => generate::run(options).map(|()| ExitCode::SUCCESS),
        Command::Chat(options) => chat::run(options),
        Command::Convert(options) => convert::run(options).map(|()| ExitCode::SUCCESS),
        Command::Demo(options) => demo::run(options),
        Command::Models(options) => models::run(options).map(|()| ExitCode::SUCCESS),
        Command::Pull(options) => pull::run(options).map(|()| ExitCode::SUCCESS),
        Command::Token(options) => token::run(options).map(|()| ExitCode::SUCCESS),
        Command::Search(options) => search::run(options).map(|()| ExitCode::SUCCESS),
        Command::Bench(options) => bench::run(options).map(|()| ExitCode::SUCCESS),
        Command::Report(options) => report::run(options).map(|()| ExitCode::SUCCESS),
        Command::Monitor(options) => monitor::run(options).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        terminal::error(&error);
        ExitCode::FAILURE
    })
}

/// What was typed behind the program's name.
fn typed() -> Vec<String> {
    std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect()
}
