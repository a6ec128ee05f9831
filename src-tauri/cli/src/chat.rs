//! `ingot chat`: a conversation, from a terminal or, with `--json`, from another program.

use std::io::{BufRead, IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

use ingot_engine::protocol::{GenerateRequest, Message, Prompt, Role, Sampling};
use ingot_engine::{Error, Result};

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

    let mut messages: Vec<Message> =
        options.system.iter().map(|text| Message { role: Role::System, content: text.clone() }).collect();
    let mut result = ExitCode::SUCCESS;
    loop {
        if at_terminal {
            print!("> ");
            stdout().flush().map_err(|error| Error::internal(error.to_string()))?;
        }
        let mut line = String::new();
        match stdin().lock().read_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(Error::bad_request(format!("the input cannot be read: {error}"))),
        }
        let content = line.trim_end_matches(['\n', '\r']).to_owned();
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
                    if at_terminal {
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
    if at_terminal {
        println!();
        return Ok(ExitCode::SUCCESS);
    }
    Ok(result)
}
