#!/usr/bin/env python3
"""Asks a model the fifty questions of questions.json through `ingot`, and judges the answers by the rule there.

    python3 demo/evaluate.py --model demo/model --ingot target/release/ingot

The rule: compared in lower case, for every list of `accept` one of its strings occurs in the answer, and none of `reject`
does. The questions were written without sight of the training text; `--text` checks that none of them is in it.
"""

import argparse
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent


def is_right(question, answer):
    answer = answer.lower()
    accepted = all(any(text.lower() in answer for text in choices) for choices in question["accept"])
    return accepted and not any(text.lower() in answer for text in question["reject"])


def answer_of(ingot, model, question):
    command = [ingot, "generate", "--model", model, "--prompt", question, "--temp", "0", "--max-tokens", "90", "--json"]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(outcome.stderr.strip())
    return json.loads(outcome.stdout)["text"].strip()


def seen(questions, count):
    """The questions that the training text has, word for word."""
    sys.path.insert(0, str(FOLDER / "text"))
    import make

    wanted = {make.key(question["question"]): question["question"] for question in questions}
    found = set()
    for document in make.documents(1, count):
        for message in document.get("messages", []):
            if make.key(message["content"]) in wanted:
                found.add(wanted[make.key(message["content"])])
    return sorted(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="the folder or name of a model")
    parser.add_argument("--ingot", default="ingot", help="the program")
    parser.add_argument("--least", type=float, default=0.0, help="fails below this share of right answers")
    parser.add_argument("--text", type=int, default=0, help="also looks for the questions in so many training documents")
    options = parser.parse_args()
    questions = json.loads((FOLDER / "questions.json").read_text())
    right = 0
    for question in questions:
        answer = answer_of(options.ingot, options.model, question["question"])
        good = is_right(question, answer)
        right += good
        print(f"{'right' if good else 'WRONG'} {question['id']:3} {question['topic']}: {question['question']}\n      {answer}")
    print(f"{right} of {len(questions)} right")
    if options.text:
        found = seen(questions, options.text)
        print(f"{len(found)} of them in {options.text:,} training documents", *found, sep="\n  ")
    if right < options.least * len(questions):
        sys.exit(1)


if __name__ == "__main__":
    main()
