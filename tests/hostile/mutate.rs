//! Changes a text as a slip of the hand or an enemy would: bytes, tokens, lines, splices.

/// Chance with a seed, so that every run is the same (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    /// `seed` is not zero.
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number in `0..end`; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { ((self.next() >> 11) % end as u64) as usize }
    }
}

impl super::expressions::Choose for Dice {
    fn below(&mut self, end: usize) -> usize {
        Dice::below(self, end)
    }
}

/// What is put in: what the grammar knows, at its edges.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "\"",
    "'",
    "`",
    "/*",
    "*/",
    "//",
    "\n",
    "\r\n",
    ";",
    ",",
    ":",
    "::",
    "=",
    "=>",
    "==",
    ".",
    "..",
    "*",
    "/",
    "%",
    "+",
    "-",
    "~",
    "!",
    "@",
    "_",
    "?",
    "|",
    "^",
    "$:",
    "_$:",
    "$",
    "&&",
    "\0",
    "\u{feff}",
    "é",
    "𝄞",
    "“",
    "0",
    "-1",
    "1e308",
    "1e-308",
    "9223372036854775807",
    "99999999999999999999",
    "0.000001",
    "1/0",
    "1%0",
    "0%1",
    ".5",
    "5.",
    "-3dB",
    "440Hz",
    "50%",
    "2 bars",
    "7st",
    "\"<1 [2 3]*2>\"",
    "\"bd(3,8,<0 2>)\"",
    "\"{a b c}%8\"",
    "\"a? b?0.3 c|d\"",
    "\"0..7\"",
    "\"\"",
    "s(\"bd*4\")",
    "n(\"0 2 4\")",
    ".fast(2)",
    ".slow(0)",
    ".rev",
    ".ply(\"<1 2 3>\")",
    ".every(4, x => x.rev)",
    ".off(1/8, add(7))",
    ".euclid(3, 8)",
    ".scale(\"c:major\")",
    ".degradeBy(.5)",
    ".jux(rev)",
    ".segment(16)",
    ".range(0, 1)",
    ".live",
    ".bank(\"tr\")",
    ".late(18ms)",
    ".struct(\"x ~ x\")",
    ".mask(\"1 0\")",
    ".add.squeeze(\"0 7\")",
    "sine",
    "rand",
    "perlin",
    "silence",
    "fill",
    "x => x",
    "tempo 120",
    "meter 7/8",
    "swing 54%",
    "quantum 4 bars",
    "seed 3",
    "mix a { gain -3dB, send room -6dB, pan sine }",
    "bus b { reverb(decay: 2s) }",
    "master { limit(ceiling: -1dBTP) }",
    "section a 4 { all }",
    "section b 2 like a { last 1 { all: silence } }",
    "song \"a [b a]*2\"",
    "group g [a, b] { trim(-3dB) }",
    "midi m { port 'x', channel 3, bd: note(36) }",
    "kit k 'nowhere'",
    "synth y(c: 1Hz) { saw(freq) }",
    "use 'nothing.talea'",
    "all but a",
    "solo a",
    "ramp(0, 1)",
    "knob(1, 0, 2)",
    "*1000",
    "*1000000",
    "/0",
    "*0",
    "*-1",
    "(0,0)",
    "(9,8)",
    "(3,0)",
    "!99",
    "@0",
    "@1e9",
    ":2:3",
    "C/E",
    "like a",
    "{ }",
    "()",
    "[]",
];

/// The nearest char boundary at or below `at`.
fn boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A stretch of a text, as two char boundaries; mostly short.
fn stretch(text: &str, dice: &mut Dice) -> (usize, usize) {
    let start = dice.below(text.len() + 1);
    let longest = [4, 30, 400][dice.below(3)];
    let end = start + dice.below(longest) + 1;
    (boundary(text, start), boundary(text, end))
}

/// `text` with one change; `other` lends what is spliced in. At most 64 KB come back.
pub(crate) fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let (start, end) = stretch(text, dice);
    let (head, middle, tail) = (&text[..start], &text[start..end], &text[end..]);
    let mut changed = match dice.below(9) {
        0 => format!("{head}{tail}"),
        1 => format!("{head}{middle}{middle}{tail}"),
        2 => format!("{head}{}{tail}", middle.repeat(dice.below(40))),
        3 | 4 => format!("{head}{}{middle}{tail}", TOKENS[dice.below(TOKENS.len())]),
        5 => format!("{head}{}{tail}", TOKENS[dice.below(TOKENS.len())]),
        6 => {
            let (from, to) = stretch(other, dice);
            format!("{head}{}{tail}", &other[from..to])
        }
        7 => {
            let mut bytes = text.as_bytes().to_vec();
            if !bytes.is_empty() {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => {
            let mut lines: Vec<&str> = text.lines().collect();
            let (from, to) = (dice.below(lines.len()), dice.below(lines.len()));
            if !lines.is_empty() {
                lines.swap(from, to);
            }
            lines.join("\n")
        }
    };
    changed.truncate(boundary(&changed, 64 << 10));
    changed
}
