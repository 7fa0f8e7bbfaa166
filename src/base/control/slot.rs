//! The slots of the built-in voice chain, as indices into a voice's values.
//!
//! Invariant: a slot never changes its meaning within a session.

/// MIDI note number, fractional; the sequencer has resolved scales and degrees.
pub const NOTE: u16 = 0;
/// Accent, 0 to 1, linear.
pub const VELOCITY: u16 = 1;
/// Level of the event, linear factor.
pub const GAIN: u16 = 2;
/// 0 left, .5 middle, 1 right.
pub const PAN: u16 = 3;
/// Rate of a sample; negative is backwards.
pub const SPEED: u16 = 4;
/// Seconds.
pub const ATTACK: u16 = 5;
/// Seconds.
pub const DECAY: u16 = 6;
/// Level, 0 to 1.
pub const SUSTAIN: u16 = 7;
/// Seconds.
pub const RELEASE: u16 = 8;
/// Low-pass cutoff, Hz.
pub const LPF: u16 = 9;
/// Low-pass resonance, 0 (flat) to 50, as in Strudel.
pub const LPQ: u16 = 10;
/// High-pass cutoff, Hz.
pub const HPF: u16 = 11;
/// Choke group; 0 is none.
pub const CUT: u16 = 12;
/// Bits, 1 to 16; 0 is off.
pub const CRUSH: u16 = 13;
/// Drive, 0 off to 10.
pub const DISTORT: u16 = 14;
/// Where a sample begins, 0 to 1.
pub const BEGIN: u16 = 15;
/// Where a sample ends, 0 to 1.
pub const END: u16 = 16;
/// High-pass resonance, 0 to 50.
pub const HPQ: u16 = 17;
/// Band-pass centre, Hz; 0 is off.
pub const BPF: u16 = 18;
/// Band-pass resonance, 0 to 50.
pub const BPQ: u16 = 19;
/// Depth of the low-pass envelope, octaves.
pub const LPENV: u16 = 20;
/// Depth of the pitch envelope, semitones.
pub const PENV: u16 = 21;
/// Decay of the pitch envelope, seconds.
pub const PDECAY: u16 = 22;
/// Depth of the frequency modulation.
pub const FM: u16 = 23;
/// Ratio of the modulator to the note.
pub const FMH: u16 = 24;
/// 1 where a sample is released at note-off (`clip`, `legato`), else it plays out.
pub const GATED: u16 = 25;
/// Attack of the low-pass envelope, seconds.
pub const LPATTACK: u16 = 26;
/// Decay of the low-pass envelope, seconds.
pub const LPDECAY: u16 = 27;
/// Decay of the frequency modulation, seconds; 0 is none.
pub const FMDECAY: u16 = 28;
/// Semitones above the note, for `detune` and the like.
pub const DETUNE: u16 = 29;
/// The length of the note, seconds, as the sequencer knows it at the onset.
pub const DUR: u16 = 30;
/// 1 where `speed` counts how often the whole sample passes in a second (`unit "c"`).
pub const UNIT: u16 = 31;
/// 1 where the sample goes round and round.
pub const LOOP: u16 = 32;
/// Where the loop begins, 0 to 1.
pub const LOOPBEGIN: u16 = 33;
/// Where the loop ends, 0 to 1.
pub const LOOPEND: u16 = 34;
/// By which share of itself the pace changes over the note.
pub const ACCELERATE: u16 = 35;
/// Vowel, by its number in the table's words.
pub const VOWEL: u16 = 36;
/// Every so many frames one is held; 1 is off.
pub const COARSE: u16 = 37;
/// Soft distortion, 0 to 1.
pub const SHAPE: u16 = 38;
/// Vibrato, Hz; 0 is off.
pub const VIB: u16 = 39;
/// Depth of the vibrato, semitones.
pub const VIBMOD: u16 = 40;
/// Turns of the phaser a second; 0 is off.
pub const PHASER: u16 = 41;
/// How much of the phaser is heard, 0 to 1.
pub const PHASERDEPTH: u16 = 42;
/// Around which frequency the phaser sways, Hz.
pub const PHASERCENTER: u16 = 43;
/// How far the phaser sways, Hz.
pub const PHASERSWEEP: u16 = 44;
/// Turns of the tremolo a second; 0 is off.
pub const TREMOLO: u16 = 45;
/// How deep the tremolo is, 0 to 1.
pub const TREMOLODEPTH: u16 = 46;
/// How many times faster each stretch between zero crossings plays; 1 is off.
pub const SQUIZ: u16 = 47;
/// How many voices of a wave sound together.
pub const UNISON: u16 = 48;
/// How far those stand apart, 0 to 1.
pub const SPREAD: u16 = 49;
/// Sustain of the low-pass envelope, 0 to 1.
pub const LPSUSTAIN: u16 = 50;
/// Release of the low-pass envelope, seconds.
pub const LPRELEASE: u16 = 51;
/// Depth of the high-pass envelope, octaves.
pub const HPENV: u16 = 52;
/// Attack of the high-pass envelope, seconds.
pub const HPATTACK: u16 = 53;
/// Decay of the high-pass envelope, seconds.
pub const HPDECAY: u16 = 54;
/// Sustain of the high-pass envelope, 0 to 1.
pub const HPSUSTAIN: u16 = 55;
/// Release of the high-pass envelope, seconds.
pub const HPRELEASE: u16 = 56;
/// Depth of the band-pass envelope, octaves.
pub const BPENV: u16 = 57;
/// Attack of the band-pass envelope, seconds.
pub const BPATTACK: u16 = 58;
/// Decay of the band-pass envelope, seconds.
pub const BPDECAY: u16 = 59;
/// Sustain of the band-pass envelope, 0 to 1.
pub const BPSUSTAIN: u16 = 60;
/// Release of the band-pass envelope, seconds.
pub const BPRELEASE: u16 = 61;
/// How the filters fall, by the table's words.
pub const FTYPE: u16 = 62;
/// Attack of the frequency modulation, seconds.
pub const FMATTACK: u16 = 63;
/// Sustain of the frequency modulation, 0 to 1.
pub const FMSUSTAIN: u16 = 64;
/// Attack of the pitch envelope, seconds.
pub const PATTACK: u16 = 65;
/// What `SPEED` leaves out of the speed, being a number of 24 bits: a pitch is right to far more.
pub const SPEED_REST: u16 = 66;
/// How long the peak of the envelope is held, seconds.
pub const HOLD: u16 = 67;
/// Level after all effects of the voice, linear factor.
pub const POSTGAIN: u16 = 68;
/// What reaches the voice's own strip, linear factor; its sends stay.
pub const DRY: u16 = 69;
/// Pink noise over a wave, 0 to 1.
pub const NOISE: u16 = 70;
/// Low-pass below .5, high-pass above.
pub const DJF: u16 = 71;
/// Where filter envelopes stand about their cutoff, 0 to 1.
pub const FANCHOR: u16 = 72;
/// Release of the frequency modulation, seconds; 0 is none.
pub const FMRELEASE: u16 = 73;
/// How the frequency modulation decays, by the table's words.
pub const FMENV: u16 = 74;
/// Sustain of the pitch envelope, 0 to 1.
pub const PSUSTAIN: u16 = 75;
/// Release of the pitch envelope, seconds.
pub const PRELEASE: u16 = 76;
/// Curve of the pitch envelope: 0 straight, 1 exponential.
pub const PCURVE: u16 = 77;
/// Where the pitch envelope stands about the note, 0 to 1.
pub const PANCHOR: u16 = 78;
/// Width of a pulse, 0 to 1.
pub const PW: u16 = 79;
/// How often a second the width swings.
pub const PWRATE: u16 = 80;
/// How far the width swings, 0 to 1.
pub const PWSWEEP: u16 = 81;
/// Which share of a turn the tremolo falls.
pub const TREMOLOSKEW: u16 = 82;
/// Where in its turn the tremolo begins, 0 to 1.
pub const TREMOLOPHASE: u16 = 83;
/// Shape of the tremolo, by the table's words.
pub const TREMOLOSHAPE: u16 = 84;
/// Level after `shape`, linear factor.
pub const SHAPEVOL: u16 = 85;
/// Level after `distort`, linear factor.
pub const DISTORTVOL: u16 = 86;
/// What a zone does to the event's gain, a factor; its own slot, so that a gain that moves keeps it.
pub const ZONE_GAIN: u16 = 87;
/// How far a zone lies to the left of the event's pan (−1) or to the right (1).
pub const ZONE_PAN: u16 = 88;
/// How many slots the chain has; a program's own parameters come after.
pub const COUNT: usize = 96;
/// Seconds of one beat at the onset; for graphs, no slot of the chain.
pub const BEAT: u16 = 0x0fff;
/// A send of the voice to the strip with index `slot - SEND`, linear factor.
pub const SEND: u16 = 0x1000;
