//! The desk: strips in the order of the rig, each through its inserts, its fader and its sends, to the next.
//!
//! Invariant: what feeds a strip is processed before it, and added in the rig's order.

use crate::dsp::BLOCK;

use super::inserts::InsertNode;
use super::meters::Meters;
use super::pool::Arenas;
use super::rig::Rig;
use super::strip::{SendState, StripNode};

/// Under −100 dBFS nothing is heard.
const SILENCE: f32 = 1e-5;

/// Computes every fader of the next stretch; voices' sends follow them.
pub(super) fn move_faders(rig: &Rig, arenas: &mut Arenas, frames: usize) {
    for step in &rig.steps {
        if let Some(node) = arenas.strip(step.slot) {
            node.move_fader(frames);
        }
    }
}

/// Runs all strips from `frame` on; what leaves the master is added to `left` and `right`.
pub(super) fn run(
    rig: &Rig,
    arenas: &mut Arenas,
    inserts: &mut [Option<Box<InsertNode>>],
    meters: &Meters,
    frame: i64,
    left: &mut [f32],
    right: &mut [f32],
) {
    let settle = frame.rem_euclid(BLOCK as i64) == 0;
    let frames = left.len().min(right.len()).min(BLOCK);
    for step in &rig.steps {
        // Taken out of its slot while it feeds the others, and put back: only a pointer moves.
        let slot = usize::from(step.slot);
        let Some(mut node) = arenas.strips.get_mut(slot).and_then(Option::take) else { continue };
        for (insert, _) in &step.inserts {
            if let Some(Some(insert)) = inserts.get_mut(usize::from(*insert)) {
                if settle {
                    insert.settle();
                }
                insert.process(&mut node.left[..frames], &mut node.right[..frames]);
            }
        }
        let plain = node.is_plain() && !node.retiring;
        if !plain {
            send(&mut node, arenas, frames, true);
            let peaks = node.pass_fader(frames);
            meter(&mut node, peaks, meters, slot, frames);
            send(&mut node, arenas, frames, false);
        }
        let out = step.output.map(|to| arenas.strip(to).map(|to| (&mut to.left[..frames], &mut to.right[..frames])));
        match out.unwrap_or(Some((&mut left[..frames], &mut right[..frames]))) {
            Some(out) if plain => {
                let (l, r) = node.pass_on([out.0, out.1], frames);
                if let Some(meter) = meters.strip(slot) {
                    meter.peak(l, r);
                }
            }
            out => node.hand_on(out, frames),
        }
        if let Some(place) = arenas.strips.get_mut(slot) {
            *place = Some(node);
        }
    }
}

fn send(node: &mut StripNode, arenas: &mut Arenas, frames: usize, pre: bool) {
    if node.sends.is_empty() {
        return;
    }
    let StripNode { left, right, sends, .. } = node;
    for SendState { to, level, .. } in sends.iter_mut().filter(|send| send.pre == pre) {
        let Some(bus) = arenas.strip(*to) else { continue };
        if level.is_still() && level.value() == 0.0 {
            continue;
        }
        if level.is_still() {
            let level = level.value();
            for (to, from) in [(&mut bus.left, &*left), (&mut bus.right, &*right)] {
                for (to, from) in to[..frames].iter_mut().zip(&from[..frames]) {
                    *to += from * level;
                }
            }
            continue;
        }
        for i in 0..frames {
            let level = level.step();
            bus.left[i] += left[i] * level;
            bus.right[i] += right[i] * level;
        }
    }
}

fn meter(node: &mut StripNode, (l, r): (f32, f32), meters: &Meters, slot: usize, frames: usize) {
    let (left, right) = (&node.left[..frames], &node.right[..frames]);
    node.quiet = if l.max(r) < SILENCE {
        node.quiet + frames as i64
    } else {
        let heard = |side: &[f32]| side.iter().rposition(|x| x.abs() >= SILENCE).map_or(0, |last| last + 1);
        (frames - heard(left).max(heard(right))) as i64
    };
    if let Some(meter) = meters.strip(slot) {
        meter.peak(l, r);
    }
}
