//! `ingot chat`: a conversation, from a terminal or, with `--json`, from another program.

use std::io::{BufRead, IsTerminal, stdin, stdout};
use std::process::ExitCode;

use ingot_engine::protocol::{FinishReason, GenerateRequest, Message, Prompt, Role, Sampling};
use ingot_engine::{Error, Result};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::answering::{answer, cancelled_by_ctrl_c, open, report, summary};
use crate::args::ChatOptions;
use crate::terminal;

const MAX_TOKENS: u32 = 256;

/// Fails at the end if any answer failed; the conversation goes on meanwhile.
pub fn run(options: &ChatOptions) -> Result<ExitCode> {
    let json = options.model.json;
    let cancel = cancelled_by_ctrl_c()?;
    let session = open(&options.model, &cancel)?;
    let sampling = options.sampling.over(Sampling { max_tokens: MAX_TOKENS, ..session.summary().sampling.clone() });
    sampling.check()?;
    let at_terminal = stdin().is_terminal() && !json;
    if at_terminal {
        terminal::note(&format!("{} is ready. Ctrl-C stops an answer, Ctrl-D ends.", session.summary().name));
    }
    // The editor writes where answers go, too.
    let mut questions = match at_terminal && stdout().is_terminal() {
        true => Questions::Typed(Box::new(DefaultEditor::new().map_err(|error| unreadable(&error))?)),
        false => Questions::Piped,
    };

    let mut messages: Vec<Message> =
        options.system.iter().map(|text| Message { role: Role::System, content: text.clone() }).collect();
    let mut result = ExitCode::SUCCESS;
    while let Some(content) = questions.next()? {
        if content.trim().is_empty() {
            continue;
        }
        messages.push(Message { role: Role::User, content });
        // Ctrl-C at the prompt was not meant for this answer.
        cancel.reset();
        let mut request = GenerateRequest::new(Prompt::Chat(messages.clone()), sampling.clone());
        request.stop = options.sampling.stop.clone();
        match answer(&session, &request, &cancel, !json) {
            Ok(reply) => {
                if json {
                    println!("{}", report(&session, &reply));
                } else {
                    println!();
                    let usage = &reply.answer.usage;
                    let is_partial = reply.answer.reason == FinishReason::Length || usage.left_out_messages > 0;
                    if at_terminal || is_partial {
                        terminal::note(&summary(&reply));
                    }
                }
                messages.push(Message { role: Role::Assistant, content: reply.text });
            }
            Err(error) => {
                terminal::error(&error);
                messages.pop();
                result = ExitCode::FAILURE;
            }
        }
    }
    match at_terminal {
        true => Ok(ExitCode::SUCCESS),
        false => Ok(result),
    }
}

/// Where questions come from: a terminal, where lines are edited and come back with the arrow keys, or a pipe.
enum Questions {
    Typed(Box<DefaultEditor>),
    Piped,
}

impl Questions {
    /// The next line; `None` at the end.
    fn next(&mut self) -> Result<Option<String>> {
        let Self::Typed(editor) = self else {
            let mut line = String::new();
            let length = stdin().lock().read_line(&mut line).map_err(|error| unreadable(&error))?;
            return Ok((length > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()));
        };
        loop {
            match editor.readline("> ") {
                Ok(line) => {
                    // It is remembered until the end of the program, and nowhere else.
                    let _ = editor.add_history_entry(&line);
                    return Ok(Some(line));
                }
                Err(ReadlineError::Interrupted) => terminal::note("Ctrl-D ends."),
                Err(ReadlineError::Eof) => return Ok(None),
                Err(error) => return Err(unreadable(&error)),
            }
        }
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::bad_request(format!("the input cannot be read: {error}"))
}
