#!/usr/bin/env python3
"""Trains Ingot's demo model from nothing, on one GPU, in some ten minutes: tokenizer, Llama, Hub-style checkpoint.

    python3 demo/train.py --output demo/model

Needs torch, transformers, tokenizers and safetensors, and the text that demo/text makes; nothing is downloaded. The same
seed gives the same text and tokenizer, and on the same machine and versions the same weights but for the order of sums
on the GPU. Deliberately elsewhere: the text (demo/text), and how good the model is (demo/evaluate.py).
"""

import argparse
import json
import math
import multiprocessing
import pathlib
import random
import sys
import time

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).parent / "text"))
import make  # noqa: E402

BEGIN, END = "<|begin|>", "<|end|>"
ROLES = {role: f"<|{role}|>" for role in ("system", "user", "assistant")}
SPECIAL = [BEGIN, END, *ROLES.values()]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim + '"
    + END
    + "' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
VOCABULARY = 3072
CONTEXT = 512
# Rows of a batch are as long as the longest in it; these are the lengths there are, so that few graphs are compiled.
LENGTHS = [64, 96, 128, 192, 256]
# What the reader writes is learned, too, but the answers are what counts.
QUESTION_WEIGHT = 0.1


def config():
    """Some 5.2 million parameters; every matrix has rows that all recipes can cut into groups of 64."""
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=704,
        num_hidden_layers=6,
        num_attention_heads=8,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        rope_theta=10000.0,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )


def documents(job):
    """The documents of one worker, as text with the markers of turns."""
    seed, count = job
    return [marked(document) for document in make.documents(seed, count)]


def marked(document):
    """A list of (text, weight): what is said, and how much it counts."""
    if "text" in document:
        return [(BEGIN, 0.0), (document["text"] + END, 1.0)]
    parts = [(BEGIN, 0.0)]
    for message in document["messages"]:
        parts.append((ROLES[message["role"]], 0.0))
        weight = 1.0 if message["role"] == "assistant" else QUESTION_WEIGHT
        parts.append((message["content"].strip() + END, weight))
    return parts


def train_tokenizer(texts):
    tokenizer = Tokenizer(models.BPE())
    # Digits one by one: numbers are computed with, not remembered.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


TOKENIZER = None


def start_worker(text):
    global TOKENIZER
    TOKENIZER = Tokenizer.from_str(text)


def encode(parts):
    """Token ids and the weight of each as a target."""
    ids, weights = [], []
    for text, weight in parts:
        piece = TOKENIZER.encode(text, add_special_tokens=False).ids
        ids += piece
        weights += [weight] * len(piece)
    return ids[: LENGTHS[-1]], weights[: LENGTHS[-1]]


def batches(data, rows, rng):
    """Batches of documents of like lengths, in random order."""
    by_length = {length: [] for length in LENGTHS}
    for document in data:
        by_length[next(length for length in LENGTHS if len(document[0]) <= length)].append(document)
    made = []
    for length, group in by_length.items():
        rng.shuffle(group)
        size = rows * LENGTHS[0] // length
        made += [(length, group[at : at + size]) for at in range(0, len(group) - size + 1, size)]
    rng.shuffle(made)
    return made


def tensors(length, group):
    ids = torch.full((len(group), length), 1, dtype=torch.long)
    weights = torch.zeros((len(group), length))
    for row, (tokens, weight) in enumerate(group):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        weights[row, : len(weight)] = torch.tensor(weight)
    return ids.pin_memory(), weights.pin_memory()


def loss_of(logits, ids, weights):
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].float().reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1), reduction="none"
    )
    weights = weights[:, 1:].reshape(-1)
    return (losses * weights).sum() / weights.sum().clamp(min=1)


