//! What JavaScript holds of the module: numbers, and not pointers. One that was freed, or that
//! was never given, stands for nothing.

use core::cell::RefCell;
use std::rc::Rc;

/// Bits of a handle that are its place; the others are how often the place was used.
const PLACE_BITS: u32 = 20;
const PLACES: u32 = (1 << PLACE_BITS) - 1;

/// Things by their handles. 0 is none.
pub(crate) struct Handles<T>(RefCell<Inner<T>>);

struct Inner<T> {
    /// Each with the latest handle of its place.
    entries: Vec<(u32, Option<Rc<T>>)>,
    free: Vec<u32>,
}

impl<T> Handles<T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Inner {
            entries: Vec::new(),
            free: Vec::new(),
        }))
    }

    /// `None` where there are too many.
    pub(crate) fn insert(&self, thing: Rc<T>) -> Option<u32> {
        let mut inner = self.0.borrow_mut();
        if let Some(place) = inner.free.pop() {
            let (handle, entry) = inner.entries.get_mut(place as usize)?;
            *handle = handle.wrapping_add(1 << PLACE_BITS);
            *entry = Some(thing);
            return Some(*handle);
        }
        // From 1 on.
        let handle = inner.entries.len() as u32 + 1;
        if handle > PLACES {
            return None;
        }
        inner.entries.push((handle, Some(thing)));
        Some(handle)
    }

    pub(crate) fn get(&self, handle: u32) -> Option<Rc<T>> {
        let inner = self.0.borrow();
        let place = (handle & PLACES).checked_sub(1)?;
        let (latest, entry) = inner.entries.get(place as usize)?;
        entry.clone().filter(|_| *latest == handle)
    }

    /// Takes it out; it lives on where it is at work.
    pub(crate) fn remove(&self, handle: u32) -> Option<Rc<T>> {
        let mut inner = self.0.borrow_mut();
        let place = (handle & PLACES).checked_sub(1)?;
        let (latest, entry) = inner.entries.get_mut(place as usize)?;
        let thing = entry.take_if(|_| *latest == handle)?;
        inner.free.push(place);
        Some(thing)
    }
}
