//! `ingot generate`: one prompt, one answer.

use ingot_engine::Result;
use ingot_engine::protocol::{GenerateRequest, Message, Prompt, Role};

use crate::answering::{answer, cancelled_by_ctrl_c, open, report, summary};
use crate::args::GenerateOptions;
use crate::terminal;

const MAX_TOKENS: u32 = 100;

pub fn run(options: &GenerateOptions) -> Result<()> {
    let sampling = options.sampling.plain(MAX_TOKENS);
    sampling.check()?;
    let cancel = cancelled_by_ctrl_c()?;
    let session = open(&options.model, &cancel)?;
    let prompt = if options.raw {
        Prompt::Raw(options.prompt.clone())
    } else {
        let system = options.system.iter().map(|text| Message { role: Role::System, content: text.clone() });
        let user = Message { role: Role::User, content: options.prompt.clone() };
        Prompt::Chat(system.chain([user]).collect())
    };
    let mut request = GenerateRequest::new(prompt, sampling);
    request.stop = options.sampling.stop.clone();

    let reply = answer(&session, &request, &cancel, !options.model.json)?;
    if options.model.json {
        println!("{}", report(&session, &reply));
    } else {
        println!();
        terminal::note(&summary(&reply));
    }
    Ok(())
}
