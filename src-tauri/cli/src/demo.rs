//! `ingot demo`: the tiny model that comes with Ingot, converted as any other and opened in a chat. It is what the window
//! offers on its first start, for where there is no window.

use std::process::ExitCode;

use ingot_engine::convert::{is_of_former_demo, usual_output};
use ingot_engine::library::{self, DEMO, demo};
use ingot_engine::recipe;
use ingot_engine::{Error, Result};

use crate::args::{ChatOptions, ConvertOptions, DemoOptions, ModelOptions, SamplingOptions};
use crate::{chat, convert, terminal};

pub fn run(options: &DemoOptions) -> Result<ExitCode> {
    let source = demo().ok_or_else(|| {
        Error::bad_request(
            "the demo model is not beside this program; install Ingot anew, or name its folder in INGOT_DEMO",
        )
    })?;
    terminal::note(&format!(
        "{DEMO} is a tiny demo model that knows about Ingot, here converted with {}:",
        options.recipe
    ));
    let output = usual_output(&library::home()?, DEMO, &options.recipe, recipe::USUAL_GROUP_SIZE)?;
    let force = is_of_former_demo(&source, &output);
    let usual = ConvertOptions::usual(source.display().to_string(), &options.recipe);
    convert::run(&ConvertOptions { force, output: Some(output.clone()), ..usual })?;
    let model = ModelOptions::usual(output.display().to_string());
    chat::run(&ChatOptions { model, system: None, sampling: SamplingOptions::default() })
}
