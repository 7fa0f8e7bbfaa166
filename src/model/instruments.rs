//! Instruments of the text: kits, MIDI boxes, the ports that get the clock, and those that are not built yet.
//!
//! Invariant: an instrument with an error is what it was in the last good version.

use std::path::Path;
use std::sync::Arc;

use super::build::Builder;
use super::collect::{Told, told};
use super::piece::{Mapping, Midi};
use super::plain::{convert, fixed_slot, quantity};
use super::wishes;
use super::words::{self, Room};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::lang::syntax::{Argument, Block, Expr, ExprKind, ItemKind};

impl<'a> Builder<'a> {
    pub(super) fn kits(&mut self) -> Vec<Arc<str>> {
        let mut out: Vec<Arc<str>> = Vec::new();
        let told: Vec<Told<'a>> =
            self.collected.commands.iter().filter(|t| matches!(&*t.name.text, "kit" | "samples")).cloned().collect();
        for told in told {
            // Paths do not matter any more: the catalog has what they held.
            let Some(wish) = wishes::kit(&told, Path::new(""), &mut self.said) else { continue };
            if !wish.name.is_empty() && out.iter().any(|kit| **kit == *wish.name) {
                self.twice(&told);
                continue;
            }
            out.push(wish.name.into());
        }
        out
    }

    /// `sampler`, `soundfont`, `sfz`
    pub(super) fn instruments(&mut self) -> Vec<Arc<str>> {
        let mut out: Vec<Arc<str>> = Vec::new();
        let told: Vec<Told<'a>> = self.collected.commands.clone();
        for told in told.iter().filter(|t| matches!(&*t.name.text, "sampler" | "soundfont" | "sfz")) {
            let wish = wishes::instrument(told, Path::new(""), &mut self.said);
            // Its name is known though it has an error, so that its tracks are not errors for the same reason.
            let name: Arc<str> = match (wish, told.argument(0).map(|expr| &expr.kind)) {
                (Some(wish), _) => wish.name.into(),
                (None, Some(ExprKind::Name(name))) => name.as_str().into(),
                _ => continue,
            };
            if out.contains(&name) {
                self.twice(told);
                continue;
            }
            out.push(name);
        }
        out
    }

    fn twice(&mut self, told: &Told<'a>) {
        let place = told.argument(0).map_or(told.place, |expr| expr.place);
        self.said.push(Diagnostic::error("name-twice", place, "there is an instrument of this name already"));
    }

    pub(super) fn clocks(&mut self) -> Vec<Arc<str>> {
        let told: Vec<Told<'a>> = self.collected.of("clock").cloned().collect();
        let mut out = Vec::new();
        for told in told {
            match told.argument(0) {
                Some(Expr { kind: ExprKind::Text(port), .. }) => out.push(port.as_str().into()),
                other => {
                    let place = other.map_or(told.place, |expr| expr.place);
                    self.said.push(
                        Diagnostic::error("text-expected", place, "`clock` wants a port's name")
                            .help("clock 'Analog Rytm'"),
                    );
                }
            }
        }
        out
    }

    /// `osc` and the like: their names are sounds; until they are built their notes play on a saw.
    pub(super) fn later_instruments(&mut self) -> Vec<Arc<str>> {
        let told: Vec<Told<'a>> = self.collected.commands.clone();
        let mut out = Vec::new();
        for told in told.iter().filter(|t| matches!(&*t.name.text, "osc" | "input" | "takes")) {
            let name = match told.argument(0).map(|expr| &expr.kind) {
                Some(ExprKind::Name(name)) => name.as_str(),
                Some(ExprKind::Call(name, _)) => name.text.as_str(),
                _ => continue,
            };
            out.push(Arc::from(name));
            if told.name.text == "osc" {
                self.said.push(
                    Diagnostic::warning("not-yet", told.name.place, format!("`{}` is not built yet", told.name.text))
                        .label(format!("the notes of `{name}` play on a plain saw for now")),
                );
            }
        }
        out
    }

    pub(super) fn midis(&mut self) -> Vec<Midi> {
        let told: Vec<Told<'a>> = self.collected.of("midi").cloned().collect();
        let mut out: Vec<Midi> = Vec::new();
        for told in told {
            let Some(name) = self.name_argument(&told) else { continue };
            if out.iter().any(|midi| *midi.name == name.text) {
                self.twice(&told);
                continue;
            }
            let before = self.said.len();
            let mut midi = Midi {
                name: name.text.as_str().into(),
                port: Arc::from(""),
                channel: 0,
                offset: 0.0,
                mappings: Vec::new(),
            };
            if let Some(block) = told.block {
                self.midi_block(block, &mut midi);
            }
            if midi.port.is_empty() && before == self.said.len() {
                self.said.push(
                    Diagnostic::error("midi-port", told.place, format!("`{}` needs a port", name.text))
                        .help(format!("midi {} {{ port 'Juno-6', channel 1 }}", name.text)),
                );
            }
            if self.said[before..].iter().any(Diagnostic::is_error) {
                // Its name is known all the same, so that its tracks are not errors for the same reason.
                let last = self.previous.and_then(|piece| piece.midis.iter().find(|m| *m.name == name.text));
                out.push(last.cloned().unwrap_or(midi));
                continue;
            }
            out.push(midi);
        }
        out
    }

