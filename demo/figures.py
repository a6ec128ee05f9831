#!/usr/bin/env python3
"""The figures of the demo model: what each recipe makes of it, as a table and a plot, and the curve of its training.

    make demo-figures

Converts the model with each recipe, measures decoding in turn, asks the fifty questions, and writes docs/demo.md between
its marks, docs/demo-recipes.svg, docs/demo-loss.svg and demo/answers.md. Speeds are ratios to the model as it is, in the same run.
"""

import argparse
import csv
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import evaluate

FOLDER = pathlib.Path(__file__).parent
DOCS = FOLDER.parent / "docs"
MODEL = FOLDER / "ingot-demo"
# As theory orders them: the more bits a weight has, the closer is the result.
RECIPES = ["quality-8bit", "balanced-5bit", "mixed-precision", "speed-4bit"]
ROUNDS = 3
BENCH = ["--repeat", 1, "--prompt-tokens", 64, "--generate-tokens", 64]
MARKS = "<!-- figures: made by `make demo-figures` -->", "<!-- end of figures -->"
STYLE = """<style>
  text { font: 12px -apple-system, 'Segoe UI', sans-serif; fill: #1d1d1f }
  .quiet { fill: #6e6e73 } .line { stroke: #8e8e93; fill: none } .curve { stroke: #0066cc; fill: none; stroke-width: 1.5 }
  .dot { fill: #0066cc }
  @media (prefers-color-scheme: dark) {
    text { fill: #f5f5f7 } .quiet { fill: #a1a1a6 } .curve { stroke: #4da3ff } .dot { fill: #4da3ff }
  }
</style>"""


def run(ingot, *arguments):
    outcome = subprocess.run([ingot, *map(str, arguments), "--json"], capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(outcome.stderr.strip())
    return json.loads(outcome.stdout.splitlines()[-1])


def answers(ingot, model, name):
    """Each question of a list with the model's answer."""
    questions = json.loads((FOLDER / name).read_text())
    return [(one, evaluate.answer_of(ingot, str(model), one["question"])) for one in questions]


def written(plain, small, more):
    """The answers for people to read: to the fifty as it is and with speed-4bit, and to the others as it is."""
    lines = ["# What the demo model answers", "", "Made by `make demo-figures`; greedy, each question in a chat of its own.", ""]
    lines += ["## The fifty, with the rule's judgement", ""]
    for (one, first), (_, second) in zip(plain, small):
        lines.append(f"- **{one['question']}**")
        for name, answer in (("bfloat16", first), ("speed-4bit", second)):
            lines.append(f"  - {name}, {'right' if evaluate.is_right(one, answer) else 'wrong'}: {answer}")
    lines += ["", "## The others, in bfloat16, for people to judge", ""]
    for one, answer in more:
        lines += [f"- **{one['question']}**", f"  - expected: {one['expect']}", f"  - {answer}"]
    return "\n".join(lines) + "\n"


def measured(ingot):
    """A row for the model as it is, and one for each recipe."""
    made = {recipe: run(ingot, "convert", MODEL, "--recipe", recipe) for recipe in RECIPES}
    models = {None: MODEL} | {recipe: one["output"] for recipe, one in made.items()}
    speeds = {recipe: [] for recipe in models}
    for _ in range(ROUNDS):
        for recipe, model in models.items():
            bench = run(ingot, "bench", "--model", model, *BENCH)
            speeds[recipe].append(bench["decode_tokens_per_second"]["median"])
    usual = statistics.median(speeds[None])
    rows, told = [], {}
    for recipe, model in models.items():
        told[recipe] = answers(ingot, model, "questions.json")
        one = made.get(recipe)
        quality = one["quality"] if one else None
        first = made[RECIPES[0]]
        rows.append({
            "recipe": recipe or "as it is, bfloat16",
            "bits": one["bits_per_weight"] if one else 16.0,
            "bytes": one["output_bytes"] if one else first["source_bytes"],
            "tokens_per_second": statistics.median(speeds[recipe]),
            "speed": statistics.median(speeds[recipe]) / usual,
            "divergence": quality["kl_divergence"] if quality else 0.0,
            "agreement": quality["top1_agreement"] if quality else 1.0,
            "perplexity": quality["perplexity_converted"] if quality else first["quality"]["perplexity_source"],
            "right": sum(evaluate.is_right(one, answer) for one, answer in told[recipe]),
        })
        print(rows[-1], file=sys.stderr)
    more = answers(ingot, MODEL, "more_questions.json")
    (FOLDER / "answers.md").write_text(written(told[None], told["speed-4bit"], more))
    return rows


def table(rows):
    lines = [
        "| recipe | bits per weight | size | tokens/s | of the original's | KL divergence | agreement | perplexity | questions right |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['recipe']} | {row['bits']:.2f} | {row['bytes'] / 1e6:.1f} MB | "
            f"{row['tokens_per_second']:.0f} | {row['speed']:.2f} | {row['divergence']:.4f} | {row['agreement'] * 100:.1f} % | {row['perplexity']:.2f} | {row['right']} of 50 |"
        )
    return "\n".join(lines)


def axis(low, high, length, value):
    return (value - low) / (high - low) * length


def svg(width, height, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        STYLE, *parts, "</svg>", "",
    ])


