//! The server, as clients over real sockets meet it.

#![cfg(test)]

mod binary;
mod calendar;
mod clouds;
mod control;
mod kit;
mod managed_identity;
mod official_clients;
mod proxy;
mod state;
mod tokens;