def train(data, options, device):
    model = LlamaForCausalLM(config()).to(device)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{count:,} parameters", flush=True)
    assert count <= 5_500_000
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    rest = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
        lr=options.rate, betas=(0.9, 0.98), fused=True,
    )
    step_of = torch.compile(lambda ids: model(input_ids=ids).logits, dynamic=False)
    rng = random.Random(options.seed)
    curve, begin, step = [], time.time(), 0
    limit = options.minutes * 60
    share = 0.0
    while share < 1:
        for length, group in batches(data, options.rows, rng):
            # The rate follows the clock, so that the training ends where it should on any GPU.
            share = (time.time() - begin) / limit
            if share >= 1:
                break
            warm = min(1.0, (step + 1) / 200)
            rate = options.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
            for entry in optimizer.param_groups:
                entry["lr"] = rate
            ids, weights = (tensor.to(device, non_blocking=True) for tensor in tensors(length, group))
            with torch.autocast(device.type, dtype=torch.bfloat16):
                logits = step_of(ids)
            loss = loss_of(logits, ids, weights)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 50 == 0:
                curve.append((step, round(time.time() - begin, 1), round(loss.item(), 4)))
            if step % 500 == 0:
                print(f"step {step}, {curve[-1][1]} s, loss {curve[-1][2]}", flush=True)
            step += 1
    curve.append((step, round(time.time() - begin, 1), round(loss.item(), 4)))
    print(f"step {step}, {curve[-1][1]} s, loss {curve[-1][2]}", flush=True)
    return model, curve


def write(model, tokenizer, curve, folder):
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.to(torch.bfloat16).contiguous() for name, value in model.state_dict().items()}
    state.pop("lm_head.weight", None)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    c = model.config
    settings = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16",
        "vocab_size": c.vocab_size, "hidden_size": c.hidden_size, "intermediate_size": c.intermediate_size,
        "num_hidden_layers": c.num_hidden_layers, "num_attention_heads": c.num_attention_heads,
        "num_key_value_heads": c.num_key_value_heads, "max_position_embeddings": c.max_position_embeddings,
        "rms_norm_eps": c.rms_norm_eps, "rope_theta": 10000.0, "hidden_act": "silu", "attention_bias": False,
        "mlp_bias": False, "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 1,
    }
    described = {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": BEGIN, "eos_token": END, "pad_token": END,
        "model_max_length": CONTEXT, "chat_template": TEMPLATE, "clean_up_tokenization_spaces": False,
    }
    generation = {"bos_token_id": 0, "eos_token_id": 1, "do_sample": False}
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, value in [("config", settings), ("tokenizer_config", described), ("generation_config", generation)]:
        (folder / f"{name}.json").write_text(json.dumps(value, indent=2) + "\n")
    lines = ["step,seconds,loss", *(",".join(map(str, point)) for point in curve)]
    (folder / "loss.csv").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the checkpoint's folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=3_000_000)
    parser.add_argument("--minutes", type=float, default=7.0, help="of training, besides making the text")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--rows", type=int, default=2048, help="documents of a batch of the shortest")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    begin = time.time()
    # Jobs of a fixed size: the text does not depend on the number of cores.
    size = 20_000
    jobs = [(options.seed * 100_000 + number, size) for number in range(-(-options.documents // size))]
    with multiprocessing.Pool() as pool:
        made = [document for part in pool.imap(documents, jobs) for document in part]
    print(f"{len(made):,} documents in {time.time() - begin:.0f} s", flush=True)
    texts = ("".join(text.removesuffix(END) for text, weight in parts if weight > 0) for parts in made[:200_000])
    tokenizer = train_tokenizer(texts)
    with multiprocessing.Pool(initializer=start_worker, initargs=(tokenizer.to_str(),)) as pool:
        data = list(pool.imap(encode, made, chunksize=5000))
    del made
    tokens = sum(len(ids) for ids, _ in data)
    print(f"{tokens:,} tokens in {time.time() - begin:.0f} s", flush=True)
    model, curve = train(data, options, device)
    write(model, tokenizer, curve, options.output)
    print(f"written to {options.output} after {time.time() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
