"""Conversion against mlx_lm.convert on the same random checkpoint, in turn: seconds as ratios, and peak memory.

Then `ingot` alone, verification included, within a limit, on this checkpoint and on one of twice its size: the most
memory that all of its processes together had resident. `make bench-convert` runs it.
"""

import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

HIDDEN, INNER, VOCABULARY, HEADS, KV_HEADS = 2048, 5632, 32000, 32, 8


def shapes(layers):
    kv = HIDDEN // HEADS * KV_HEADS
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", (HIDDEN,)
        yield prefix + "post_attention_layernorm.weight", (HIDDEN,)
        for name, rows in [("q_proj", HIDDEN), ("k_proj", kv), ("v_proj", kv), ("o_proj", HIDDEN)]:
            yield f"{prefix}self_attn.{name}.weight", (rows, HIDDEN)
        for name, rows, columns in [("gate_proj", INNER, HIDDEN), ("up_proj", INNER, HIDDEN), ("down_proj", HIDDEN, INNER)]:
            yield f"{prefix}mlp.{name}.weight", (rows, columns)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def make(folder, gigabytes):
    """A random Llama in bfloat16 of about so many GB, with the tokenizer of the fixtures."""
    if (folder / "config.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    a_layer = sum(2 * int(np.prod(shape)) for name, shape in shapes(1) if ".layers." in name)
    layers = int((gigabytes * 1e9 - 4 * VOCABULARY * HIDDEN) / a_layer)
    tensors = sorted(shapes(layers))
    header, end = {}, 0
    for name, shape in tensors:
        begin, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    random = np.random.default_rng(0)
    with open(folder / "model.safetensors", "wb") as file:
        text = json.dumps(header).encode()
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors:
            numbers = random.standard_normal(int(np.prod(shape)), dtype=np.float32)
            numbers = 1 + 0.05 * numbers if len(shape) == 1 else 0.02 * numbers
            file.write((numbers.view(np.uint32) >> 16).astype(np.uint16).tobytes())
    fixtures = Path(__file__).resolve().parent.parent / "fixtures/tokenizers/byte-level"
    for name in ["tokenizer.json", "tokenizer_config.json"]:
        shutil.copy(fixtures / name, folder / name)
    config = {
        "model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": layers,
        "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "vocab_size": VOCABULARY, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 2048, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config))


def tree(pid):
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            for child in (task / "children").read_text().split():
                found += tree(int(child))
        except OSError:
            pass
    return found


def resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def run(command, home):
    """Seconds, and the most bytes that the processes had resident together (on Linux)."""
    begin = time.monotonic()
    environment = dict(os.environ, INGOT_HOME=str(home))
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    peak = 0

    def watch():
        nonlocal peak
        while child.poll() is None:
            peak = max(peak, sum(map(resident, tree(child.pid))))
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, errors = child.communicate()
    watcher.join()
    if child.returncode != 0:
        sys.exit(errors.decode()[-2000:])
    return time.monotonic() - begin, peak, output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ingot", required=True)
    parser.add_argument("--scratch", required=True, type=Path)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    scratch = arguments.scratch
    source = scratch / f"source-{arguments.gigabytes:g}GB"
    make(source, arguments.gigabytes)
    output, home = scratch / "output", scratch / "home"
    convert = [arguments.ingot, "convert", source, "--recipe", "speed-4bit", "--output", output]
    theirs = [sys.executable, "-m", "mlx_lm", "convert", "--hf-path", source, "--mlx-path", output]
    rounds = {"mlx-lm": [*theirs, "-q", "--q-bits", "4", "--q-group-size", "64"], "ingot": [*convert, "--no-verify"]}
    seconds, peaks = {name: [] for name in rounds}, {name: 0 for name in rounds}
    for _ in range(arguments.repeat):
        for name, command in rounds.items():
            for folder in [output, home]:
                shutil.rmtree(folder, ignore_errors=True)
            took, peak, _ = run(command, home)
            seconds[name].append(took)
            peaks[name] = max(peaks[name], peak)
    for name in rounds:
        print(f"{name:8} median {statistics.median(seconds[name]):6.2f} s, peak {peaks[name] / 2**20:6.0f} MiB")
    ratio = statistics.median(seconds["mlx-lm"]) / statistics.median(seconds["ingot"])
    print(f"ingot converts {ratio:.2f} times as fast, in {peaks['mlx-lm'] / peaks['ingot']:.0f} times less memory")
    for gigabytes in [arguments.gigabytes, 2 * arguments.gigabytes]:
        source = scratch / f"source-{gigabytes:g}GB"
        make(source, gigabytes)
        for folder in [output, home]:
            shutil.rmtree(folder, ignore_errors=True)
        limited = [arguments.ingot, "convert", source, "--recipe", "speed-4bit", "--output", output]
        took, peak, output_text = run([*limited, "--memory-limit", "512MiB", "--json"], home)
        told = json.loads(output_text)["peak_memory_bytes"]
        print(
            f"{gigabytes:g} GB, verified, limit 512 MiB: {took:.1f} s, all processes {peak / 2**20:.0f} MiB at most "
            f"(ingot says {told / 2**20:.0f})"
        )
    shutil.rmtree(output, ignore_errors=True)


if __name__ == "__main__":
    main()
