//! The memory of the module, and whether more can be had.

use core::hint::black_box;

use wasm_bindgen::prelude::wasm_bindgen;

/// Smaller by a fifth of the module than the default.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What takes less is not asked for: one cannot have it without the other.
const SMALL: usize = 1 << 20;

/// What is asked for is a multiple of this, and [`SMALL`].
const STEP: usize = 256 << 10;

/// Whether so many bytes more cannot be had, in one piece. An answer that they are for is then
/// refused; without them the module would die, and all that is under way.
#[wasm_bindgen(js_name = isShort)]
pub fn is_short(bytes: usize) -> bool {
    if bytes < SMALL {
        return false;
    }
    let mut probe = Vec::<u8>::new();
    // The allocator writes to both ends of it: for what grows it must not be another page each time.
    let size = (bytes | (STEP - 1)).saturating_add(SMALL);
    let is_short = probe.try_reserve_exact(size).is_err();
    // Or the compiler sees that nobody uses it.
    black_box(&probe);
    is_short
}
