"""Memory and hardware: what fits, limits, pressure, unloading, crashes, speed, the hardware report."""

from grammar import how, lines, what, whats, whether


def size(billions):
    """Memory of the weights alone, by the recipes' bits per weight."""
    def gigabytes(bits):
        amount = billions * bits / 8
        return f"{amount:.0f}" if amount >= 10 else f"{amount:.1f}"
    return gigabytes(4.5), gigabytes(8.5), gigabytes(16)


def size_intent(billions, words):
    four, eight, full = size(billions)
    article = "an" if billions == 8 else "a"
    name = f"{{{billions}B|{words} billion|{billions} billion}}"
    return (f"size_{billions}b", lines(f"""
        how {{much memory|much RAM|many gigabytes}} {{does|will|would}} {article} {name} {{parameter |}}model
            {{need|take|use}}
        {{how big|how large}} is {article} {name} {{parameter |}}model{{ in memory|}}
        {{can I|could I|can my Mac|is it possible to}} run {article} {name} {{parameter |}}model
        {{what|which Mac|how much memory}} do I need for {article} {name} {{parameter |}}model
        {{memory|RAM|gigabytes}} for {article} {name} model?
        {{I want|I'd like|I plan}} to {{run|use|load}} {article} {name} {{parameter |}}model
        {{does|will|would}} {article} {name} {{parameter |}}model fit{{ on my Mac| in my memory|}}
        {{tell me|do you know|I wonder}} how much {{memory|RAM}} {article} {name} model {{needs|takes}}
        {{size|memory need}} of {article} {name} model?
        {name} {{model|parameters}}: {{how much memory|how many gigabytes|does it fit}}?
    """), lines(f"""
        A model with {words} billion parameters takes about {four} GB with speed-4bit, {eight} GB with quality-8bit
            and {full} GB unconverted, plus some for the cache.
        About {four} GB with speed-4bit, {eight} GB with quality-8bit, or {full} GB with 16 bits. The cache comes on
            top.
        Its weights need about {four} GB with 4 bits, {eight} GB with 8 bits and {full} GB without converting. Add a
            little for the cache.
    """))


def mac_intent(gigabytes, advice):
    ram = f"{{{gigabytes} GB|{gigabytes}GB|{gigabytes} gigabytes}}"
    return (f"mac_{gigabytes}gb", lines(f"""
        {{which|what}} {{model|models|size of model}} {{fits|fit|can I run|runs|should I use}} {{on|with|in}} {ram}
        {{I have|my Mac has|I've got}} {ram}{{ of memory| of RAM|}}. {{Which model fits?|What can I run?|What should I
            take?}}
        {{is|are}} {ram} {{enough|sufficient|too little}}{{ for a model| for language models| for Ingot|}}
        {{what|which models}} can {{I|my Mac|a Mac}} run {{on|with}} {ram}{{ of memory| of RAM|}}
        {{best|largest|good}} model for {ram}{{ of memory| of RAM|}}?
        {{how large|how big}} a model {{fits|can I run}} {{in|with|on}} {ram}
        {{recommend|suggest}} {{a model|something}} for {{a Mac with {ram}|my {ram} Mac}}
        {{tell me|do you know}} what {{fits|runs}} {{in|on}} {ram}{{ of memory|}}
        {{my Mac only has|I only have}} {ram}
        {{a Mac with|my MacBook with}} {ram}{{, what fits?|: which model?|. Which model do I take?}}
    """), lines(f"""
        On {gigabytes} GB {advice}. The table under Hardware tells exactly.
        With {gigabytes} GB {advice}. Models marks what fits your machine.
        With {gigabytes} GB of memory {advice}. See the report under Hardware for your machine.
    """))


