//! What conversion tests share: running `ingot convert` and looking into its results.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ingot_engine::checkpoint::Header;
use ingot_engine::digest;
use serde_json::Value;
use tempfile::TempDir;

use crate::programs::program;
use crate::run::{Outcome, run};
use crate::tiny_model::TinyModel;

/// A folder for one test: state, a source, results.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    /// One with `source` in it.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn new(source: &TinyModel) -> Self {
        let bench = Self { folder: tempfile::tempdir().expect("a folder") };
        source.write(&bench.source());
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn source(&self) -> PathBuf {
        self.path("source")
    }

    /// `ingot` with `arguments` and this state.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("ingot"));
        command.env("INGOT_HOME", self.path("home")).args(arguments);
        command
    }

    /// `ingot convert source` with `arguments`.
    pub fn convert(&self, arguments: &[&str]) -> Outcome {
        let source = self.source();
        let source = source.to_str().expect("text");
        run(&mut self.command(&[&["convert", source, "--json"], arguments].concat()))
    }

    /// The same, successfully: what it printed.
    ///
    /// # Panics
    /// If it fails.
    pub fn converted(&self, arguments: &[&str]) -> Value {
        let outcome = self.convert(arguments);
        assert!(outcome.status.success(), "{arguments:?}: {}", outcome.stderr);
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout))
    }

    /// The same, in vain: its last line.
    ///
    /// # Panics
    /// If it succeeds, or does not fail in one line.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let outcome = self.convert(arguments);
        assert_eq!(outcome.status.code(), Some(1), "{arguments:?}: {outcome:?}");
        assert!(outcome.stdout.is_empty(), "{arguments:?}: {}", outcome.stdout);
        let lines: Vec<&str> = outcome.stderr.lines().filter(|line| !line.starts_with('{')).collect();
        assert!(lines.len() == 1 && lines[0].starts_with("error: "), "{arguments:?}: {}", outcome.stderr);
        lines[0].to_owned()
    }
}

/// SHA-256 of each tensor of the model in `folder`, with its type and shape.
///
/// # Panics
/// If a file is not sound.
pub fn tensors(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            let bytes = fs::read(&path).expect("readable");
            let header = Header::read(&fs::File::open(&path).expect("there")).expect("sound");
            for tensor in header.tensors {
                let shape: Vec<String> = tensor.shape.iter().map(u64::to_string).collect();
                let sum = digest::of_bytes(&bytes[tensor.range.start as usize..tensor.range.end as usize]);
                found.insert(tensor.name, format!("{} {} {sum}", tensor.dtype, shape.join(",")));
            }
        }
    }
    found
}

/// Names in `folder`, sorted.
///
/// # Panics
/// If it cannot be read.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
