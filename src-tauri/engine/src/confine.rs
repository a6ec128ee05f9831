//! A bound on the memory that one thread may take, for work on hostile input in a worker.
//!
//! Tokenizers and chat templates can ask for gigabytes with a few hundred bytes, from inside libraries that
//! cannot be told to stop. A worker installs [`Allocator`]; inside [`confined`], a thread that goes beyond its
//! bytes ends the process with one line on standard error, which the supervisor shows as the reason.
//! MLX's own memory does not pass through here.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The system's allocator, counting for threads that are confined.
pub struct Allocator;

thread_local! {
    /// Bytes that this thread may still take; `None` outside [`confined`].
    static LEFT: Cell<Option<isize>> = const { Cell::new(None) };
}

/// Stack of a confined thread, in bytes: templates and tokenizers recurse.
const STACK_BYTES: usize = 16 << 20;

/// Runs `work`, named `what` in errors, on a thread of its own that may hold `bytes` more than at its start.
/// A panic in `work` becomes an error.
pub fn confined<T: Send>(what: &str, bytes: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let run = move || bounded(bytes, work);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(what.to_owned()).stack_size(STACK_BYTES);
        match thread.spawn_scoped(scope, run) {
            Ok(handle) => handle.join().unwrap_or_else(|_| Err(format!("{what} failed"))),
            Err(error) => Err(format!("no thread for {what}: {error}")),
        }
    })
}

/// Runs `work` on this thread, which may hold `bytes` more than at its start. A panic in `work` becomes an error.
pub fn bounded<T>(bytes: usize, work: impl FnOnce() -> T) -> Result<T, String> {
    LEFT.set(Some(bytes as isize));
    let result = catch_unwind(AssertUnwindSafe(work));
    LEFT.set(None);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        format!("is damaged in a way that made its library fail ({text})")
    })
}

impl Allocator {
    fn take(bytes: usize) {
        // try_with: threads allocate while their locals are being destroyed, too.
        let _ = LEFT.try_with(|left| {
            let Some(before) = left.get() else { return };
            let after = before - bytes as isize;
            left.set(Some(after));
            if after < 0 {
                left.set(None);
                let thread = std::thread::current();
                let name = thread.name().unwrap_or("a thread").to_owned();
                let _ = writeln!(std::io::stderr(), "{name} asked for more memory than it may take");
                std::process::abort();
            }
        });
    }

    fn give(bytes: usize) {
        let _ = LEFT.try_with(|left| left.set(left.get().map(|before| before + bytes as isize)));
    }
}

// SAFETY: every call is passed on to the system's allocator with its arguments unchanged; the bookkeeping
// around it touches only a thread-local integer that needs neither allocation nor destruction.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::take(layout.size());
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::take(layout.size());
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::give(layout.size());
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::take(size);
        Self::give(layout.size());
        // SAFETY: the caller's promise, passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_panics_come_back() {
        assert_eq!(confined("a sum", 1 << 20, || 1 + 1), Ok(2));
        let panicked: Result<(), String> = confined("a panic", 1 << 20, || panic!("with {} word", "a"));
        assert!(panicked.is_err_and(|reason| reason.contains("with a word")));
    }
}
