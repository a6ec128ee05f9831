//! A connection of a download: it takes a chunk, asks for it, and writes it down, until there are none left.
//!
//! Ranges are asked for at the pinned commit, and every file is compared with its listed sum in the end. So an `ETag` would
//! add nothing: bytes of another version are found out, whatever a server says of them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::{Response, StatusCode, header};

use super::chunks::{CHUNK, range};
use super::shared::Shared;
use crate::error::{Error, Result};
use crate::hub::client::{Answer, Attempt, network};
use crate::hub::patience::Patience;

/// Bytes that are read and written at once.
const PIECE: usize = 256 << 10;
/// A pause that a server may ask for: the Hub counts requests over five minutes.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A connection that brings less than so many bytes in this time is given up.
const LEAST: u64 = 2 << 10;
const WINDOW: Duration = Duration::from_secs(20);
/// Answers in a row that make no sense, of which the last is told.
const MOST_WRONG: u32 = 2;

/// Chunks of one file that a connection has taken.
struct Task {
    file: usize,
    chunks: VecDeque<usize>,
    /// Where the next byte goes, in the first of them.
    at: u64,
    /// Of the bytes of the first that are there.
    crc: crc32fast::Hasher,
    /// Chunks that were finished.
    finished: usize,
    is_streamed: bool,
}

enum Failure {
    /// It may go better after a while.
    Again(Error, Option<Duration>),
    /// There is no way to a host that has answered before.
    Offline(Error),
    /// The answer makes no sense.
    Wrong(Error),
    /// So little came that it might as well be nothing.
    Slow(Error),
    /// The file on this machine is not what it was.
    Gone,
    Hopeless(Error),
    /// Somebody else does it, or it is over.
    Left,
}

/// Fetches chunks until all files are whole, or it is over.
pub fn connection(shared: &Shared) {
    let mut buffer = vec![0; PIECE];
    while let Some(mut task) = next(shared) {
        let fetched = task.fetch(shared, &mut buffer);
        task.end(shared);
        if let Err(error) = fetched {
            shared.fail(error);
        }
    }
}

fn next(shared: &Shared) -> Option<Task> {
    let found = shared.wait_for(|state| {
        let files = state.files.iter_mut().enumerate().filter(|(_, file)| !file.is_streamed && file.whole.is_none());
        let taken = { files }.map(|(index, file)| (index, file.chunks.take())).find(|(_, taken)| !taken.is_empty());
        // Until then one may have to be fetched again.
        taken.map(Some).or_else(|| state.files.iter().all(|file| file.whole.is_some()).then_some(None))
    });
    let (file, taken) = found??;
    let mut task =
        Task { file, chunks: taken.collect(), at: 0, crc: crc32fast::Hasher::new(), finished: 0, is_streamed: false };
    task.begin_chunk();
    Some(task)
}

impl Task {
    fn begin_chunk(&mut self) {
        self.crc = crc32fast::Hasher::new();
        self.at = self.chunks.front().map_or(0, |chunk| *chunk as u64 * CHUNK);
    }

