//! Records the spans of this process.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber, set_global_default};
use tracing::{Event, Metadata};

use crate::sync::lock;
/// Spans recorded and not yet taken, beyond which more are counted and dropped.
const MOST: usize = 1 << 20;

/// Some spans of one process. Names stand once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spans {
    pub process: String,
    pub pid: u32,
    pub operations: Vec<String>,
    pub threads: Vec<String>,
    pub spans: Vec<Span>,
    /// Spans that there was no room for.
    pub dropped: u64,
}

/// From when to when, in nanoseconds of the system's monotonic clock, which all processes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u32, u64, u64)", into = "(u32, u32, u64, u64)")]
pub struct Span {
    /// Place in [`Spans::operations`].
    pub operation: u32,
    /// Place in [`Spans::threads`].
    pub thread: u32,
    pub start: u64,
    pub end: u64,
}

impl From<(u32, u32, u64, u64)> for Span {
    fn from((operation, thread, start, end): (u32, u32, u64, u64)) -> Self {
        Self { operation, thread, start, end }
    }
}

impl From<Span> for (u32, u32, u64, u64) {
    fn from(span: Span) -> Self {
        (span.operation, span.thread, span.start, span.end)
    }
}

/// A handle to what this process records.
#[derive(Clone)]
pub struct Recorder(Arc<Shared>);

struct Shared {
    process: String,
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    /// Callsite → place in `names`. A callsite is known by the address of its metadata.
    places: HashMap<u64, u32>,
    names: Vec<String>,
    threads: Vec<String>,
    spans: Vec<Span>,
    dropped: u64,
}

thread_local! {
    /// This thread's number, and when its open spans began.
    static THREAD: Cell<Option<u32>> = const { Cell::new(None) };
    static OPEN: RefCell<Vec<(u64, u64)>> = const { RefCell::new(Vec::new()) };
}

impl Recorder {
    /// Records all spans of this process from now on, under the name `process`. `None` if somebody does already.
    pub fn install(process: &str) -> Option<Self> {
        let shared = Arc::new(Shared { process: process.to_owned(), recorded: Mutex::default() });
        set_global_default(Listener { shared: Arc::clone(&shared) }).ok()?;
        Some(Self(shared))
    }

    /// Takes what was recorded so far, in pieces of at most `most` spans.
    pub fn take(&self, most: usize) -> Vec<Spans> {
        let (spans, mut dropped, operations, threads) = {
            let mut recorded = self.0.recorded();
            let spans = std::mem::take(&mut recorded.spans);
            (spans, std::mem::take(&mut recorded.dropped), recorded.names.clone(), recorded.threads.clone())
        };
        let piece = |spans: &[Span]| Spans {
            process: self.0.process.clone(),
            pid: std::process::id(),
            operations: operations.clone(),
            threads: threads.clone(),
            spans: spans.to_vec(),
            dropped: std::mem::take(&mut dropped),
        };
        spans.chunks(most.max(1)).map(piece).collect()
    }
}

/// The clock of [`Span`], in nanoseconds.
pub(super) fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

impl Shared {
    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        lock(&self.recorded)
    }
}

impl Recorded {
    fn place(&mut self, callsite: u64, name: impl FnOnce() -> String) -> u32 {
        if let Some(&place) = self.places.get(&callsite) {
            return place;
        }
        let place = self.names.len() as u32;
        self.names.push(name());
        self.places.insert(callsite, place);
        place
    }

    fn thread(&mut self) -> u32 {
        THREAD.get().unwrap_or_else(|| {
            static LAST: AtomicU32 = AtomicU32::new(0);
            let name = std::thread::current().name().unwrap_or("a thread").to_owned();
            let number = LAST.fetch_add(1, Ordering::Relaxed);
            // Numbers are handed out under the lock, so they are places in the list.
            self.threads.push(name);
            THREAD.set(Some(number));
            number
        })
    }
}

/// What tracing calls. A span carries nothing but its callsite, so spans need no storage of their own.
struct Listener {
    shared: Arc<Shared>,
}

fn callsite(metadata: &'static Metadata<'static>) -> u64 {
    std::ptr::from_ref(metadata) as u64
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("ingot")
}

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if !is_ours(metadata) {
            return Interest::never();
        }
        self.shared.recorded().place(callsite(metadata), || metadata.name().to_owned());
        Interest::always()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Id::from_u64(callsite(span.metadata()))
    }

    fn enter(&self, span: &Id) {
        OPEN.with_borrow_mut(|open| open.push((span.into_u64(), now())));
    }

    fn exit(&self, span: &Id) {
        let end = now();
        let open = OPEN.with_borrow_mut(Vec::pop);
        let Some((callsite, start)) = open.filter(|(callsite, _)| *callsite == span.into_u64()) else { return };
        let mut recorded = self.shared.recorded();
        if recorded.spans.len() >= MOST {
            recorded.dropped += 1;
            return;
        }
        let (operation, thread) = (recorded.place(callsite, || "unknown".to_owned()), recorded.thread());
        recorded.spans.push(Span { operation, thread, start, end });
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, _event: &Event<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_recorded_with_their_names_and_nest() {
        let recorder = Recorder::install("a test").expect("the first of this process");
        assert!(Recorder::install("another").is_none());
        {
            let _outer = tracing::trace_span!("outer").entered();
            for _ in 0..3 {
                let _inner = tracing::trace_span!("inner").entered();
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        }
        std::thread::spawn(|| drop(tracing::trace_span!("elsewhere").entered())).join().expect("the thread");
        let pieces = recorder.take(2);
        let spans: Vec<Span> = pieces.iter().flat_map(|piece| piece.spans.clone()).collect();
        assert_eq!(pieces.len(), spans.len().div_ceil(2));
        let named = |name: &str| -> Vec<Span> {
            let place = pieces[0].operations.iter().position(|operation| operation == name).expect(name) as u32;
            spans.iter().copied().filter(|span| span.operation == place).collect()
        };
        let (outer, inner) = (named("outer")[0], named("inner"));
        assert_eq!((inner.len(), named("elsewhere").len()), (3, 1));
        assert!(inner.iter().all(|span| span.start >= outer.start && span.end <= outer.end));
        assert!(inner.iter().all(|span| span.end - span.start >= 2_000_000));
        assert_ne!(named("elsewhere")[0].thread, outer.thread);
        assert!(recorder.take(2).is_empty(), "taken is taken");
        let text = serde_json::to_string(&pieces[0]).expect("JSON");
        assert_eq!(serde_json::from_str::<Spans>(&text).expect("Spans"), pieces[0]);
    }
}
