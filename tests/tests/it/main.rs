//! The three phases on the simulator: what they leave, what they refuse, what they survive.

mod adoption;
mod chain;
mod faults;
mod flow;
mod refusals;
mod three_phases;
mod trust;
