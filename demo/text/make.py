"""Dialogues and paragraphs for training Ingot's demo model: python3 demo/text/make.py --seed 1 --count 1000

With --check the text is held against its rules instead, and counted.
"""

import argparse
import json
import pathlib
import random
import sys
from bisect import bisect
from collections import Counter
from itertools import accumulate

import arithmetic
import prose
import wordings
from grammar import expand, lines, noise, pick, sentence
from topics import about, banter, chat, concepts, convert, hub, machine, myself, outside, recipes, smalltalk
from topics import terminal, window

INGOT = [about, recipes, concepts, hub, convert, chat, window, machine, terminal]
TOPICS = [*INGOT, myself, smalltalk, banter, outside]

# Asked most by whoever tries the app.
FREQUENT = {
    "ingot": 5, "recipe": 2, "recipes": 2, "which_recipe": 2, "download": 2, "convert": 2, "which_model": 2,
    "model_too_large": 2, "privacy": 2, "start": 2, "who_are_you": 4, "hello": 4, "how_are_you": 3, "can_do": 3,
    "thanks": 2, "joke": 2, "help": 2,
}
ONLY_FIRST = {"hello"}
ONLY_LAST = {"bye", "good_night"}

KINDS = {"ingot": 0.55, "talk": 0.25, "outside": 0.08, "sums": 0.12}
SYSTEM = [
    "Answer briefly.",
    "Be friendly.",
    "You are a helpful assistant.",
    "Keep answers short.",
    "Be polite.",
    "Answer in plain English.",
    "You help people use Ingot.",
    "You are the demo model of Ingot.",
    "Be kind and brief.",
]
PROSE_SHARE = 0.03
SYSTEM_SHARE = 0.05

NAMES = """
    Anna Ben Carla David Emma Frank Greta Henry Ida Jack Karen Leo Maria Nick Olivia Paul Rosa Sam Tina Uwe Vera
    Will Yara Zoe Alex Bella Chris Diana Eric Fiona George Hannah Ivan Julia Kevin Laura Max Nina Oscar Peter Quinn
    Rita Steve Thomas Ursula Victor Wendy Xaver Yusuf Adam Alice Amir Andrea Anton Ava Boris Bruno Chloe Clara Dan
    Daniel Dora Edgar Ella Emil Eva Felix Finn Fred Gina Grace Hugo Igor Ines Iris Jakob James Jane Jana Joe John
    Jonas Josef Kai Kate Kim Klaus Lara Lea Lena Lily Linda Lisa Luca Lucy Luis Luke Mara Mark Marta Mary Mia
    Michael Mila Mike Moritz Nadia Naomi Nora Noah Omar Otto Pablo Pia Ralf Ray Rob Robert Robin Ron Ruth Sally Sara
    Simon Sofia Sonja Sue Susan Tara Ted Theo Tim Toni Tom Ulla Vince Wanda Yuki Aisha Ali Ahmed Bjorn Chen Deepa
    Diego Elif Fatima Gabriel Giulia Hassan Hiroshi Ingrid Isabel Jorge Kenji Kofi Lars Leila Li Magnus Mei Miguel
    Mohamed Olga Pedro Priya Rafael Raj Ravi Rosalie Sanjay Sven Tariq Wei Xavier Yasmin Zara Margaret Philip Edward
    Arthur Harriet Oliver Sophie Charlotte Amelia Isla Freya Ethan Logan Mason Jacob Lucas Aiden Ellie Ruby Scarlett
    Stella Hazel Violet Jasper Silas Cora
""".split()
MY_NAME = lines("""
    {my name is|I am called|I'm called|my name's|call me|you can call me|people call me|please call me|everybody calls
        me} @
    {<greeting>|hi|hello}{,|!} {my name is|I am|I'm} @
    {<greeting>|hi}, @ here
    {I am|I'm} @{, who are you?|, nice to meet you|. And you?|}
    {remember|please note|note}: my name is @
    {let me introduce myself|to introduce myself|I should introduce myself}: {I am|I'm|my name is} @
    {the name is|name:|this is} @{ speaking|}
    {by the way|oh}, {my name is|I'm|I am} @
""")
NICE = ["Nice to meet you, @! How can I help you with Ingot?", "Hello @! What would you like to know?",
        "Pleased to meet you, @. What can I do for you?"]
