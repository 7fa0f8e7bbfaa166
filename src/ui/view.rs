//! The whole screen: where each part stands at each size.
//!
//! Invariant: pure; the same state and size give the same cells. Parts never overlap, and every part paints only its
//! own rectangle.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::state::{Overlay, State};
use super::{footer, help, mixer, problems, source, timeline, transport};

/// Under this the screen shows only the position.
const LEAST: (u16, u16) = (40, 10);

/// From this width on, problems stand beside the text instead of under it.
const WIDE: u16 = 150;

/// Where the parts stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Layout {
    pub(super) transport: Rect,
    pub(super) timeline: Rect,
    pub(super) source: Rect,
    pub(super) problems: Rect,
    pub(super) mixer: Rect,
    pub(super) footer: Rect,
}

/// Where the parts stand in `area`; those without room are empty.
pub(super) fn layout(state: &State, area: Rect) -> Layout {
    let (width, height) = (area.width, area.height);
    let mut top = area.y;
    let mut take = |rows: u16| {
        let rect = Rect { x: area.x, y: top, width, height: rows };
        top += rows;
        rect
    };
    let transport = take(if height < 12 { 1 } else { 2 });
    let sections = !state.snapshot.sections.is_empty() || !state.snapshot.song.is_empty();
    let timeline = take(match height {
        _ if !sections => 0,
        ..16 => 0,
        16..30 => 1,
        _ => 2,
    });
    let footer_rows = 1;
    let mixer_rows = match height {
        _ if state.snapshot.strips.is_empty() && state.snapshot.knobs.is_empty() => 0,
        ..14 => 3,
        14..18 => 6,
        18..22 => 7,
        _ => (height / 3).clamp(9, 18),
    };
    let rest = height.saturating_sub(transport.height + timeline.height + footer_rows + mixer_rows);
    let (text, problem_area) = if !state.problems_shown {
        (take(rest), Rect::default())
    } else if width >= WIDE {
        let both = take(rest);
        let beside = problems::needed(state, width / 3).min(1) * (width / 3);
        let text = Rect { width: width - beside, ..both };
        (text, Rect { x: area.x + width - beside, width: beside, ..both })
    } else {
        let most = if height < 30 { rest / 2 } else { rest * 2 / 5 };
        let needed = problems::needed(state, width).min(most);
        let needed = if needed < 2 { 0 } else { needed };
        (take(rest - needed), take(needed))
    };
    let mixer = take(mixer_rows);
    let footer = take(footer_rows);
    Layout { transport, timeline, source: text, problems: problem_area, mixer, footer }
}

/// Paints the screen.
pub fn view(frame: &mut Frame, state: &State) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    Canvas::new(buffer, area).clear(state.theme.page);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        transport::smallest(&mut Canvas::new(buffer, area), state);
        return;
    }
    let layout = layout(state, area);
    transport::paint(&mut Canvas::new(buffer, layout.transport), state);
    timeline::paint(&mut Canvas::new(buffer, layout.timeline), state);
    source::paint(&mut Canvas::new(buffer, layout.source), state);
    problems::paint(&mut Canvas::new(buffer, layout.problems), state);
    mixer::paint(&mut Canvas::new(buffer, layout.mixer), state);
    footer::paint(&mut Canvas::new(buffer, layout.footer), state);
    match state.overlay {
        Overlay::None => {}
        Overlay::Help => help::paint(&mut Canvas::new(buffer, area), state),
        Overlay::Sections(row) => timeline::list(&mut Canvas::new(buffer, area), state, row),
    }
}
