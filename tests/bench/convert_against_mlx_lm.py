"""Conversions held against mlx-lm's own: the same tensors, config and index, and results that mlx-lm loads and continues
with the same tokens. Random models of every family, made here, and any model named on the command line.

Needs the Python environment that `make bench` makes; `make oracle` runs it.
"""

import argparse
import hashlib
import itertools
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import mlx.core as mx
from mlx.utils import tree_flatten, tree_map
from mlx_lm import convert, load, stream_generate
from mlx_lm.models import llama, qwen2, qwen3

RECIPES = {
    "speed-4bit": {"q_bits": 4},
    "balanced-5bit": {"q_bits": 5},
    "quality-8bit": {"q_bits": 8},
    "mixed-precision": {"quant_predicate": "mixed_4_6"},
}
PROMPTS = ["Once upon a time", "The answer is 42, because"]
TOKENS = 24

COMMON = dict(
    hidden_size=128, intermediate_size=352, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
    vocab_size=640, max_position_embeddings=512, rms_norm_eps=1e-5, rope_theta=10000.0, head_dim=32,
)
MODELS = {
    "llama-tied-bf16": (llama, dict(COMMON, model_type="llama", tie_word_embeddings=True, torch_dtype="bfloat16")),
    "llama-untied-f32": (llama, dict(COMMON, model_type="llama", tie_word_embeddings=False, torch_dtype="float32")),
    "llama-bias-f16": (
        llama,
        dict(COMMON, model_type="llama", tie_word_embeddings=False, torch_dtype="float16", attention_bias=True,
             mlp_bias=True, intermediate_size=256),
    ),
    "llama-no-dtype": (llama, dict(COMMON, model_type="llama", tie_word_embeddings=False, dtype="float16")),
    "mistral-bf16": (llama, dict(COMMON, model_type="mistral", tie_word_embeddings=False, torch_dtype="bfloat16")),
    "qwen2-f16": (qwen2, dict(COMMON, model_type="qwen2", tie_word_embeddings=True, torch_dtype="float16")),
    "qwen3-bf16": (qwen3, dict(COMMON, model_type="qwen3", tie_word_embeddings=False, torch_dtype="bfloat16")),
}


def make(name, folder, tokenizer):
    """A random model as the Hub lays it out: some weights in another type than the config's, several of them large."""
    module, config = MODELS[name]
    mx.random.seed(sum(name.encode()))
    model = module.Model(module.ModelArgs.from_dict(config))
    stored = getattr(mx, config.get("torch_dtype") or config["dtype"])
    stored = mx.float32 if name == "llama-bias-f16" else stored

    def shaped(path, weight):
        noise = mx.random.normal(weight.shape) * (0.1 if weight.ndim == 1 else 0.08)
        noise = noise + 1 if "norm" in path else noise
        # Groups of one sign, of one value, and of zeros have rules of their own.
        if weight.ndim == 2 and "up_proj" in path:
            noise[0] = mx.abs(noise[0])
            noise[1] = -mx.abs(noise[1])
            noise[2] = 0.25
            noise[3] = 0
        return noise.astype(stored)

    weights = {path: shaped(path, weight) for path, weight in tree_flatten(model.parameters())}
    folder.mkdir(parents=True)
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 3]}))
    for file in ["tokenizer.json", "tokenizer_config.json"]:
        shutil.copy(tokenizer / file, folder / file)


def tensors(folder):
    found = {}
    for file in sorted(Path(folder).glob("*.safetensors")):
        data = file.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        for name, entry in json.loads(data[8 : 8 + length]).items():
            if name != "__metadata__":
                begin, end = (8 + length + offset for offset in entry["data_offsets"])
                found[name] = (entry["dtype"], entry["shape"], hashlib.sha256(data[begin:end]).hexdigest())
    return found


def ingot(program, arguments, home):
    environment = dict(os.environ, INGOT_HOME=str(home))
    outcome = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, env=environment)
    if outcome.returncode != 0:
        sys.exit(f"ingot {' '.join(map(str, arguments))}: {outcome.stderr}")
    return json.loads(outcome.stdout)


def continued(folder, prompt):
    """The tokens with which mlx-lm continues `prompt`, greedily."""
    model, tokenizer = load(str(folder))
    ids = tokenizer.encode(prompt)
    stopped = tokenizer.eos_token_ids
    answers = [answer.token for answer in stream_generate(model, tokenizer, ids, max_tokens=TOKENS)]
    return [token for token in answers if token not in stopped]


def compare(program, source, folder, recipe, group_size, dtype):
    """The differences between the two conversions, and whether there was anything to convert."""
    ours, theirs = folder / "ours", folder / "theirs"
    options = ["--recipe", recipe, "--group-size", group_size, "--output", ours, "--no-verify", "--json"]
    options += ["--dtype", dtype] if dtype else []
    ingot(program, ["convert", source, *options], folder / "home")
    quiet = open(os.devnull, "w")
    stdout, sys.stdout = sys.stdout, quiet
    try:
        convert(str(source), str(theirs), quantize=True, q_group_size=group_size, dtype=dtype, **RECIPES[recipe])
    finally:
        sys.stdout = stdout
    problems = []
    if (mine := tensors(ours)) != (other := tensors(theirs)):
        differing = sorted(name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name))
        problems.append(f"{len(differing)} tensors differ: {differing[:4]}")
    for name in ["config.json", "model.safetensors.index.json"]:
        if json.loads((ours / name).read_text()) != json.loads((theirs / name).read_text()):
            problems.append(f"{name} differs")
    for prompt in PROMPTS:
        asked = ["--prompt", prompt, "--raw", "--max-tokens", TOKENS, "--json"]
        answer = ingot(program, ["generate", "--model", ours, *asked], folder / "home")
        if (found := continued(ours, prompt)) != answer["tokens"]:
            problems.append(f"{prompt!r} continues with {answer['tokens']}, mlx-lm says {found}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ingot", required=True, help="the program")
    parser.add_argument("--tokenizer", required=True, type=Path, help="folder of the tokenizer for random models")
    parser.add_argument("models", nargs="*", type=Path, help="more models to convert")
    arguments = parser.parse_args()
    mx.set_default_device(mx.cpu)
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        sources = []
        for name in MODELS:
            make(name, scratch / "sources" / name, arguments.tokenizer)
            sources.append(scratch / "sources" / name)
        for source in sources + arguments.models:
            for number, (recipe, group_size) in enumerate(itertools.product(RECIPES, [32, 64, 128])):
                width = json.loads((source / "config.json").read_text())["hidden_size"]
                if width % group_size:
                    continue
                dtype = [None, "float16", "bfloat16", "float32"][number % 4]
                folder = scratch / "round"
                problems = compare(arguments.ingot, source, folder, recipe, group_size, dtype)
                print(f"{source.name:18} {recipe:16} g{group_size:<4} {dtype or '-':9} {'; '.join(problems) or 'equal'}", flush=True)
                failed |= bool(problems)
                shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