WHOSE_NAME = lines("""
    {what is|what's|whats} my name{ again| please|}
    {do you|can you} {know|remember|still know|recall|tell me} my name{ still|}
    {what am I called|how am I called|what was my name}{ again|}
    {tell me|say|repeat|do you remember} {my name|what my name is|what I am called}{ please|}
    {have you forgotten|did you forget|did you note|do you still have} my name
    {how do you call me|what do you call me|what did I say my name was|what name did I give you}
""")
YOUR_NAME = ["Your name is @.", "You are @.", "You told me that your name is @."]
NO_NAME = [
    "You have not told me your name yet.",
    "I do not know your name. What is it?",
    "You have not said it yet. What is your name?",
]
AGAIN = lines("""
    {please repeat that|repeat|repeat that|say that again|can you repeat that|could you say that again|once more|what
        did you say|again| one more time|pardon|sorry, what|come again}{ please|}
    {I did not|I didn't} {hear|read|catch} {that|you|it}{, say it again|. Again please|, please repeat|}
    {repeat|say} {your answer|your last answer|what you said|it again}{ please|}
""")
NOTHING_SAID = [
    "I have not said anything yet. What would you like to know?",
    "There is nothing to repeat yet. Ask me something about Ingot.",
]
MEANT = lines("""
    {what do you mean|what does that mean|how do you mean that|what do you mean by that|meaning|what are you saying}{
        exactly|}
    {I don't|I do not} {understand|get it|follow|understand that|get that}{ yet| sorry|}
    {can you|could you|please} {explain that|say it differently|put it in other words|rephrase that|say that in other
        words|explain it again|explain}{ please|}
    {in other words|huh|sorry, I don't understand|that is unclear|not clear|I'm confused|that's too
        complicated|simpler please}
""")
MEANT_FIRST = [
    "I have not said anything yet. Ask me something about Ingot.",
    "Ask me something about Ingot, and I will try to explain it.",
]


WORDINGS = wordings.read()
KNOWN = {name for module in TOPICS for name, _, _ in module.INTENTS}
MORE = [(name, questions, answers) for name, (questions, answers) in WORDINGS.items() if name not in KNOWN]
# How many of the questions come from wordings, and not from templates, where there are both.
WORDINGS_SHARE = 0.65


class Choice:
    """Intents by weight."""

    def __init__(self, modules, more=()):
        self.intents = [intent for module in modules for intent in module.INTENTS] + list(more)
        self.sums = list(accumulate(FREQUENT.get(name, 1) for name, _, _ in self.intents))

    def pick(self, rng):
        return self.intents[bisect(self.sums, rng.random() * self.sums[-1])]


CHOICES = {"ingot": Choice(INGOT, MORE), "talk": Choice([myself, myself, smalltalk, banter]), "outside": Choice([outside])}
KIND_NAMES, KIND_SUMS = list(KINDS), list(accumulate(KINDS.values()))


def kind_of(rng):
    return KIND_NAMES[min(bisect(KIND_SUMS, rng.random()), len(KIND_NAMES) - 1)]


def ask(rng, templates, name=None):
    if name in WORDINGS and (name not in KNOWN or rng.random() < WORDINGS_SHARE):
        return noise(rng, wordings.varied(rng, pick(rng, WORDINGS[name][0])))
    return noise(rng, wordings.varied(rng, expand(rng, pick(rng, templates))))


def answer(rng, templates):
    """An answer, and which of the templates it is."""
    at = int(rng.random() * len(templates))
    return sentence(rng, templates[at]), at


def exchange(rng, first, last):
    """A question, its answer, and the answer in other words if it has any."""
    kind = kind_of(rng)
    if kind == "sums":
        question, reply = arithmetic.exchange(rng)
        return noise(rng, question), reply, None
    while True:
        name, questions, answers = CHOICES[kind].pick(rng)
        if not (name in ONLY_FIRST and not first or name in ONLY_LAST and not last):
            break
    reply, at = answer(rng, answers)
    again = sentence(rng, answers[(at + 1) % len(answers)]) if kind == "ingot" else None
    return ask(rng, questions, name), reply, again


def named(rng, name, templates):
    return pick(rng, templates).replace("@", name)


def turns(rng, count):
    """Questions and answers; some look back at what was said."""
    told, said, again, waits = None, None, None, None
    for at in range(count):
        first, last = at == 0, at == count - 1
        at_random = rng.random()
        question = None
        if waits is not None and (last or at_random < 0.5):
            question, reply = ask(rng, WHOSE_NAME), named(rng, waits, YOUR_NAME)
            waits = None
        elif first and at_random < (0.10 if count > 1 else 0.02):
            told = waits = pick(rng, NAMES)
            question = ask(rng, MY_NAME).replace("@", told if rng.random() < 0.85 else told.lower())
            reply = named(rng, told, NICE)
            if count == 1:
                waits = None
        elif first and at_random > 0.988:
            part = pick(rng, ((WHOSE_NAME, NO_NAME), (AGAIN, NOTHING_SAID), (MEANT, MEANT_FIRST)))
            question, reply = ask(rng, part[0]), pick(rng, part[1])
        elif not first and at_random > 0.93:
            question, reply = ask(rng, AGAIN), said
        elif not first and again is not None and at_random > 0.86:
            question, reply, again = ask(rng, MEANT), "In other words: " + again, None
        if question is None:
            question, reply, again = exchange(rng, first, last)
        said = reply
        yield question, reply


