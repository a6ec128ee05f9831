//! The memory pool against the system's allocator, on the requests of real work: chats of different lengths, models
//! that come and go, a conversion's staging. Prints the table of docs/memory.md.
//!
//! `cargo run --release -p ingot-tests --bin pool-bench`

use std::alloc::{Layout, alloc, dealloc};
use std::collections::{HashMap, VecDeque};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use ingot_engine::memory::{Block, HostPool, Ledger, Owner, PoolOptions, Strategy, capacity_class};
use ingot_engine::process::peak_resident_bytes;

/// One request: the block's number and its bytes, 0 to give it back.
type Trace = Vec<(u32, usize)>;

const PAGE: usize = 4096;
const ROUNDS: usize = 5;
const ALLOCATORS: [&str; 3] = ["BEST_FIT", "FIRST_FIT", "system"];

fn main() {
    let traces = [("chats", chats()), ("model swaps", swaps()), ("conversion", conversion())];
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [trace, allocator] = arguments.as_slice() {
        // One replay in a process of its own, for what it has resident.
        let trace = &traces.iter().find(|(name, _)| name == trace).expect("a trace").1;
        let before = peak_resident_bytes();
        replay(trace, allocator, true);
        println!("{}", peak_resident_bytes() - before);
        return;
    }
    println!(
        "| trace | requests | allocator | time a request | with its memory touched | most in use | resident | more than in use |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, trace) in &traces {
        let most = most_in_use(trace);
        for allocator in ALLOCATORS {
            let fastest = |touch| (0..ROUNDS).map(|_| replay(trace, allocator, touch)).fold(f64::INFINITY, f64::min);
            let each = |seconds: f64| seconds / trace.len() as f64 * 1e6;
            let (plain, touched) = (each(fastest(false)), each(fastest(true)));
            let resident = alone(name, allocator);
            println!(
                "| {name} | {} | {allocator} | {plain:.2} µs | {touched:.1} µs | {:.0} MB | {:.0} MB | {:.0} % |",
                trace.len(),
                most as f64 / 1e6,
                resident as f64 / 1e6,
                100.0 * (resident as f64 / most as f64 - 1.0)
            );
        }
    }
}

/// Peak of what the replay has resident, measured in a process of its own.
fn alone(trace: &str, allocator: &str) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).args([trace, allocator]).output().expect("a replay");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("bytes")
}

/// Seconds that `trace` takes; with `touch`, a byte of each page is written.
fn replay(trace: &Trace, allocator: &str, touch: bool) -> f64 {
    match Strategy::ALL.into_iter().find(|strategy| strategy.to_string() == allocator) {
        Some(strategy) => pool(trace, strategy, touch),
        None => system(trace, touch),
    }
}

/// Where page `page` is touched: not at its beginning each time, which would be the same place in every cache.
fn place(page: usize) -> usize {
    page * PAGE + page * 7 % 64 * 64
}

fn pool(trace: &Trace, strategy: Strategy, touch: bool) -> f64 {
    let pool = HostPool::new(PoolOptions::up_to(8 << 30), Arc::new(Ledger::unlimited()));
    let mut blocks: HashMap<u32, Block> = HashMap::new();
    let begin = Instant::now();
    for &(number, bytes) in trace {
        if bytes == 0 {
            blocks.remove(&number);
            continue;
        }
        let mut block = pool.take(bytes, strategy, Owner::Staging).expect("8 GiB are enough");
        if touch {
            let mut pinned = block.pin();
            for page in 0..bytes / PAGE {
                pinned[place(page)] = 1;
            }
        }
        blocks.insert(number, block);
    }
    begin.elapsed().as_secs_f64()
}

fn system(trace: &Trace, touch: bool) -> f64 {
    let mut blocks: HashMap<u32, (*mut u8, Layout)> = HashMap::new();
    let begin = Instant::now();
    for &(number, bytes) in trace {
        if bytes == 0 {
            if let Some((pointer, layout)) = blocks.remove(&number) {
                // SAFETY: allocated below with this layout, and forgotten here.
                unsafe { dealloc(pointer, layout) };
            }
            continue;
        }
        let layout = Layout::from_size_align(bytes, 64).expect("a layout");
        // SAFETY: the layout is not empty.
        let pointer = unsafe { alloc(layout) };
        assert!(!pointer.is_null(), "the system has no memory");
        if touch {
            for page in 0..bytes / PAGE {
                // SAFETY: within the allocation. Volatile, for nobody reads it.
                unsafe { pointer.add(place(page)).write_volatile(1) };
            }
        }
        blocks.insert(number, (pointer, layout));
    }
    let time = begin.elapsed().as_secs_f64();
    for (pointer, layout) in blocks.into_values() {
        // SAFETY: allocated above with this layout, and forgotten here.
        unsafe { dealloc(pointer, layout) };
    }
    time
}

