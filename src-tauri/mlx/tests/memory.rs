//! What the memory pool relies on about MLX, checked against MLX itself: when an update is in place, what becomes
//! of memory that is not MLX's own, and whether a cache comes from its pool.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ingot_engine::checkpoint::{Dtype, Mmap, TensorView};
use ingot_engine::memory::Strategy;
use ingot_engine::model::Model;
use ingot_engine::protocol::{CopyReason, Growth, KvOptions, Placement};
use ingot_engine::{Error, ErrorCode};
use ingot_mlx::decoder::{Cache, Decoder};
use ingot_mlx::mlx::{self, Array, Device};

/// MLX belongs to one thread, so all checks run in one test.
#[test]
fn memory_is_what_the_pool_takes_it_for() {
    let device = mlx::init().expect("MLX");
    an_update_is_in_place_only_where_nobody_else_holds_the_memory();
    mapped_pages_are_taken_or_copied_and_let_go(device);
    weights_say_where_they_are(device);
    a_second_text_takes_no_new_memory();
    a_cache_grows_only_by_what_it_is_lent();
    a_cache_moves_into_shorter_blocks_and_goes_on();
}

fn an_update_is_in_place_only_where_nobody_else_holds_the_memory() {
    let zeros = |rows: i32| {
        let array = mlx::zeros(&[1, 1, rows, 4], mlx::Dtype::F32).expect("zeros");
        mlx::eval(&[&array]).expect("computed");
        array
    };
    let one = Array::from_f32(&[1.0; 4], &[1, 1, 1, 4]);
    let updated = |array: Array, also_held: Option<&Array>| {
        let before = array.data_pointer();
        let after = array.slice_update(&one, 2, 1).expect("an update");
        drop(array);
        mlx::eval(&[&after]).expect("computed");
        assert_eq!(after.to_f32().expect("values")[4..8], [1.0; 4]);
        let _ = also_held;
        before == after.data_pointer()
    };
    // A GPU's stream lets go of what it has computed a moment later, so there not every time.
    assert!((0..20).any(|_| updated(zeros(256), None)), "a whole array that nobody else holds");
    let held = zeros(256);
    assert!(!updated(held.clone(), Some(&held)), "somebody else holds it");
    let region = zeros(1024);
    let carve = |start: i32| region.slice(2, start, start + 256).expect("a part");
    let (block, neighbour) = (carve(0), carve(256));
    mlx::eval(&[&block, &neighbour]).expect("computed");
    drop(region);
    assert!(!updated(block, Some(&neighbour)), "a block beside another in one array: both hold the array");
}

fn map(bytes: &[u8]) -> (tempfile::NamedTempFile, Arc<Mmap>) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    // SAFETY: the file is the test's own and does not change.
    let map = Arc::new(unsafe { Mmap::map(file.as_file()) }.expect("mapped"));
    (file, map)
}

fn mapped_pages_are_taken_or_copied_and_let_go(device: Device) {
    let values: Vec<f32> = (0..20_000).map(|value| value as f32).collect();
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let (_file, map) = map(&bytes);
    let range = 9_000 * 4..9_600 * 4;
    let view = TensorView { dtype: Dtype::F32, shape: &[30, 20], bytes: &map[range.clone()] };
    let mapped = Array::from_mapping(&map, range, view).expect("MLX").expect("aligned");
    assert_eq!(mapped.tensor.to_f32().expect("values"), values[9_000..9_600]);
    // MLX's CPU and CUDA backends copy; Metal takes whole pages as they are.
    let takes_pages = device == Device::Gpu && cfg!(target_os = "macos");
    assert_eq!(mapped.in_place, takes_pages);
    drop(mapped);
    mlx::clear_cache();
    assert_eq!(Arc::strong_count(&map), 1, "MLX lets go of the file");

    let view = TensorView { dtype: Dtype::F32, shape: &[3], bytes: &map[2..14] };
    assert!(matches!(Array::from_mapping(&map, 2..14, view), Ok(Err(CopyReason::Misaligned))));
}

fn load(strategy: Strategy) -> (Decoder, Placement) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/checkpoints/llama");
    let Model { config, mut spec, plan, weights, .. } = Model::open(&folder).expect("the model");
    spec.context = 4096;
    Decoder::load(spec, &plan, &config, &weights.map().expect("mapped"), strategy, &mut |_| ()).expect("loaded")
}

fn logits(decoder: &Decoder, tokens: &[u32], cache: &mut Cache) -> Vec<f32> {
    cache.make_room(decoder.spec(), tokens.len(), &mut |_| Ok(())).expect("room");
    decoder.forward(tokens, cache).and_then(|logits| logits.to_f32()).expect("logits")
}

