//! `talea play FILE`: plays a piece and follows every save, with the screen or without.
//!
//! Invariant: the terminal is given back on every exit, and every note is let go.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use crossbeam_channel::bounded;

use super::{Exit, paint};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::outputs::Choice;
use crate::session::{News, Options, Screen, Session};
use crate::ui;

/// Arguments of `talea play`.
#[derive(Args)]
pub(super) struct PlayArgs {
    /// The piece
    file: PathBuf,
    /// Without a screen; so by itself where stdout is no terminal
    #[arg(long)]
    headless: bool,
    /// Without a screen, a line for each thing that happens
    #[arg(long)]
    plain: bool,
    /// Stops by itself: 10s, 500ms, 2m
    #[arg(long = "for", value_parser = duration)]
    time: Option<Duration>,
    /// jack, pulse, alsa, alsa:DEVICE or null; JACK if a server answers, else the default
    #[arg(long, default_value = "default", value_parser = choice)]
    audio: Choice,
    /// From the computer to the loudspeaker: 10ms
    #[arg(long, value_parser = duration)]
    latency: Option<Duration>,
    /// Records what is played
    #[arg(long)]
    record: Option<PathBuf>,
    /// Writes down every version and gesture, for `talea render`
    #[arg(long)]
    log: Option<PathBuf>,
}

fn choice(text: &str) -> Result<Choice, String> {
    text.parse()
}

/// `10s`, `500ms`, `2m`, `10`
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        unit => return Err(format!("`{unit}` is no unit of time: ms, s, m or h")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("`{text}` is no time: 10s, 500ms, 2m"))?;
    Duration::try_from_secs_f64(number * scale).map_err(|_| format!("`{text}` is no time"))
}

/// Plays until the performer or `--for` ends it.
pub(super) fn run(args: &PlayArgs) -> Exit {
    let quit = Arc::new(AtomicBool::new(false));
    if let Err(error) = ui::terminal::quit_on_signals(&quit) {
        paint::error(&format!("signals cannot be caught: {error}"));
    }
    let options = Options {
        file: args.file.clone(),
        audio: args.audio.clone(),
        latency: args.latency,
        record: args.record.clone(),
        log: args.log.clone(),
    };
    let session = match Session::start(&options, Arc::clone(&quit)) {
        Ok(session) => session,
        Err(said) => {
            paint::diagnostics(&[], std::slice::from_ref(&*said));
            return if said.code.starts_with("file-") { Exit::Usage } else { Exit::Machine };
        }
    };
    let until = args.time.map(|time| Instant::now() + time);
    let headless = args.headless || args.plain || !std::io::stdout().is_terminal();
    let shown = if headless {
        without_screen(&session, &quit, until);
        Ok(())
    } else {
        with_screen(&session, &quit, until)
    };
    let ended = session.end();
    if let Err(error) = shown {
        paint::error(&format!("the screen failed: {error}"));
        return Exit::Machine;
    }
    match ended {
        Ok(()) => Exit::Done,
        Err(said) => {
            paint::diagnostics(&[], &[*said]);
            Exit::Machine
        }
    }
}

fn with_screen(session: &Session, quit: &Arc<AtomicBool>, until: Option<Instant>) -> std::io::Result<()> {
    let (send, actions) = bounded(256);
    let screen = Screen::new(session);
    let snapshots = || {
        for action in actions.try_iter() {
            if !screen.act(&action) {
                quit.store(true, Ordering::SeqCst);
            }
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            quit.store(true, Ordering::SeqCst);
        }
        session.tend();
        session.board().news();
        screen.snapshot()
    };
    ui::terminal::run(snapshots, send, Arc::clone(quit))
}

fn without_screen(session: &Session, quit: &AtomicBool, until: Option<Instant>) {
    while !quit.load(Ordering::SeqCst) && until.is_none_or(|until| Instant::now() < until) {
        for news in session.board().news() {
            tell(&news);
        }
        session.tend();
        std::thread::sleep(Duration::from_millis(10));
    }
    for news in session.board().news() {
        tell(&news);
    }
    match session.board().late() {
        0 => {}
        late => paint::line(&format!("late {late}: a render of this will differ from what was heard")),
    }
}

fn tell(news: &News) {
    match news {
        News::Version(number, sources, said) => {
            let count = |severity| said.iter().filter(|d| d.severity == severity).count();
            let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
            paint::line(&match (errors, warnings) {
                (0, 0) => format!("v{number} read"),
                (0, warnings) => format!("v{number} read, {warnings} warnings"),
                (errors, _) => format!("v{number} read, {errors} errors: what is broken keeps its last good version"),
            });
            let shown: Vec<Diagnostic> = said.iter().filter(|d| d.severity != Severity::Hint).cloned().collect();
            paint::diagnostics(sources, &shown);
        }
        News::Playing(number) => paint::line(&format!("v{number} plays")),
        News::Section(name, 0) => paint::line(&format!("section {name}")),
        News::Section(name, bars) => paint::line(&format!("section {name}, {bars} bars")),
        News::Machine(said) => paint::diagnostics(&[], std::slice::from_ref(said)),
        News::End => paint::line("the song is over"),
    }
    let _ = std::io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(duration("soon").is_err());
    }
}
