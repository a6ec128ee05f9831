//! Locks that threads share, and work that they share.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`. A thread that panicked while it held it has left nothing half done that matters here, so others go on.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` on every item, on all processors, each thread with a buffer of `buffer` bytes of its own. Ends early once
/// `work` says no, or fails: with one of the failures.
pub fn in_parallel<T: Sync>(
    items: &[T],
    buffer: usize,
    work: impl Fn(&T, &mut [u8]) -> io::Result<bool> + Sync,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut buffer = vec![0; buffer];
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            match work(item, &mut buffer) {
                Ok(true) => {}
                ended => {
                    next.store(items.len(), Ordering::Relaxed);
                    return ended.map(|_| ());
                }
            }
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        let failed = || Err(io::Error::other("a thread failed"));
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| failed()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_and_ends_early_when_it_fails() {
        let items: Vec<usize> = (0..1000).collect();
        let done = Mutex::new(Vec::new());
        in_parallel(&items, 4, |item, buffer| {
            assert_eq!(buffer.len(), 4);
            lock(&done).push(*item);
            Ok(true)
        })
        .expect("done");
        let mut found = std::mem::take(&mut *lock(&done));
        found.sort_unstable();
        assert_eq!(found, items);
        let failed = in_parallel(&items, 0, |item, _| if *item == 10 { Err(io::Error::other("no")) } else { Ok(true) });
        assert!(failed.is_err());
        in_parallel(&items, 0, |item, _| {
            lock(&done).push(*item);
            Ok(false)
        })
        .expect("ended early");
        assert!(lock(&done).len() < 100);
        in_parallel::<u8>(&[], 0, |_, _| Ok(true)).expect("nothing to do");
    }
}
