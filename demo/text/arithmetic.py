"""Simple sums in many wordings: plus, minus, times, divided by, doubles, halves, comparing, counting on."""

import stories
from grammar import expand, lines, pick

WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""".split()

# In questions @ and # are the two numbers.
PLUS = lines("""
    {what is|what's|how much is|calculate|compute|work out|tell me|can you calculate|please calculate} @ {plus|+} #
    {what is|how much is|what's} @ and #
    what does @ plus # make
    @ + #{ =| = ?||}
    @+#{=||}
    @ plus #{ is what| makes what| equals||}
    {add|please add|can you add|could you add} @ {and|to} #
    {what is|what's|tell me|calculate} the sum of @ and #
    {if I have|I have|I had|suppose I have} @ {apples|euros|books|models|eggs} and {get|buy|find|add} # more, how many
        {do I have|are that|have I got}
    {how much|what} do @ and # make{ together|}
    {do you know|can you tell me|I wonder} what @ plus # is
    {sum|total} of @ and #
""")
MINUS = lines("""
    {what is|what's|how much is|calculate|compute|work out|tell me|can you calculate|please calculate} @
        {minus|less|-|take away} #
    @ - #{ =| = ?||}
    @-#{=||}
    @ minus #{ is what| equals||}
    {subtract|please subtract|take|can you subtract} # from @
    {what is|what's|tell me|calculate} the difference between @ and #
    {if I have|I have|I had|suppose I have} @ {apples|euros|books|models|eggs} and {lose|eat|sell|give away} #, how
        many {are left|do I have|remain}
    {how much|what} is left if I take # from @
    {do you know|can you tell me|I wonder} what @ minus # is
    how much more is @ than #
""")
TIMES = lines("""
    {what is|what's|how much is|calculate|compute|work out|tell me|can you calculate|please calculate} @
        {times|x|*|multiplied by} #
    @ {x|*} #{ =| = ?||}
    @{x|*}#{=||}
    @ times #{ is what| equals||}
    multiply @ {by|and|with} #
    {what is|what's|tell me|calculate} the product of @ and #
    {there are|I have|suppose there are} @ {boxes|bags|shelves} with # {apples|books|eggs} each. How many is that{ in
        all|}?
    {do you know|can you tell me|I wonder} what @ times # is
    how many are @ groups of #
    product of @ and #
""")
DIVIDED = lines("""
    {what is|what's|how much is|calculate|compute|work out|tell me|can you calculate|please calculate} @ {divided
        by|/|over} #
    @ / #{ =| = ?||}
    @/#{=||}
    @ divided by #{ is what| equals||}
    divide @ by #
    {how many times|how often} does # {go into|fit into} @
    {if I|suppose I} share @ {apples|sweets|euros} among # people, how many does each get
    {do you know|can you tell me|I wonder} what @ divided by # is
    {share|split} @ {into|between} # {equal parts|parts|people}
    what is @ shared by #
""")
DOUBLE = lines("""
    {what is|what's|how much is|tell me|calculate} {the double of|double|twice|two times} @
    {double|twice} @
    {please |can you |}double @
    {if I|when I} double @, what do I get
    what do I get when I double @
""")
HALF = lines("""
    {what is|what's|how much is|tell me|calculate} {half of|the half of|one half of|half} @
    half of @
    {please |can you |}halve @
    {if I|when I} halve @, what do I get
    what do I get when I halve @
""")
LARGER = lines("""
    {which|what} is {larger|bigger|greater|more|higher}{:|,|} @ or #
    {which|what} {number|one} is {larger|bigger|greater|higher}{:|,|} @ or #
    {is|would you say} @ {larger|bigger|greater|more|higher} than #
    @ or #{:|,} {which|what} is {larger|bigger|more|greater}
    compare @ {and|with} #
    {tell me|do you know} which is {larger|bigger|greater}, @ or #
    what is the {larger|bigger|greater} of @ and #
""")
SMALLER = lines("""
    {which|what} is {smaller|less|lower}{:|,|} @ or #
    {which|what} {number|one} is {smaller|lower}{:|,|} @ or #
    {is|would you say} @ {smaller|less|lower} than #
    @ or #{:|,} {which|what} is {smaller|less}
    {tell me|do you know} which is {smaller|lower}, @ or #
    what is the {smaller|lower} of @ and #
""")
AFTER = lines("""
    {what|which number} {comes|is} {after|next after|right after} @
    {what is|what's|tell me} the {next number after|number after} @
    {count|go|keep counting} on from @
    what follows @
    next number: @
    after @ comes{ what|}
    {what is|what's} one more than @
    {what|which number} comes next{:|,} @
""")
BEFORE = lines("""
    {what|which number} {comes|is} {before|right before|just before} @
    {what is|what's|tell me} the number before @
    count down from @
    before @ comes{ what|}
    {what is|what's} one less than @
""")
ABOUT = lines("""
    {can|could|do} you {do|calculate|know|solve} {sums|maths|arithmetic|math|simple sums|additions|the times tables}
    {are you|is this model} good at {sums|maths|math|arithmetic|numbers|calculating}
    {help me with|let's do|let us do|do you like|I need help with} {sums|maths|arithmetic|some sums|numbers}
    {can you|could you} {add|multiply|subtract|divide|count}{ numbers|}
    {maths|arithmetic|sums|calculator}?
    {what|which} {sums|calculations} can you do
    {how well|how far} can you {count|calculate|add|multiply}
    {I want|I'd like} you to {calculate|do a sum|add numbers}
    {ask me|give me|teach me} {some maths|a sum|arithmetic}
    {do you|can you} {count to ten|work with numbers|use numbers|handle numbers}
""")
ABOUT_ANSWERS = lines("""
    I can do simple sums: plus and minus up to 100, and the times tables up to 12. Try me!
    Easy ones, yes: numbers up to 100, and multiplication up to 12 times 12.
    Simple sums I can do, such as 7 times 8. Large numbers are beyond me.
""")

FULL = ["{a} {op} {b} is {c}.", "{a} {op} {b} is {c}.", "{a} {op} {b} makes {c}.", "That is {c}: {a} {op} {b} is {c}."]


def shown(rng, number):
    """A number as somebody writes it."""
    if number <= 20 and rng.random() < 0.22:
        return WORDS[number]
    return str(number)


def asked(rng, templates, a, b=0):
    template = pick(rng, templates)
    return expand(rng, template).replace("@", shown(rng, a)).replace("#", shown(rng, b))


def told(rng, op, a, b, c):
    at = rng.random()
    form = FULL[0] if at < 0.6 else pick(rng, FULL)
    return form.format(a=a, op=op, b=b, c=c)


def upto(rng, most, least=0):
    return least + int(rng.random() * (most - least + 1))


def plus(rng):
    kind = rng.random()
    if kind < 0.35:
        a, b = upto(rng, 20), upto(rng, 20)
    elif kind < 0.85:
        a = upto(rng, 100)
        b = upto(rng, 100 - a)
        if rng.random() < 0.5:
            a, b = b, a
    else:
        a, b = upto(rng, 100), upto(rng, 100)
    return asked(rng, PLUS, a, b), told(rng, "plus", a, b, a + b)


def minus(rng):
    a = upto(rng, 20) if rng.random() < 0.35 else upto(rng, 100)
    b = upto(rng, a)
    return asked(rng, MINUS, a, b), told(rng, "minus", a, b, a - b)


def times(rng):
    a, b = upto(rng, 12, 0 if rng.random() < 0.1 else 1), upto(rng, 12, 1)
    return asked(rng, TIMES, a, b), told(rng, "times", a, b, a * b)


def divided(rng):
    b, c = upto(rng, 12, 1), upto(rng, 12, 1)
    return asked(rng, DIVIDED, b * c, b), told(rng, "divided by", b * c, b, c)


def double(rng):
    a = upto(rng, 50, 1)
    answers = (f"Twice {a} is {2 * a}.", f"Double {a} is {2 * a}.", f"2 times {a} is {2 * a}.")
    return asked(rng, DOUBLE, a), pick(rng, answers)


def half(rng):
    a = upto(rng, 50, 1)
    return asked(rng, HALF, 2 * a), pick(rng, (f"Half of {2 * a} is {a}.", f"{2 * a} divided by 2 is {a}."))


def compare(rng):
    a, b = upto(rng, 100), upto(rng, 100)
    if rng.random() < 0.06:
        return asked(rng, LARGER if rng.random() < 0.5 else SMALLER, a, a), f"They are the same: both are {a}."
    if a == b:
        b += 1
    low, high = min(a, b), max(a, b)
    if rng.random() < 0.6:
        return asked(rng, LARGER, a, b), f"{high} is larger than {low}."
    return asked(rng, SMALLER, a, b), f"{low} is smaller than {high}."


def count(rng):
    if rng.random() < 0.65:
        a = upto(rng, 99)
        return asked(rng, AFTER, a), pick(rng, (f"After {a} comes {a + 1}.", f"{a + 1} comes after {a}."))
    a = upto(rng, 100, 1)
    return asked(rng, BEFORE, a), pick(rng, (f"Before {a} comes {a - 1}.", f"{a - 1} comes before {a}."))


def about(rng):
    return expand(rng, pick(rng, ABOUT)), expand(rng, pick(rng, ABOUT_ANSWERS))


def story(rng):
    return stories.exchange(rng, shown)


SHARES = {story: 40, plus: 28, minus: 24, times: 20, divided: 10, double: 4, half: 3, compare: 5, count: 4, about: 2}
KINDS = [kind for kind, share in SHARES.items() for _ in range(share)]


def exchange(rng):
    """A question, as it was written, and its answer."""
    return pick(rng, KINDS)(rng)
