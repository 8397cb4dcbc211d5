//! For tests of code that uses this crate: constructors of what only the services make.
