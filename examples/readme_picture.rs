//! Writes the README's picture: the screen after a while of a piece that plays, as SVG.
//!
//! `cargo run --release --example readme_picture -- PIECE SECONDS OUT.svg`

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use talea::outputs::{Choice, Route};
use talea::session::{Options, Screen, Session};
use talea::ui::{Depth, State, Theme, picture};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let piece = arguments.next().ok_or("which piece?")?;
    let seconds: f64 = arguments.next().ok_or("after how many seconds?")?.parse()?;
    let out = arguments.next().ok_or("into which file?")?;
    let options = Options {
        file: piece.into(),
        audio: Choice { route: Route::Null, device: None },
        latency: None,
        record: None,
        log: None,
    };
    let session = Session::start(&options, Arc::new(AtomicBool::new(false))).map_err(|said| said.message.clone())?;
    let screen = Screen::new(&session);
    let mut state = State::new(Theme::new(Depth::True));
    state.resize(120, 40);
    let start = Instant::now();
    let mut before = 0.0;
    while start.elapsed().as_secs_f64() < seconds {
        std::thread::sleep(Duration::from_millis(33));
        let now = start.elapsed().as_secs_f64();
        state.receive(screen.snapshot(), now - before);
        before = now;
    }
    std::fs::write(out, picture::screen(&mut state, 120, 40))?;
    Ok(())
}
