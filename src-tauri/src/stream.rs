//! Text on its way to the window: in order, and not more often than the eye can follow.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Least time between two pieces of text.
const PACE: Duration = Duration::from_millis(50);

/// Collects text and passes it on from a thread of its own. Dropping it passes on the rest.
pub struct TextStream {
    sender: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl TextStream {
    pub fn new(mut pass_on: impl FnMut(String) + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().name("text".into()).spawn(move || run(&receiver, &mut pass_on)).ok();
        Self { sender: Some(sender), thread }
    }

    pub fn push(&self, text: &str) {
        if let (Some(sender), false) = (&self.sender, text.is_empty()) {
            let _ = sender.send(text.to_owned());
        }
    }
}

impl Drop for TextStream {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(receiver: &Receiver<String>, pass_on: &mut dyn FnMut(String)) {
    let mut last: Option<Instant> = None;
    while let Ok(mut text) = receiver.recv() {
        let due = last.map_or_else(Instant::now, |last| last + PACE);
        loop {
            match receiver.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(more) => text.push_str(&more),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return pass_on(text),
            }
        }
        pass_on(text);
        last = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn text_arrives_whole_in_order_and_in_few_pieces() {
        let pieces = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&pieces);
        let stream = TextStream::new(move |text| heard.lock().expect("the list").push(text));
        let begin = Instant::now();
        for number in 0..200 {
            stream.push(&format!("{number} "));
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(stream);
        let pieces = pieces.lock().expect("the list");
        let whole: String = (0..200).map(|number| format!("{number} ")).collect();
        assert_eq!(pieces.concat(), whole);
        let most = begin.elapsed().as_millis() / PACE.as_millis() + 2;
        assert!(pieces.len() as u128 <= most, "{} pieces", pieces.len());
        assert_eq!(pieces[0], "0 ", "the first comes at once");
    }
}
