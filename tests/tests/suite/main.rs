//! All integration tests, one module for each subject.

mod chat;
mod convert;
mod demo;
mod generate;
mod hostile;
mod hub;
mod interrupted;
mod memory;
mod monitor;
mod pull;
mod report;
mod rules;
mod supervision;
mod window;
