//! Floor 1: patterns, which are data: a tree of nodes that answers what happens in a stretch of time.
//!
//! Invariant: `query` is pure. The same pattern, span and chance time give the same haps on every machine.
