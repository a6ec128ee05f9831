"""Quantization, the four recipes, which to choose, group size, bits, and the figures of quality."""

from grammar import how, lines, what, whats, whether

INTENTS = [
    ("quantization", what("quantization") + what("quantizing a model", "quantizing") + lines("""
        {why|what for|for what} {do we|do people|does one|would I|should I} {quantize|quantise} {models|a model}
        {what does|how does} quantization {do|work|change}{ to a model|}
        {what does it mean|what happens} {to quantize a model|when a model is quantized}
        {is quantization|is quantizing} {good|bad|useful|harmful|lossy}
        {how do|how can} {4 bits|fewer bits|so few bits} {be enough|work}
    """), lines("""
        Quantization stores a model's weights with fewer bits. The model gets smaller, and faster on a GPU, and loses a
            little quality.
        Quantizing means storing each weight with fewer bits, such as 4 instead of 16. The model gets smaller, and
            on a GPU faster, at a small cost in quality.
        It stores the weights with fewer bits. That makes a model smaller, and faster on a GPU, and its answers a
            little less exact.
    """)),
    ("recipe",
     what("{a|the} quantization recipe", "quantization recipe") + what("a recipe in Ingot", "recipe in Ingot")
        + lines("""
        {what does|what can} a {quantization |conversion |}recipe {do|say|decide|mean} {in Ingot|for a model|here}
        {why does|why is it that} Ingot {have|use|need|speak of} recipes
        {recipes|recipe|quantization recipes}?
        {what is|tell me about|explain} the recipe {I choose|to choose|one chooses} {under Convert|when converting}
    """), lines("""
        A quantization recipe says how many bits each part of a model gets when it is converted. Ingot has four of
            them.
        A recipe decides how many bits the weights of a model get in a conversion. There are four in Ingot.
        It is a rule for converting: how many bits each of the model's matrices gets. Ingot offers four recipes.
    """)),
    ("recipes", whats("the {four recipes|recipes in Ingot|quantization recipes}", "the four recipes") + lines("""
        {which|what} {recipes|quantization recipes|conversion recipes} {are there|does Ingot have|does Ingot offer|can
            I choose from|exist}
        how many {quantization |conversion |}recipes {are there|does Ingot have|can I choose from}{ for models|}
        {list|name|show me|give me} {the recipes|all recipes|the four recipes|the names of the recipes}
        {what are my|which} {choices|options} {when converting|under Convert|for a conversion}
        {list of recipes|all recipes|recipe list|recipe names}?
    """), lines("""
        There are four: speed-4bit, the smallest and fastest; balanced-5bit, the usual one; quality-8bit, closest to
            the original; and mixed-precision, with 4 and 6 bits.
        Ingot has four recipes: speed-4bit, balanced-5bit, quality-8bit and mixed-precision. The usual one is
            balanced-5bit.
        The four recipes are speed-4bit, balanced-5bit, quality-8bit and mixed-precision.
    """)),
    ("speed_4bit", what("{speed-4bit|the speed-4bit recipe|speed 4bit|the 4-bit recipe}", "speed-4bit") + lines("""
        {when should I|when do I|why would I} {use|choose|take|pick} {speed-4bit|the 4-bit recipe|the fast recipe}
        {which|what} recipe {gives|makes} the {smallest|fastest|quickest} {model|result}
        {I want|I need|I'd like} {the smallest|the fastest} {model|result|version}{ possible|}
        {is speed-4bit|is 4-bit} {good|good enough|fast|small|bad}
        how {big|small|fast|good} is {speed-4bit|a 4-bit model}
        {speed-4bit|4-bit|4bit|speed}{ recipe|}?
    """), lines("""
        speed-4bit is the recipe for the smallest and fastest model. It uses 4 bits a weight and loses the most
            quality of the four.
        The speed-4bit recipe makes the smallest and fastest result, with 4 bits a weight. It loses the most quality.
        With speed-4bit each weight gets 4 bits: smallest, fastest, but furthest from the original. The window calls it
            "4-bit, fast".
    """)),
    ("balanced_5bit", what("{balanced-5bit|the balanced-5bit recipe|balanced 5bit|the 5-bit recipe}", "balanced-5bit")
        + lines("""
        {when should I|when do I|why would I} {use|choose|take|pick} {balanced-5bit|the 5-bit recipe|the balanced
            recipe}
        {which|what} recipe is {the usual one|the default|the standard one|used by default|balanced}
        {what is|what's} the {default recipe|usual recipe|standard recipe|normal recipe}
        {is balanced-5bit|is 5-bit} {good|good enough|a good choice|the default}
        how {big|small|fast|good} is {balanced-5bit|a 5-bit model}
        {balanced-5bit|5-bit|5bit|balanced|default recipe}?
    """), lines("""
        balanced-5bit is the usual recipe. It uses 5 bits a weight, a good balance of size, speed and quality.
        The balanced-5bit recipe is the default: 5 bits a weight, a little larger than 4-bit and clearly closer to the
            original.
        With balanced-5bit each weight gets 5 bits. It is the usual choice, a balance of size and quality; the window
            calls it "5-bit, balanced".
    """)),
    ("quality_8bit",
     what("{quality-8bit|the quality-8bit recipe|quality 8bit|the 8-bit recipe}", "quality-8bit") + lines("""
        {when should I|when do I|why would I} {use|choose|take|pick} {quality-8bit|the 8-bit recipe|the quality
            recipe}
        {which|what} recipe {is the best quality|gives the best quality|is closest to the original|loses the least|is
            the most exact|has the best quality}
        {I want|I need|I'd like} {the best quality|the highest quality|as little loss as possible|no loss of quality}
        {is quality-8bit|is 8-bit} {good|the best|lossless|worth it|slow|large}
        how {big|good|exact|slow} is {quality-8bit|an 8-bit model}
        {quality-8bit|8-bit|8bit|best quality}{ recipe|}?
    """), lines("""
        quality-8bit is the recipe closest to the original. It uses 8 bits a weight, so it is the largest of the four.
        The quality-8bit recipe keeps the best quality, with 8 bits a weight. The result is about half the size of a
            16-bit model.
        With quality-8bit each weight gets 8 bits. It is nearly the same as the original, but the largest and slowest
            of the four. The window calls it "8-bit, best quality".
    """)),
    ("mixed_precision", what("{mixed-precision|the mixed-precision recipe|mixed precision|the mixed recipe}",
                             "mixed-precision") + lines("""
        {when should I|when do I|why would I} {use|choose|take|pick} {mixed-precision|the mixed recipe}
        {which|what} recipe {mixes|uses} {4 and 6 bits|4-bit and 6-bit|different bits|more than one width}
        {why does|how does} mixed-precision {use|mix|have} {4 and 6 bits|two widths|different bits|more bits in
            places}
        {which parts|which layers|what} get {6 bits|more bits} {in mixed-precision|with the mixed recipe}
        {is mixed-precision|is the mixed recipe} {good|better than 4-bit|worth it}
        {mixed-precision|mixed|4 and 6 bits|mixed bits}{ recipe|}?
    """), lines("""
        mixed-precision uses 4 bits for most weights and 6 bits where it matters most. It needs about 5 bits a weight.
        The mixed-precision recipe mixes 4-bit and 6-bit: sensitive parts of the model get 6 bits, the rest get 4.
        With mixed-precision the parts where quantizing hurts most get 6 bits, all others 4, about 5 a weight in all.
    """)),
    ("which_recipe", lines("""
        {which|what} {quantization |conversion |}recipe {should I|do I|would you} {choose|take|use|pick|recommend}{
            for my Mac| for my model|}
        {which|what} {quantization recipe|recipe in Ingot|recipe} is {best|the best|right for me|right|best for my
            Mac}
        {help me|I need help to} {choose|pick|decide on} a {quantization |conversion |}recipe{ for my model|}
        {I don't know|I can't decide|I'm not sure} which {quantization |conversion |}recipe to {choose|take|use|pick}
        {recommend|suggest} a {recipe for converting|quantization recipe|recipe for my model|conversion recipe}
        {what would you|what do you} {recommend|suggest|advise}{ me|} {for converting|as a recipe|under Convert}
        {best recipe|recommended recipe|right recipe|which recipe}?
        {4-bit|speed-4bit} or {8-bit|quality-8bit|5-bit|balanced-5bit}{, which one|}?
        {should I|do I} {use|take|choose} {4-bit or 8-bit|4 bits or 8 bits|4, 5 or 8 bits|more bits or fewer bits}
        how do I {choose|decide on|pick} {a|the} {recipe|quantization recipe|right recipe}
        {how many|what number of} bits {should I|do I} {use|choose|take}
    """), lines("""
        Take balanced-5bit if you are unsure. Choose quality-8bit if there is memory to spare, and speed-4bit if it is
            tight.
        balanced-5bit suits most people. With plenty of memory take quality-8bit, with little take speed-4bit.
        Start with balanced-5bit, the usual one. quality-8bit is closer to the original, speed-4bit is smaller and
            faster.
    """)),
    ("default_recipe",
     how("{change|set|choose} {the default recipe|the usual recipe|the recipe offered first}") + lines("""
        {where is|what is} the setting for the {default|usual|first} recipe
        {set|change} the {default|usual} recipe{ in Settings|}<please>
        {can the|may the} default recipe be {changed|set|another one}
    """), lines("""
        Open Settings and choose another one under "Recipe offered first". Convert then selects it for you.
        Under Settings there is "Recipe offered first". The recipe you choose there is selected in Convert.
        In Settings, set "Recipe offered first" to the recipe you like.
    """)),
    ("bits_per_weight",
     whats("bits per weight", "bits per weight") + what("a bit of a weight", "bits per weight") + lines("""
        {how many bits|what number of bits} {does|do} {a weight|each weight|weights|a parameter} {have|take|need}{
            after converting| in a recipe|}
        {why is|why are} {bits per weight|the bits per weight} {4.5|5.5|8.5|not a whole number} {and not 4|instead of
            4|}
        {why 4.5|where do 4.5 bits come from}{ bits|}{ instead of 4|}
        {the column|the number called} bits per weight{, what is it|}?
        {bits per weight|bits a weight|bpw}?
    """), lines("""
        Bits per weight is how much room one weight takes on average. With groups of 64, 4 bits make 4.5, 5 make 5.5
            and 8 make 8.5, because each group stores a scale and a bias.
        It is the average room that one weight takes. Scales and biases add half a bit in groups of 64, so speed-4bit
            takes 4.5 bits.
        It says how many bits one weight takes on average, scales included: 4.5 for speed-4bit, 5.5 for balanced-5bit,
            8.5 for quality-8bit.
    """)),
    ("group_size", what("{the|a} group size", "group size") + lines("""
        {which|what} group size {should I|do I} {choose|take|use|pick}
        {what does|what is} {32, 64 or 128|the number 64|64} {mean|for} {under Convert|in Convert|in the conversion}
        {what happens|what changes} with a {smaller|larger|bigger} group size
        {should I|must I|can I} change the group size
        {group size|groups of 64|size of groups|group size 32 or 128}?
    """), lines("""
        The group size is how many weights share one scale when a model is quantized: 32, 64 or 128. 64 is usual;
            smaller groups are more exact and a little larger.
        Weights are quantized in groups that share a scale. The usual group size is 64; 32 is more exact, 128 is
            smaller.
        It says how many weights share a scale: 32, 64 or 128. Keep 64 unless you have a reason.
    """)),
    ("padding", what("padding{ in a conversion| of rows|}", "padding") + lines("""
        {what does|what is} "Pad rows that the groups do not divide"{ mean| do|}
        {should I|do I need to|must I|when do I} {tick|check|use|switch on} {the pad box|Pad rows|padding|the padding
            option}
        {what is|what's|explain} the {checkbox|box|option} {Pad rows|about padding} {for|good for|}
        {why are there|what are} rows that {the groups do not divide|cannot be quantized}
        {pad|pad rows|padding option}?
    """), lines("""
        Padding widens some rows with zeros, so that they can be quantized in groups. It changes no result; few models
            need it.
        Rows that the group size does not divide stay unquantized. Padding fills them with zeros, which changes no
            result.
        Padding fills rows with zeros until the groups divide them, so that they can be quantized too. The results
            stay the same.
    """)),
    ("quality_loss",
     whether("{does converting|does quantization|does a smaller model|will converting} {lose|hurt|reduce} "
                      "quality", "{quantization|converting} loses quality") + lines("""
        how {much|bad is the} {quality is lost|quality do I lose|worse does it get|does a model lose}{ by converting|
            with 4 bits| by quantizing|}
        {how good|how exact|how well} is {a converted model|a quantized model|the result of a conversion}
        {does|will} a {converted|quantized|smaller} model {answer worse|get dumber|make more mistakes|be as good}
        {is|are} {a converted model|quantized models} {as good as|worse than|the same as} the original
        {how does Ingot|does Ingot} {measure|check|test} {the quality|how good the result is|quality after converting}
        {quality loss|loss of quality|quality after converting}?
        {I fear|I worry} that converting makes {the model|my model} {stupid|worse|useless}
        {what do|how do I read} the {quality figures|quality numbers|figures under Quality}{ mean|}
    """), lines("""
        A little quality is lost: almost none with 8 bits, more with 4. Ingot measures it after each conversion by
            comparing the result with the original.
        The fewer bits, the more is lost; with 8 bits hardly anything. After a conversion Ingot compares both models
            and shows the figures.
        With quality-8bit the answers are nearly the same, with speed-4bit a bit worse. Ingot measures the difference
            and shows it.
    """)),
    ("kl", what("{KL divergence|the KL divergence|KL}", "KL divergence") + lines("""
        {what does|how do I read} {KL 0.0123|the KL figure|the number after KL|KL divergence of 0.05|the KL} {mean|}
        {what is|which is} a {good|low|high|bad} KL divergence
        {is a|should the} {low|small|high|large} KL {good|bad|be small}
        {KL divergence|KL|Kullback-Leibler}?
    """), lines("""
        KL divergence says how far the converted model's expectations are from the original's. 0 means the same;
            smaller is better.
        It measures how differently two models expect the next token. For a conversion 0 is perfect, and small is
            good.
        The KL divergence compares what the original and the converted model expect next: 0 is no difference.
    """)),
    ("perplexity", what("perplexity", "perplexity") + lines("""
        {what is|which is} a {good|low|high|bad|normal} perplexity
        {is a|should} {low|high|small|large} perplexity {good|bad|better|worse}
        {what does|how do I read} {perplexity 14|the perplexity|a perplexity of 13.5} {mean|say|}
        {how is|what does} perplexity {measured|measure|tell me}
        {perplexity|perplexity of a model|perplexity figure}?
    """), lines("""
        Perplexity says how surprised a model is by a text; lower is better. After a conversion it should be nearly
            the same as the original's.
        It measures how surprised a model is by real text. Low is good, and a good conversion hardly changes it.
        Perplexity is a measure of surprise at a text: the lower, the better the model predicts it.
    """)),
    ("agreement", what("agreement{ of two models|}", "agreement") + lines("""
        {what does|what is meant by} "{97.4|97|90|99|85} % the same"{ mean|}
        {what does|what is} {the percent figure|the percentage|% the same} under Quality{ mean|}
        how often {do|does} {the converted model and the original|both models|original and result} {agree|say the
            same}
        {is|what is} a {good|high|low} agreement{ good|}
        {agreement|top-1 agreement|percent the same}?
    """), lines("""
        Agreement is how often the converted model and the original hold the same token for the likeliest next one.
            100 percent would be perfect.
        It says in what share of cases both models would choose the same next token. Higher is better.
        The agreement tells how often the original and the converted model expect the same next token.
    """)),
    ("model_too_large", lines("""
        {my|the|this} model is too {big|large|heavy} for <mac>
        {the model|it|my model} {does not|doesn't|won't|will not} {fit|fit into memory|fit my Mac|fit in my memory}
        {what can I do|what do I do|what now|what helps} {if|when} a model {is too large|does not fit|is too big|won't
            load}
        {how can I|how do I} {make a model smaller|shrink a model|run a big model|make it fit|reduce a model's size}
        {I get|it says|there is|I see} {too large|not enough memory|an error about memory} {when I load a model|for my
            model|for this model}
        {Ingot|the app} {refuses|refused|does not load|won't load} {my|a|this} {large |big |}model{. Why?|}
        {I want|I'd like|is there a way} to run a {bigger|larger} model{ than fits|} on <mac>
        {too large|too big|does not fit|model too large|out of memory}?
        {a model|my model} needs {more memory than I have|too much memory|too much RAM}
        why {is my model|is this model|is it} too {large|big}{ for my Mac| to load|}
    """), lines("""
        Convert it with fewer bits: speed-4bit makes it about a quarter of its size. If it is still too large, take a
            smaller model under Models.
        Make it smaller under Convert, for example with speed-4bit, or choose a model with fewer parameters.
        Open Convert and choose a recipe that fits; the table shows the memory each one needs. Or take a smaller
            model.
    """)),
]
