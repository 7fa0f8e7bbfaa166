//! temporary shape of the engine
#![allow(missing_docs)]
use crate::base::event::{Event, SlotValue};
use crate::score::plan::Plan;
use std::sync::Arc;
pub const QUANTUM: usize = 64;
#[derive(Debug, Clone)]
pub struct Config {
    pub rate: u32,
}
impl Default for Config {
    fn default() -> Self {
        Config { rate: 48000 }
    }
}
pub struct Parts {
    pub engine: Engine,
    pub events: EventSender,
    pub rigs: RigSender,
    pub meters: Arc<Meters>,
}
pub struct Engine;
pub struct EventSender;
pub struct RigSender;
#[derive(Debug)]
pub struct Meters;
#[derive(Debug)]
pub struct Full;
pub fn build(_c: Config) -> Parts {
    Parts { engine: Engine, events: EventSender, rigs: RigSender, meters: Arc::new(Meters) }
}
impl Engine {
    pub fn process(&mut self, _l: &mut [f32], _r: &mut [f32]) {}
    pub fn frame(&self) -> i64 {
        0
    }
    pub fn latency(&self) -> usize {
        0
    }
}
impl EventSender {
    pub fn send(&mut self, _e: Event, _v: &[SlotValue]) -> Result<(), Full> {
        Ok(())
    }
}
impl RigSender {
    pub fn prepare(&mut self, _p: &Plan) -> Result<(), Full> {
        Ok(())
    }
    pub fn collect(&mut self) {}
}
impl Meters {
    pub fn take(&self, _s: usize) -> (f32, f32) {
        (0.0, 0.0)
    }
    pub fn late(&self) -> u64 {
        0
    }
    pub fn voices(&self) -> u32 {
        0
    }
}
