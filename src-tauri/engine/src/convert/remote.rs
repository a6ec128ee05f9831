//! A conversion as the app and the command line see it: a process of its own, which can be followed and ended at any
//! moment without losing what is done.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::job;
use crate::error::{Error, Result};
use crate::process;
use crate::protocol::{ConvertProgress, ConvertRequest, Converted, Event, Request};
use crate::session::CancelToken;
use crate::worker::{self, Connection, Supervised, Timing};

/// The program that converts: the command line itself, in another role.
const PROGRAM: &str = "ingot";
const SLICE: Duration = Duration::from_millis(25);
/// How long a conversion may stand still: a slow disk takes its time to make 64 MiB last.
const STALL: Duration = Duration::from_secs(3600);

/// What happened to a conversion that did not fail.
#[derive(Debug)]
pub enum Ended {
    Done(Converted),
    /// What was done is kept; the same request goes on from there.
    Cancelled,
}

/// Converts as `request` says, in a process of its own at `program` or where it is found. Cancelling through `cancel`
/// returns within 100 ms.
pub fn convert(
    request: &ConvertRequest,
    program: Option<&Path>,
    cancel: &CancelToken,
    told: &mut dyn FnMut(ConvertProgress),
) -> Result<Ended> {
    let program = program.map_or_else(|| worker::find(PROGRAM), |program| Ok(PathBuf::from(program)))?;
    let timing = Timing { stall: STALL, ..Timing::default() };
    let mut worker = Supervised::start("the conversion", &program, timing)?;
    worker.send(&Request::Convert(request.clone()))?;
    loop {
        let event = worker.wait(SLICE)?;
        if cancel.is_cancelled() {
            worker.abandon();
            return Ok(Ended::Cancelled);
        }
        match event {
            None => {}
            Some(Event::Converting(progress)) => told(progress),
            Some(Event::Converted(converted)) => return Ok(Ended::Done(converted)),
            Some(Event::Failed { error, .. }) => return Err(error),
            Some(_) => return Err(worker.condemn("sent what does not belong to a conversion")),
        }
    }
}

/// The other side: does what comes through the inherited socket, and ends.
pub fn serve() {
    let connection = match Connection::open() {
        Ok(connection) => connection,
        Err(error) => {
            eprintln!("ingot: {error}");
            std::process::exit(2);
        }
    };
    let Request::Convert(request) = connection.next() else { return };
    process::allow_many_files();
    let hearing = Arc::clone(&connection);
    std::thread::spawn(move || {
        // Whoever asked is gone: what is done is in the journal, and somebody may be waiting for the lock.
        while !hearing.is_closing() {
            std::thread::sleep(SLICE);
        }
        std::process::exit(0);
    });
    let told = |progress: ConvertProgress| {
        connection.advance();
        connection.send(&Event::Converting(progress));
    };
    connection.send(&match job::run(&request, &told) {
        Ok(converted) => Event::Converted(converted),
        Err(error) => Event::Failed { id: None, error },
    });
    // Until the other side has read it.
    while !matches!(connection.next(), Request::Unload) {}
}

/// The usual place for the conversion of the model called `source`.
pub fn usual_output(home: &Path, source: &str, recipe: &str, group_size: usize) -> Result<PathBuf> {
    let name = source.rsplit('/').next().unwrap_or_default();
    if name.is_empty() || name.starts_with('.') {
        return Err(Error::bad_request(format!("{source:?} makes no name for the result; give an --output")));
    }
    Ok(home.join("models").join(format!("{name}-{recipe}-g{group_size}")))
}
