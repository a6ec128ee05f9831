//! Checking a record beside whoever waits for it, who hears how far it is and may have had enough.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::Record;
use crate::checkpoint::Folder;
use crate::digest::Remembered;
use crate::error::{Error, Result};

const SLICE: Duration = Duration::from_millis(20);

impl Record {
    /// As [`Self::check`], on a thread of its own; `told` hears how many bytes have been read. `None` once `is_cancelled`.
    pub fn check_watched(
        &self,
        folder: &Folder,
        remembered: &mut Remembered,
        is_cancelled: &dyn Fn() -> bool,
        told: &mut dyn FnMut(u64),
    ) -> Result<Option<()>> {
        let (read, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let count = |bytes| {
            read.fetch_add(bytes, Ordering::Relaxed);
            !stop.load(Ordering::Relaxed)
        };
        std::thread::scope(|scope| {
            let checking = scope.spawn(|| self.check(folder, remembered, &count));
            let mut last = 0;
            // Most often nothing has to be read.
            let mut wait = Duration::from_micros(50);
            while !checking.is_finished() {
                std::thread::sleep(wait);
                wait = (wait * 2).min(SLICE);
                stop.fetch_or(is_cancelled(), Ordering::Relaxed);
                let read = read.load(Ordering::Relaxed);
                if read > last {
                    last = read;
                    told(read);
                }
            }
            checking.join().unwrap_or_else(|_| Err(Error::internal("checking the model's files failed")))
        })
    }
}
