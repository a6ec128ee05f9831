"""Short paragraphs about Ingot, so that the model learns to write connected English."""

from grammar import lines, sentence

# Each paragraph takes three to six of its lines, in order; the first is always there.
THEMES = [lines(text) for text in ("""
    Ingot is {an app|a menu-bar app|a small app} that runs language models on {your own machine|your own Mac|your own
        computer}.
    {It lives in the menu bar, where an icon shows|Its icon in the menu bar shows} with small bars how busy the
        machine is.
    {You download a model|Models are downloaded} from the Hugging Face Hub, {make it smaller if you like|convert it if
        you wish}, and {talk with it|chat with it}.
    {Nothing that you type|No word of yours} leaves {the machine|your computer}.
    {It is free and open source|It costs nothing and its source is open}, under MIT or Apache-2.0.
    {On Linux it opens in a window and computes on the CPU|It also runs on Linux, where the CPU does the work}.
    {Everything is|All of it is} written in Rust, with a small web interface, and {no Python is needed|it needs no
        Python}.
    ""","""
    A quantization recipe says how many bits each part of a model gets {in a conversion|when it is converted}.
    {Ingot has four of them|There are four in Ingot}.
    speed-4bit makes the {smallest and fastest|fastest and smallest} model.
    balanced-5bit is the usual one, {a good balance of size and quality|for most people the right choice}.
    quality-8bit stays {closest to the original|as close to the original as possible}, but {is the largest|takes the
        most room}.
    mixed-precision gives 6 bits to the parts that matter most and 4 bits to {the rest|all others}.
    {If you are unsure, take|Whoever is unsure takes} balanced-5bit.
    ""","""
    {A download in Ingot|Every download} can be paused and {resumed|continued} at any time.
    {Four connections fetch pieces|Pieces are fetched over four connections}, and {each piece is noted|a journal notes
        each piece}.
    {After an interruption|When the connection breaks}, at most 16 MiB {are lost|have to be fetched again}.
    {At the end each file is checked|Each file is then checked} against the sum that the Hub lists.
    {A damaged file|What is damaged} is fetched again, and {refused if it is still wrong|never loaded}.
    {You see|The window shows} the speed and the time that is left.
    ""","""
    {Converting|To convert} a model takes only a few steps.
    {First you choose|You begin by choosing} a model in the section Convert.
    {Then a table shows|A table then shows} what each recipe would make of it: its size, its memory and its speed.
    {You pick one and press Convert|After choosing one you press Convert}.
    {The work needs only little memory|It takes little memory}, however large the model is.
    {You may stop it at any moment|It can be stopped at any moment}, and Go On {continues it|takes it up again}.
    {At the end|When it is done,} Ingot compares the result with the original and {shows how close they are|says how
        good it is}.
    ""","""
    Memory decides which models {fit|can run} on a machine.
    {A model needs room for its weights, for the cache and for some scratch|Weights, cache and scratch all take room}.
    {With 4 bits a billion parameters take|A billion parameters with 4 bits take} about 0.6 GB.
    {Ingot works out the need|The need is worked out} before a model is loaded, and {refuses what does not fit|says if
        it is too large}.
    {A refusal tells the numbers|It tells the numbers}, and what would fit {instead|in its place}.
    {A model that nobody uses|An unused model} is unloaded after 15 minutes.
    {When memory runs short|If memory is scarce}, caches are given back first, and then unused models are unloaded.
    ""","""
    A language model writes one token after another.
    {A token is a piece of text|Tokens are pieces of text}, often {a word or a part of one|part of a word}.
    {The text so far is its context|All the text that it sees is its context}, and the context length says how much
        {that can be|fits}.
    {What was computed for it is kept|The results for it are kept} in the KV cache, so that {nothing is read
        twice|each turn reads only what is new}.
    {The temperature|A setting called temperature} says how freely the next token is chosen.
    {When a chat outgrows the context|When the context is full}, the oldest messages are left out.
    {Models can be wrong|A model can be wrong}, so {check what matters|important things should be checked}.
    ""","""
    The section Monitor shows {what the machine does right now|the machine as it is now}.
    {One chart|The first chart} shows how busy the GPU is, {another|the second} what the memory is used for.
    {Both cover|They cover} the last ten minutes.
    {Below them stand the figures of the moment|Below are the figures of the moment} and the models that are loaded.
    {A sample is taken|Ingot takes a sample} every second, which costs {next to nothing|hardly any time}.
    ""","""
    The hardware report {describes|tells about} {your machine|a machine}.
    {It names the chip, the memory and the GPU|Chip, memory and GPU are named in it}, each {with its source|with where
        the value comes from}.
    {It checks whether the GPU computes correctly|The GPU is tested with three small calculations}.
    {A table says|Its table says} which models fit at which recipe, and {how fast they can be|their highest speed}.
    {Nothing in it identifies you|It holds nothing private}, so you may share it.
    {You make it under Hardware|Press Make Report under Hardware}, or with "ingot report" in a terminal.
    ""","""
    Chats are kept on {your own machine|this machine only}.
    {The clock button in Chat|A button with a clock} opens the list of them.
    {There you can search|In the list you can search} by any part of a word.
    {A chat can be|Each of them can be} renamed, copied as Markdown, saved as a file or removed.
    {Messages can be edited|You can edit a message} and sent again, and the last answer can be {regenerated|written
        anew}.
    {To stop an answer|If an answer should stop}, press the square button or Escape.
    ""","""
    {Each model runs|A model runs} in a process of its own, {called a worker|which is called a worker}.
    {If it crashes|When a worker crashes}, the app {lives on|goes on} and says why.
    {The next message|Your next message} starts it again.
    After three crashes in ten minutes {the model is set aside|Ingot sets the model aside}.
    {Model files hold only numbers|The weights are only numbers}, and no code that comes with a model is ever run.
    ""","""
    Ingot can also be used {in a terminal|from the command line}.
    {The command|A command,} "ingot pull" {downloads a model|fetches a model}, and "ingot convert" makes it smaller.
    With "ingot chat" you talk to a model, {and|while} "ingot generate" answers one prompt.
    "ingot models" lists what is there, {and|while} "ingot search" finds more on the Hub.
    {For scripts there is --json|The option --json helps scripts}, which prints one object a line.
    {Settings puts the command on your PATH|In Settings you switch the command on}.
    ""","""
    I am the tiny demo model {of Ingot|that comes with Ingot}.
    I have about five million parameters, {which is very little|and that is very few}.
    {I was trained from scratch|My training was} only on text about Ingot, on small talk and on simple sums.
    {So I know little of the world|The world outside is unknown to me}, and {I can be wrong|I make mistakes}.
    {For real work|For other questions}, get a larger model under Models.
    {I run on your own machine|Like every model here I run on your machine}, so {nothing you write leaves it|your
        words stay with you}.
    """)]


def paragraph(rng):
    theme = THEMES[int(rng.random() * len(THEMES))]
    wanted = min(len(theme), 3 + int(rng.random() * 4))
    rest = rng.sample(range(1, len(theme)), wanted - 1)
    return " ".join(sentence(rng, theme[at]) for at in [0, *sorted(rest)])