    fn fetch(&mut self, shared: &Shared, buffer: &mut [u8]) -> Result<()> {
        let mut patience = Patience::new(LONGEST_PAUSE);
        let mut wrong = 0;
        let mut best = (self.finished, self.at);
        while !self.chunks.is_empty() {
            let failure = match self.try_fetch(shared, buffer) {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            // Bytes that came twice are no progress.
            if (self.finished, self.at) > best && !matches!(failure, Failure::Slow(_)) {
                best = (self.finished, self.at);
                patience.renew();
                wrong = 0;
            }
            let (error, pause) = match failure {
                Failure::Wrong(error) => {
                    wrong += 1;
                    if wrong >= MOST_WRONG {
                        return Err(error);
                    }
                    (error, None)
                }
                Failure::Again(error, pause) => (error, pause),
                Failure::Slow(error) => (error, None),
                Failure::Offline(error) => {
                    shared.update(|state| state.trouble = Some(error.message.clone()));
                    patience.wait_for_network(error, &|| shared.is_over())?;
                    continue;
                }
                Failure::Gone => {
                    shared.update(|state| state.files[self.file].local = None);
                    continue;
                }
                Failure::Hopeless(error) => return Err(error),
                Failure::Left => return Ok(()),
            };
            shared.update(|state| {
                state.files[self.file].found = None;
                state.trouble = Some(error.message.clone());
            });
            patience.wait(error, pause, &|| shared.is_over())?;
        }
        Ok(())
    }

    /// One request, and as much of the answer as comes.
    fn try_fetch(&mut self, shared: &Shared, buffer: &mut [u8]) -> std::result::Result<(), Failure> {
        let item = &shared.items[self.file];
        let (local, found) = {
            let file = &shared.state().files[self.file];
            (file.local.clone(), file.found.clone())
        };
        if let Some(local) = local {
            return self.copy(shared, &local, buffer);
        }
        let end = range(self.last_side_by_side(), item.remote.bytes).end;
        // What comes in one piece needs no range.
        let asked = (self.at > 0 || end < item.remote.bytes).then_some(self.at..end);
        let is_part = asked.is_some();
        let address = found.as_ref().unwrap_or(&item.address);
        let answer = match shared.hub.attempt(address, &item.what, asked) {
            Attempt::Answer(answer) => answer,
            Attempt::Again { error, pause } => return Err(Failure::Again(error, pause)),
            Attempt::Offline { error, host } => {
                let was_there = shared.state().reached.contains(&host);
                return Err(if was_there { Failure::Offline(error) } else { Failure::Again(error, None) });
            }
            // Such addresses are good for a while only.
            Attempt::Refused(error) if found.is_some() => return Err(Failure::Again(error, Some(Duration::ZERO))),
            Attempt::Refused(error) => return Err(Failure::Hopeless(error)),
        };
        let start = self.start(&answer.response, shared).map_err(|why| {
            Failure::Wrong(network(&format!("the answer for {} makes no sense: {why}; try again later", item.what)))
        })?;
        shared.state().reached.extend(answer.address.host_str().map(str::to_owned));
        if answer.address != item.address {
            shared.state().files[self.file].found = Some(answer.address.clone());
        }
        if is_part && answer.response.status() == StatusCode::OK {
            self.take_all(shared)?;
        }
        self.read(shared, answer, start, buffer)
    }

    /// Where in the file the answer's bytes begin; an error if they are not what was asked for.
    fn start(&self, answer: &Response<Body>, shared: &Shared) -> std::result::Result<u64, String> {
        let bytes = shared.items[self.file].remote.bytes;
        let told = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        if told(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err("its bytes are packed, which was not asked for".into());
        }
        let differs = |found: u64| match told(header::CONTENT_TYPE) {
            Some(kind) if kind.contains("html") => "it is a web page; a login or a proxy may stand between".to_owned(),
            _ => format!("it is of {found} bytes and not of {bytes}"),
        };
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => {
                let range =
                    told(header::CONTENT_RANGE).and_then(content_range).ok_or("it does not say of which part")?;
                match range {
                    (start, _) if start != self.at => Err(format!("it begins at byte {start} and not at {}", self.at)),
                    (_, Some(total)) if total != bytes => Err(differs(total)),
                    (start, _) => Ok(start),
                }
            }
            StatusCode::OK => match told(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()) {
                Some(length) if length != bytes => Err(differs(length)),
                _ => Ok(0),
            },
            status => Err(format!("its status is {}", status.as_u16())),
        }
    }

    /// The server gives the whole file, whatever it is asked for: all that is missing is this connection's.
    fn take_all(&mut self, shared: &Shared) -> std::result::Result<(), Failure> {
        shared.update(|state| {
            let file = &mut state.files[self.file];
            if file.is_streamed && !self.is_streamed {
                return Err(Failure::Left);
            }
            (file.is_streamed, self.is_streamed) = (true, true);
            self.chunks.extend(file.chunks.take_all());
            self.chunks.make_contiguous().sort_unstable();
            // Some of the first chunk may be there, but other chunks may come before it now.
            state.in_flight = state.in_flight.saturating_sub(self.partial());
            Ok(())
        })?;
        self.begin_chunk();
        Ok(())
    }

    /// The last of the chunks that follow each other from the first on: one request is for all of them.
    fn last_side_by_side(&self) -> usize {
        let first = self.chunks.front().copied().unwrap_or(0);
        let count = self.chunks.iter().zip(first..).take_while(|(chunk, index)| *chunk == index).count();
        first + count.saturating_sub(1)
    }

    /// Bytes of the first chunk that are there.
    fn partial(&self) -> u64 {
        self.at % CHUNK
    }

