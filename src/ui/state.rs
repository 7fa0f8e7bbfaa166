//! What the screen itself remembers between two snapshots: the selection, the scroll, the falling meters.
//!
//! Invariant: everything here can be thrown away without changing the music; time comes in as seconds passed, never
//! from a clock.

use ratatui::layout::Rect;

use super::commands::Action;
use super::level::Meter;
use super::snapshot::{Kind, Message, Snapshot};
use super::theme::Theme;
use super::tint::Lines;
use super::view;

/// How long the last command and a new message of the machine stand in the footer, in seconds.
const ECHO: f64 = 1.5;
const NEWS: f64 = 8.0;

/// A terminal that does not report releases repeats a held key; silence for this long means that it is up: at first
/// longer than the usual delay before the first repeat, then a little more than the usual repeat.
const FIRST_REPEAT: f64 = 0.6;
const NEXT_REPEAT: f64 = 0.15;

/// What lies over the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The keys.
    Help,
    /// The list of sections, with the row that is chosen.
    Sections(usize),
}

/// What stands at a place of the desk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// An index into the snapshot's strips.
    Strip(usize),
    /// An index into its knobs.
    Knob(usize),
}

/// A key that is held for the music.
#[derive(Clone, PartialEq, Debug)]
struct Held {
    key: char,
    /// Seconds until it counts as released; `None` where the terminal reports releases.
    left: Option<f64>,
}

/// The screen's own state with the last snapshot.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) snapshot: Snapshot,
    pub(super) theme: Theme,
    pub(super) lines: Lines,
    pub(super) meters: Vec<[Meter; 2]>,
    pub(super) selected: usize,
    pub(super) scroll: usize,
    pub(super) overlay: Overlay,
    pub(super) problems_shown: bool,
    pub(super) problem_at: Option<usize>,
    pub(super) echo: Option<String>,
    /// Something else wrote on the terminal: all cells are to be written again.
    pub(super) repaint: bool,
    echo_left: f64,
    news_left: f64,
    held: Vec<Held>,
    releases: bool,
    size: (u16, u16),
}

impl State {
    /// An empty screen.
    pub fn new(theme: Theme) -> State {
        State {
            lines: Lines::of(&Snapshot::default().source.text),
            snapshot: Snapshot::default(),
            theme,
            meters: Vec::new(),
            selected: 0,
            scroll: 0,
            overlay: Overlay::None,
            problems_shown: true,
            problem_at: None,
            echo: None,
            repaint: false,
            echo_left: 0.0,
            news_left: 0.0,
            held: Vec::new(),
            releases: false,
            size: (80, 24),
        }
    }

