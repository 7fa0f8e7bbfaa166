//! Settings at the top of a file: tempo, meter, key, seed, quantum and their like.
//!
//! Invariant: a setting with an error is what it was in the last good version.

use std::sync::Arc;

use super::build::Builder;
use super::collect::Told;
use super::key::degree;
use super::piece::Quantum;
use super::plain::{Quantity, fixed_slot, is_pattern, quantity};
use super::setting::{FASTEST, Meter, Setting, Swing};
use super::words::{self, Room};
use crate::base::control::Dimension;
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::time::{Span, Time};
use crate::base::units::{LOUDNESS, Unit};
use crate::lang::syntax::{Expr, ExprKind, ItemKind};
use crate::pattern::harmony::scale;
use crate::pattern::harmony::tuning::Tuning;
use crate::pattern::{Context, Pattern, Value};

impl<'a> Builder<'a> {
    /// Reads all settings; the last of its kind wins, and the others are warned.
    pub(super) fn read_settings(&mut self) {
        if let Some(last) = self.previous {
            let whole = &last.sections[0];
            self.settings.tempo = whole.tempo.base.clone();
            self.settings.meter = whole.meter;
            self.settings.key.clone_from(&whole.key.base);
            self.settings.swing.clone_from(&whole.swing.base);
            self.settings.seed = last.seed;
            self.settings.quantum = last.quantum;
            self.settings.target = last.target;
        }
        let broken = |word: &str| self.collected.broken.keys().any(|name| name.split(' ').next() == Some(word));
        let named = |word: &str| self.collected.commands.iter().any(|told| told.name.text == word) || broken(word);
        // What the text does not name any more is at its default again.
        if !named("tempo") && !named("setcpm") && !named("setcps") && !named("setCpm") && !named("setCps") {
            self.settings.tempo = Setting::Plain(120.0);
        }
        if !named("meter") {
            self.settings.meter = Meter::COMMON;
        }
        if !named("key") {
            self.settings.key = None;
        }
        if !named("swing") {
            self.settings.swing = None;
        }
        if !named("seed") {
            self.settings.seed = 0;
        }
        if !named("target") {
            self.settings.target = None;
        }
        if !named("quantum") {
            self.settings.quantum = Quantum { length: Time::ONE, bars: true };
        }
        let told = self.collected.commands.clone();
        let mut seen: Vec<(&str, crate::base::source::Place)> = Vec::new();
        let once = [
            "talea", "piece", "tempo", "meter", "key", "swing", "seed", "quantum", "target", "tuning", "song", "master",
        ];
        for told in &told {
            let name = told.name.text.as_str();
            if once.contains(&name) {
                if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
                    self.said.push(
                        Diagnostic::warning(
                            "setting-twice",
                            told.name.place,
                            format!("`{name}` stands twice; this one holds"),
                        )
                        .also(*first, "the first one"),
                    );
                }
                seen.push((name, told.name.place));
            }
            if name == "register" {
                self.said.push(
                    Diagnostic::error("wrong-kind", told.place, "`register` takes a name and a function")
                        .help("register('f', (a, x) => x.fast(a))"),
                );
            }
            if let Some(word) = words::find(name, Room::Top)
                && !word.plays
                && !matches!(name, "synth" | "sampler" | "soundfont" | "osc")
            {
                if name == "target" && !self.is_loudness(told) {
                    continue;
                }
                self.not_yet(told.name.place, &format!("`{name}`"));
                continue;
            }
            self.read_setting(told);
        }
        if let Setting::Plain(tempo) = self.settings.tempo {
            let quarters = self.settings.meter.quarters().to_f64();
            self.pace = super::plain::Pace { cycle: quarters * 60.0 / tempo, quarters };
        }
    }

    /// Whether `target` has a loudness; else that is said.
    fn is_loudness(&mut self, told: &Told<'a>) -> bool {
        let unit = told.argument(0).and_then(quantity).and_then(|target| target.unit);
        let Some(unit) = unit.filter(|unit| *unit != Unit::Lufs) else { return true };
        let place = told.argument(0).map_or(told.place, |expr| expr.place);
        let message = format!("a target is a loudness in LUFS, not {}", unit.name());
        self.said.push(Diagnostic::error("wrong-unit", place, message).help("target -14LUFS"));
        false
    }

    fn read_setting(&mut self, told: &Told<'a>) {
        match told.name.text.as_str() {
            "talea" | "meter" | "key" | "seed" | "quantum" | "use" | "piece" | "setcpm" | "setcps" => {
                self.too_many(told, 1);
            }
            "swing" => self.too_many(told, 2),
            _ => {}
        }
        match told.name.text.as_str() {
            "tuning" => self.tuning(told),
            "talea" => self.language_version(told),
            "piece" => self.title(told),
            "use" => self.used_file(told),
            "tempo" => {
                if let Some(tempo) = self.tempo(told) {
                    self.settings.tempo = tempo;
                }
            }
            "setcpm" | "setcps" | "setCpm" | "setCps" => self.cycles_a_minute(told),
            "meter" => {
                if let Some(meter) = self.meter(told) {
                    self.settings.meter = meter;
                }
            }
            "key" => {
                if let Some(key) = self.key(told) {
                    self.settings.key = Some(key);
                }
            }
            "swing" => {
                if let Some(swing) = self.swing(told) {
                    self.settings.swing = Some(swing);
                }
            }
            "seed" => {
                if let Some(seed) = self.fixed(told, "write a whole number: seed 7") {
                    if !seed.exact.is_int() || seed.exact < Time::ZERO || seed.unit.is_some() {
                        let place = told.argument(0).map_or(told.place, |expr| expr.place);
                        self.said.push(
                            Diagnostic::error("out-of-range", place, "a seed is a whole number from 0 up")
                                .help("seed 7"),
                        );
                    }
                    self.settings.seed = seed.exact.cycle() as u64;
                }
            }
            "quantum" => self.quantum(told),
            "target" => self.target(told),
            _ => {}
        }
    }

    /// `tuning '19edo'`, `tuning 'file.scl'`
    fn tuning(&mut self, told: &Told<'a>) {
        let Some(Expr { kind: ExprKind::Text(name), place }) = told.argument(0) else {
            let place = told.argument(0).map_or(told.place, |expr| expr.place);
            self.said.push(
                Diagnostic::error("text-expected", place, "a tuning is a name or a file, as plain text")
                    .help("tuning '19edo'"),
            );
            return;
        };
        let steps = self.catalog.tunings.get(name).cloned();
        let found = steps.and_then(Tuning::new).or_else(|| Tuning::named(name));
        // What is wrong with a file has been said when it was read.
        if found.is_none() && !super::build::is_scala(name) {
            self.said.push(
                Diagnostic::error("unknown-scale", *place, format!("no tuning is called `{name}`"))
                    .help("tuning '19edo', 'just', 'pythagorean', or a file: 'name.scl'"),
            );
        }
        self.settings.tuning = found.map(Arc::new);
    }

    fn language_version(&mut self, told: &Told<'a>) {
        if let Some(version) = self.fixed(told, "write talea 1")
            && version.exact != Time::ONE
        {
            self.said.push(
                Diagnostic::warning("language-version", told.place, "this talea knows version 1 of the language")
                    .help("talea 1"),
            );
        }
    }

    fn title(&mut self, told: &Told<'a>) {
        match told.argument(0) {
            Some(Expr { kind: ExprKind::Text(title), .. }) => self.settings.title = title.as_str().into(),
            other => {
                let place = other.map_or(told.place, |expr| expr.place);
                self.said.push(
                    Diagnostic::error("text-expected", place, "a title is plain text")
                        .help("piece 'Night Bus' { by 'Ada Example' }"),
                );
            }
        }
        for item in told.block.iter().flat_map(|block| &block.items) {
            let line = super::collect::told(item);
            let known = line.as_ref().is_some_and(|line| words::find(&line.name.text, Room::Piece).is_some());
            if !known && !matches!(item.kind, ItemKind::Label(..)) {
                self.said.push(
                    Diagnostic::warning("unknown-command", item.place, "`piece` holds `by` and `licence`")
                        .help("piece 'Night Bus' { by 'Ada Example', licence 'CC-BY-4.0' }"),
                );
            }
        }
    }

    /// The file itself is read by the caller, who says where it is missing.
    fn used_file(&mut self, told: &Told<'a>) {
        match told.argument(0) {
            Some(Expr { kind: ExprKind::Text(_), .. }) => {}
            Some(Expr { kind: ExprKind::Mini(_), place }) => self.said.push(
                Diagnostic::error("text-expected", *place, "a path is plain text, in single quotes")
                    .help("use 'rig.talea'"),
            ),
            other => {
                let place = other.map_or(told.place, |expr| expr.place);
                self.said.push(Diagnostic::error("text-expected", place, "`use` wants a path").help("use 'rig.talea'"));
            }
        }
    }

    /// A plain number in a slot that takes no pattern.
    pub(super) fn fixed(&mut self, told: &Told<'a>, help: &str) -> Option<Quantity> {
        let Some(expr) = told.argument(0) else {
            self.said.push(
                Diagnostic::error("missing-argument", told.place, format!("`{}` wants a value", told.name.text))
                    .help(help),
            );
            return None;
        };
        let found = quantity(expr);
        if found.is_none() || (is_pattern(expr) && !matches!(expr.kind, ExprKind::Mini(_))) {
            self.said.push(fixed_slot(expr.place, &told.name.text, help));
            return None;
        }
        found
    }

    /// `tempo 124`, `tempo "<120 140>"`, `tempo ramp(124, 90)`
    pub(super) fn tempo(&mut self, told: &Told<'a>) -> Option<Setting> {
        let Some(expr) = told.argument(0) else {
            self.said
                .push(Diagnostic::error("missing-argument", told.place, "`tempo` wants a number").help("tempo 124"));
            return None;
        };
        self.too_many(told, 1);
        let Some(tempo) = quantity(expr) else {
            let pattern = self.signal(expr, "tempo")?;
            let before = self.said.len();
            super::checks::values(&pattern, Dimension::Number, "tempo", &mut self.said);
            let wrong = self.said[before..].iter().any(Diagnostic::is_error);
            return (!wrong).then_some(Setting::Pattern(pattern));
        };
        if let Some(unit) = tempo.unit.filter(|unit| *unit != Unit::Bpm) {
            self.said.push(
                Diagnostic::error(
                    "wrong-unit",
                    expr.place,
                    format!("a tempo is in quarter notes a minute, not {}", unit.name()),
                )
                .label("this unit does not fit a tempo")
                .help(format!("tempo {}", tempo.value)),
            );
            return None;
        }
        if tempo.value <= 0.0 || !tempo.value.is_finite() || tempo.value > 1000.0 {
            self.said.push(
                Diagnostic::error("wrong-tempo", expr.place, "a tempo is above 0, and 1000 at most").help("tempo 120"),
            );
            return None;
        }
        Some(Setting::Plain(tempo.value))
    }

    fn cycles_a_minute(&mut self, told: &Told<'a>) {
        // `setcpm(bpm / 4)`: a name stands for its number.
        let named = told.argument(0).filter(|expr| quantity(expr).is_none());
        let constant = named.and_then(|expr| self.signal(expr, "setcpm")?.constant()?.number());
        let cycles = match constant {
            Some(cycles) => cycles,
            None => match self.fixed(told, "setcpm(30)") {
                Some(cycles) => cycles.value,
                None => return,
            },
        };
        let minutes = if told.name.text.eq_ignore_ascii_case("setcps") { 60.0 } else { 1.0 };
        let tempo = cycles * minutes * self.settings.meter.quarters().to_f64();
        if tempo <= 0.0 || !tempo.is_finite() || tempo > FASTEST {
            let message = format!("a tempo is above 0, and {FASTEST} quarter notes a minute at most");
            self.said.push(Diagnostic::error("wrong-tempo", told.place, message).help("tempo 120"));
            return;
        }
        self.settings.tempo = Setting::Plain(tempo);
        self.said.push(
            Diagnostic::hint("strudel-form", told.name.place, format!("`{}` is Strudel's word", told.name.text))
                .help(format!("tempo {tempo}")),
        );
    }

    /// `key "a:minor"`, `key 'a:minor'`, `key "<a:minor c:major>"`
    pub(super) fn key(&mut self, told: &Told<'a>) -> Option<Pattern> {
        let expr = told.argument(0);
        let place = expr.map_or(told.place, |expr| expr.place);
        let pattern = match expr.map(|expr| (&expr.kind, expr)) {
            Some((ExprKind::Text(text), _)) => Some(Pattern::atom(Value::word(text), place)),
            Some((ExprKind::Mini(_), expr)) => self.signal(expr, "key"),
            _ => None,
        };
        let Some(pattern) = pattern else {
            self.said
                .push(Diagnostic::error("wrong-key", place, "a key is a note and a scale").help("key \"a:minor\""));
            return None;
        };
        let first = pattern.query(Span::cycle(0), &mut Context::default());
        if let [first, second, ..] = &first[..]
            && [first, second].iter().any(|hap| degree(&hap.value.to_string(), 0.0).is_none() || is_bare(&hap.value))
        {
            let message = format!("a key is one word, and `{}` is a second", second.value);
            self.said.push(
                Diagnostic::warning("mini-near-miss", told.place, message)
                    .help(format!("key \"{}:{}\"", first.value, second.value)),
            );
            let word = first.value.to_string();
            return degree(&word, 0.0).map(|_| Pattern::atom(Value::word(&word), place));
        }
        let before = self.said.len();
        let mut unknown = Vec::new();
        super::checks::each_value(&pattern, &mut |value, place| {
            let word = value.to_string();
            if degree(&word, 0.0).is_none() {
                unknown.push((word, place));
            }
        });
        for (word, at) in unknown {
            let scale = word.split_once(':').map_or("", |(_, scale)| scale);
            let at = if pattern.constant().is_some() { place } else { at };
            let error = Diagnostic::error("unknown-scale", at, format!("unknown key `{word}`"));
            self.said.push(match nearest(scale, scale::names()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("key \"a:minor\""),
            });
        }
        (self.said.len() == before).then_some(pattern)
    }

    /// `target -14LUFS`
    fn target(&mut self, told: &Told<'a>) {
        let Some(loudness) = self.fixed(told, "target -14LUFS") else { return };
        let place = told.argument(0).map_or(told.place, |expr| expr.place);
        if let Some(unit) = loudness.unit.filter(|unit| *unit != Unit::Lufs) {
            self.said.push(
                Diagnostic::error("wrong-unit", place, format!("a loudness is in LUFS, not {}", unit.name()))
                    .label("this unit does not fit a loudness")
                    .help("target -14LUFS"),
            );
        } else if LOUDNESS.contains(&loudness.value) {
            self.settings.target = Some(loudness.value);
        } else {
            self.said
                .push(Diagnostic::error("out-of-range", place, "a loudness is −60 to 0 LUFS").help("target -14LUFS"));
        }
    }

    fn quantum(&mut self, told: &Told<'a>) {
        let Some(length) = self.fixed(told, "quantum 1 bar") else { return };
        let bars = match length.unit {
            None | Some(Unit::Bars) => true,
            Some(Unit::Beats) => false,
            Some(unit) => {
                self.said.push(
                    Diagnostic::error(
                        "wrong-unit",
                        told.place,
                        format!("a quantum is in bars or beats, not {}", unit.name()),
                    )
                    .help("quantum 1 bar"),
                );
                return;
            }
        };
        if length.exact <= Time::ZERO || length.exact > Time::int(1024) {
            self.said.push(
                Diagnostic::error("wrong-quantum", told.place, "a quantum is above 0, and 1024 at most")
                    .help("quantum 1 bar"),
            );
            return;
        }
        self.settings.quantum = Quantum { length: length.exact, bars };
    }

    /// How long what a save brings fades in.
    pub(super) fn top_fade(&mut self) -> Time {
        let told = self.collected.of("fade").last().cloned();
        told.and_then(|told| self.bars(&told, self.settings.meter)).unwrap_or(Time::ZERO)
    }

    /// `fade 2 bars`, `fill 1 beat`: a plain length, in bars of a meter.
    pub(super) fn bars(&mut self, told: &Told<'a>, meter: Meter) -> Option<Time> {
        let form = format!("{} 1 bar", told.name.text);
        let length = self.fixed(told, &form)?;
        self.too_many(told, 1);
        let bars = match length.unit {
            None | Some(Unit::Bars) => length.exact,
            Some(Unit::Beats) => length.exact / meter.quarters(),
            Some(unit) => {
                let what = format!("`{}` is in bars or beats, not {}", told.name.text, unit.name());
                self.said.push(Diagnostic::error("wrong-unit", told.place, what).help(form));
                return None;
            }
        };
        if bars < Time::ZERO || bars > Time::int(1024) {
            let what = format!("`{}` is 0 or more, and 1024 bars at most", told.name.text);
            self.said.push(Diagnostic::error("out-of-range", told.place, what).help(form));
            return None;
        }
        Some(bars)
    }

    /// `swing 54%`, `swing 60% 1/8`
    pub(super) fn swing(&mut self, told: &Told<'a>) -> Option<Swing> {
        let share = told.argument(0).or_else(|| {
            self.said
                .push(Diagnostic::error("missing-argument", told.place, "`swing` wants a share").help("swing 54%"));
            None
        })?;
        let place = share.place;
        let share = self.setting(share, Dimension::Share, "swing")?;
        if let Setting::Plain(share) = share
            && !(0.25..=0.75).contains(&share)
        {
            let message = format!("a swing goes from 25% to 75%, and 50% is straight; this is {}%", share * 100.0);
            self.said.push(Diagnostic::error("out-of-range", place, message).help("swing 54%"));
            return None;
        }
        let grid = match told.argument(1).map(|expr| (quantity(expr), expr.place)) {
            None => Time::new(1, 4),
            Some((Some(note), _)) if note.exact > Time::ZERO && note.exact <= Time::ONE => note.exact * Time::int(4),
            Some((_, place)) => {
                self.said.push(
                    Diagnostic::error("wrong-argument", place, "swing moves notes of this length")
                        .help("swing 60% 1/8"),
                );
                return None;
            }
        };
        Some(Swing { share, grid })
    }

    /// `meter 7/8`
    pub(super) fn meter(&mut self, told: &Told<'a>) -> Option<Meter> {
        let expr = told.argument(0);
        let place = expr.map_or(told.place, |expr| expr.place);
        let (count, unit) = match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Ratio(a, b)) => (a.exact, b.exact),
            Some(ExprKind::Binary(crate::lang::syntax::Operator::Div, a, b)) => {
                (quantity(a)?.exact, quantity(b)?.exact)
            }
            Some(ExprKind::Number(number)) => (number.exact, Time::int(4)),
            Some(_) => {
                self.said.push(fixed_slot(place, "meter", "write it as a fraction: meter 7/8"));
                return None;
            }
            None => (Time::ZERO, Time::ZERO),
        };
        let whole = count.is_int() && unit.is_int() && count >= Time::ONE && count <= Time::int(64);
        if !whole || ![1, 2, 4, 8, 16, 32].contains(&unit.num()) {
            self.said.push(
                Diagnostic::error("wrong-meter", place, "a meter is a number of notes over their kind")
                    .help("meter 4/4, meter 7/8"),
            );
            return None;
        }
        Some(Meter { count: count.num() as u32, unit: unit.num() as u32 })
    }
}

/// Whether a key says only where it begins: `c`.
fn is_bare(value: &Value) -> bool {
    !value.to_string().contains([':', ' '])
}
