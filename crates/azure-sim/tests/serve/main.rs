//! The server, as clients over real sockets meet it.

#![cfg(test)]

mod binary;
mod calendar;
mod clouds;
mod control;
mod folder;
mod kit;
mod managed_identity;
mod official_clients;
mod proxy;
mod run;
mod served;
mod state;
mod tokens;
