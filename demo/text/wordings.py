"""Questions as people might really type them, by intent, and how one is varied: other words for the same, a word left out.

A file of `wordings/` has a line "## intent" and below it a question a line; where lines begin with "A: ", these are the
answers, and the intent is nowhere else.
"""

import pathlib

from grammar import pick

# Words that may stand for each other in a question, each form for itself.
SAME = """
    machine computer laptop Mac
    machines computers laptops Macs
    app program application software tool
    fast quick speedy rapid
    faster quicker speedier
    fastest quickest speediest
    small little tiny
    smaller littler tinier
    big large huge
    bigger larger
    biggest largest
    choose pick select take
    choosing picking selecting taking
    delete remove erase
    deleting removing erasing
    deleted removed erased
    get obtain fetch grab
    getting obtaining fetching grabbing
    show display
    shows displays
    shown displayed
    see view
    need require
    needs requires
    needed required
    happens occurs
    internet network wifi connection
    folder directory
    folders directories
    disk drive SSD
    storage space room
    answer reply response
    answers replies responses
    question query
    error problem failure trouble
    errors problems failures
    private confidential
    smart clever intelligent
    broken damaged corrupt faulty
    crash die fail
    crashes dies fails
    crashed died failed
    begin start
    beginning starting
    begins starts
    explain describe
    mean signify
    means signifies
    best ideal
    good decent fine
    better nicer
    bad poor
    usual normal standard default
    conversation chat dialogue
    conversations chats dialogues
    message text
    type write enter
    typed written entered
    click press hit
    button knob
    work function
    works functions
    possible feasible
    able capable
    allowed permitted
    keep store save
    keeps stores saves
    kept stored saved
    wrong incorrect
    right correct
    recommend suggest advise
    everything all
    people folks
    maybe perhaps
    very really quite
    also too
    quality accuracy
    memory RAM
    weights parameters
    purpose point
    reason cause
    difference distinction
    compare contrast
    important relevant
    safe secure
    simple easy
    hard difficult
    example instance
    company firm
    send transmit
    sent transmitted
    sends transmits
    speed pace
    slow sluggish
    price cost
    pay spend
    buy purchase
    """
GROUPS = [line.split() for line in SAME.splitlines() if line.strip()]
OTHERS = {word: [other for other in group if other != word] for group in GROUPS for word in group}


def read():
    """Intent to (questions, answers); no answers where the intent is one of `topics`."""
    found = {}
    for file in sorted((pathlib.Path(__file__).parent / "wordings").glob("*.txt")):
        questions = answers = None
        for line in filter(None, map(str.strip, file.read_text().splitlines())):
            if line.startswith("## "):
                questions, answers = found.setdefault(line[3:], ([], []))
            elif line.startswith("A: "):
                answers.append(line[3:])
            else:
                questions.append(line)
    return found


def varied(rng, question):
    """`question`, now and then in other words or without one of them."""
    words = question.split(" ")
    random = rng.random
    if random() < 0.4:
        for at, word in enumerate(words):
            others = OTHERS.get(word)
            if others and random() < 0.4:
                words[at] = pick(rng, others)
    if len(words) > 4 and random() < 0.15:
        at = int(random() * len(words))
        if words[at].isalpha():
            del words[at]
    return " ".join(words)