INTENTS = [
    size_intent(1, "one"),
    size_intent(3, "three"),
    size_intent(4, "four"),
    size_intent(7, "seven"),
    size_intent(8, "eight"),
    size_intent(14, "fourteen"),
    size_intent(32, "thirty-two"),
    size_intent(70, "seventy"),
    mac_intent(8, "models up to about 4 billion parameters run well, with 4 bits"),
    mac_intent(16, "models up to about 8 billion parameters run well, with 4 or 5 bits"),
    mac_intent(24, "models up to about 14 billion parameters run well, with 4 or 5 bits"),
    mac_intent(32, "models up to about 14 billion parameters run well with 8 bits, and 32 billion just fit with 4"),
    mac_intent(64, "models up to about 32 billion parameters run well with 8 bits, and 70 billion with 4"),
    mac_intent(128, "even models of 70 billion parameters run with 8 bits"),
    ("what_fits", lines("""
        {which|what} models {fit|can I run on|will run on|can run on|are small enough for} <mac>
        {will|does|can} {a model|this model|it} {fit|run} {on|in} {<mac>|my memory}
        how do I {know|see|find out|tell} {if|whether} a model {fits|will fit|runs here|is too large}
        {how large|how big} a model can I {run|load|use}{ on <mac>|}
        {does Ingot|can Ingot} {tell|show} me {what fits|which models fit|whether a model fits}
        {what fits|which models fit|fit|does it fit}{ my Mac| my memory|}?
        {I'd like to know|tell me|show me} {which models fit <mac>|what fits here|what <mac> can run}
        {in|on} {<mac>|16 GB|32 GB}, {what fits|which models fit|what can I run}
        {where is|where do I find} the {table|list} of {models that fit|what fits}
        is <mac> {good enough|strong enough|fast enough} for {language models|this|a large model}
    """), lines("""
        Make a report under Hardware: its table says which sizes fit at which recipe. Models also marks each search
            result.
        Under Models each result says whether it fits. The report under Hardware shows it for all usual sizes.
        Ingot works it out from your memory. See the marks under Models, or the table in the hardware report.
    """)),
    ("memory_rule", lines("""
        how {much|many gigabytes of} {memory|RAM} {does|do|will} {a model|models|a language model} {need|take|use}
        how is the {memory|RAM} of a model {counted|worked out|calculated}
        {what takes|what uses|what needs} memory {in a model|when a model is loaded|when a model runs}
        {rule of thumb|formula} for {memory|a model's memory|RAM}?
        {how do I|can I} {estimate|guess|calculate} the {memory|RAM} {of a model|for a model|a model needs}
        {memory need|RAM for models|memory per parameter}?
        {tell me|I wonder} how much {memory|RAM} {a model needs|I need for a model}
        {does|is it true that} a larger model {need|needs} more {memory|RAM}
        {more memory|more RAM}, {larger models|better models}?
        {is|are} {memory and disk space|RAM and disk|memory and disk} the same{ thing|}
    """), lines("""
        A model needs memory for its weights, the cache and some scratch. As a rule, a billion parameters take 0.6 GB
            with 4 bits, 1.1 GB with 8 and 2 GB with 16.
        Count about 0.6 GB for each billion parameters with 4 bits, 1.1 GB with 8 bits, 2 GB with 16, and add some for
            the cache.
        The weights take most: per billion parameters about 0.6 GB at 4 bits or 1.1 GB at 8 bits. The cache comes on
            top.
    """)),
    ("memory_limit", what("the memory limit", "memory limit") + how(
        "{limit|change|set|lower} {the memory for models|how much memory models may take|the memory limit}")
        + lines("""
        {Ingot|the app|a model} {uses|takes|eats} too much {memory|RAM}
        {memory limit|models may take|limit RAM}?
        {where is|what is} the setting for {memory|the memory limit}
    """), lines("""
        In Settings, "Models may take" sets how much memory models use at most, in GB. Empty means what the machine
            allows.
        Open Settings and change "Models may take" under Memory. Leave it empty for the machine's own limit.
        The limit is under Settings, Memory: "Models may take". Ingot refuses models that would go beyond it.
    """)),
    ("idle_unload",
     how("{change|set|switch off} {when models are unloaded|the time until a model is unloaded|idle unload}")
     + lines("""
        {when|how soon|after what time} {is a model unloaded|are models unloaded|does Ingot unload a model}
        {why was|why is} my model {unloaded|not loaded any more|gone from memory}
        {can I|how do I} keep a model {loaded|in memory}{ for longer| always|}
        {idle unload|idle time|automatic unload}?
    """), lines("""
        A model that is unused for 15 minutes is unloaded, and comes back with your next message. Settings changes the
            time.
        Ingot unloads a model after 15 idle minutes. Under Settings, Memory you choose another time or never.
        A model goes after 15 minutes without use. You can set another time, or never, in Settings under Memory.
    """)),
    ("unload",
     how("{unload a model|unload the model|free memory|free the memory of a model|get a model out of memory}")
     + lines("""
        {what does|what is} "{Unload|Unload Model}"{ mean| do|}
        {does|will} {unloading|unload} {a model delete it|delete the model|remove the files}
        {unload|unload model|free RAM}?
    """), lines("""
        Open the model list in Chat and press Unload Model, or use the menu of the menu-bar icon. The files stay on
            the disk.
        Press Unload Model in the model list of Chat. It only frees memory; the model stays on your disk.
        Use Unload in the icon's menu, or Unload Model in Chat's model list. Nothing is deleted.
    """)),
    ("memory_pressure", what("memory pressure", "memory pressure") + lines("""
        {what happens|what does Ingot do} {when|if} {memory is short|memory runs out|the memory is full|there is too
            little memory}
        {can|will} Ingot {freeze|slow down|fill the memory of} {my Mac|my computer}
        {my Mac|my computer} {is slow|gets slow|freezes} {when a model is loaded|while I chat|with a large model}
        {memory pressure|low memory|memory full}?
    """), lines("""
        Memory pressure means that memory runs short. Ingot then gives back caches, unloads unused models, and ends
            answers only if it is critical.
        When memory runs short, Ingot first frees caches, then unloads models nobody uses, and at worst ends answers.
        It is the sign that memory is scarce. Ingot reacts step by step: caches go first, then unused models.
    """)),
    ("worker", what("{a|the} worker process", "worker process") + lines("""
        {why does|does} {a model|each model|the model} run in {a process of its own|its own process|a separate
            process}
        {what happens|what if} {a model|the model} {crashes|hangs|dies|stops responding}
        {the|my} model {crashed|has crashed|hangs|died|stopped responding}
        {can|will} {a crash|a bad model} {take down|crash|harm} {Ingot|the app|my Mac}
        {worker|worker process|model crash}?
    """), lines("""
        Each model runs in a worker process of its own. If it crashes or hangs, the app says why, and your next
            message starts it again.
        The worker is a separate process that runs a model. When it crashes, Ingot lives on, tells you the reason and
            starts it again with your next message.
        A model runs in its own process, so a crash cannot harm the app or your chats. Press Retry to start it again.
    """)),
    ("set_aside", what("a model set aside", "set aside") + lines("""
        {why is|what does it mean that} {my|a|the|this} model {is set aside|set aside}
        {it says|Ingot says|I see} {"This model is set aside"|that my model is set aside|set aside}
        how do I {lift this|use a model that is set aside|bring back a model that is set aside}
        {set aside|model set aside}?
        my model {crashes|crashed} {again and again|three times|all the time}
    """), lines("""
        A model that crashed three times in ten minutes is set aside. Press "Try Again Anyway" to use it again.
        After three crashes in ten minutes Ingot sets a model aside. "Try Again Anyway" lifts that.
        It crashed three times within ten minutes, so Ingot stopped using it. Choose "Try Again Anyway" if you like.
    """)),
    ("speed", lines("""
        {why is|why's} {the model|my model|Ingot|an answer|it} so slow{ at writing| to answer|}
        {how can I|how do I|can I|is there a way to} {make it faster|speed up answers|get faster answers|make a model
            faster}
        {the|my} model is {too slow|very slow|slow}{. What can I do?|}
        {how fast|how quick} {is Ingot|are models|will a model be|is a model}{ on my Mac|}
        {slow answers|faster answers|performance|speed of a model}?
        {I want|I'd like} {faster answers|more speed|a faster model}
        {what makes|what decides how} {a model fast|fast a model is|a model slow}
        {does|is} a smaller model {run faster|faster|answer faster}
        {answers|the answers} {come slowly|are slow|take too long}
        {tips|advice|ideas} for {faster answers|more speed|speeding up a model}
        {it takes|answers take} {forever|ages|too long}{ to write|}
        {improve|increase} the speed{ of answers| of my model|}<please>
    """), lines("""
        Take a smaller model or a recipe with fewer bits, such as speed-4bit. Speed depends mostly on the size in
            memory.
        The smaller the model, the faster it is. Convert it with speed-4bit, or choose one with fewer parameters.
        Each token reads all weights once, so small models are fast. Use speed-4bit or a smaller model.
    """)),
    ("bandwidth", what("memory bandwidth", "memory bandwidth") + lines("""
        why does {memory bandwidth|bandwidth} {matter|count|decide the speed}
        {what limits|what bounds} the speed of {a model|answers|a language model}
        {memory bandwidth|bandwidth|GB per second}?
    """), lines("""
        Memory bandwidth is how fast the chip reads memory. Each token reads all weights once, so it limits the speed
            of a model.
        It says how many gigabytes a chip can read in a second. The speed of answers is at most bandwidth over the
            size of the weights.
        Bandwidth is the speed of memory. Since every token reads all weights, it bounds the tokens per second.
    """)),
    ("report",
     what("{a|the} hardware report", "hardware report") + how("{make|create|get} a {hardware |}report") + lines("""
        {what does|what is in} the {hardware |}report{ say| contain| show|}
        {what is|which machine is|how good is} {my Mac|this Mac} {exactly|for models}
        {hardware report|report|Make report|my hardware}?
    """), lines("""
        The hardware report tells what your machine is, whether its GPU computes correctly, how fast it is and which
            models fit. Press Make Report under Hardware.
        Open Hardware and press Make Report. In a few seconds you see chip, memory, checks, speed and which models
            fit.
        It describes your machine: chip, memory, GPU checks and the models that fit. Press Make Report under Hardware
            to make it.
    """)),
    ("report_private", whether("is the {hardware |}report {private|anonymous|safe to share}",
                               "the {hardware |}report is {private|anonymous|safe to share}") + lines("""
        {does|is} {my serial number|my name|anything private|something personal} {in|part of} the {hardware |}report
        {can I|may I|should I} {share|publish|post|send} {my|the} {hardware |}report
        {what does|does} the report {say|reveal|tell} about me
        {report privacy|serial number in the report|sharing the report}?
    """), lines("""
        Nothing in the report identifies you or your machine: no serial number, no names. You can share it.
        The report holds no serial numbers, names or paths, so it is safe to share.
        It is safe to share. Serial numbers, user names and paths are left out.
    """)),
    ("report_save", how("{save|export|copy} the {hardware |}report") + lines("""
        {in which|what|which} {format|formats} {can I save|does Ingot save|has} the {hardware |}report
        {I want|I'd like} the report {as a file|as Markdown|as HTML}
        {save report|copy report|export report}?
    """), lines("""
        When the report is there, press Copy as Markdown or Save at the top of Hardware.
        Under Hardware, use Save or Copy as Markdown above the report.
        At the top of Hardware are Copy as Markdown and Save. In a terminal, use ingot report --output report.html.
    """)),
    ("checks", whats("the checks in the report", "checks in the report") + lines("""
        {how does|does} Ingot {check|test|verify} {the GPU|my GPU|that the GPU computes correctly}
        {does|is} {my GPU|the GPU} {compute correctly|work correctly|working|healthy|all right}
        {GPU check|GPU test|validation|is my GPU broken}?
        what if the {GPU|check} is {wrong|broken}
    """), lines("""
        For the report Ingot lets the GPU compute three small tasks and compares the results with its own. So errors
            of the GPU are found.
        The report checks whether the GPU computes correctly, by comparing three small calculations with exact ones.
        Make a report under Hardware. It compares what the GPU computes with Ingot's own results.
    """)),
    ("versus_memory", what("the difference between memory and disk", "memory and disk") + lines("""
        {what is|what's|explain} the difference between {RAM and disk|memory and disk|disk space and memory}
        {is|are} a model's {size on the disk|disk size} {and|the same as} its memory{ the same|}
        {why does|does} a model need {both memory and disk|memory and disk space}
        {memory or disk|RAM or disk|disk versus memory}?
    """), lines("""
        The disk keeps a model's files for good; memory holds a model only while it is loaded. Unloading frees memory,
            removing frees the disk.
        A model lies on the disk until you remove it, and takes memory only while it is loaded.
        Disk space is for storing models, memory is for running them. Remove a model to free the disk, unload it to
            free memory.
    """)),
    ("battery", lines("""
        {does|will} {Ingot|a model|chatting} {use|drain|eat} {much power|my battery|a lot of battery|much energy}
        why {does my Mac get hot|is my laptop so warm|does my laptop get loud|is my Mac so loud}{ when I chat|}
        {is it|will it be} bad for {my Mac|my battery|the battery} to run models
        {can I|should I} use Ingot on battery
        {battery|power|heat|fan noise}?
        {my Mac|my laptop|the MacBook} gets {hot|warm|loud|very warm}
        {the fan is loud|the fans are loud|the fan runs all the time|the fans are running}
        how much {power|energy|battery} {does Ingot use|does a model use|does chatting take}
        {I hear|I notice} the fan {when a model answers|while chatting}
        {does|can} {heat|high GPU use} {harm|damage} {my Mac|my laptop|the machine}
        {battery life|power use} {with|of} {Ingot|a model|language models}?
    """), lines("""
        While a model answers, the GPU works hard, which takes power and warms the machine. That is normal; an idle
            model takes almost none.
        Answering uses the GPU fully, so the machine gets warm and the battery drains faster. It does no harm.
        A model takes power only while it answers. A warm machine and a running fan are normal then.
    """)),
]
