//! The three phases on the simulator: what they leave, what they refuse, what they survive.

mod flow;
mod three_phases;
mod trust;
