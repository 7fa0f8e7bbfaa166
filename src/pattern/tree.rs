//! Walks over a tree: the children of each node, and the same node with other children.
//!
//! Invariant: whatever a node holds that is a pattern is among its children.

use super::node::{Choice, Kind, Pattern};

impl Choice {
    pub(super) fn each(&self, visit: &mut dyn FnMut(&Pattern)) {
        match self {
            Choice::Index(list, _) => list.iter().for_each(visit),
            Choice::Word(map) => map.iter().for_each(|(_, pattern)| visit(pattern)),
            Choice::Arithmetic(_, other, _) => visit(other),
            Choice::Truth(no, yes) => {
                visit(no);
                visit(yes);
            }
            Choice::Cases(cases) => cases.iter().for_each(|(_, pattern)| visit(pattern)),
        }
    }

    fn map(&self, change: &mut dyn FnMut(&Pattern) -> Pattern) -> Choice {
        match self {
            Choice::Index(list, wrap) => Choice::Index(list.iter().map(change).collect(), *wrap),
            Choice::Word(map) => Choice::Word(map.iter().map(|(word, p)| (word.clone(), change(p))).collect()),
            Choice::Arithmetic(op, other, flip) => Choice::Arithmetic(*op, change(other), *flip),
            Choice::Truth(no, yes) => Choice::Truth(change(no), change(yes)),
            Choice::Cases(cases) => Choice::Cases(cases.iter().map(|(v, p)| (v.clone(), change(p))).collect()),
        }
    }
}

impl Kind {
    /// Calls with each child, in order.
    pub fn children(&self, visit: &mut dyn FnMut(&Pattern)) {
        match self {
            Kind::Silence
            | Kind::Pure(..)
            | Kind::Signal(_)
            | Kind::Shuffle { .. }
            | Kind::Hole(_)
            | Kind::Table(_) => {}
            Kind::Sequence(steps) => steps.iter().for_each(|step| visit(&step.pattern)),
            Kind::Slowcat(patterns) | Kind::Stack(patterns) => patterns.iter().for_each(visit),
            Kind::Every { yes: a, no: b, .. }
            | Kind::LateBy(a, b)
            | Kind::Shift(a, b)
            | Kind::Ply(a, b)
            | Kind::Arp(a, b)
            | Kind::Combine { left: a, right: b, .. }
            | Kind::Degrade { amount: a, pattern: b, .. } => {
                visit(a);
                visit(b);
            }
            Kind::Fast(_, p)
            | Kind::Late(_, p)
            | Kind::Rev(p)
            | Kind::Compress(_, p)
            | Kind::Zoom(_, p)
            | Kind::Ribbon(_, _, p)
            | Kind::RepeatCycles(_, p)
            | Kind::Press(_, p)
            | Kind::Chop(_, p)
            | Kind::Rot(_, p)
            | Kind::Segment(_, p)
            | Kind::Map(_, p)
            | Kind::Within { pattern: p, .. }
            | Kind::Voicing(p)
            | Kind::Lead(_, p)
            | Kind::Strum(_, p)
            | Kind::Rolled(_, p)
            | Kind::Humanise { pattern: p, .. }
            | Kind::Smooth(p)
            | Kind::Live(p)
            | Kind::Only { pattern: p, .. }
            | Kind::Steps(p) => visit(p),
            Kind::Bind { selector, choice, .. } => {
                visit(selector);
                choice.each(visit);
            }
            Kind::Patterned { arguments, inputs, .. } => arguments.iter().chain(inputs.iter()).for_each(visit),
            Kind::Lottery { patterns, .. } => patterns.iter().for_each(|(_, pattern)| visit(pattern)),
            Kind::Each { templates, pattern, .. } => {
                templates.iter().for_each(&mut *visit);
                visit(pattern);
            }
            Kind::Into { template, flags, pattern, .. } => {
                visit(template);
                visit(flags);
                visit(pattern);
            }
        }
    }

