#!/usr/bin/env bash
# Renders samples/kit from samples/kit.talea: each bar is one hit, cut to its length. `make kit` runs it.
# TALEA names the program, CUT_HIT the example that cuts; the optimised builds by default.
set -euo pipefail
cd "$(dirname "$0")/.."
talea=${TALEA:-target/release/talea}
cut_hit=${CUT_HIT:-target/release/examples/cut_hit}
[ -x "$talea" ] || cargo build --release --locked
[ -x "$cut_hit" ] || cargo build --release --locked --example cut_hit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bar=0
for name in $(sed -n '/^hits: cat(/,/)/p' samples/kit.talea | grep -oE '[a-z]+_[0-9]+'); do
  sample=samples/kit/${name%_*}/${name#*_}.wav
  mkdir -p "${sample%/*}"
  "$talea" render samples/kit.talea --cycles "$bar..$((bar + 1))" --rate 48000 --bits 32f -o "$work/hit.wav"
  "$cut_hit" "$work/hit.wav" "$sample"
  bar=$((bar + 1))
done
