//! The worker's program: started by Ingot with a socket, never by hand.

use ingot_engine::budget::Allocator;
use ingot_engine::worker::Connection;

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
