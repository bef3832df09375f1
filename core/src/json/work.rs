//! How much was read. Counted where debug assertions are on, so that tests can show, without a
//! clock, that what reads an answer takes linear time.

#[cfg(debug_assertions)]
mod counter {
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<u64> = const { Cell::new(0) };
    }

    /// The bytes that this thread has looked at, those that were looked at twice twice.
    #[must_use]
    pub fn done() -> u64 {
        BYTES.get()
    }

    pub(crate) fn count(bytes: usize) {
        BYTES.set(BYTES.get() + bytes as u64);
    }
}

#[cfg(debug_assertions)]
pub(crate) use counter::count;
#[cfg(debug_assertions)]
pub use counter::done;

#[cfg(not(debug_assertions))]
pub(crate) const fn count(_bytes: usize) {}