    /// The size of the screen, in cells.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
    }

    /// Takes a snapshot, `seconds` after the one before, and says whether the screen has changed.
    pub fn receive(&mut self, snapshot: Snapshot, seconds: f64) -> bool {
        let mut changed = snapshot != self.snapshot;
        if snapshot.source.text != self.snapshot.source.text {
            self.lines = Lines::of(&snapshot.source.text);
        }
        let selected = self.selected_name();
        if snapshot.log.len() > self.snapshot.log.len() || snapshot.log.last() != self.snapshot.log.last() {
            self.news_left = NEWS;
        }
        self.meters = snapshot
            .strips
            .iter()
            .enumerate()
            .map(|(at, strip)| {
                // A strip keeps its meter while it keeps its place or, after an edit, its name.
                let same = |old: usize| self.snapshot.strips.get(old).is_some_and(|old| old.name == strip.name);
                let old = if same(at) { Some(at) } else { (0..self.snapshot.strips.len()).find(|old| same(*old)) };
                let [left, right] = old.and_then(|old| self.meters.get(old)).copied().unwrap_or_default();
                changed |= left.moves() || right.moves();
                [left.after(strip.peak[0], seconds), right.after(strip.peak[1], seconds)]
            })
            .collect();
        self.snapshot = snapshot;
        self.select_name(selected.as_ref());
        self.scroll = self.scroll.min(self.lines.count().saturating_sub(1));
        for left in [&mut self.echo_left, &mut self.news_left] {
            let before = *left;
            *left = (before - seconds).max(0.0);
            changed |= before > 0.0 && *left == 0.0;
        }
        if self.echo_left == 0.0 {
            self.echo = None;
        }
        changed
    }

    /// The keys that have been let go after `seconds`, in a terminal that does not say so itself.
    pub fn let_go(&mut self, seconds: f64) -> Vec<Action> {
        let mut released = Vec::new();
        for held in &mut self.held {
            if let Some(left) = &mut held.left {
                *left -= seconds;
                if *left <= 0.0 {
                    released.push(held.key);
                }
            }
        }
        self.held.retain(|held| !released.contains(&held.key));
        released.into_iter().filter_map(|key| self.held_action(key, false)).collect()
    }

    /// A key of the music goes down, or repeats.
    pub(super) fn hold(&mut self, key: char) -> Option<Action> {
        let releases = self.releases;
        if let Some(held) = self.held.iter_mut().find(|held| held.key == key) {
            held.left = held.left.map(|left| left.max(NEXT_REPEAT));
            return None;
        }
        self.held.push(Held { key, left: (!releases).then_some(FIRST_REPEAT) });
        self.held_action(key, true)
    }

    /// The terminal says that a key went up.
    pub(super) fn release(&mut self, key: char) -> Option<Action> {
        self.releases = true;
        let before = self.held.len();
        self.held.retain(|held| held.key != key);
        if self.held.len() < before { self.held_action(key, false) } else { None }
    }

    fn held_action(&self, key: char, down: bool) -> Option<Action> {
        match self.snapshot.buttons.iter().find(|button| button.key == key) {
            Some(button) => Some(Action::Button { name: button.name.clone(), down }),
            None => (key == 'f').then_some(Action::Fill { down }),
        }
    }

    /// The desk from left to right: strips, knobs, the master.
    pub(super) fn desk(&self) -> Vec<Item> {
        let strips = &self.snapshot.strips;
        let of = |master: bool| {
            (0..strips.len()).filter(move |at| (strips[*at].kind == Kind::Master) == master).map(Item::Strip)
        };
        of(false).chain((0..self.snapshot.knobs.len()).map(Item::Knob)).chain(of(true)).collect()
    }

    /// What is selected on the desk; `None` on an empty one.
    pub(super) fn selected_item(&self) -> Option<Item> {
        self.desk().get(self.selected).copied()
    }

    fn item_name(&self, item: Item) -> Option<(bool, String)> {
        match item {
            Item::Strip(at) => self.snapshot.strips.get(at).map(|strip| (true, strip.name.clone())),
            Item::Knob(at) => self.snapshot.knobs.get(at).map(|knob| (false, knob.name.clone())),
        }
    }

    fn selected_name(&self) -> Option<(bool, String)> {
        self.selected_item().and_then(|item| self.item_name(item))
    }

    fn select_name(&mut self, name: Option<&(bool, String)>) {
        let desk = self.desk();
        let same = |item: &Item| self.item_name(*item).as_ref() == name;
        self.selected = desk.iter().position(same).unwrap_or(self.selected).min(desk.len().saturating_sub(1));
    }

    /// Shows what a key did, in the footer.
    pub(super) fn say(&mut self, text: String) {
        self.echo = Some(text);
        self.echo_left = ECHO;
    }

    /// The machine's last message, while it is new.
    pub(super) fn news(&self) -> Option<&Message> {
        if self.news_left > 0.0 { self.snapshot.log.last() } else { None }
    }

    /// How many lines of the text the screen shows now.
    pub(super) fn source_rows(&self) -> usize {
        let (width, height) = self.size;
        let layout = view::layout(self, Rect::new(0, 0, width, height));
        usize::from(layout.source.height.saturating_sub(1)).max(1)
    }

    /// Scrolls so that two lines, from 0, and what is between them can be seen, with the first a little below the top
    /// where that is possible; not at all where they can be seen already.
    pub(super) fn show_lines(&mut self, first: usize, last: usize) {
        let rows = self.source_rows();
        if first < self.scroll || last >= self.scroll + rows {
            let spare = rows.saturating_sub(last.saturating_sub(first) + 1);
            let top = first.saturating_sub(spare.min(rows / 3));
            self.scroll = top.min(self.lines.count().saturating_sub(1));
        }
    }
}