def text(x, y, words, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{words}</text>'


def recipes_plot(rows):
    """Perplexity over size."""
    width, height, left, top, wide, high = 640, 310, 60, 40, 540, 210
    most = math.ceil(max(row["bytes"] for row in rows) / 1e6)
    values = [row["perplexity"] for row in rows]
    room = (max(values) - min(values)) * 0.15 or 1
    bottom, upper = min(values) - room, max(values) + room
    parts = [f'<path class="line" d="M{left} {top}V{top + high}H{left + wide}"/>']
    for size in range(0, most + 1, 2):
        x = left + axis(0, most, wide, size)
        parts.append(text(x, top + high + 18, f"{size} MB", "middle", "quiet"))
    for step in range(5):
        value = bottom + (upper - bottom) * step / 4
        parts.append(text(left - 8, top + high - axis(bottom, upper, high, value) + 4, f"{value:.2f}", "end", "quiet"))
    for row in rows:
        x = left + axis(0, most, wide, row["bytes"] / 1e6)
        y = top + high - axis(bottom, upper, high, row["perplexity"])
        anchor, shift = ("end", -8) if x > left + wide * 0.8 else ("start", 8)
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(text(x + shift, y - 6, row["recipe"], anchor))
    parts.append(text(left + wide, top + high + 40, "size on the disk", "end", "quiet"))
    parts.append(text(8, 18, "perplexity, lower is better", kind="quiet"))
    return svg(width, height, parts)


def loss_plot(points):
    """Loss of a batch over the minutes of training, on a logarithmic axis."""
    width, height, left, top, wide, high = 640, 310, 60, 40, 540, 210
    seconds = max(second for second, _ in points)
    low, upper = math.log10(0.05), 1
    parts = [f'<path class="line" d="M{left} {top}V{top + high}H{left + wide}"/>']
    for value in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10):
        y = top + high - axis(low, upper, high, math.log10(value))
        parts.append(text(left - 8, y + 4, value, "end", "quiet"))
    for minute in range(int(seconds // 60) + 1):
        parts.append(text(left + axis(0, seconds, wide, minute * 60), top + high + 18, f"{minute} min", "middle", "quiet"))
    path = " ".join(
        f"{left + axis(0, seconds, wide, second):.1f},{top + high - axis(low, upper, high, math.log10(max(loss, 0.05))):.1f}"
        for second, loss in points
    )
    parts.append(f'<polyline class="curve" points="{path}"/>')
    parts.append(text(8, 18, "loss of a batch, in nats", kind="quiet"))
    return svg(width, height, parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ingot", required=True, help="the program")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["INGOT_HOME"] = home
        rows = measured(options.ingot)
    (DOCS / "demo-recipes.svg").write_text(recipes_plot(rows))
    with (FOLDER / "loss.csv").open() as file:
        points = [(float(line["seconds"]), float(line["loss"])) for line in csv.DictReader(file)]
    (DOCS / "demo-loss.svg").write_text(loss_plot(points))
    page = (DOCS / "demo.md").read_text()
    before, rest = page.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    (DOCS / "demo.md").write_text(f"{before}{MARKS[0]}\n\n{table(rows)}\n\n{MARKS[1]}{after}")
    print(table(rows))


if __name__ == "__main__":
    main()
