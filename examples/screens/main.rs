//! Paints the screen of `talea play` as SVG pictures: `cargo run --example screens -- FOLDER`.
//!
//! The README's picture is `playing-120x40.svg`; `rsvg-convert -o x.png x.svg` makes a PNG.

mod stage;

use std::path::PathBuf;

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use talea::ui::{Depth, Snapshot, State, Theme, picture, update};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/screens".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let scenes: [(&str, Snapshot, &str); 6] = [
        ("playing", stage::playing(), "g"),
        ("problems", stage::with_problems(), "e"),
        ("hands", stage::with_hands(), "g>>>>"),
        ("countdown", stage::with_countdown(), "g"),
        ("help", stage::playing(), "?"),
        ("sections", stage::with_countdown(), "l"),
    ];
    for (depth, suffix) in [(Depth::True, ""), (Depth::Indexed, "-256"), (Depth::Mono, "-mono")] {
        for (name, snapshot, keys) in &scenes {
            for (width, height) in [(80, 24), (120, 40), (200, 60)] {
                let mut state = State::new(Theme::new(depth));
                state.resize(width, height);
                // A louder moment before, so that held peaks stand above the bars.
                let mut louder = snapshot.clone();
                louder.strips.iter_mut().for_each(|strip| strip.peak = strip.peak.map(|peak| peak * 1.5));
                state.receive(louder, 0.0);
                state.receive(snapshot.clone(), 0.2);
                for key in keys.chars() {
                    let code = if key == '>' { KeyCode::Right } else { KeyCode::Char(key) };
                    update(&mut state, KeyEvent::from(code));
                }
                let svg = picture::screen(&mut state, width, height);
                std::fs::write(folder.join(format!("{name}-{width}x{height}{suffix}.svg")), svg)?;
            }
        }
    }
    Ok(())
}
