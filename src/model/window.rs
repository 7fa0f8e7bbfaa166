//! Overlays in time: what holds in the last bar of a section, in every eighth one.
//!
//! Invariant: for each point of a section exactly one layer holds, the innermost whose windows all contain it.

use crate::base::time::{Span, Time};

/// A stretch of a section that comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Window {
    /// The end of the section, this long (in bars).
    Last(Time),
    /// Each n-th bar (the eighth, the sixteenth …).
    Every(i64),
}

impl Window {
    /// The stretch of this window that contains `at` (bars from the section's start), if one does.
    pub fn around(self, at: Time, bars: Option<Time>) -> Option<Span> {
        match self {
            Window::Last(length) => {
                let end = bars?;
                let begin = (end - length).max(Time::ZERO);
                (at >= begin && at < end).then_some(Span::new(begin, end))
            }
            Window::Every(count) => {
                let bar = at.cycle();
                (count > 0 && (bar + 1).rem_euclid(count) == 0).then(|| Span::cycle(bar))
            }
        }
    }

    /// The next point after `at` where it begins or ends.
    fn next_edge(self, at: Time, bars: Option<Time>) -> Option<Time> {
        match self {
            Window::Last(length) => {
                let end = bars?;
                [(end - length).max(Time::ZERO), end].into_iter().find(|edge| *edge > at)
            }
            Window::Every(_) => Some(at.floor() + Time::ONE),
        }
    }
}

/// Something with overlays: the base, then what replaces it, from the outermost to the innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Layered<T> {
    /// What holds where no window does.
    pub base: T,
    /// Each holds where all of its windows do.
    pub overlays: Vec<(Vec<Window>, T)>,
}

/// A layer with the stretch in which it holds, and the whole stretch of its innermost window.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a, T> {
    /// Where it holds, in bars from the section's start.
    pub span: Span,
    /// The window that it belongs to; `None` for the base.
    pub window: Option<Span>,
    /// What holds.
    pub layer: &'a T,
}

impl<T> Layered<T> {
    /// Without overlays.
    pub fn plain(base: T) -> Layered<T> {
        Layered { base, overlays: Vec::new() }
    }

    /// Puts something over it where all windows hold; without windows it is the base.
    pub fn lay(&mut self, windows: &[Window], layer: T) {
        if windows.is_empty() {
            self.base = layer;
        } else {
            self.overlays.push((windows.to_vec(), layer));
        }
    }

    /// What holds at a point.
    pub fn at(&self, at: Time, bars: Option<Time>) -> (&T, Option<Span>) {
        for (windows, layer) in self.overlays.iter().rev() {
            let mut innermost = None;
            let all = windows.iter().all(|window| {
                innermost = window.around(at, bars);
                innermost.is_some()
            });
            if all {
                return (layer, innermost);
            }
        }
        (&self.base, None)
    }

    /// Until when the layer that holds at a point goes on; `None` where it holds to the section's end.
    pub fn until(&self, at: Time, bars: Option<Time>) -> Option<Time> {
        let (layer, window) = self.at(at, bars);
        let mut edge = at;
        for _ in 0..1024 {
            edge = self
                .overlays
                .iter()
                .flat_map(|(windows, _)| windows)
                .filter_map(|window| window.next_edge(edge, bars))
                .min()?;
            if bars.is_some_and(|bars| edge >= bars) {
                return None;
            }
            let (next, around) = self.at(edge, bars);
            if !std::ptr::eq(layer, next) || window != around {
                return Some(edge);
            }
        }
        None
    }

    /// The layers over a stretch, cut where they change.
    pub fn slices(&self, span: Span, bars: Option<Time>) -> Vec<Slice<'_, T>> {
        if self.overlays.is_empty() {
            return vec![Slice { span, window: None, layer: &self.base }];
        }
        let mut out: Vec<Slice<'_, T>> = Vec::new();
        let mut begin = span.begin;
        while begin < span.end {
            let end = self
                .overlays
                .iter()
                .flat_map(|(windows, _)| windows)
                .filter_map(|window| window.next_edge(begin, bars))
                .fold(span.end, Time::min);
            let (layer, window) = self.at(begin, bars);
            match out.last_mut() {
                Some(Slice { span, window: before, layer: same })
                    if *before == window && std::ptr::eq(*same, layer) =>
                {
                    span.end = end;
                }
                _ => out.push(Slice { span: Span::new(begin, end), window, layer }),
            }
            begin = end;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bar_and_every_fourth_are_overlaid() {
        let layers = Layered {
            base: "base",
            overlays: vec![(vec![Window::Every(4)], "fourth"), (vec![Window::Last(Time::ONE)], "last")],
        };
        let bars = Some(Time::int(8));
        let said: Vec<_> = layers
            .slices(Span::new(Time::ZERO, Time::int(8)), bars)
            .into_iter()
            .map(|slice| (slice.span.begin, *slice.layer))
            .collect();
        assert_eq!(said, [(0, "base"), (3, "fourth"), (4, "base"), (7, "last")].map(|(at, it)| (Time::int(at), it)));
        assert_eq!(layers.until(Time::ZERO, bars), Some(Time::int(3)));
        assert_eq!(layers.until(Time::int(7), bars), None);
    }

    #[test]
    fn the_last_beat_of_a_scene_without_an_end_never_comes() {
        let layers = Layered { base: 0, overlays: vec![(vec![Window::Last(Time::new(1, 4))], 1)] };
        assert_eq!(*layers.at(Time::int(7), None).0, 0);
        assert_eq!(layers.slices(Span::cycle(3), Some(Time::int(4))).len(), 2);
    }

    #[test]
    fn a_last_inside_an_every_wants_both() {
        let both = vec![Window::Every(2), Window::Last(Time::ONE)];
        let layers = Layered { base: 0, overlays: vec![(both, 1)] };
        assert_eq!(*layers.at(Time::int(3), Some(Time::int(4))).0, 1);
        assert_eq!(*layers.at(Time::int(1), Some(Time::int(4))).0, 0);
        assert_eq!(*layers.at(Time::int(2), Some(Time::int(3))).0, 0);
    }
}
