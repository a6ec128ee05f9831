"""Templates: "{what is|what's} <a_model>{ please|}" expanded at random, frames for whole kinds of questions, and noise.

A template is plain text with nested choices in braces, alternatives divided by bars, and named lists in angle brackets.
"""

import re
from functools import lru_cache

LISTS = {
    "greeting": ["hi", "hello", "hey", "hi there", "hello there", "good morning", "good evening", "good afternoon"],
    "mac": ["my Mac", "this Mac", "my MacBook", "my machine", "my computer", "this computer", "my laptop"],
    "here": ["", "", "", " in Ingot", " with Ingot", " in this app", " here", " in the app"],
    "here?": ["", "", "", " in Ingot", " here", " in this program"],
    "please": ["", "", "", " please", ", please"],
    "simply": ["", "", " to me", " briefly", " in simple words", " in plain English", " in one sentence",
               " for beginners"],
    "tell": ["tell me", "can you tell me", "could you tell me", "do you know", "I'd like to know", "I want to know",
             "I would like to know", "explain", "please explain", "I wonder", "can you explain", "please tell me"],
    "wonder": ["tell me", "do you know", "I wonder", "I was wondering", "can you tell me", "I'd like to know",
               "could you say", "I'm not sure", "I want to know", "please tell me"],
    "say_me": ["tell me", "tell me something", "tell me a bit", "tell me more", "teach me", "talk to me",
               "let's talk", "say something", "I want to learn", "I'd like to learn", "I want to know more"],
    "model": ["model", "language model"],
}

OPENINGS = ["hey, ", "hi! ", "hello, ", "sorry, but ", "quick question: ", "um, ", "so, ", "ok, ", "please, ", "well, ",
            "excuse me, ", "one more thing: ", "another question: ", "and ", "hm, ", "hi, ", "hey Ingot, ", "right, ",
            "just curious: ", "I have a question: ", "now, ", "hello! ", "one question: ", "sorry, "]

ASKING = set("""what what's whats how how's why who who's whose where where's when which is isn't are aren't am was were
    do does doesn't don't did didn't can can't could couldn't will would should shall may might has have
    must""".split())

# Names that stay small at the beginning of a sentence.
SMALL = {"ingot", "mlx-lm", "speed-4bit", "balanced-5bit", "quality-8bit", "mixed-precision",
         "tok/s", "safetensors", "bfloat16"}

# Frames: @ is the thing with its article, # the bare word.
WHAT = """
    {what is|what's|what exactly is|what actually is|so what is|what is|what's} @<here?>
    {<tell>|I never learned} what {@ is|# means|@ is<here?>}
    {<say_me> about|what can you tell me about|what do you know about|what should I know about} @<please>
    {explain|describe|please explain|can you explain|could you explain|can you describe} @<simply>
    what does {#|the word #|the term #|"#"|#} mean<here?>
    {what is meant by|what do people mean by|what does Ingot mean by|what do you mean by|what do you understand by} #
    {I don't understand|I do not understand|I don't get|I have no idea|I don't know|not sure|no idea} what {@ is|#
        means}
    {I don't understand|I'm confused about|I am confused by|I don't get|I never understood|I'm puzzled by} {@|the word
        #}
    {define|definition of|meaning of|explanation of|the meaning of|short definition of} #<please>
    #{ meaning| definition| explained|, what is it|, what is that|: what is it|, please explain|}?
    {I keep reading about|I have heard of|I read about|I saw the word|somebody mentioned|people talk about} #{, what
        is that?|. What is it?|, what does it mean?|. Can you explain?|. What does that mean?}
    {help me understand|give me a short explanation of|I'd like to learn about|I want to understand|teach me}
        @<please>
    {what kind of thing is|what sort of thing is|what on earth is|what the heck is|what's this thing called} @
"""
WHATS = """
    {what are|what exactly are|what actually are|so what are|what are} @<here?>
    {<tell>|I never learned} what {@ are|@ really are|@ are<here?>}
    {<say_me> about|what can you tell me about|what do you know about|what should I know about} @<please>
    {explain|describe|please explain|can you explain|could you explain|can you describe} @<simply>
    what {does the word # mean|do you mean by #|does # mean|does Ingot mean by #|does the term # mean}
    {I don't understand|I do not understand|I don't get|I have no idea|I don't know|not sure|no idea} what @ are
    {I don't understand|I'm confused about|I am confused by|I don't get|I never understood|I'm puzzled by} @
    {define|definition of|meaning of|explanation of|the meaning of|short definition of} #<please>
    #{ meaning| definition| explained|, what are they|, what is that|: what are they|, please explain|}?
    {I keep reading about|I have heard of|I read about|somebody mentioned|people talk about} #{, what are they?|. What
        are those?|, what does it mean?|. Can you explain?|. What does that mean?}
    {help me understand|give me a short explanation of|I'd like to learn about|I want to understand|teach me}
        @<please>
"""
HOW = """
    {how do I|how can I|how do you|how would I|how does one|how should I|how do I|how can I} @<here>
    how to @<here><please>
    {what do I have to|what must I|what should I|what do I need to|what does one} do to @<here>
    {I want to|I would like to|I'd like to|I need to|I'm trying to|I have to|I wish to} @{.|, how?|, how do I do
        that?|. What do I do?|. Where is that?|, but how?|<here>. How?}
    {where can I|where do I|where in the window can I|where would I|where should I go to} @<here?>
    {is it possible to|is there a way to|can I|am I able to|does Ingot let me|could I|may I} @<here>
    {can you tell me how to|tell me how to|explain how to|show me how to|please tell me how I can|teach me how to} @
    {I can't figure out how to|I don't know how to|I forgot how to|I cannot find out how to|I have no idea how to} @
    {what is|what's} the {way|best way|easiest way|quickest way|right way|trick|simplest way} to @<here>
    {which button do I press|what do I click|where do I click|where do I go|what do I press|where do I look} to @
    {help me|please help me|can you help me|could you help me|I need help to|any idea how to} @<please>
    {steps to|instructions to|a way to|quick way to|button to|I'm looking for a way to} @<please>
    {my friend|my colleague|somebody|my sister|my brother|a user} {asks|wants to know} how to @
"""
WHETHER = """
    @
    @<please>
    {<wonder>} {if|whether} #
    {is it true|is it right|is it correct|is it the case|would you say} that #
    {am I right that|so|so does that mean|does it mean that|could it be that} #
    #, {right|is that so|correct|true|is that right|yes or no|isn't that so}?
    {I heard|I read|somebody told me|they say|I think|a friend says} that #. {Is that true?|Is that
        right?|Really?|Correct?}
    {just to be sure|to be clear|yes or no|simple question|one thing I want to know}{:|,} @
"""