fn cache(decoder: &Decoder, granted: u64) -> Cache {
    Cache::new(decoder.spec(), decoder.dtype(), KvOptions::default(), granted).expect("a cache")
}

fn weights_say_where_they_are(device: Device) {
    let (copied, placement) = load(Strategy::Dedicated);
    assert_eq!((placement.in_place, placement.copied.len()), (0, 1));
    let all = placement.copied[&CopyReason::NotAsked].len();
    assert!(all > 10 && placement.copied_bytes > 0);

    let (mapped, placement) = load(Strategy::ZeroCopy);
    if device == Device::Cpu {
        // Files that mlx-lm writes align nothing, so some tensors are copied for that alone.
        let named: usize = placement.copied.values().map(Vec::len).sum();
        assert_eq!((named, placement.in_place_bytes), (all, 0), "every tensor is named: {placement:?}");
        assert!(!placement.copied.contains_key(&CopyReason::NotAsked));
    }
    let tokens = [5, 6, 7, 8];
    let of = |decoder: &Decoder| logits(decoder, &tokens, &mut cache(decoder, u64::MAX));
    assert_eq!(of(&copied), of(&mapped), "where weights are makes no difference");
}

fn a_second_text_takes_no_new_memory() {
    let (decoder, _) = load(Strategy::Dedicated);
    let mut cache = cache(&decoder, u64::MAX);
    let first: Vec<u32> = (0..300).map(|token| token % 90).collect();
    logits(&decoder, &first, &mut cache);
    let allocations = cache.occupancy().allocations;
    assert!(allocations > 0);
    for round in 1..5 {
        let other: Vec<u32> = (0..300).map(|token| (token * 7 + round) % 90).collect();
        assert_eq!(cache.reuse(&other), 0);
        let before = mlx::active_bytes();
        logits(&decoder, &other, &mut cache);
        assert_eq!(cache.occupancy().allocations, allocations, "round {round}");
        assert!(mlx::active_bytes() <= before + 4096, "round {round}");
    }
    assert_eq!(cache.occupancy().reserved, decoder.spec().kv_cache_bytes(300, 4, KvOptions::default()));
    cache.discard();
    assert_eq!(cache.occupancy().reserved, 0);
}

fn a_cache_grows_only_by_what_it_is_lent() {
    let (decoder, _) = load(Strategy::Dedicated);
    let spec = decoder.spec();
    let bytes = |tokens: usize| spec.kv_cache_bytes(tokens, 4, KvOptions::default());
    let mut cache = cache(&decoder, bytes(256));
    cache.make_room(spec, 256, &mut |_| panic!("that was granted")).expect("room");
    let mut asked = 0;
    let mut refuse = |growth: Growth| {
        assert_eq!((growth.tokens, growth.granted), (257, bytes(256)));
        asked = growth.bytes;
        Err(Error::new(ErrorCode::OutOfMemory, "no"))
    };
    let error = cache.make_room(spec, 257, &mut refuse).expect_err("refused");
    assert_eq!((error.code, asked), (ErrorCode::OutOfMemory, bytes(512) - bytes(256)));
    assert_eq!(cache.occupancy().reserved, bytes(256), "nothing was taken");
    cache.make_room(spec, 257, &mut |_| Ok(())).expect("lent");
    assert_eq!(cache.occupancy().reserved, bytes(512));
    cache.make_room(spec, 500, &mut |_| panic!("that was lent")).expect("room");
}

fn a_cache_moves_into_shorter_blocks_and_goes_on() {
    let (decoder, _) = load(Strategy::Dedicated);
    let spec = decoder.spec();
    let bytes = |tokens: usize| spec.kv_cache_bytes(tokens, 4, KvOptions::default());
    let mut cache = cache(&decoder, u64::MAX);
    let long: Vec<u32> = (0..400).map(|token| token % 90).collect();
    prefill(&decoder, &long, &mut cache);
    assert_eq!(cache.reuse(&long[..100]), 99);
    assert_eq!(cache.defragment(spec).expect("moved"), bytes(400) - bytes(99));
    assert_eq!(cache.occupancy().reserved, bytes(99));
    let moved = logits(&decoder, &long[99..100], &mut cache);
    let mut fresh = self::cache(&decoder, u64::MAX);
    prefill(&decoder, &long[..99], &mut fresh);
    // On a GPU, how a product is rounded depends on where its operands lie.
    let apart = moved.iter().zip(logits(&decoder, &long[99..100], &mut fresh)).map(|(a, b)| (a - b).abs());
    assert!(apart.fold(0.0, f32::max) < 0.02, "contents survive");
}

fn prefill(decoder: &Decoder, tokens: &[u32], cache: &mut Cache) {
    cache.make_room(decoder.spec(), tokens.len(), &mut |_| Ok(())).expect("room");
    decoder.prefill(tokens, cache).expect("prefilled");
}
