"""The section Convert: steps, pause, crash safety, speed, what can be converted."""

from grammar import how, lines, what, whether

INTENTS = [
    ("convert", how("{convert|quantize} {a model|my model|a model to MLX}") + lines("""
        {conversion|converting|convert a model} step by step
        {what are|tell me} the steps {of a conversion|for converting a model|to convert}
        {converting a model|convert|how to convert|convert to MLX}?
        {walk me|guide me|take me} through {a conversion|converting a model}
    """), lines("""
        Open Convert, choose the model, pick a recipe and press Convert. When it is done, press Chat to try it.
        Under Convert choose a model and a recipe, then press Convert. Ingot shows the size before and the quality
            after.
        Go to Convert, select a model, compare the recipes in the table, choose one and press Convert.
    """)),
    ("conversion", what("{a|} conversion", "conversion") + lines("""
        {why should I|why would I|do I have to|must I|do I need to} convert {a model|my model|models}
        {what does converting a model do|what happens when I convert a model|what does converting do}
        {what is|what's} {the use|the point|the benefit} of {converting|conversion}
        {is it|is converting} {necessary|needed|useful|worth it}{ to convert a model|}
    """), lines("""
        A conversion makes a model smaller by quantizing it to the MLX format. A converted model needs less memory,
            is faster on a GPU, and says nearly the same.
        Converting stores a model in MLX's format with fewer bits. It becomes smaller, and on a GPU faster.
        It turns a downloaded model into a smaller one for MLX. You need not convert, but it saves memory, and time on
            a GPU.
    """)),
    ("pause_conversion", how("{pause|stop|interrupt|cancel} {a|the|my} conversion") + lines("""
        {pause|stop|interrupt} {the conversion|converting}<please>
        {can|may} a conversion be {paused|stopped|interrupted}
        what happens {if|when} I {stop|pause|interrupt} a conversion
        {pause conversion|stop converting|interrupt a conversion}?
    """), lines("""
        Press Stop beside the conversion, under Convert. What is done is kept, and Go On continues it.
        Under Convert press Stop. The work done so far is kept; press Go On when you like.
        A conversion can be stopped at any moment with Stop. Press Go On to continue where it was.
    """)),
    ("resume_conversion", how("{resume|continue|go on with|restart} {a|the|my|a stopped} conversion") + lines("""
        {my|the} conversion {stopped|was interrupted|was stopped|did not finish}
        do I have to {convert|begin} {again|from the start} after {stopping|a break} a conversion
        {resume conversion|continue conversion|go on converting}?
    """), lines("""
        Press Go On beside the conversion under Convert. After a restart, choose the same model and recipe and press
            Convert: it continues where it stopped.
        Under Convert press Go On, or start the same conversion again. Only what is not done yet is done.
        Choose Go On, under Convert. After a restart of Ingot start the same conversion again; nothing that was done
            is lost.
    """)),
    ("crash_safe", lines("""
        {what happens|what if} {the power fails|my Mac crashes|Ingot crashes|I quit Ingot|the app is killed}
            {during|in the middle of} {a conversion|converting}
        {is a conversion|is converting} {safe|crash safe|crash-safe|safe against crashes}
        {can I lose|will I lose|do I lose} {work|my model|anything|data} if {a conversion is killed|my Mac crashes
            while converting|the power fails}
        {may|can} I {quit Ingot|close the window|shut down|restart my Mac} {during a conversion|while it converts}
        {crash safety|power failure|crash during conversion}?
        {my Mac|my computer|Ingot} {crashed|restarted|died|lost power} {during a conversion|while converting|in a
            conversion}
        {could|can} {a crash|a power cut|a kill} {damage|break|ruin} {my model|a model|a conversion}
        {is there|could there be} a {half finished|broken|damaged} model after a {crash|power cut}
        {tell me|explain} {how|why} conversions {survive a crash|are crash safe}
        does a conversion {survive|withstand} {a crash|a power failure|a restart|being killed}
    """), lines("""
        Nothing breaks. Ingot keeps a journal of what is done: start the same conversion again and it goes on from
            there. The result appears only when it is whole.
        A conversion can be killed at any moment and started again; it goes on from there. You never see a half
            finished model.
        It is safe: finished work is noted in a journal, and the same conversion, started again, goes on. The result
            appears in one step at the end.
    """)),
    ("convert_time", lines("""
        how {long|much time} {does|will|should} {a conversion|converting|converting a model|the conversion}
            {take|need}
        {is|are} {converting|a conversion|conversions} {fast|slow|quick}
        {why is|why does} {the conversion|converting} {so slow|take so long|slow}
        {when will|how soon will} {the|my} conversion {be done|finish|end}
        {can I|how do I|where do I} see how {long a conversion still takes|far a conversion is}
        {conversion time|conversion speed|duration of a conversion}?
        {converting|the conversion} takes {long|a long time|forever|many minutes}
        does {converting|a conversion} take {long|hours|minutes}
        {tell me|I wonder} how long {converting|a conversion} {takes|will take}
        how {fast|quick} is {converting|a conversion}{ here| in Ingot|}
        is there time for a coffee {while it converts|during a conversion}
    """), lines("""
        Converting is quick: seconds for a small model, minutes for a large one. Convert shows the time that is left.
        A small model takes seconds, a large one some minutes, mostly for checking its quality. The time left is
            shown.
        That depends on the model's size: from seconds to some minutes. You see the time left under Convert.
    """)),
    ("convert_memory", lines("""
        how much memory does {a conversion|converting|converting a model} {take|need|use}
        {do I need|is there a need for} {much|a lot of} memory {to convert|for converting|for a conversion}
        {can I|is it possible to} convert a model that is {larger than my memory|too large for my memory|bigger than
            my RAM}
        {memory for converting|conversion memory|RAM for converting}?
        {does|will} converting {use|eat|fill} {all my memory|a lot of RAM|my memory}
        {can a|can my} {small Mac|Mac with 8 GB} convert a {large|big} model
        {my Mac|my machine} has little memory. Can I {still |}convert{ a large model|}?
        {does the|must the} {whole |}model fit {in memory|into memory} {to convert it|for the conversion}
        {tell me|I wonder} how much {memory|RAM} {converting|a conversion} {takes|needs}
        why {does converting|does a conversion} need so little {memory|RAM}
        {does my|must my} Mac have {much|a lot of} {memory|RAM} {to convert a model|for a conversion}
    """), lines("""
        Converting takes only some twenty megabytes, whatever the model's size, and checking the quality stays
            within a limit. So you can convert models that would not fit.
        Converting takes very little memory, so the model need not fit in it. The quality check takes some more, within
            a limit.
        A conversion needs some twenty megabytes, because it works on small pieces. Even very large models can be
            converted.
    """)),
    ("convert_again", whether("{can I|may I} convert a {quantized|converted|4-bit} model{ again|}",
                              "a {quantized|converted} model can be converted again") + lines("""
        {why is|why do I not see|why can't I find} {my model|a model} {missing in|not in|in} the list under Convert
        {which|what} models can {be converted|I convert|Ingot convert}
        {convert an already quantized model|convert again|requantize}?
        how do I {turn|change} a {4-bit|quantized} model {into 8-bit|back|into another recipe}
        {there is|I see} no model {to convert|under Convert|in the list of Convert}
        my model is {missing|not listed} under Convert
    """), lines("""
        Convert lists only models that are not quantized yet, because a quantized one has lost what a conversion
            needs. Start from the original.
        Only original, unquantized models can be converted well. For another recipe, convert the original again.
        A quantized model has lost detail, so Convert does not list it. Take the original model.
    """)),
    ("original_kept", lines("""
        {does|will} {converting|a conversion} {change|delete|overwrite|replace|keep} {the original|my model|the
            original model}
        {what happens|what becomes} {to|of} the original {model |}{after|when} {converting|a conversion}
        {is the|does the} original {model |}{kept|lost|stay|deleted|gone}{ after converting| after a conversion|}
        {can I|may I} {delete|remove} the original {model |}after {converting|a conversion}
        {do I need|must I keep} the original {model |}{after converting|when it is converted}
        {original model|source model} after {conversion|converting}?
        {where is|where do I find} the {result|converted model|output of a conversion}
        {I'm afraid|I fear} that converting {deletes|changes|ruins} {my model|the original}
        {are there|do I have} two models after {converting|a conversion}
        does a conversion make a {copy|new model}
    """), lines("""
        The original stays as it is; the conversion makes a new model beside it. You can remove the original later
            under Models.
        A conversion makes a new model and keeps the original. Both are listed under Models.
        Converting never changes the original. The result is a new model, listed under Models.
    """)),
    ("compare_recipes", how("{compare|see} {the recipes|what each recipe makes|the sizes of the recipes}") + lines("""
        {what does|what is in} the table under Convert{ show|}
        {where do I|how do I} see {how large|how good|how fast} {the result|a recipe|each recipe} {will be|is}
        {table of recipes|recipe table|table in Convert}?
    """), lines("""
        Choose a model under Convert. The table shows each recipe's bits per weight, size, memory, speed, and its
            quality once made.
        Convert shows a table: bits per weight, disk, memory, speed and quality for each recipe.
        Under Convert the recipes stand side by side, with size, memory, speed and quality.
    """)),
]
