"""Words one meets: MLX, Metal, GPU, unified memory, tokens, context, cache, and what language models are."""

from grammar import how, lines, what, whats

INTENTS = [
    ("mlx", what("MLX") + lines("""
        {why does|how does|for what does} Ingot use MLX
        {who makes|who made|where does} MLX{ come from|}
        {MLX|Apple MLX|MLX framework}?
    """), lines("""
        MLX is Apple's open-source framework for machine learning on Apple Silicon. Ingot uses it to compute the
            models.
        MLX is Apple's library for machine learning on Macs. In Ingot it runs the models on the GPU.
        It is a machine-learning framework from Apple, made for Apple Silicon. Ingot's models run with it.
    """)),
    ("metal", what("Metal") + lines("""
        {why|how|when} does Ingot {use|need} Metal
        {Metal|Apple Metal|Metal API}?
        {is Metal|does Metal mean} {a material|a kind of music|a graphics interface|something of Apple's} here
    """), lines("""
        Metal is Apple's interface to the GPU. MLX uses it, so Ingot's models run fast on a Mac.
        Metal is how programs use the GPU of a Mac. MLX computes through it.
        It is Apple's programming interface for GPUs. MLX, and so Ingot, computes with it on a Mac.
    """)),
    ("gpu", what("{a|the} GPU", "GPU") + lines("""
        why {does Ingot|do models|does a language model} {use|run on|need} {the GPU|a GPU}
        {is a GPU|is the GPU} {faster|better|quicker} than {a CPU|the CPU|the processor}
        {what does|what's} GPU {stand for|short for}
        {GPU or CPU|CPU or GPU|graphics processor}?
    """), lines("""
        The GPU is the graphics processor. It does many sums at once, so language models run much faster on it than on
            the CPU.
        A GPU is a graphics processor. It computes many things in parallel, which suits language models.
        It is the graphics processor of a computer. Models run on it because it does many calculations at the same
            time.
    """)),
    ("unified_memory", what("unified memory") + lines("""
        {why is|how is} unified memory {good|useful|helpful} for {models|language models}
        do {the CPU and the GPU|CPU and GPU|processor and GPU} share {memory|the memory|their memory}
        {how much|what about} {video memory|VRAM|GPU memory} {does my Mac have|is there on a Mac}
        {unified memory|VRAM|shared memory|RAM of a Mac}?
    """), lines("""
        On Apple Silicon the CPU and the GPU share one memory. So a model can use most of a Mac's memory without
            copying.
        Unified memory is memory that the CPU and the GPU share, as on Apple Silicon. Large models fit there more
            easily.
        It means that CPU and GPU use the same memory. Macs with Apple Silicon have it, so nothing needs to be copied.
    """)),
    ("apple_silicon", what("Apple Silicon") + lines("""
        {what is an M1|what is an M2|what is an M4|what are M chips|what are Apple's chips}
        {do I have|does my Mac have|how do I know if I have} Apple Silicon
        {which chips|which Macs|what chips} {are|have|count as} Apple Silicon
        {Apple Silicon|M1 chip|Apple chip}?
    """), lines("""
        Apple Silicon is Apple's own line of chips, from the M1 on. CPU, GPU and memory are together in one chip
            package.
        Apple Silicon means Apple's own chips: M1, M2, M3, M4 and later. Ingot needs one of them on a Mac.
        It is the name of Apple's own chips, such as the M1. The CPU and the GPU share one memory there.
    """)),
    ("token_text",
     what("{a token|a token of text|a token in a text}", "token") + whats("tokens{ of text|}", "tokens") + lines("""
        how {long|big|many letters} is {a|one} token
        how many {tokens|words} {are in|are|make up} {a word|a sentence|a page|100 tokens|1000 tokens}
        is a token {a word|a letter|a syllable}
        {what is|what's} the difference between a {token and a word|word and a token}
        {token|tokens}?
    """), lines("""
        A token is a piece of text, often a word or part of one. Models read and write token by token; 100 tokens are
            about 75 English words.
        A token is a short piece of text: a word, a part of a word or a mark. Language models work with tokens.
        Models read and write text in pieces called tokens. A token is about three quarters of an English word.
    """)),
    ("tokenizer", what("{a|the} tokenizer", "tokenizer") + lines("""
        {how is|how does} text {turned into|become|split into|cut into} tokens
        {what makes|who makes|what creates} the tokens
        {why does a model need|does every model have} a tokenizer
        {tokenizer|tokenization}?
    """), lines("""
        A tokenizer cuts text into tokens and gives each a number, which the model reads. Each model comes with its
            own.
        The tokenizer turns text into tokens and back. Every model brings its own.
        It splits text into tokens, the pieces that a model reads, and joins the model's tokens into text again.
    """)),
    ("tokens_per_second", what("{tokens per second|tok/s}", "tokens per second") + lines("""
        {what does|what is} {41 tok/s|the tok/s figure|tok/s|the speed under an answer} {mean|say|}
        how is the speed of {a model|an answer} {measured|given|shown}
        {what is|is} {20|30|50|10} tok/s{ good| fast| a good speed|}
        {how many|what number of} tokens per second {is fast|is good|do I get|is normal}
        {tok/s|tokens per second|tokens a second}?
    """), lines("""
        Tokens per second is how fast a model writes. Ten a second is about reading speed; Ingot shows it under each
            answer.
        It is the speed of an answer: how many tokens are written each second. Ingot shows it below the answer as
            tok/s.
        tok/s means tokens per second, the speed at which a model writes. Ten is about as fast as you read.
    """)),
    ("first_token", what("{time to first token|the time to first token}", "time to first token") + lines("""
        {why does it take|why is there} {so long|a pause|a wait|some time} before the {answer|first word}{ comes|
            starts|}
        {what does|what is} "{0.12 s|0.5 s|2 s} to first token"{ mean|}
        {why do I wait|why must I wait} {before|until} {an answer starts|the first word|it answers}
        {TTFT|time to first token|s to first token}?
        the {first word|answer} {comes late|takes long to start|takes a while to begin}
    """), lines("""
        Time to first token is how long you wait before an answer begins. The model reads your text in that time, so
            long prompts take longer.
        It is the wait before the first word of an answer. In that time the model reads the prompt.
        The time to first token is the pause before the answer starts, in which the model reads what you wrote.
    """)),
    ("prefill", what("{prefill|prefill of a prompt}", "prefill") + what("{decode|decoding}", "decoding") + lines("""
        {what is|what's} the difference between prefill and decode
        {what does|what is} "{Reading the prompt|Reading}"{ mean|}
        {prefill|decode}?
    """), lines("""
        Prefill is reading the prompt, many tokens at once. Decoding is writing the answer, one token after another.
        A model first reads your text, which is called prefill, and then writes token by token, which is called
            decoding.
        Prefill means reading the prompt, and decode means writing the answer.
    """)),
    ("context",
     what("{the context|a context|a model's context}", "context") + what("the context length", "context length")
        + lines("""
        how {long|big|large} is {the context|a context|your memory of this chat}
        how much {text|of a chat} can {a model|the model} {remember|read|see|keep in mind}{ at once|}
        {does|will} {a model|the model} {remember|forget} {the whole chat|earlier messages|what I said before}
        {what is|what's|where is} the {context window|context length|size of the context}
        {context|context length|context window}?
    """), lines("""
        The context is the text that a model sees at once: your chat so far, counted in tokens. Its greatest size is
            the context length.
        A model's context is all the text it can take into account at once. The context length says how many tokens
            that is.
        Context is what the model has in view: the system prompt, your messages and its answers. The context length
            limits it.
    """)),
    ("context_full", lines("""
        {what happens|what if|what do I do} {when|if} the context is {full|nearly full|used up|too long}
        {it says|I see|there is} {nearly full|"nearly full, the oldest messages will be left out"|that the context is
            full}
        {what does|why does it say} {"without the 4 oldest messages"|"without the oldest message"|without the oldest
            messages}{ mean|}
        {my|this|the} {chat|conversation} is {too long|very long|nearly full}
        {the context is|context} {full|nearly full|running out}{. What now?|, what do I do?|?}
        {are|why are|will} {old|the oldest|early} messages {be left out|left out|dropped}{ of a chat|}
        {can|may|could} a chat {become|get|grow} too long
        {should I|do I have to|must I} begin a new chat {when the context is full|now that the context is nearly full}
        {the meter|the bar|the line} {says|shows} {nearly full|that the context is nearly full}
        how long can {a chat|a conversation|our talk} {be|get|become|last}
        {what is|what's} the {limit|longest length} of a {chat|conversation}
        {why does|why did} the model {forget|not remember} the {beginning|start} of a {long |}chat
        how do I know {how much context is used|how full the context is|when the context is full}
    """), lines("""
        When a chat outgrows the context, Ingot leaves out its oldest messages and goes on. The line below the message
            field shows how much is used.
        The chat goes on, but the model no longer sees the oldest messages. Below the message field Ingot says when the
            context is nearly full.
        A chat may be as long as you like. What no longer fits into the model's context is left out, the oldest
            messages first; they stay in the chat for you.
    """)),
    ("kv_cache", what("{the|a} KV cache", "KV cache") + lines("""
        what is {the cache|cache} {in memory|for|of a model|in the Monitor|used for}
        {why does|how does} the cache {grow|take memory|need memory|get larger}
        {what is kept|what does Ingot keep} {between two messages|from turn to turn}
        {KV cache|cache|key-value cache|keys and values}?
        {why is|why's} the second {answer|message} {faster|quicker to start}
    """), lines("""
        The KV cache keeps what a model has computed for the text so far, so that it reads only what is new. It grows
            with the chat.
        It holds the keys and values of the text so far. Thanks to it each new message is read without starting over.
        The KV cache is memory for what was computed already in a chat. It grows with every token.
    """)),
    ("language_model", what("{a|} language model", "language model") + what("an LLM", "LLM") + lines("""
        {what does|what's} LLM {stand for|short for}
        how {does|do} {a language model|language models|an LLM|such a model} {work|think|write|answer}
        {are language models|is a language model} {intelligent|a kind of AI|a program}
        {language model|LLM|LLMs|large language model}?
    """), lines("""
        A language model is a program that has learned from much text which words come next. It answers by writing one
            token after another.
        A language model predicts the next piece of text, again and again. It learned that from very much text.
        It is a large set of numbers, learned from text, that predicts what comes next. That is how it writes answers.
    """)),
    ("parameters",
     whats("parameters{ of a model|}", "parameters") + whats("weights{ of a model|}", "weights") + lines("""
        {what does|what is} {7B|8B|0.6B|70B|a billion parameters|1B} mean{ in a model's name|}
        {what does|what is} the B in {7B|Qwen3-0.6B|a model's name|8B}{ mean|}
        {are|is} {more parameters|a larger number of parameters} better
        {parameters|weights|7B|parameter count}?
        {what is|what's} {a parameter|a weight} of a model
    """), lines("""
        Parameters, or weights, are the numbers that a model has learned. 8B means eight billion of them; more know
            more but need more memory.
        They are the learned numbers inside a model. A name with 7B means seven billion of them.
        A model's parameters are the numbers it learned, also called weights. The B in a name means billions.
    """)),
    ("temperature", what("{temperature|the temperature setting|the temperature}", "temperature") + lines("""
        {which|what} temperature {should I|do I} {use|choose|set|take}
        {what happens|what changes} {with|at} {a high|a low} temperature
        {what does|what is} temperature {0|1|0.7|zero} {mean|do|}
        how do I make answers {more creative|more random|less random|more predictable}
        {temperature|sampling temperature|temperature 0.7}?
        {change|set|lower|raise} the temperature{ of a model|}<please>
        {where do I|how do I} {change|set|lower|raise} the temperature
    """), lines("""
        Temperature says how freely a model chooses its words. 0 always takes the likeliest; higher is more varied.
            You set it with the sliders button in Chat.
        It controls how random answers are: 0 is the most predictable, 1 is lively. It is under the sliders button in
            Chat.
        A low temperature gives predictable answers, a high one varied answers. Set it under Sampling in Chat.
    """)),
    ("top_p", what("top-p") + what("{top-k|min-p}") + lines("""
        {which|what} {top-p|top-k|min-p} {should I|do I} {use|choose|set|take}
        {what does|what is} {top-p 0.9|top-p 1|top-k 40|min-p 0.05} {mean|do|}
        {top-p|top p|top-k|min-p}?
        {where do I|how do I} {change|set} {top-p|top-k|min-p}
    """), lines("""
        Top-p, top-k and min-p leave out unlikely tokens: top-p keeps the likeliest up to a total probability, top-k
            the k likeliest, min-p those not too far below the best.
        They limit the choice of the next token to likely ones: top-p by total probability, top-k by number, min-p by
            comparison with the best.
        These settings keep a model to likely tokens: top-k by their number, top-p by their total probability, min-p by
            comparison with the best. They are under the sliders button in Chat.
    """)),
    ("seed", what("{a|the} seed", "seed") + lines("""
        how do I get the same answer {twice|again|each time}
        {which|what} seed {should I|do I} {use|choose|set}
        {why is|why are} {the answer|answers} different {each time|every time}
        {seed|random seed}?
        {where do I|how do I} {set|change|enter} {the|a} seed
        {make|I want} {answers|an answer} {repeatable|reproducible}
    """), lines("""
        A seed makes the random choice repeatable: the same seed and the same question give the same answer. Set it
            under Sampling in Chat.
        With the same seed a model gives the same answer to the same question again. It is under the sliders button in
            Chat.
        The seed fixes the randomness of an answer, so that it can be repeated. Without one it is random.
    """)),
    ("repetition", what("{the|} repetition penalty", "repetition penalty") + lines("""
        {the model|it|my model} {repeats itself|says the same thing again and again|loops|goes in circles}
        how do I {stop|prevent|avoid} {repetition|repeating|loops}
        why does {a model|the model|it} {repeat itself|repeat words|loop}
        {repetition penalty|repetition}?
    """), lines("""
        The repetition penalty makes recent tokens less likely to come again. 1 is off; set it a little higher, such
            as 1.1, if a model repeats itself.
        It keeps a model from repeating itself. 1 is off, and 1.1 is a gentle value; it is under Sampling in Chat.
        If a model repeats itself, raise the repetition penalty a little under Sampling. 1 means off.
    """)),
    ("max_tokens", how("{limit|change|set} the length of {answers|an answer}") + lines("""
        {what is|what does} "Longest answer"{ mean|}
        {what does|what is} "Length limit reached"{ mean|}
        {the|my|an} answer {is cut off|stops in the middle|ends too early|is too long|is not finished}
        {why does|why did} the answer {stop|end} {in the middle|so early|suddenly}
        {longest answer|max tokens|length limit}?
    """), lines("""
        "Longest answer" under Sampling in Chat limits an answer, in tokens. If an answer is cut off, set it higher.
        An answer that is cut off has reached "Longest answer". Set that under the sliders button in Chat, in tokens.
        An answer ends at the limit that "Longest answer" sets, in tokens. You change it under Sampling.
    """)),
    ("prompt", what("{a|the} prompt", "prompt") + lines("""
        how do I {write|make|phrase} {a good prompt|good prompts|better prompts|a better question}
        {tips|advice} for {good prompts|prompting|writing prompts}
        {prompt|prompts|prompting}?
        {how can I|how do I} get better answers
    """), lines("""
        A prompt is the text that you give a model. A good one says clearly what you want, with the facts it needs.
        The prompt is what you write to the model. Be clear, give the facts, and say how long the answer should be.
        It is your text to the model. Clear and complete prompts get better answers.
    """)),
    ("hallucination", what("{a|} hallucination", "hallucination") + lines("""
        {why do|do} {models|language models} {make things up|invent facts|lie|say false things|hallucinate}
        {can I|should I} {trust|believe} {a model|what a model says|a language model|the answers}
        {are the answers|is what a model says} {always |}{right|true|correct|reliable}
        {hallucination|hallucinations|made-up facts}?
        the model {made something up|told me something false|invented a fact|was wrong}
    """), lines("""
        A hallucination is a false statement that a model makes confidently. Models predict likely words and do not
            know what is true, so check what matters.
        Models sometimes invent facts; that is called hallucination. Check important things elsewhere.
        It means that a model makes something up. It happens to all of them, so check what is important.
    """)),
    ("inference", what("inference") + lines("""
        {what is|what's} the difference between {training and inference|inference and training}
        {is|does} Ingot {for inference|only for inference|do inference} {or for training|or training|only}
        {what is|what's} the {word|name|term} for {using a model|running a model|applying a model}
        {inference|inference or training|inference engine}?
        {what does|what happens in|tell me about} {an inference|inference|inference in Ingot}{ mean|}
        {does the model|do models} learn from {my chats|our chat|what I say}
        {are you|is a model} learning {from me|while we talk}
    """), lines("""
        Inference is using a model, training is making it. Ingot does inference only; models do not learn from your
            chats.
        Using a model to answer is called inference. Ingot does not train models, and they learn nothing from your
            chats.
        Ingot runs models and does not train them. Running is called inference, and nothing is learned from your
            chats.
    """)),
    ("layers",
     whats("layers{ of a model|}", "layers") + what("{a|the} transformer", "transformer") + what("attention")
     + lines("""
        how is a {language |}model built{ inside|}
        {layers|transformer|attention}?
    """), lines("""
        Most language models are transformers: a stack of layers, in which attention looks at earlier words and a
            feed-forward part works on the result.
        A transformer is a stack of layers. In each, attention decides which earlier tokens matter.
        Language models are built of layers. Each has attention, which looks back at the text, and a feed-forward
            part.
    """)),
    ("dtype",
     whats("{bfloat16 and float16|float16 weights|16-bit weights}", "bfloat16") + what("bfloat16") + lines("""
        {what does|what is} {bf16|fp16|float32|half precision} mean
        {bfloat16|float16|bf16|float32|fp16}?
        in which {type|format|precision} are {models|weights} {stored|published}
    """), lines("""
        bfloat16 and float16 are numbers of 16 bits, two bytes each. Most models are published that way, and
            converting makes them smaller.
        They are formats for numbers with 16 bits. Models usually come so, at two bytes a weight.
        Weights are usually published as 16-bit numbers, called float16 or bfloat16. That is two bytes a weight.
    """)),
]
