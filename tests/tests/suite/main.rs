//! All integration tests, one module for each subject.

mod chat;
mod generate;
mod hostile;
mod memory;
mod rules;
mod supervision;
mod window;