    fn read(
        &mut self,
        shared: &Shared,
        answer: Answer,
        start: u64,
        buffer: &mut [u8],
    ) -> std::result::Result<(), Failure> {
        let item = &shared.items[self.file];
        let is_counted = answer.response.headers().contains_key(header::CONTENT_LENGTH);
        let mut reader = answer.response.into_body().into_reader();
        let mut position = start;
        let (mut since, mut counted) = (Instant::now(), start);
        while let Some(&chunk) = self.chunks.front() {
            let end = range(chunk, item.remote.bytes).end;
            // What comes before it is there already.
            let wanted = if position < self.at { self.at - position } else { end - position };
            let piece = wanted.min(buffer.len() as u64) as usize;
            let length = match reader.read(&mut buffer[..piece]) {
                Ok(0) => return Err(Failure::Again(cut(&item.what, "the connection was closed"), None)),
                Ok(length) => length,
                Err(error) => return Err(Failure::Again(cut(&item.what, &why(&error)), None)),
            };
            if since.elapsed() >= WINDOW {
                if position - counted < LEAST {
                    return Err(Failure::Slow(cut(&item.what, "hardly anything came")));
                }
                (since, counted) = (Instant::now(), position);
            }
            let is_new = position >= self.at;
            position += length as u64;
            if is_new {
                shared.state().fetched += length as u64;
                self.write(shared, &buffer[..length])?;
            }
        }
        // With its end seen the connection can be used again; it is waited for only where it must be near.
        if is_counted {
            let _ = reader.read(&mut buffer[..1]);
        }
        Ok(())
    }

    /// Writes what comes next of the first chunk; the next one begins with its end.
    fn write(&mut self, shared: &Shared, bytes: &[u8]) -> std::result::Result<(), Failure> {
        let over = |done: Result<Option<()>>| done.map_err(Failure::Hopeless)?.ok_or(Failure::Left);
        over(shared.write(self.file, bytes, self.at))?;
        self.crc.update(bytes);
        self.at += bytes.len() as u64;
        let Some(&chunk) = self.chunks.front() else { return Ok(()) };
        let range = range(chunk, shared.items[self.file].remote.bytes);
        if self.at == range.end {
            let crc = self.crc.clone().finalize();
            over(shared.note(self.file, chunk, crc))?;
            shared.update(|state| {
                state.files[self.file].chunks.put(chunk, crc);
                state.in_flight = state.in_flight.saturating_sub(range.end - range.start);
            });
            self.chunks.pop_front();
            self.finished += 1;
            self.begin_chunk();
        }
        Ok(())
    }

    /// Takes the chunks from a file on this machine.
    fn copy(&mut self, shared: &Shared, local: &Path, buffer: &mut [u8]) -> std::result::Result<(), Failure> {
        let bytes = shared.items[self.file].remote.bytes;
        let local = File::open(local).map_err(|_| Failure::Gone)?;
        while let Some(&chunk) = self.chunks.front() {
            let left = range(chunk, bytes).end - self.at;
            let piece = &mut buffer[..left.min(PIECE as u64) as usize];
            local.read_exact_at(piece, self.at).map_err(|_| Failure::Gone)?;
            shared.state().fetched += piece.len() as u64;
            self.write(shared, piece)?;
        }
        Ok(())
    }

    /// Gives back what was not finished.
    fn end(self, shared: &Shared) {
        shared.update(|state| {
            state.in_flight = state.in_flight.saturating_sub(self.partial());
            let file = &mut state.files[self.file];
            self.chunks.iter().for_each(|chunk| file.chunks.give_back(*chunk));
            file.is_streamed &= !self.is_streamed;
        });
    }
}

fn why(error: &io::Error) -> String {
    match error.get_ref().and_then(|error| error.downcast_ref::<ureq::Error>()) {
        Some(ureq::Error::Timeout(_)) => "nothing came for a while".into(),
        _ => error.to_string(),
    }
}

fn cut(what: &str, why: &str) -> Error {
    network(&format!("{what} was cut off: {why}; check the network"))
}

/// Start and total of `bytes START-END/TOTAL`; the total may be unknown.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end) = (start.trim().parse().ok()?, end.trim().parse::<u64>().ok()?);
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    (start <= end && total.is_none_or(|total| end < total)).then_some((start, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_part_an_answer_is_of() {
        assert_eq!(content_range("bytes 0-9/10"), Some((0, Some(10))));
        assert_eq!(content_range("bytes 4-9/*"), Some((4, None)));
        for wrong in ["", "bytes */10", "bytes 9-4/10", "bytes 0-10/10", "items 0-9/10", "bytes -1-9/10", "bytes 0-9"] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}
