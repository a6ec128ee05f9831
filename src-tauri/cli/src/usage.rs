//! Wrong usage, told in one line as any other error: what, where, why, what to do.

use clap::CommandFactory;
use clap::error::{Error, ErrorKind};

use crate::args::Arguments;

/// What clap says over several lines of what was `typed` behind the program's name, as one; `None` for what is no error,
/// such as help.
pub fn line(error: &Error, typed: &[String]) -> Option<String> {
    let is_asked_for = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion];
    if is_asked_for.contains(&error.kind()) || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let text = error.render().to_string();
    let mut said = String::new();
    let is_told =
        |line: &&str| !line.is_empty() && !line.starts_with("Usage: ") && !line.starts_with("For more information");
    for line in text.lines().map(str::trim).filter(is_told) {
        let line = line.strip_prefix("tip: ").unwrap_or(line);
        let line = match line.strip_prefix("[possible values: ") {
            Some(values) => format!("possible are {}", values.trim_end_matches(']')),
            None => line.to_owned(),
        };
        let between = match (said.is_empty(), said.ends_with(':')) {
            (true, _) => "",
            (_, true) => " ",
            _ if line.starts_with('-') || line.starts_with('<') => ", ",
            _ => "; ",
        };
        said = said + between + &line;
    }
    let command = typed.first().filter(|name| Arguments::command().find_subcommand(name).is_some());
    let command = command.map_or_else(String::new, |name| format!(" {name}"));
    Some(format!("{said}; see 'ingot{command} --help'"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn told(arguments: &[&str]) -> Option<String> {
        let typed: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let all = ["ingot".to_owned()].into_iter().chain(typed.clone());
        line(&Arguments::try_parse_from(all).err().expect("wrong usage"), &typed)
    }

    #[test]
    fn wrong_usage_is_told_in_a_line() {
        let cases: [(&[&str], &str); 7] = [
            (
                &["generate", "--prompt", "x"],
                "error: the following required arguments were not provided: --model <DIR|NAME>; see 'ingot generate --help'",
            ),
            (
                &["generate"],
                "error: the following required arguments were not provided: --model <DIR|NAME>, --prompt <TEXT>; \
                 see 'ingot generate --help'",
            ),
            (
                &["convert", "x", "--recipe", "4bit"],
                "error: invalid value '4bit' for '--recipe <RECIPE>'; possible are speed-4bit, balanced-5bit, \
                 quality-8bit, mixed-precision, none; see 'ingot convert --help'",
            ),
            (
                &["modles"],
                "error: unrecognized subcommand 'modles'; a similar subcommand exists: 'models'; see 'ingot --help'",
            ),
            (
                &["chat", "--model", "x", "--max-tokens", "-5"],
                "error: invalid value '-5' for '--max-tokens <N>': expected a whole number from 0 on; \
                 see 'ingot chat --help'",
            ),
            (
                &["search", "x", "--limit", "-1"],
                "error: invalid value '-1' for '--limit <N>': expected a whole number from 1 to 100; see 'ingot search --help'",
            ),
            (
                &["chat", "--model", "x", "--temp", "hot"],
                "error: invalid value 'hot' for '--temp <T>': not a number; see 'ingot chat --help'",
            ),
        ];
        for (arguments, expected) in cases {
            assert_eq!(told(arguments).expect("an error"), expected);
        }
        assert_eq!(told(&["--help"]), None);
    }
}
