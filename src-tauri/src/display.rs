//! Where there is no display, the app goes on in the terminal: with the demo model, as its first start does in a window.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::HIDDEN;

/// Call it before any window is made; comes back only if one can be.
pub fn check() {
    if gtk::init().is_ok() {
        return;
    }
    // At login nobody is there to talk with.
    if std::env::args().any(|argument| argument == HIDDEN) {
        eprintln!("error: there is no display for Ingot's window; set DISPLAY or WAYLAND_DISPLAY");
        std::process::exit(1);
    }
    let program = std::env::current_exe().unwrap_or_default().with_file_name("ingot");
    eprintln!(
        "There is no display here for Ingot's window, so its demo opens in the terminal; '{} --help' lists what else there is.",
        program.display()
    );
    let error = Command::new(&program).arg("demo").exec();
    eprintln!("error: {} cannot be started: {error}; install Ingot anew", program.display());
    std::process::exit(1);
}
