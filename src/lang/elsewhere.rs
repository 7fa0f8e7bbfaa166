//! Words of other languages that people type by habit, with what to do instead.
//!
//! Invariant: no word of the language stands here; each word stands once.

use super::faults::quoted;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Place;

/// The word, where it comes from, and what to type.
const WORDS: &[(&str, &str, &str)] = &[
    ("await", "JavaScript", "leave `await` out: samples('folder') is there before the first hit"),
    ("async", "JavaScript", "leave `async` out; a function is x => x.rev"),
    ("function", "JavaScript", "a function is f(x) = x.rev, or x => x.rev where it is used"),
    ("return", "JavaScript", "a function is one expression, without `return`: x => x.rev"),
    ("import", "JavaScript", "take in another file with use 'rig.talea'"),
    ("export", "JavaScript", "leave `export` out"),
    ("new", "JavaScript", "leave `new` out"),
    ("if", "JavaScript", "choose with .when(fill, rev), .mask(\"<1 0>\") or a pattern"),
    ("else", "JavaScript", "choose with .when(fill, rev), .mask(\"<1 0>\") or a pattern"),
    ("for", "JavaScript", "repeat with \"bd*4\", \"a!3\" or song \"verse*2\""),
    ("while", "JavaScript", "a track repeats by itself; a song says how often: song \"verse*2\""),
    ("console", "JavaScript", "talea query FILE shows what a piece does"),
    ("setInterval", "JavaScript", "a track repeats by itself; .fast(2) and .slow(2) change its pace"),
    ("setTimeout", "JavaScript", "later is .late(1/4), or a section of a song"),
    ("def", "Python", "a function is f(x) = x.rev"),
    ("lambda", "Python", "a function is x => x.rev"),
    ("elif", "Python", "choose with .when(fill, rev), .mask(\"<1 0>\") or a pattern"),
    ("print", "Python", "talea query FILE shows what a piece does"),
    ("live_loop", "Sonic Pi", "a loop is a track: drums: s(\"bd*4\")"),
    ("in_thread", "Sonic Pi", "tracks play side by side by themselves"),
    ("sleep", "Sonic Pi", "steps share the bar, and a rest is `~`: s(\"bd ~ sd ~\")"),
    ("play", "Sonic Pi", "a note is note(\"c4\"): keys: note(\"c4 e4\").s(\"sine\")"),
    ("sample", "Sonic Pi", "a sound is s(\"bd\"): drums: s(\"bd*4\")"),
    ("use_bpm", "Sonic Pi", "tempo 120"),
    ("use_synth", "Sonic Pi", "the sound stands in the chain: .s(\"sawtooth\")"),
    ("with_fx", "Sonic Pi", "an effect stands in a strip: mix drums { reverb(decay: 2s) }"),
    ("use_random_seed", "Sonic Pi", "seed 7"),
    ("define", "Sonic Pi", "a function is f(x) = x.rev"),
    ("once", "Tidal", "a section with a length plays once: section hit 1 { drums: s(\"bd\") }"),
    ("xfade", "Tidal", "fade 2 bars"),
    ("setDefaultVoicings", "Strudel", "a chord says its own dictionary: chord(\"C^7\").dict('lefthand').voicing"),
    ("SynthDef", "SuperCollider", "an instrument is synth name { saw(freq) }"),
    ("Pbind", "SuperCollider", "a track is a pattern: keys: note(\"c4 e4\").s(\"sine\")"),
    ("Pdef", "SuperCollider", "a track is a pattern: keys: note(\"c4 e4\").s(\"sine\")"),
    ("Ndef", "SuperCollider", "an instrument is synth name { saw(freq) }"),
];

/// Methods of Strudel that have no place here, and what to type.
const METHODS: &[(&str, &str)] = &[
    ("arpWith", "pick the notes of a chord by number: chord(\"C^7\").voicing.arp(\"0 [0,2] 1 3\")"),
    ("withHap", "a function sees the pattern: .apply(x => x.add(1))"),
    ("withHaps", "a function sees the pattern: .apply(x => x.add(1))"),
    ("xen", "degrees of a tuning are a scale: n(\"0 1 2\").scale(\"c:31edo\"); tuning '31edo' moves every key"),
    ("tune", "a tuning holds for the piece: tuning 'just', tuning '19edo' or tuning 'name.scl'"),
    ("midi", "an instrument is midi juno { port 'Juno-6', channel 1 }, and a track plays it: .s(\"juno\")"),
];

/// What is said of a method of Strudel that has no place here; `None` where it is not one.
pub fn method(word: &str, at: Place) -> Option<Diagnostic> {
    let (_, help) = METHODS.iter().find(|(other, _)| *other == word)?;
    Some(Diagnostic::error("other-language", at, format!("`{word}` is Strudel, not talea")).help(*help))
}

/// What is said of a word of another language; `None` where it is not one.
pub fn word(word: &str, at: Place) -> Option<Diagnostic> {
    let (_, language, help) = WORDS.iter().find(|(other, ..)| *other == word)?;
    let code = if *language == "JavaScript" { "javascript" } else { "other-language" };
    let message = format!("`{}` is {language}, not talea", quoted(word));
    Some(Diagnostic::error(code, at, message).help(*help))
}

/// `d1 $ sound "bd*4"`: what is said at the `$`.
pub(super) fn tidal(name: &str, at: Place) -> Diagnostic {
    let track = if name.is_empty() { "drums".to_owned() } else { quoted(name) };
    Diagnostic::error("other-language", at, "`$` is Tidal, not talea")
        .label("arguments stand in brackets, and functions follow with a dot")
        .help(format!("{track}: s(\"bd*4\").every(4, fast(2))"))
}

/// `live_loop :drums do`: what is said of a symbol.
pub(super) fn symbol(name: &str, at: Place) -> Option<Diagnostic> {
    let (word, language, help) = WORDS.iter().find(|(other, ..)| *other == name)?;
    (*language == "Sonic Pi")
        .then(|| Diagnostic::error("other-language", at, format!("`{word}` is {language}, not talea")).help(*help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::FileId;

    #[test]
    fn each_word_stands_once() {
        let mut words: Vec<_> = WORDS.iter().map(|(word, ..)| *word).collect();
        words.sort_unstable();
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    #[test]
    fn a_word_says_where_it_comes_from() {
        let said = word("lambda", Place::new(FileId(0), 0, 6));
        assert!(said.is_some_and(|said| said.message.contains("Python")));
        assert!(word("fast", Place::default()).is_none());
    }
}
