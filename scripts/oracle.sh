#!/usr/bin/env bash
# Runs the tests that need mlx-lm.
source "$(dirname "$0")/common.sh"
source scripts/mlx-lm.sh
cargo build --locked --workspace --bins
INGOT_MLX_LM_PYTHON=$PYTHON cargo test --locked -p ingot-tests --test suite -- --ignored mlx_lm
