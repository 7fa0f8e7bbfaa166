//! The way of a text until something could sound.

/// From the text to the haps of its first cycles.
pub fn run(text: &str) {
    std::hint::black_box(text.len());
}
