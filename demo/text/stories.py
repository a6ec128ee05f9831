"""Sums in little stories: apples eaten, money spent, boxes filled, sweets shared. Plain sums are in arithmetic.py."""

from grammar import LISTS, expand, lines, pick

LISTS |= {
    "thing": """apples pears books eggs coins stamps marbles pencils cookies cards balloons cakes flowers oranges
        bananas tickets cups plates photos stickers nuts candles toys shells shirts bottles muffins lemons keys
        chairs letters buttons pens songs biscuits tomatoes potatoes tulips roses""".split(),
    "sweets": "sweets cookies candies chocolates grapes cherries strawberries biscuits nuts marbles stickers".split(),
    "money": ["euros", "dollars", "pounds", "francs", "coins", "bucks"],
    "box": "boxes bags baskets shelves drawers jars crates packs cartons bowls rows trays".split(),
    "child": "children kids friends people guests pupils boys girls cousins neighbours players".split(),
    "who": """Anna Ben Carla David Emma Frank Greta Henry Ida Jack Karen Leo Maria Nick Olivia Paul Rosa Sam Tina Uwe
        Vera Will Zoe Alex Chris Diana George Hannah Kevin Laura Max Nina Oscar Peter Steve Thomas Julia Tom Lucy
        Mary John Jane Bob Alice Mia Noah""".split(),
    "animal": "birds ducks cows sheep fish cats dogs horses hens rabbits frogs bees ants geese pigs".split(),
    "bought": ["lunch", "a book", "dinner", "a ticket", "a shirt", "food", "a gift", "coffee", "shoes", "groceries",
               "a game", "a taxi", "flowers", "a hat", "the train"],
}

