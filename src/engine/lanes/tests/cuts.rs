//! Neither a cut, nor the machine's vectors, nor a neighbour changes a bit.

use super::super::Bends;
use super::*;

#[test]
fn no_cut_changes_a_bit() {
    let graph = rich();
    for begin in [0, 5, 64, 77] {
        let whole = play(&graph, 50.0, begin, 9000, 4000, &[BLOCK]);
        assert!(rms(&whole[..4000]) > 0.05);
        for cuts in [&[1][..], &[7, 64, 3], &[16], &[13, 17], &[100]] {
            assert!(whole == play(&graph, 50.0, begin, 9000, 4000, cuts), "from {begin}, cut at {cuts:?}");
        }
    }
}

#[test]
fn no_cut_changes_a_pitch_that_bends() {
    // Over table borders, high and low.
    for (kind, note) in [(Kind::Saw, 45.0), (Kind::Saw, 95.0), (Kind::Triangle, 88.0), (Kind::Square, 92.0)] {
        let graph = plain(kind);
        let sound = |cuts: &[usize]| {
            let mut ensemble = ensemble(&graph);
            let seat = ensemble.start(&onset(note)).unwrap();
            let (mut out, mut frame, mut cut) = (Vec::new(), 0i64, cuts.iter().cycle());
            while out.len() < 12_000 {
                let count = (*cut.next().unwrap()).min(BLOCK - frame.rem_euclid(BLOCK as i64) as usize);
                let mut bends = Bends::none(frame);
                bends.draw(count, |frame| 5.0 * libm::sinf(frame as f32 * 2e-3));
                ensemble.bend(seat, &bends);
                ensemble.render(frame, count);
                out.extend_from_slice(&ensemble.sound(seat).unwrap().0[..count]);
                frame += count as i64;
            }
            out.truncate(12_000);
            out
        };
        let whole = sound(&[BLOCK]);
        for cuts in [&[1][..], &[7, 64, 3], &[100], &[13, 17]] {
            assert!(whole == sound(cuts), "{kind:?} at {note}, cut at {cuts:?}");
        }
    }
}

#[test]
fn every_set_of_instructions_gives_the_same_bits() {
    let graph = rich();
    let plain = with_instructions(Instructions::Plain, || play(&graph, 50.0, 5, 9000, 4000, &[64]));
    for other in [Instructions::Avx2, Instructions::Avx512] {
        let vectors = with_instructions(other, || play(&graph, 50.0, 5, 9000, 4000, &[64]));
        assert!(plain == vectors, "{other:?}");
    }
}

#[test]
fn a_voice_does_not_hear_its_neighbours() {
    let graph = rich();
    let alone = play(&graph, 50.0, 0, 6400, 3200, &[64]);
    let mut ensemble = ensemble(&graph);
    let others: Vec<u16> = (0..5).map(|i| ensemble.start(&onset(40.0 + i as f32 * 3.0)).unwrap()).collect();
    let seat = ensemble.start(&onset(50.0)).unwrap();
    let mut together = Vec::new();
    for block in 0..100i64 {
        if block == 50 {
            ensemble.release(seat);
        }
        if block == 20 {
            ensemble.leave(others[1]);
            ensemble.start(&onset(71.0)).unwrap();
        }
        // One neighbour slides to another pitch, one trembles.
        if block == 30 {
            ensemble.move_note(others[2], 61.5);
        }
        if block > 10 {
            let mut bends = Bends::none(block * 64);
            bends.draw(64, |frame| libm::sinf(frame as f32 * 1e-3));
            ensemble.bend(others[3], &bends);
        }
        ensemble.render(block * 64, 64);
        together.extend_from_slice(&ensemble.sound(seat).unwrap().0[..64]);
    }
    assert!(alone == together);
}

/// A saw through two low-passes, times an envelope: what two groups compute side by side.
fn common() -> Graph {
    let mut draw = Draw::default();
    let freq = draw.freq();
    let saw = draw.unit(Kind::Saw, &[freq]);
    let (attack, decay) = (draw.number(0.004), draw.number(0.05));
    let env = draw.unit(Kind::Env, &[attack, decay]);
    let (depth, base) = (draw.number(3000.0), draw.number(300.0));
    let moved = draw.times(env, depth);
    let cutoff = draw.plus(moved, base);
    let low = draw.unit(Kind::Lowpass, &[saw, cutoff]);
    let low = draw.unit(Kind::Lowpass, &[low, cutoff]);
    let still = draw.number(9000.0);
    let low = draw.unit(Kind::Lowpass, &[low, still]);
    let high = draw.unit(Kind::Highpass, &[low, base]);
    let adsr = draw.adsr([0.003, 0.02, 0.5, 0.05]);
    let out = draw.times(high, adsr);
    draw.graph(out)
}

