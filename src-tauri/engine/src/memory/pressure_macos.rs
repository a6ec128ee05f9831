//! The kernel's notification of memory pressure, and its level. Type-checked only where there is no Mac.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use dispatch2::{DispatchObject, DispatchQueue, DispatchRetained, DispatchSource};

use super::{Pressure, of_level};

/// The flags of the latest notification since somebody looked.
static NOTIFIED: AtomicU64 = AtomicU64::new(0);

/// Asks for the kernel's notifications; the result tells the pressure now.
pub fn watch() -> impl FnMut() -> Pressure + Send {
    let source = Source::subscribe();
    move || {
        let _kept = &source;
        // A notification counts once: should the one for its end be missed, the level still tells.
        of_level(NOTIFIED.swap(0, Ordering::Relaxed)).max(of_level(level()))
    }
}

struct Source(DispatchRetained<DispatchSource>);

// SAFETY: dispatch objects may be used from any thread; this one is only kept and released.
unsafe impl Send for Source {}

impl Source {
    fn subscribe() -> Self {
        const ALL: usize = 0x1 | 0x2 | 0x4;
        // SAFETY: the type is a constant of the system's library; a source of it takes these flags as its mask.
        let source = unsafe {
            let kind = &raw const dispatch2::_dispatch_source_type_memorypressure;
            DispatchSource::new(
                kind.cast_mut(),
                0,
                ALL,
                Some(&DispatchQueue::global_queue(dispatch2::GlobalQueueIdentifier::QualityOfService(
                    dispatch2::DispatchQoS::Utility,
                ))),
            )
        };
        // SAFETY: the context is the source itself, which outlives its handler.
        unsafe { source.set_context(DispatchRetained::as_ptr(&source).as_ptr().cast()) };
        source.set_event_handler_f(heard);
        source.activate();
        Self(source)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

extern "C" fn heard(context: *mut c_void) {
    // SAFETY: the context is the source, alive while its handler runs.
    if let Some(source) = unsafe { context.cast::<DispatchSource>().as_ref() } {
        NOTIFIED.store(source.data() as u64, Ordering::Relaxed);
    }
}

/// `kern.memorystatus_vm_pressure_level`
pub fn level() -> u64 {
    let mut level: i32 = 0;
    let mut length = size_of::<i32>();
    // SAFETY: the name is a C string; the kernel writes at most `length` bytes.
    let code = unsafe {
        libc::sysctlbyname(
            c"kern.memorystatus_vm_pressure_level".as_ptr(),
            (&raw mut level).cast(),
            &mut length,
            ptr::null_mut(),
            0,
        )
    };
    if code == 0 { u64::try_from(level).unwrap_or(0) } else { 0 }
}