    fn midi_block(&mut self, block: &'a Block, midi: &mut Midi) {
        for item in &block.items {
            if let ItemKind::Label(label, expr) = &item.kind {
                if let Some(mapping) = self.mapping(expr) {
                    midi.mappings.push((label.name.text.as_str().into(), mapping));
                }
                continue;
            }
            let Some(told) = told(item) else {
                self.said.push(
                    Diagnostic::error(
                        "midi-line",
                        item.place,
                        "a midi instrument holds `port`, `channel`, `offset` and labels",
                    )
                    .help("midi juno { port 'Juno-6', channel 3, cutoff: cc(74) }"),
                );
                continue;
            };
            self.midi_line(&told, midi);
        }
    }

    fn midi_line(&mut self, told: &Told<'a>, midi: &mut Midi) {
        match (told.name.text.as_str(), told.argument(0)) {
            ("port", Some(Expr { kind: ExprKind::Text(port), .. })) => midi.port = port.as_str().into(),
            ("port", other) => {
                let place = other.map_or(told.place, |expr| expr.place);
                self.said.push(Diagnostic::error("text-expected", place, "a port is plain text").help("port 'Juno-6'"));
            }
            ("channel", Some(expr)) => {
                if matches!(expr.kind, ExprKind::Number(_) | ExprKind::Negative(_) | ExprKind::Paren(_)) {
                    match quantity(expr)
                        .filter(|q| q.exact.is_int() && (1..=16).contains(&q.exact.num()) && q.unit.is_none())
                    {
                        Some(channel) => midi.channel = (channel.exact.num() - 1) as u8,
                        None => self.said.push(
                            Diagnostic::error("out-of-range", expr.place, "MIDI channels are 1 to 16")
                                .help("channel 3"),
                        ),
                    }
                } else {
                    self.said.push(fixed_slot(
                        expr.place,
                        "channel",
                        "a port cannot change it while notes sound: write a plain number, channel 3",
                    ));
                }
            }
            ("offset", Some(expr)) => match quantity(expr)
                .and_then(|q| convert(q.value, q.unit, Dimension::Duration, self.pace))
            {
                Some(offset) if offset.abs() <= 0.2 => midi.offset = offset,
                Some(_) => self.said.push(
                    Diagnostic::error("out-of-range", expr.place, "an offset is 200 ms at most").help("offset -4ms"),
                ),
                None => self.said.push(fixed_slot(expr.place, "offset", "write a time: offset -4ms")),
            },
            ("channel" | "offset", None) => {
                self.said.push(Diagnostic::error(
                    "missing-argument",
                    told.place,
                    format!("`{}` wants a value", told.name.text),
                ));
            }
            (name, _) => {
                if words::find(name, Room::Midi).is_some() {
                    self.not_yet(told.name.place, &format!("`{name}` of a midi instrument"));
                } else {
                    let error = Diagnostic::error(
                        "unknown-command",
                        told.name.place,
                        format!("`{name}` means nothing in a midi instrument"),
                    );
                    self.said.push(match nearest(name, words::names(Room::Midi)) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error.help(format!("a control is a label: {name}: cc(74)")),
                    });
                }
            }
        }
    }

    /// `cc(74)`, `cc14(71)`, `nrpn(1, 20)`, `bend`, `touch`, `note(36)`
    fn mapping(&mut self, expr: &Expr) -> Option<Mapping> {
        let (word, arguments): (&str, &[Argument]) = match &expr.kind {
            ExprKind::Call(name, arguments) => (&name.text, arguments),
            ExprKind::Name(name) => (name, &[]),
            _ => ("", &[]),
        };
        let most = match word {
            "cc" | "note" | "nrpn" => 127,
            "cc14" => 31,
            "bend" => return Some(Mapping::Bend),
            "touch" => return Some(Mapping::Touch),
            _ => {
                self.said.push(
                    Diagnostic::error("midi-mapping", expr.place, "a label maps to a controller or a key")
                        .help("cc(74), cc14(19), nrpn(1, 20), bend, touch or note(36)"),
                );
                return None;
            }
        };
        let mut numbers = Vec::new();
        for argument in arguments {
            // cc14 counts up to 31, but people write the number of a pair that their manual gives.
            let limit = if word == "cc14" { 95 } else { most };
            match quantity(&argument.value).filter(|q| q.exact.is_int() && q.unit.is_none()) {
                Some(q) if (0..=limit).contains(&q.exact.num()) => numbers.push(q.exact.num() as u16),
                _ => {
                    let what = if word == "note" { "keys" } else { "controllers" };
                    self.said.push(
                        Diagnostic::error("out-of-range", argument.value.place, format!("{what} are 0 to {limit}"))
                            .help(format!("{word}(74)")),
                    );
                    return None;
                }
            }
        }
        match (word, numbers.as_slice()) {
            ("cc", [n]) => Some(Mapping::Cc(*n as u8)),
            ("cc14", [n]) => Some(Mapping::Cc14(*n as u8)),
            ("note", [n]) => Some(Mapping::Note(*n as u8)),
            ("nrpn", [n]) => Some(Mapping::Nrpn(*n)),
            ("nrpn", [high, low]) => Some(Mapping::Nrpn(*high << 7 | *low)),
            _ => {
                self.said.push(
                    Diagnostic::error("missing-argument", expr.place, format!("`{word}` wants a number"))
                        .help(format!("{word}(74)")),
                );
                None
            }
        }
    }
}
