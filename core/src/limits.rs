//! How large things may be: the option `limits`, one table. Below what WebAssembly and the strings
//! of every engine hold.

use crate::options::{Name, Values};
use crate::size::Size;

/// By [`Size`]: the option, what it is without it, and what it is at most.
static TABLE: [(Name, u32, u32); 5] = [
    (Name::LimitRequest, 64 << 20, LARGEST as u32),
    (Name::LimitResponse, 128 << 20, LARGEST as u32),
    (Name::LimitEvent, 64 << 20, LARGEST as u32),
    (Name::LimitChoices, 128, 256),
    (Name::LimitToolCalls, 128, 256),
];

/// Bytes: twice as many fit into a string of every engine.
pub const LARGEST: usize = 256 << 20;

/// The sizes that a call allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes([u32; 5]);

impl Sizes {
    /// Those of a call, over those of its client, over the defaults.
    #[must_use]
    pub fn of(call: &Values, client: &Values) -> Self {
        let mut sizes = Self::default();
        for (size, (name, default, most)) in sizes.0.iter_mut().zip(&TABLE) {
            let given = call.number_or(client, *name);
            *size = given.map_or(*default, |given| given.min(u64::from(*most)) as u32);
        }
        sizes
    }

    /// The largest that is allowed.
    #[must_use]
    pub fn get(&self, size: Size) -> usize {
        self.0.get(size as usize).copied().unwrap_or_default() as usize
    }
}

/// As the caller spells it.
#[must_use]
pub fn spelling(size: Size) -> &'static str {
    TABLE
        .get(size as usize)
        .map_or("", |(name, ..)| name.spelling())
}