def lines(text):
    """The lines of `text`; one that is indented more than the first goes on with the line above it."""
    found, margin = [], None
    for line in text.splitlines():
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        margin = indent if margin is None else margin
        if indent > margin:
            found[-1] += " " + line.strip()
        else:
            found.append(line.strip())
    return found


def frame(text, thing, word):
    text = "\n".join(lines(text))
    if word.split(" ")[0].strip("{") in ("a", "an", "the"):
        text = text.replace("the word #", "#").replace("the term #", "#").replace("I saw #", "I noticed #")
    return [line.replace("@", thing).replace("#", word) for line in text.split("\n")]


def what(thing, word=None):
    """Questions about what one thing is."""
    return frame(WHAT, thing, word or thing)


def whats(things, word=None):
    """Questions about what several things are."""
    return frame(WHATS, things, word or things)


def how(doing):
    """Questions about how to do something, such as "pause a download"."""
    return frame(HOW, doing, doing)


def whether(question, statement):
    """Questions to answer with yes or no: "is Ingot free" and "Ingot is free"."""
    return frame(WHETHER, question, statement)


@lru_cache(maxsize=None)
def parse(template):
    """The tree of a template: a list of texts and of lists of alternatives."""
    pieces = re.findall(r"<[a-z_?]+>|[{}|]|[^<{}|]+|<", template)
    stack = [[[]]]
    for piece in pieces:
        if piece == "{":
            stack.append([[]])
        elif piece == "|" and len(stack) > 1:
            stack[-1].append([])
        elif piece == "}":
            alternatives = stack.pop()
            stack[-1][-1].append(alternatives)
        elif piece[0] == "<" and piece[1:-1] in LISTS:
            stack[-1][-1].append([parse(item) for item in LISTS[piece[1:-1]]])
        elif piece[0] == "<":
            raise ValueError(f"no list {piece} in {template!r}")
        else:
            stack[-1][-1].append(piece)
    if len(stack) != 1:
        raise ValueError(f"braces in {template!r}")
    return stack[0][0]


def walk(node, random, out):
    for part in node:
        if part.__class__ is str:
            out.append(part)
        else:
            walk(part[int(random() * len(part))], random, out)


def expand(rng, template):
    """One wording of a template, tidy, as it was written otherwise."""
    out = []
    walk(parse(template), rng.random, out)
    text = " ".join("".join(out).split())
    return re.sub(r" ([,.?!;:])(?= |$)", r"\1", text) if " ." in text or " ," in text or " ?" in text else text


def pick(rng, items):
    return items[int(rng.random() * len(items))]


def capital(text):
    return text if text.split(" ", 1)[0].rstrip(",:.?!") in SMALL else text[:1].upper() + text[1:]


def closed(text, rng=None):
    """`text` with a mark at its end: a question's where it asks, else a full stop."""
    if text[-1] in ".?!" or text[-2:] in ('."', '?"', '!"'):
        return text
    words = text.split(None, 2)
    first = words[0].strip(",:").lower()
    if first in ("so", "but", "and") and len(words) > 1:
        first = words[1].lower()
    if first in ASKING or " how do " in text or text.endswith((" how", " why")):
        return text + "?"
    return text + ("?" if rng is not None and rng.random() < 0.06 else ".")


def sentence(rng, template):
    """One wording as a sentence: a capital first, a mark last."""
    return closed(capital(expand(rng, template)))


def typo(rng, text):
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return text
    at = pick(rng, long)
    word = words[at]
    spot = 1 + int(rng.random() * (len(word) - 3))
    kind = rng.random()
    if kind < 0.4:
        word = word[:spot] + word[spot + 1] + word[spot] + word[spot + 2:]
    elif kind < 0.75:
        word = word[:spot] + word[spot + 1:]
    else:
        word = word[:spot] + word[spot] + word[spot:]
    words[at] = word
    return " ".join(words)


def noise(rng, question):
    """A question as somebody might type it."""
    random = rng.random
    if random() < 0.12:
        question = pick(rng, OPENINGS) + question
    question = closed(capital(question), rng)
    if random() < 0.09:
        question = typo(rng, question)
    if random() < 0.28:
        question = question.lower()
    kind = random()
    if kind < 0.25:
        question = question.rstrip(".?!") or question
    elif kind < 0.28:
        question += question[-1]
    return question
