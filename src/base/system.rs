//! The few calls to the operating system that the standard library does not have.
//!
//! Invariant: this module and `dsp::lanes` alone lift the denial of `unsafe`; each block says why it is sound. Nothing
//! here fails loudly: what the system refuses is done without.
#![allow(unsafe_code)]

/// Asks for real-time scheduling of the calling thread; says whether the system granted it.
///
/// For the threads that feed sound and MIDI. Without the permission the thread keeps its ordinary priority.
#[cfg(unix)]
pub fn raise_priority() -> bool {
    /// Above everything ordinary, and under what a sound server uses for itself and its clients (jackd: 10 and 5).
    const PRIORITY: i32 = 3;
    // SAFETY: `sched_param` is plain data for which all zeros is a valid value; the thread's own handle is always
    // valid; the call only reads the parameter.
    unsafe {
        let mut wanted: libc::sched_param = std::mem::zeroed();
        wanted.sched_priority = PRIORITY;
        libc::pthread_setschedparam(libc::pthread_self(), libc::SCHED_FIFO, &raw const wanted) == 0
    }
}

/// Asks for real-time scheduling of the calling thread; not known on this system.
#[cfg(not(unix))]
pub fn raise_priority() -> bool {
    false
}

/// Stops libasound from writing its complaints to the standard error stream, over the screen.
///
/// The same complaints come back as error codes, so nothing is lost. Calling it again does nothing more.
#[cfg(target_os = "linux")]
pub fn quiet_alsa() {
    use std::ffi::{c_char, c_int};

    unsafe extern "C" fn say_nothing(_: *const c_char, _: c_int, _: *const c_char, _: c_int, _: *const c_char) {}

    // SAFETY: libasound calls the handler with these five arguments and, after them, variable ones. Stable Rust cannot
    // define a function with variable arguments, but in the C calling conventions of Linux the named arguments are
    // passed alike in both kinds and the caller cleans up, so a callee may leave the others unread. Setting the handler
    // is a store of a pointer.
    unsafe {
        let handler = std::mem::transmute::<
            unsafe extern "C" fn(*const c_char, c_int, *const c_char, c_int, *const c_char),
            unsafe extern "C" fn(*const c_char, c_int, *const c_char, c_int, *const c_char, ...),
        >(say_nothing);
        alsa_sys::snd_lib_error_set_handler(Some(handler));
    }
}

/// Stops libasound from writing to the standard error stream; this system has none.
#[cfg(not(target_os = "linux"))]
pub fn quiet_alsa() {}

/// A file of numbers, read as if it were memory. The file has no name, so nobody else can change it.
#[derive(Debug)]
pub struct Mapping(memmap2::Mmap);

/// What the processor brings from the disk at once, in bytes; at least as long on every system.
const PAGE: usize = 4096;

impl Mapping {
    /// A file that is open for reading, has no name any more and holds nothing but numbers.
    ///
    /// # Errors
    /// The system maps no such file.
    pub(super) fn new(file: &std::fs::File) -> std::io::Result<Mapping> {
        // SAFETY: the file was made without a name (see `base::reel`), its only handle is closed after this, and nothing
        // writes to it: it never changes under the map.
        unsafe { memmap2::Mmap::map(file) }.map(Mapping)
    }

    /// What it holds.
    pub(super) fn numbers(&self) -> &[f32] {
        // A map begins at a page, so that its numbers are aligned.
        bytemuck::try_cast_slice(&self.0).unwrap_or(&[])
    }

    /// Waits until these numbers are in memory.
    pub(super) fn load(&self, numbers: std::ops::Range<usize>) {
        let wanted = self.numbers().get(numbers).unwrap_or(&[]);
        wanted.iter().step_by(PAGE / size_of::<f32>()).chain(wanted.last()).for_each(|number| {
            std::hint::black_box(*number);
        });
    }

    /// These numbers need not stay in memory.
    pub(super) fn forget(&self, numbers: std::ops::Range<usize>) {
        #[cfg(unix)]
        {
            let (from, length) = (numbers.start * size_of::<f32>(), numbers.len() * size_of::<f32>());
            // SAFETY: the map is of a file that never changes; what leaves memory comes back from there as it was.
            let _ = unsafe { self.0.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, from, length) };
        }
        #[cfg(not(unix))]
        let _ = numbers;
    }
}

/// Numbers as they stand in memory.
pub(super) fn bytes_of(numbers: &[f32]) -> &[u8] {
    bytemuck::cast_slice(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_twice_does_no_harm() {
        quiet_alsa();
        quiet_alsa();
        let first = raise_priority();
        assert_eq!(raise_priority(), first);
    }
}