    /// The same node with each child changed.
    pub(super) fn map_children(&self, change: &mut dyn FnMut(&Pattern) -> Pattern) -> Kind {
        match self {
            Kind::Silence => Kind::Silence,
            Kind::Pure(value, places) => Kind::Pure(value.clone(), places.clone()),
            Kind::Signal(wave) => Kind::Signal(wave.clone()),
            Kind::Shuffle { key, count } => Kind::Shuffle { key: *key, count: *count },
            Kind::Hole(id) => Kind::Hole(*id),
            Kind::Table(table) => table.origin.kind().map_children(change),
            Kind::Sequence(steps) => Kind::Sequence(
                steps.iter().map(|s| super::Step { begin: s.begin, end: s.end, pattern: change(&s.pattern) }).collect(),
            ),
            Kind::Slowcat(patterns) => Kind::Slowcat(patterns.iter().map(change).collect()),
            Kind::Stack(patterns) => Kind::Stack(patterns.iter().map(change).collect()),
            Kind::Every { period, phase, yes, no } => {
                Kind::Every { period: *period, phase: *phase, yes: change(yes), no: change(no) }
            }
            Kind::Fast(f, p) => Kind::Fast(*f, change(p)),
            Kind::Late(t, p) => Kind::Late(*t, change(p)),
            Kind::LateBy(a, p) => Kind::LateBy(change(a), change(p)),
            Kind::Shift(a, p) => Kind::Shift(change(a), change(p)),
            Kind::Rev(p) => Kind::Rev(change(p)),
            Kind::Compress(s, p) => Kind::Compress(*s, change(p)),
            Kind::Zoom(s, p) => Kind::Zoom(*s, change(p)),
            Kind::Ribbon(b, l, p) => Kind::Ribbon(*b, *l, change(p)),
            Kind::RepeatCycles(n, p) => Kind::RepeatCycles(*n, change(p)),
            Kind::Ply(n, p) => Kind::Ply(change(n), change(p)),
            Kind::Press(r, p) => Kind::Press(*r, change(p)),
            Kind::Chop(n, p) => Kind::Chop(*n, change(p)),
            Kind::Rot(n, p) => Kind::Rot(*n, change(p)),
            Kind::Segment(n, p) => Kind::Segment(*n, change(p)),
            Kind::Map(func, p) => Kind::Map(func.clone(), change(p)),
            Kind::Combine { op, align, left, right } => {
                Kind::Combine { op: *op, align: *align, left: change(left), right: change(right) }
            }
            Kind::Bind { join, selector, choice } => {
                Kind::Bind { join: *join, selector: change(selector), choice: choice.map(change) }
            }
            Kind::Patterned { function, join, arguments, inputs } => Kind::Patterned {
                function,
                join: *join,
                arguments: arguments.iter().map(&mut *change).collect(),
                inputs: inputs.iter().map(change).collect(),
            },
            Kind::Degrade { key, cycles, invert, amount, pattern } => Kind::Degrade {
                key: *key,
                cycles: *cycles,
                invert: *invert,
                amount: change(amount),
                pattern: change(pattern),
            },
            Kind::Lottery { key, patterns } => {
                Kind::Lottery { key: *key, patterns: patterns.iter().map(|(w, p)| (*w, change(p))).collect() }
            }
            Kind::Within { span, inside, pattern } => {
                Kind::Within { span: *span, inside: *inside, pattern: change(pattern) }
            }
            Kind::Arp(a, p) => Kind::Arp(change(a), change(p)),
            Kind::Voicing(p) => Kind::Voicing(change(p)),
            Kind::Lead(range, p) => Kind::Lead(*range, change(p)),
            Kind::Strum(t, p) => Kind::Strum(*t, change(p)),
            Kind::Rolled(t, p) => Kind::Rolled(*t, change(p)),
            Kind::Humanise { key, seconds, share, pattern } => {
                Kind::Humanise { key: *key, seconds: *seconds, share: *share, pattern: change(pattern) }
            }
            Kind::Smooth(p) => Kind::Smooth(change(p)),
            Kind::Live(p) => Kind::Live(change(p)),
            Kind::Each { hole, templates, pattern } => Kind::Each {
                hole: *hole,
                templates: templates.iter().map(&mut *change).collect(),
                pattern: change(pattern),
            },
            Kind::Into { hole, template, flags, pattern } => {
                Kind::Into { hole: *hole, template: change(template), flags: change(flags), pattern: change(pattern) }
            }
            Kind::Only { control, value, inside, pattern } => {
                Kind::Only { control: control.clone(), value: value.clone(), inside: *inside, pattern: change(pattern) }
            }
            Kind::Steps(p) => Kind::Steps(change(p)),
        }
    }
}