/// Most bytes in blocks at once.
fn most_in_use(trace: &Trace) -> u64 {
    let mut sizes: HashMap<u32, u64> = HashMap::new();
    let (mut now, mut most) = (0, 0);
    for &(number, bytes) in trace {
        if bytes > 0 {
            now += bytes as u64;
            sizes.insert(number, bytes as u64);
        } else if let Some(bytes) = sizes.remove(&number) {
            now -= bytes;
        }
        most = most.max(now);
    }
    most
}

/// A row of numbers that looks random and is the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Most are short, few are very long.
    fn length(&mut self) -> usize {
        let octave = 6 + self.below(4) + self.below(4);
        (1 << octave) + self.below(1 << octave) as usize
    }
}

struct Recorder {
    trace: Trace,
    last: u32,
}

impl Recorder {
    fn new() -> Self {
        Self { trace: Vec::new(), last: 0 }
    }

    fn take(&mut self, bytes: usize) -> u32 {
        self.last += 1;
        self.trace.push((self.last, bytes));
        self.last
    }

    fn give(&mut self, number: u32) {
        self.trace.push((number, 0));
    }
}

/// Keys and values of one text, a block each for every layer, which move to longer blocks as the text grows.
struct Cache {
    layers: usize,
    bytes_per_token: usize,
    room: usize,
    blocks: Vec<u32>,
}

impl Cache {
    /// Of `layers` layers with `width` elements of two bytes for each token.
    fn new(layers: usize, width: usize) -> Self {
        Self { layers, bytes_per_token: 2 * width, room: 0, blocks: Vec::new() }
    }

    fn grow(&mut self, length: usize, recorder: &mut Recorder) {
        if length <= self.room {
            return;
        }
        self.room = capacity_class(length);
        for block in 0..2 * self.layers {
            let fresh = recorder.take(self.room * self.bytes_per_token);
            match self.blocks.get_mut(block) {
                Some(old) => recorder.give(std::mem::replace(old, fresh)),
                None => self.blocks.push(fresh),
            }
        }
    }

    fn end(self, recorder: &mut Recorder) {
        self.blocks.into_iter().for_each(|block| recorder.give(block));
    }
}

/// Four conversations at a time with a model of 16 layers and 8 heads of 64, two hundred in all.
fn chats() -> Trace {
    let (mut random, mut recorder) = (Random(1), Recorder::new());
    let mut open: Vec<(Cache, usize, usize)> = Vec::new();
    let mut left = 200;
    while left > 0 || !open.is_empty() {
        while open.len() < 4 && left > 0 {
            left -= 1;
            open.push((Cache::new(16, 512), 0, random.length()));
        }
        let which = random.below(open.len() as u64) as usize;
        let (cache, length, end) = &mut open[which];
        *length = (*length + 20 + random.below(400) as usize).min(*end);
        cache.grow(*length, &mut recorder);
        if length == end {
            open.swap_remove(which).0.end(&mut recorder);
        }
    }
    recorder.trace
}

/// Models of different shapes are loaded in turn, two at a time, and each has some chats.
fn swaps() -> Trace {
    const MODELS: [(usize, usize); 5] = [(16, 512), (28, 1024), (32, 1024), (24, 128), (36, 256)];
    let (mut random, mut recorder) = (Random(2), Recorder::new());
    let mut loaded: VecDeque<Cache> = VecDeque::new();
    for swap in 0..100 {
        let (layers, width) = MODELS[(swap * 3 + random.below(2) as usize) % MODELS.len()];
        let mut cache = Cache::new(layers, width);
        let length = random.length().min(4096);
        for part in 1..=4 {
            cache.grow(length * part / 4 + 1, &mut recorder);
        }
        loaded.push_back(cache);
        if loaded.len() > 2
            && let Some(oldest) = loaded.pop_front()
        {
            oldest.end(&mut recorder);
        }
    }
    loaded.into_iter().for_each(|cache| cache.end(&mut recorder));
    recorder.trace
}

/// A model of 8 billion parameters is quantized to 4 bits: each matrix in slices of 128 rows at a time, read as
/// bfloat16 and written as codes, scales and biases; six units are on their way, and each gives its blocks back in
/// the order in which it is done with them.
fn conversion() -> Trace {
    const MATRICES: [(usize, usize); 7] =
        [(4096, 4096), (1024, 4096), (1024, 4096), (4096, 4096), (14336, 4096), (14336, 4096), (4096, 14336)];
    let mut recorder = Recorder::new();
    let mut under_way: VecDeque<[u32; 2]> = VecDeque::new();
    let layers = std::iter::repeat_n(MATRICES, 32).flatten();
    for (rows, columns) in [(128_256, 4096)].into_iter().chain(layers) {
        for _ in 0..rows / 128 {
            let elements = 128 * columns;
            under_way.push_back([recorder.take(elements * 2), recorder.take(elements / 2 + elements / 16)]);
            if under_way.len() > 3
                && let Some(unit) = under_way.get_mut(0)
            {
                recorder.give(std::mem::take(&mut unit[0]));
            }
            if under_way.len() > 3
                && let Some([_, output]) = under_way.pop_front()
            {
                recorder.give(output);
            }
        }
    }
    for [input, output] in under_way {
        recorder.give(input);
        recorder.give(output);
    }
    recorder.trace
}
