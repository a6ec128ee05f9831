//! The worker's program: started by Ingot with a socket, never by hand.

use ingot_engine::confine::Allocator;
use ingot_engine::worker::Connection;

// Replaces malloc for the whole process, MLX included.
#[cfg(target_os = "linux")]
use tikv_jemallocator as _;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() {
    match Connection::open() {
        Ok(connection) => ingot_mlx::serve::serve(&connection),
        Err(error) => {
            eprintln!("ingot-mlx: {error}");
            std::process::exit(2);
        }
    }
}