MORE = lines("""
    <who> has @ <thing> and {gets|buys|finds|receives|picks up|is given} # more. {How many does <who> have now|How many are
        there now|How many is that|How many <thing> are that|What is the total}?
    I {have|had|own|got} @ <thing>{.|,} {My friend|My sister|My mother|<who>|Somebody} {gives|gave|brings|brought} me #
        {more|}. {How many do I have|How many have I got|What do I have} {now|in total|altogether|then}?
    {there are|we see|I see|I count} @ <animal> {in the field|on the pond|in the garden|at the farm} and # {more
        come|more arrive|others join them}. {how many are there{ now| then| in all|}|how many <animal> is that}?
    a {bus|train|tram|boat|plane} {has|carries|holds|starts with} @ {passengers|people|travellers}. {At the next
        stop|Then|Later} # {more |}{get on|board|enter|join}. How many {are on it|are there|people is that|are on
        board}{ now| then|}?
    I {read|wrote|ran|walked|cycled|drove} @ {pages|miles|kilometres} {yesterday|on Monday|in the morning} and # {today|on
        Tuesday|in the evening}. How {many|much} is that {together|in all|altogether|in total}?
    {in a class there are|our class has|the team has|a group has} @ {boys|women|players} and # {girls|men|more}. How
        many {people|pupils|in all} {is that|are there|are they}?
    I {saved|earned|have|made} @ <money> {last week|in May|on Monday} and # {this week|in June|today}. {How much is
        that|What is the total|How much do I have}{ together| in all|}?
    <who> is @ years old. How old will {he|she|<who>} be in # years?
    it is @ degrees and gets # degrees warmer. {how warm is it|what is the temperature}{ then| now|}?
    {one|the first} {bag|box|basket} has @ <thing>, {the other|another|the second} has #. {how many together|how many in
        all|what is the sum|how many are there}?
    {what do|how much do} @ <money> and # <money> {make|come to|add up to}{ together|}?
    a {coffee|book|shirt} costs @ <money> and a {cake|pen|hat} {costs |}#. {what do I pay|what is the price|how much is
        it} {for both|together|in all}?
""")
LESS = lines("""
    <who> has @ <thing> and {gives # to a friend|gives away #|loses #|eats #|sells #|breaks #|throws away #|gives # of them
        away}. {How many does {he|she|<who>} have left|How many are left|How many remain|What is left}?
    I {have|had|got|own} @ <money> {and|and then I|but I} {spend|spent|pay|paid|lose|lost|give away} #{| on <bought>| for
        <bought>}. {How many are left|How much is left|What do I have left|How much do I have now|What remains|How many
        have I left}?
    {there are|there were|we have|we had} @ <thing> {on the table|in the box|in the kitchen|in the basket|at home}{.|,}
        {# are taken away|# are gone|we eat #|# are broken|# get lost|<who> takes #}. {How many are left|How many
        remain|What remains|How many are still there}?
    @ <animal> are {in the field|on the pond|in a tree|on the farm}. # {fly away|leave|run away|walk off|swim off}. How many
        {stay|are left|remain|are still there}?
    a {bus|train|tram|plane} {has|carries} @ {passengers|people}{.|,} {and |}# {get off|leave|step out}. How many
        {are|remain|stay} {on it|on board|inside|there}?
    {a book has|my book has|the text has} @ pages{.|,} {and |}I {have read|read} #. How many {are left|remain|do I still
        have to read}?
    if {a thing|a shirt|a pen|a meal} costs # <money> and I {pay with|give|hand over} @, {how much do I get back|what is
        the change|what change do I get}?
    I need @ <thing> {and|but} {have|have only} #. How many {are missing|more do I need|do I still need}?
    {from|out of} @ <thing>, # are {red|broken|sold|old|gone|bad}. How many are {not|still good|left}?
    it is @ degrees and gets # degrees colder. {how warm is it|what is the temperature}{ then| now|}?
    <who> is @ and <who> is #. {what is the difference in age|how many years are between them|how much older is <who>}?
    {you have|suppose you have|imagine you have|let's say I have} @ <thing> and take away #. {how many are left|what
        remains|how many stay}?
""")
EACH = lines("""
    {there are|I have|we have|imagine|suppose there are|take} @ <box> {with|of|containing|that hold} # <thing> {each|in
        each|in each one}. {How many is that|How many <thing> are there|How many are that|What is the total}{ in all|
        altogether| in total|}?
    {each|every} of @ <child> {has|gets|brings|eats} # <sweets>. {How many is that|How many are there|How many do they
        have|What is the sum}{ in all| together| altogether|}?
    {one|a} {ticket|book|shirt|cake|coffee|pen} costs # <money>. {What do @ cost|How much are @|What is the price of
        @|How much do I pay for @}?
    I {walk|run|read|earn|save|drink} # {miles|pages|euros|cups} {a|each|every} day. {How many|How much} is that {in|after}
        @ days?
    @ {rows|lines|tables} {with|of} # {chairs|seats|plants|pupils}{ each|}: {how many|how many in all|how many is that}?
    {a week has|if a week has} 7 days{.|,} how many days are @ weeks?
    <who> buys @ {packs|packets|boxes} of # <thing>. How many {<thing>|} {are that|is that|does {he|she} have}?
""")
SHARED = lines("""
    {if I|I|we|<who> wants to|if we} {share|split|divide} @ <sweets> {equally |evenly |fairly |}{among|between} # <child>.
        {How many does each get|How many for each|How many does each one get|What does each get}?
    {if I|suppose I|when I} {share|split|divide} @ <sweets> {equally |evenly |}{among|between} # <child>, how many {does each
        {one |}get|are for each|go to each}?
    @ <thing> {are put|go|fit|are packed} {into|in} # <box>{ equally| evenly|}. How many {are in each|go in each|does each
        hold}?
    # <child> share @ <money>{ equally| evenly|}. How much does each {get|one get|have}?
    @ <sweets> for # <child>{,|:} {how many each|how many does each get|what does everybody get}?
    # {tickets|books|cakes} cost @ <money>. {What does one cost|How much is one|What is the price of one}?
    {I have|there are} @ <thing>{, and| and} # {fit in|go into} {a|one} {box|bag|basket|row}. How many {boxes|bags|baskets|
        rows} {do I need|is that|are needed}?
""")

OPS = {"plus": MORE, "minus": LESS, "times": EACH, "divided by": SHARED}
LEFT = ["{c} are left: {a} minus {b} is {c}.", "{a} minus {b} is {c}, so {c} are left."]
FORMS = ["{a} {op} {b} is {c}.", "That is {c}: {a} {op} {b} is {c}.", "{a} {op} {b} is {c}, so the answer is {c}."]


def numbers(rng, op):
    """a, b and what comes out, none larger than 200."""
    random = rng.random
    if op == "plus":
        a, b = 1 + int(random() * 60), 1 + int(random() * 40)
        return a, b, a + b
    if op == "minus":
        a = 2 + int(random() * 99)
        b = 1 + int(random() * (a - 1))
        return a, b, a - b
    a, b = 2 + int(random() * 11), 2 + int(random() * 11)
    return (a, b, a * b) if op == "times" else (a * b, b, a)


def exchange(rng, shown):
    """A story with its question, as it was written, and the answer; `shown` writes a number."""
    op = pick(rng, list(OPS))
    a, b, c = numbers(rng, op)
    template = pick(rng, OPS[op])
    if "a week has" in template:
        b, c = 7, a * 7
    for name in ("who", "thing", "box", "child", "sweets", "money"):  # One story, one person and one kind of thing.
        template = template.replace(f"<{name}>", pick(rng, LISTS[name]))
    text = expand(rng, template).replace("@", shown(rng, a)).replace("#", shown(rng, b))
    form = "{a} {op} {b} is {c}." if rng.random() < 0.6 else pick(rng, FORMS)
    return text, form.format(a=a, op=op, b=b, c=c)
