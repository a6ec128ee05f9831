"""Decode and prefill speed of Ingot against mlx-lm: same machine, same MLX, in turn.

    python tests/bench/against_mlx_lm.py --ingot PATH --model DIR [--rounds 7] [--prompt-tokens 64] [--generate-tokens 128]

Run by `make bench`, which makes the environment with mlx and mlx-lm. Absolute figures are noise on a shared
machine; the ratio of medians, taken in turn, is what counts. Exit code 1 if a ratio is below --at-least.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time


def prompt(run: int, count: int) -> list[int]:
    # The same tokens as `ingot bench`.
    return [3 + (at * 7 + run * 13) % 200 for at in range(count)]


def reference(model_path: str) -> None:
    """Answers lines `PROMPT_TOKENS GENERATE_TOKENS RUN` with `prefill decode`, in tokens/s."""
    from pathlib import Path

    import mlx.core as mx
    from mlx_lm.generate import generate_step
    from mlx_lm.utils import load_model

    model, _ = load_model(Path(model_path))
    for line in sys.stdin:
        prompt_tokens, generate_tokens, run = map(int, line.split())
        begin = time.perf_counter()
        first = None
        count = 0
        for _token, _ in generate_step(mx.array(prompt(run, prompt_tokens)), model, max_tokens=generate_tokens):
            count += 1
            now = time.perf_counter()
            first = first or now
        prefill = prompt_tokens / (first - begin)
        decode = (count - 1) / (now - first)
        print(prefill, decode, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--ingot")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--prompt-tokens", type=int, default=64)
    parser.add_argument("--generate-tokens", type=int, default=128)
    parser.add_argument("--at-least", type=float, default=0.0, help="smallest acceptable decode ratio")
    parser.add_argument("--reference", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reference:
        reference(options.model)
        return 0

    theirs = subprocess.Popen(
        [sys.executable, __file__, "--reference", "--model", options.model],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    lengths = ["--prompt-tokens", str(options.prompt_tokens), "--generate-tokens", str(options.generate_tokens)]
    command = [options.ingot, "bench", "--json", "--repeat", "5", "--model", options.model, *lengths]
    rows = []
    for run in range(options.rounds + 1):
        theirs.stdin.write(f"{options.prompt_tokens} {options.generate_tokens} {run}\n")
        theirs.stdin.flush()
        prefill, decode = map(float, theirs.stdout.readline().split())
        ours = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        median = lambda name: ours[name]["median"]  # noqa: E731
        if run > 0:  # the first of each warms up
            rows.append(
                (
                    median("prefill_tokens_per_second"),
                    prefill,
                    median("decode_tokens_per_second"),
                    decode,
                    median("outside_seconds_per_token"),
                )
            )
    theirs.stdin.close()
    theirs.wait()

    columns = list(zip(*rows))
    print(f"{options.model}: {ours['device']}, {options.prompt_tokens} + {options.generate_tokens} tokens, {options.rounds} rounds")
    ratios = []
    for name, a, b in (("prefill", columns[0], columns[1]), ("decode", columns[2], columns[3])):
        ratios.append(statistics.median(a) / statistics.median(b))
        print(
            f"  {name:8} ingot {statistics.median(a):9.1f} tok/s ({min(a):.1f}..{max(a):.1f})"
            f"   mlx-lm {statistics.median(b):9.1f} tok/s ({min(b):.1f}..{max(b):.1f})   ratio {ratios[-1]:.2f}"
        )
    print(f"  outside MLX: {statistics.median(columns[4]) * 1e6:.0f} µs per token, the pipe included")
    return 0 if ratios[1] >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
