//! What the integration tests share: the programs under test, models made on the spot, and running commands
//! with their time and memory measured.

pub mod programs;

pub mod tiny_model;

pub mod conversion;

pub mod run;

pub mod hub;