#[test]
fn groups_side_by_side_do_not_hear_each_other() {
    let graph = common();
    let alone = play(&graph, 50.0, 0, 12_800, 6400, &[BLOCK]);
    assert!(rms(&alone[..6400]) > 0.02);
    for cuts in [&[1][..], &[7, 64, 3], &[16]] {
        assert!(alone == play(&graph, 50.0, 0, 12_800, 6400, cuts), "cut at {cuts:?}");
    }
    // Its own group is alone at first; then another one comes, moves, and goes.
    let mut ensemble = ensemble(&graph);
    let seat = ensemble.start(&onset(50.0)).unwrap();
    let others: Vec<u16> = (0..9).map(|i| ensemble.start(&onset(40.0 + i as f32 * 3.3)).unwrap()).collect();
    ensemble.leave(others[7]);
    ensemble.leave(others[8]);
    let (mut together, mut later) = (Vec::new(), Vec::new());
    for block in 0..100i64 {
        match block {
            20 => later.extend((0..6).filter_map(|i| ensemble.start(&onset(61.0 + i as f32)))),
            35 => ensemble.move_note(*later.last().unwrap(), 71.5),
            50 => ensemble.release(seat),
            60 => later.drain(..).for_each(|seat| ensemble.release(seat)),
            80 => others[..3].iter().for_each(|seat| ensemble.leave(*seat)),
            _ => {}
        }
        ensemble.render(block * BLOCK as i64, BLOCK);
        together.extend_from_slice(&ensemble.sound(seat).unwrap().0[..]);
    }
    assert!(alone[..] == together[..]);
}

#[test]
fn short_loops_of_one_group_do_not_cut_those_of_another() {
    let mut draw = Draw { lines: vec![0.1], ..Draw::default() };
    let (freq, one, most) = (draw.freq(), draw.number(1.0), draw.number(0.7));
    let period = draw.add(Op::Arithmetic(Arithmetic::Div), &[one, freq]);
    let back = draw.add(Op::Read(0), &[period]);
    let back = draw.times(back, most);
    let (saw, adsr) = (draw.unit(Kind::Saw, &[freq]), draw.adsr([0.003, 0.02, 0.5, 0.05]));
    let sound = draw.times(saw, adsr);
    let sum = draw.plus(sound, back);
    let out = draw.add(Op::Write(0), &[sum]);
    let graph = draw.graph(out);
    // The periods of the one are two hundred frames long, those of the other fourteen.
    let notes = [55.0, 101.0];
    let alone = notes.map(|note| play(&graph, note, 0, 64 * BLOCK, usize::MAX >> 1, &[BLOCK]));
    for order in [[0, 1], [1, 0]] {
        let mut ensemble = ensemble(&graph);
        let seats = order.map(|which| {
            let seat = ensemble.start(&onset(notes[which])).unwrap();
            for _ in 1..8 {
                ensemble.start(&onset(notes[which])).unwrap();
            }
            seat
        });
        let mut together = [Vec::new(), Vec::new()];
        for block in 0..64i64 {
            ensemble.render(block * BLOCK as i64, BLOCK);
            for (seat, sound) in seats.iter().zip(&mut together) {
                sound.extend_from_slice(&ensemble.sound(*seat).unwrap().0[..]);
            }
        }
        for (which, together) in order.into_iter().zip(together) {
            assert!(alone[which] == together, "{order:?}: {}", notes[which]);
        }
    }
}

#[test]
fn what_is_slow_hears_the_sound_of_its_own_voice() {
    let mut draw = Draw::default();
    let (freq, three, half) = (draw.freq(), draw.number(3.0), draw.number(0.5));
    let sine = draw.unit(Kind::Sine, &[freq]);
    let rate = draw.plus(sine, three);
    let lfo = draw.unit(Kind::Lfo, &[rate]);
    let swing = draw.plus(lfo, half);
    let saw = draw.unit(Kind::Saw, &[freq]);
    let out = draw.times(saw, swing);
    let graph = draw.graph(out);
    assert_eq!(compile(&graph, 48_000.0, 4).heard.len(), 1, "the lfo reads sound");

    let alone = play(&graph, 50.0, 0, 6400, usize::MAX >> 1, &[64]);
    assert!(alone == play(&graph, 50.0, 0, 6400, usize::MAX >> 1, &[100, 16, 3]));
    // In the second group of eight, after another.
    let mut ensemble = ensemble(&graph);
    for i in 0..9 {
        ensemble.start(&onset(40.0 + i as f32 * 2.3)).unwrap();
    }
    let seat = ensemble.start(&onset(50.0)).unwrap();
    let mut together = Vec::new();
    for block in 0..100 {
        ensemble.render(block * 64, 64);
        together.extend_from_slice(&ensemble.sound(seat).unwrap().0[..64]);
    }
    assert!(alone == together);
}
