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
    places: Places,
    things: Vec<Option<Rc<T>>>,
}

/// Whatever the things are, so that this is in the module once.
struct Places {
    /// The latest handle of each place.
    latest: Vec<u32>,
    free: Vec<u32>,
}

impl Places {
    const fn of(handle: u32) -> usize {
        ((handle & PLACES) as usize).wrapping_sub(1)
    }

    /// A new handle; `None` where there are too many.
    fn take(&mut self) -> Option<u32> {
        if let Some(place) = self.free.pop() {
            let handle = self.latest.get_mut(place as usize)?;
            *handle = handle.wrapping_add(1 << PLACE_BITS);
            return Some(*handle);
        }
        // From 1 on.
        let handle = self.latest.len() as u32 + 1;
        if handle > PLACES {
            return None;
        }
        self.latest.push(handle);
        Some(handle)
    }

    /// The place of a handle that is its latest.
    fn find(&self, handle: u32) -> Option<usize> {
        let place = Self::of(handle);
        (self.latest.get(place) == Some(&handle)).then_some(place)
    }
}

impl<T> Handles<T> {
    pub(crate) const fn new() -> Self {
        let places = Places {
            latest: Vec::new(),
            free: Vec::new(),
        };
        let things = Vec::new();
        Self(RefCell::new(Inner { places, things }))
    }

    /// `None` where there are too many.
    pub(crate) fn insert(&self, thing: Rc<T>) -> Option<u32> {
        let mut inner = self.0.borrow_mut();
        let handle = inner.places.take()?;
        match inner.things.get_mut(Places::of(handle)) {
            Some(place) => *place = Some(thing),
            None => inner.things.push(Some(thing)),
        }
        Some(handle)
    }

    pub(crate) fn get(&self, handle: u32) -> Option<Rc<T>> {
        let inner = self.0.borrow();
        inner.things.get(inner.places.find(handle)?)?.clone()
    }

    /// Takes it out; it lives on where it is at work.
    pub(crate) fn remove(&self, handle: u32) -> Option<Rc<T>> {
        let mut inner = self.0.borrow_mut();
        let place = inner.places.find(handle)?;
        let thing = inner.things.get_mut(place)?.take()?;
        inner.places.free.push(place as u32);
        Some(thing)
    }
}
