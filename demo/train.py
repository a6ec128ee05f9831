#!/usr/bin/env python3
"""Trains Ingot's demo model from nothing, on one GPU, in some ten minutes: tokenizer, Llama, Hub-style checkpoint.

    python3 demo/train.py --output demo/ingot-demo

Needs torch, transformers, tokenizers and safetensors, and the text that demo/text makes; nothing is downloaded. The same
seed gives the same text and tokenizer, and on the same machine and versions the same weights but for the order of sums
on the GPU. Deliberately elsewhere: the text (demo/text), and how good the model is (demo/evaluate.py).
"""

import argparse
import array
import json
import math
import multiprocessing
import pathlib
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
LENGTHS = [64, 128, 256, 512]
# The seed of text that is not learned.
HELD_OUT = 2**31
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


def sample(tokenizer):
    """A conversation of some 450 tokens that is not learned: Ingot compares a conversion with its source on it."""
    for document in make.documents(HELD_OUT + 1, 100_000):
        text = "".join(text for text, _ in marked(document))
        if 430 <= len(tokenizer.encode(text, add_special_tokens=False).ids) <= 480 and "system" not in text:
            return text
    raise SystemExit("no conversation has the length of a sample")


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
    """The token ids of a document and the weight of each as a target, as bytes that travel cheaply between processes."""
    ids, weights = array.array("h"), array.array("f")
    for text, weight in parts:
        piece = TOKENIZER.encode(text, add_special_tokens=False).ids
        ids.extend(piece)
        weights.extend([weight] * len(piece))
    return ids[: LENGTHS[-1]].tobytes(), weights[: LENGTHS[-1]].tobytes()


class Documents:
    """All documents one behind the other on the GPU, from which batches are cut there."""

    def __init__(self, encoded, device):
        self.lengths = torch.tensor([len(ids) // 2 for ids, _ in encoded])
        # One row more than there is: places behind the end of the last document are read, and not used.
        tail = LENGTHS[-1]
        ids = bytearray(b"".join(ids for ids, _ in encoded)) + bytearray(2 * tail)
        weights = bytearray(b"".join(weights for _, weights in encoded)) + bytearray(4 * tail)
        self.ids = torch.frombuffer(ids, dtype=torch.int16).to(device)
        self.weights = torch.frombuffer(weights, dtype=torch.float32).to(device)
        self.ends = self.lengths.cumsum(0)
        self.device = device

    def batch(self, chosen, length):
        """The ids and weights [rows, length] of the chosen documents, none longer than `length`."""
        lengths = self.lengths[chosen].to(self.device)
        begins = self.ends[chosen].to(self.device) - lengths
        place = torch.arange(length, device=self.device)
        at = begins[:, None] + place
        inside = place < lengths[:, None]
        return self.ids[at].long().where(inside, 1), self.weights[at].where(inside, 0.0)

    def batches(self, tokens, generator):
        """(length, chosen) of `tokens` tokens each, documents of like lengths together, in random order."""
        made, least = [], 0
        for length in LENGTHS:
            group = ((self.lengths > least) & (self.lengths <= length)).nonzero().flatten()
            group = group[torch.randperm(len(group), generator=generator)]
            rows = tokens // length
            made += [(length, group[at : at + rows]) for at in range(0, len(group) - rows + 1, rows)]
            least = length
        return [made[at] for at in torch.randperm(len(made), generator=generator)]


def optimizers(model, rate):
    """Muon for the matrices of the layers, AdamW for embeddings and norms, each with its highest rate."""
    matrices, embeddings, norms = [], [], []
    for name, parameter in model.named_parameters():
        (embeddings if "embed" in name else matrices if parameter.dim() > 1 else norms).append(parameter)
    muon = torch.optim.Muon(matrices, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(embeddings + norms, lr=rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    return [muon, adam]


def train(data, held_out, options, device):
    model = LlamaForCausalLM(config()).to(device)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{count:,} parameters", flush=True)
    assert count <= 5_500_000
    updates = optimizers(model, options.rate)

    def loss_of(ids, weights):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = model(input_ids=ids).logits
        losses = torch.nn.functional.cross_entropy(
            logits[:, :-1].float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
        )
        weights = weights[:, 1:].flatten()
        return (losses * weights).sum() / weights.sum().clamp(min=1)

    learn = torch.compile(loss_of, dynamic=False)
    generator = torch.Generator().manual_seed(options.seed)
    for length in LENGTHS:  # Compiled before the clock runs.
        chosen = torch.zeros(options.tokens // length, dtype=torch.long)
        learn(*data.batch(chosen, length)).backward()
    model.zero_grad(set_to_none=True)
    curve, begin, step = [], time.time(), 0
    limit = options.minutes * 60
    share = 0.0
    while share < 1:
        for length, chosen in data.batches(options.tokens, generator):
            # The rate follows the clock, so that the training ends where it should on any GPU.
            share = (time.time() - begin) / limit
            if share >= 1:
                break
            rate = options.rate * min(1.0, (step + 1) / 200) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))
            for update in updates:
                for entry in update.param_groups:
                    entry["lr"] = rate
            loss = learn(*data.batch(chosen, length))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for update in updates:
                update.step()
            model.zero_grad(set_to_none=True)
            if step % 50 == 0:
                curve.append((step, round(time.time() - begin, 1), round(loss.item(), 4)))
            if step % 500 == 0:
                print(f"step {step}, {curve[-1][1]} s, loss {curve[-1][2]}", flush=True)
            step += 1
    curve.append((step, round(time.time() - begin, 1), round(loss.item(), 4)))
    with torch.no_grad():
        held = [loss_of(*held_out.batch(chosen, length)).item() for length, chosen in held_out.batches(options.tokens, generator)]
    print(f"step {step}, {curve[-1][1]} s, loss {curve[-1][2]}; on text not learned {sum(held) / len(held):.4f}", flush=True)
    return model, curve


def write(model, tokenizer, text, curve, folder):
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
    (folder / "verification.txt").write_text(text)
    for name, value in [("config", settings), ("tokenizer_config", described), ("generation_config", generation)]:
        (folder / f"{name}.json").write_text(json.dumps(value, indent=2) + "\n")
    lines = ["step,seconds,loss", *(",".join(map(str, point)) for point in curve)]
    (folder.parent / "loss.csv").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the checkpoint's folder; the loss curve goes beside it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=2_000_000)
    parser.add_argument("--minutes", type=float, default=6.7, help="of training, besides making the text")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--tokens", type=int, default=65536, help="of a batch")
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
    text = sample(tokenizer)
    with multiprocessing.Pool(initializer=start_worker, initargs=(tokenizer.to_str(),)) as pool:
        data = Documents(list(pool.imap(encode, made, chunksize=5000)), device)
        held_out = Documents(list(pool.imap(encode, documents((HELD_OUT, 20_000)), chunksize=500)), device)
    del made
    print(f"{data.ends[-1]:,} tokens in {time.time() - begin:.0f} s", flush=True)
    model, curve = train(data, held_out, options, device)
    write(model, tokenizer, text, curve, options.output)
    print(f"written to {options.output} after {time.time() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
