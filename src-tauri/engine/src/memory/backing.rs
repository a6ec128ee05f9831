//! The memory under a pool: anonymous mappings, and the only unsafe code of this module.
//!
//! A mapping is reserved as a whole; the system gives it a page when the page is first touched and takes it back
//! when it is let go. Who may touch what is decided by the pool, whose books never give two blocks the same bytes.

use std::io;
use std::ptr::NonNull;

use memmap2::{MmapMut, UncheckedAdvice};

/// Alignment and grain of everything in a region: the largest page of the systems Ingot runs on, so that an extent
/// can be handed to a GPU or given back on its own.
pub const PAGE: u64 = 16 << 10;

/// Anonymous memory, aligned to [`PAGE`].
#[derive(Debug)]
pub struct Mapping {
    map: MmapMut,
    /// The first aligned byte. Taken once: asking the mapping again would claim all of its bytes, those of pinned
    /// blocks among them.
    base: NonNull<u8>,
    /// Bytes before it.
    skip: usize,
    length: usize,
}

// SAFETY: the base points into the mapping, which may be sent; it goes where the mapping goes.
unsafe impl Send for Mapping {}

/// Where some bytes of a mapping lie. Whoever uses it answers for nobody else using the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: a span is an address and a length; what is done with it is unsafe and explained where it is done.
unsafe impl Send for Span {}
// SAFETY: as above.
unsafe impl Sync for Span {}

impl Mapping {
    /// Reserves `length` bytes, a multiple of [`PAGE`]. They read as zero.
    pub fn reserve(length: u64) -> io::Result<Self> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        // The system aligns to its own page, which may be smaller.
        let mut map = MmapMut::map_anon(length + PAGE as usize)?;
        let start = map.as_mut_ptr();
        let skip = start.align_offset(PAGE as usize);
        // SAFETY: the mapping is a page longer than asked for, and less than a page is skipped.
        let base = NonNull::new(unsafe { start.add(skip) }).ok_or_else(|| io::Error::other("a mapping at zero"))?;
        Ok(Self { map, base, skip, length })
    }

    pub fn length(&self) -> u64 {
        self.length as u64
    }

    /// # Panics
    /// If the bytes are not within the mapping.
    pub(super) fn span(&mut self, offset: u64, length: u64) -> Span {
        assert!(offset.checked_add(length).is_some_and(|end| end <= self.length()), "{offset} + {length}");
        // SAFETY: `length` bytes follow the base, and the offset is not beyond them.
        let start = unsafe { self.base.add(offset as usize) };
        Span { start, length: length as usize }
    }

    /// Moves `length` bytes from offset `from` to offset `to`; the two places may overlap.
    pub(super) fn shift(&mut self, from: u64, to: u64, length: u64) {
        let (source, target) = (self.span(from, length), self.span(to, length));
        // SAFETY: both lie within this mapping; the pool has made sure that no block there is in use.
        unsafe { std::ptr::copy(source.start.as_ptr(), target.start.as_ptr(), length as usize) };
    }

    /// Gives the pages of a free extent back to the system. Their contents are lost.
    pub(super) fn let_go(&mut self, offset: u64, length: u64) {
        if cfg!(miri) {
            // Miri knows no advice that lets pages go.
            return;
        }
        let advice = if cfg!(target_os = "linux") { UncheckedAdvice::DontNeed } else { UncheckedAdvice::Free };
        // SAFETY: the pool's books say that nobody holds these bytes, and whoever gets them next expects nothing.
        // That the system may refuse is no harm: then it keeps the pages.
        let _ = unsafe { self.map.unchecked_advise_range(advice, self.skip + offset as usize, length as usize) };
    }
}

impl Span {
    /// # Safety
    /// Nobody writes these bytes, and the mapping lives, during `'a`.
    pub(super) unsafe fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: the bytes are mapped and initialized (anonymous memory is zero); the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// # Safety
    /// Nobody else touches these bytes, and the mapping lives, during `'a`.
    pub(super) unsafe fn bytes_mut<'a>(self) -> &'a mut [u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}