def dialogue(rng):
    """A list of messages: mostly one to four exchanges, now and then a long conversation."""
    at = rng.random()
    count = 1 if at < 0.5 else 2 if at < 0.78 else 3 if at < 0.89 else 4 if at < 0.94 else 5 + int(rng.random() * 9)
    messages = []
    if rng.random() < SYSTEM_SHARE:
        messages.append({"role": "system", "content": pick(rng, SYSTEM)})
    for question, reply in turns(rng, count):
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": reply})
    return messages


def key(question):
    return "".join(letter for letter in question.lower() if letter.isalnum() or letter in " +-*/").strip()


def held_out():
    """The questions by which the model is judged; no document has one of them."""
    files = [pathlib.Path(__file__).parents[1] / name for name in ("questions.json", "more_questions.json")]
    return {key(question["question"]) for file in files for question in json.loads(file.read_text())}


def documents(seed, count):
    """`count` documents, the same for the same seed: {"messages": [...]} and a few {"text": ...}."""
    rng, unseen = random.Random(seed), held_out()
    for _ in range(count):
        if rng.random() < PROSE_SHARE:
            yield {"text": prose.paragraph(rng)}
        else:
            messages = dialogue(rng)
            while any(key(message["content"]) in unseen for message in messages):
                messages = dialogue(rng)
            yield {"messages": messages}


def troubles(rng):
    """What breaks the rules, a line each; prints counts on the way."""
    seen, names, different = {}, Counter(), 0
    for module in TOPICS:
        counts = []
        for name, questions, answers in module.INTENTS:
            names[name] += 1
            if len(questions) < 10 or len(answers) < 3:
                yield f"{name}: {len(questions)} question templates, {len(answers)} answer templates"
            wording = {key(expand(rng, pick(rng, questions))) for _ in range(3000)}
            counts.append(len(wording))
            if len(wording) < 100:
                yield f"{name}: {len(wording)} different questions"
            for question in {key(expand(rng, pick(rng, questions))) for _ in range(300)}:
                other = seen.setdefault(question, name)
                if other != name:
                    yield f"{name} and {other} share: {question}"
            for text in [expand(rng, template) for template in questions for _ in range(5)]:
                if not text.isascii() or any(mark in text for mark in "{}|<@") or not text:
                    yield f"{name}: bad question: {text}"
            for text in [sentence(rng, template) for template in answers for _ in range(20)]:
                yield from unfit(name, text)
        different += sum(counts)
        title = module.__name__.split(".")[-1]
        print(f"{title:12} {len(counts):4} intents, {min(counts):4} to {max(counts)} different questions in 3000")
    unseen = held_out()
    for name, (questions, answers) in WORDINGS.items():
        if len(questions) < 30 or (len(answers) < 3) == (name not in KNOWN):
            yield f"{name}: {len(questions)} wordings, {len(answers)} answers, known: {name in KNOWN}"
        for question in questions:
            other = seen.setdefault(key(question), name)
            if other != name:
                yield f"{name} and {other} share: {question}"
            if key(question) in unseen:
                yield f"{name}: is to be held out: {question}"
            if not question.isascii() or any(mark in question for mark in "{}|<@#"):
                yield f"{name}: bad wording: {question}"
        for text in answers:
            yield from unfit(name, text)
    print(f"{'wordings':12} {len(WORDINGS):4} intents, {sum(len(found) for found, _ in WORDINGS.values())} questions")
    for name, count in names.items():
        if count > 1:
            yield f"{name}: {count} intents of that name"
    print(f"{'all':12} {len(names):4} intents, {different} different questions in samples of 3000 each")
    size = Counter()
    for document in documents(7, 20000):
        size["documents"] += 1
        if "text" in document:
            size["paragraphs"] += 1
            size["words"] += len(document["text"].split())
            yield from unfit("prose", document["text"], most=120)
            continue
        for message in document["messages"]:
            size[message["role"]] += 1
            size["words"] += len(message["content"].split())
            if message["role"] == "assistant":
                yield from unfit("dialogue", message["content"])
            elif not message["content"] or not message["content"].isascii():
                yield f"bad question: {message['content']!r}"
    print(", ".join(f"{count} {what}" for what, count in size.items()))


def unfit(name, text, most=60):
    if len(text.split()) > most:
        yield f"{name}: {len(text.split())} words: {text}"
    if not text.isascii() or any(mark in text for mark in "{}|@#"):
        yield f"{name}: bad letters: {text}"
    if text[-1] not in '.?!"':
        yield f"{name}: no mark at the end: {text}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--check", action="store_true", help="hold the text against its rules")
    options = parser.parse_args()
    if options.check:
        found = list(dict.fromkeys(troubles(random.Random(options.seed))))
        print(*found, f"{len(found)} troubles", sep="\n")
        sys.exit(1 if found else 0)
    for document in documents(options.seed, options.count):
        print(json.dumps(document))


if __name__ == "__main__":
    main()
