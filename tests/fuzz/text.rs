//! The fuzz target: any bytes as a text, from tokens to haps. A panic, eight seconds or
//! 500 MB are findings.

#![no_main]

#[path = "../hostile/pipeline.rs"]
mod pipeline;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        pipeline::run(text);
    }
});
