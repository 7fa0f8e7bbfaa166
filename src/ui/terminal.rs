//! The real terminal: raw mode, the other screen, keys in, cells out.
//!
//! Invariant: whatever ends the program (a key, a signal, an error, a panic in any thread), the terminal is given back
//! as it was; while the screen is up nothing else is written to it.

use std::io::{self, Stdout, Write as _, stdout};
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{
    self, Event, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};

use super::commands::Action;
use super::keys::update;
use super::snapshot::Snapshot;
use super::state::State;
use super::theme::{Depth, Theme};
use super::view::view;

/// The time between two looks at the music.
const FRAME: Duration = Duration::from_millis(33);

/// Whether the terminal is ours. One per process, because so is the terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back when it goes.
struct Guard;

impl Guard {
    fn take() -> io::Result<Guard> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Guard;
        execute!(stdout(), EnterAlternateScreen, Hide, DisableLineWrap)?;
        // Releases of held keys, where the terminal knows them; the others pass over this.
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
            | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
            | KeyboardEnhancementFlags::REPORT_ALTERNATE_KEYS
            | KeyboardEnhancementFlags::REPORT_ALL_KEYS_AS_ESCAPE_CODES;
        execute!(stdout(), PushKeyboardEnhancementFlags(flags))?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Once only; errors have nowhere to go any more.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            PopKeyboardEnhancementFlags,
            EnableLineWrap,
            Show,
            LeaveAlternateScreen
        );
        let _ = disable_raw_mode();
    }
}

/// What the terminal sends, read by a thread of its own: reading a terminal that was closed never ends, and must keep
/// nobody from ending in good order.
struct Events(Receiver<io::Result<Event>>);

/// The thread looks so often whether it is over.
const LISTEN: Duration = Duration::from_millis(100);
/// Events that may wait: more than anybody types in a frame.
const MOST_EVENTS: usize = 1024;

impl Events {
    fn listen(quit: &Arc<AtomicBool>) -> io::Result<Events> {
        let (send, events) = bounded(MOST_EVENTS);
        let quit = Arc::clone(quit);
        std::thread::Builder::new().name("talea-keys".to_owned()).spawn(move || {
            while !quit.load(Ordering::SeqCst) {
                let event = match event::poll(LISTEN) {
                    Ok(true) => event::read(),
                    Ok(false) => continue,
                    Err(error) => Err(error),
                };
                let failed = event.is_err();
                if send.send(event).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Events(events))
    }

    /// The next event, if one comes in time.
    fn next(&self, wait: Duration) -> io::Result<Option<Event>> {
        match self.0.recv_timeout(wait) {
            Ok(event) => event.map(Some),
            // The thread goes when it is over, or after an error, which comes first.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(None),
        }
    }
}

/// A panic in any thread gives the terminal back before its message is printed, and ends the screen.
fn restore_on_panic(quit: &Arc<AtomicBool>) {
    static HOOKED: Once = Once::new();
    let quit = Arc::clone(quit);
    HOOKED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            quit.store(true, Ordering::SeqCst);
            before(panic);
        }));
    });
}

/// Sets `quit` when the system asks the process to end.
#[cfg(unix)]
pub fn quit_on_signals(quit: &Arc<AtomicBool>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(quit))?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn quit_on_signals(_quit: &Arc<AtomicBool>) -> io::Result<()> {
    Ok(())
}

/// Shows the music until `quit` is set, by a key ([`Action::Quit`] is sent too), by a signal, or by the session.
///
/// `snapshots` is called some thirty times a second and after every key; it must not block. A closed channel ends the
/// screen; what finds it full is dropped and the footer says so. Errors are those of the terminal.
#[expect(clippy::needless_pass_by_value, reason = "the channel closes with the screen")]
pub fn run(mut snapshots: impl FnMut() -> Snapshot, actions: Sender<Action>, quit: Arc<AtomicBool>) -> io::Result<()> {
    quit_on_signals(&quit)?;
    restore_on_panic(&quit);
    let guard = Guard::take()?;
    let mut terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
    let mut state = State::new(Theme::new(Depth::from_environment()));
    let size = terminal.size()?;
    state.resize(size.width, size.height);
    state.receive(snapshots(), 0.0);
    draw(&mut terminal, &state)?;
    let events = Events::listen(&quit)?;
    let mut before = Instant::now();
    while !quit.load(Ordering::SeqCst) {
        let mut changed = false;
        let mut wait = FRAME.saturating_sub(before.elapsed());
        while let Some(event) = events.next(wait)? {
            match event {
                Event::Key(key) => {
                    changed = true;
                    if let Some(action) = update(&mut state, key) {
                        send(&mut state, &actions, action, &quit);
                    }
                }
                Event::Resize(width, height) => {
                    changed = true;
                    state.resize(width, height);
                }
                _ => {}
            }
            wait = Duration::ZERO;
            if quit.load(Ordering::SeqCst) {
                break;
            }
        }
        let now = Instant::now();
        let seconds = now.duration_since(before).as_secs_f64();
        before = now;
        for action in state.let_go(seconds) {
            send(&mut state, &actions, action, &quit);
        }
        changed |= state.receive(snapshots(), seconds);
        if std::mem::take(&mut state.repaint) {
            terminal.clear()?;
            changed = true;
        }
        if changed && TAKEN.load(Ordering::SeqCst) {
            draw(&mut terminal, &state)?;
        }
    }
    drop(guard);
    Ok(())
}

fn send(state: &mut State, actions: &Sender<Action>, action: Action, quit: &AtomicBool) {
    let ends = action == Action::Quit;
    match actions.try_send(action) {
        Err(TrySendError::Full(_)) => state.say("busy: the key was not heard".to_owned()),
        Err(TrySendError::Disconnected(_)) => quit.store(true, Ordering::SeqCst),
        Ok(()) => {}
    }
    if ends {
        quit.store(true, Ordering::SeqCst);
    }
}

/// One frame, shown whole where the terminal can.
fn draw(terminal: &mut Terminal<CrosstermBackend<Stdout>>, state: &State) -> io::Result<()> {
    queue!(stdout(), BeginSynchronizedUpdate)?;
    terminal.draw(|frame| view(frame, state))?;
    execute!(stdout(), EndSynchronizedUpdate)?;
    stdout().flush()
}
