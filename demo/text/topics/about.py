"""Ingot itself: what it is, who it is for, privacy, price, platforms, its parts, comparisons, first steps."""

from grammar import how, lines, what, whats, whether

INTENTS = [
    ("ingot", what("Ingot") + what("{this app|this program}", "Ingot") + lines("""
        what {am I looking at|did I just install|does this program do|is this app for|does Ingot do|is Ingot for}
        {what does|what can} {Ingot|this app|this program} do{ for me| exactly| on my Mac|}
        {why would I|why should I} {use|install|want|need} Ingot
        {sum up|summarize|introduce} Ingot{ in a sentence| for me|}
        what can I do with {Ingot|this app|it}
    """), lines("""
        Ingot is {an app|a menu-bar app} that runs language models on your own machine. It downloads models, converts
            them to MLX, chats with them, and shows GPU and memory live.
        Ingot runs language models on your own {Mac|machine}, from the menu bar. With it you download models, make
            them smaller, chat with them and watch GPU and memory.
        Ingot is an app for running language models locally: it downloads them, converts them to MLX with a recipe,
            chats with them and makes a hardware report.
    """)),
    ("who_for", whether("is Ingot for {beginners|developers|everybody|people like me|me}",
                        "Ingot is for {beginners|everybody|developers|people like me}") + lines("""
        {who is|who's} {Ingot|this app|this program} {for|made for|meant for|good for|aimed at}
        {who should|who would|who might} {use|want|need} {Ingot|this app}
        {tell me|do you know|explain} {who uses Ingot|who Ingot is for|which people Ingot is made for}
        {what kind of|what sort of|which} people {is Ingot for|use Ingot|is this app made for|need Ingot}
        {do I have to be|must I be|do I need to be} {a programmer|an expert|a developer} to use {Ingot|this|this app}
        {I'm not|I am not} {a programmer|an expert|a developer}{, is Ingot for me?|. Can I use Ingot?|, is this app
            too hard?}
        target {users|audience|group} of Ingot
        I know nothing about {computers|programming|language models}. Is Ingot {for me|too hard|something for me}?
    """), lines("""
        Ingot is for anyone who wants to run language models on their own machine. The window is enough for most
            people, and the command line is there for those who like it.
        It is for people who want to use language models privately, on their own computer. You need no programming for
            it.
        Anyone who wants a language model on their own machine. You do not have to be a programmer.
    """)),
    ("privacy", whether("{is Ingot private|is my data safe|does Ingot protect my privacy|are my chats private}",
                        "{Ingot is private|my data is safe|my chats stay private|nothing leaves my machine}")
                        + lines("""
        {does|will} {Ingot|this app|the app} {send|upload|share|collect} {my data|my chats|my messages|what I type}{
            anywhere| to a server| to the cloud|}
        {who can|can anybody|can somebody|can anyone} {read|see} {my chats|what I type|my messages|our conversation}
        {where does|where do} {my data|my messages|what I type|my words} go
        {is there|does Ingot have} any {tracking|telemetry|spying|data collection|analytics}
        {I worry|I am worried|I'm concerned} about {my privacy|privacy|my data|my secrets}
        {privacy|data protection|telemetry|tracking}?
        is it safe to {type|enter|paste|discuss} {private things|secrets|personal data|work documents} here
        {are you|is anybody} {listening|recording me|spying on me|watching me|sending this somewhere}
    """), lines("""
        Everything you type stays on your machine. The models run locally and Ingot sends nothing anywhere.
        Ingot is private: models run on your own machine, and nothing you type leaves it.
        Nothing that you type leaves your machine. Chats are kept on your own disk, and Ingot sends nothing anywhere.
    """)),
    ("offline",
     whether("{does Ingot work|can Ingot work|can I use Ingot|do models run} {offline|without internet|without a "
                      "network}",
                        "Ingot works {offline|without the internet|without a connection}") + lines("""
        {do I need|does it need|does Ingot need|do you need} {the internet|a connection|a network|wifi|to be online}{
            to chat| for chatting| to answer|}
        {can I|may I|could I} {chat|use models|use Ingot|use you} {on a plane|in a train|without wifi|without
            internet}
        {what happens|what if} {there is no internet|I am offline|the network is down|my wifi is off}
        {I have no|I often have no|there is no} {internet|network|connection|wifi}{. Can I still chat?|, does it
            matter?|. Does Ingot work then?}
        {offline use|offline mode|working offline|no internet}?
        when does Ingot {need|use} the {internet|network}
        {are you|is Ingot} {online|connected to the internet}{ right now|}
    """), lines("""
        Chatting and converting work offline. Ingot needs the internet only to search the Hub and to download models.
        Once a model is on your disk, no internet is needed. Only searching and downloading use the network.
        The network is used only to find and download models. Chats and conversions work without it.
    """)),
    ("price", whether("{is Ingot free|does Ingot cost anything|does Ingot cost money}",
                      "Ingot {is free|costs nothing|is free of charge}") + lines("""
        {how much|what} does {Ingot|this app|it|this program} cost
        {what's|what is} the price{ of Ingot| of this app|}
        {do I|must I|will I} have to {pay|buy something|buy a licence|pay anything}{ for Ingot| for this|}
        {is there|do I need|does Ingot need} a {subscription|paid version|trial|monthly fee|premium version|pro
            version}
        {price|cost|subscription|pricing}{ of Ingot|}?
        {I have no money|I don't want to pay|I can't afford much}. {Is Ingot free?|What does Ingot cost?|Can I use
            Ingot?}
        how expensive is {Ingot|this app|it}
    """), lines("""
        Ingot is free and open source. There is nothing to pay and no subscription.
        It costs nothing: Ingot is free, open-source software without a subscription.
        Ingot costs nothing. It is free and open source, without a subscription.
    """)),
    ("licence", what("the {licence|license} of Ingot", "Ingot's {licence|license}") + whether(
        "is Ingot {open source|free software}", "Ingot is open source") + lines("""
        {which|what} {licence|license} {does Ingot have|does Ingot use|is Ingot under|applies here}
        {can I|may I|am I allowed to} {read|change|copy|share|fork} {the source code|the code|Ingot's source|Ingot's
            code}
        {under which|under what} {terms|licence|license} {is Ingot published|can I use Ingot}
        {is|may} Ingot {allowed at work|be used commercially|for commercial use}
        {licence|license|MIT|Apache}?
        {where is|is there} {the source code|source code} {of Ingot|for this app}
    """), lines("""
        Ingot is open source, under the MIT or the Apache-2.0 licence, as you like.
        It is licensed under MIT or Apache-2.0; you choose. The source code is open.
        Ingot is open-source software. Its licence is MIT or Apache-2.0, whichever you prefer.
    """)),
    ("platforms", whats("the {system requirements|minimum requirements}", "system requirements") + lines("""
        {which|what} {platforms|systems|operating systems|computers|machines} {does Ingot run on|does Ingot
            support|are supported|can run Ingot}
        {on which|on what} {systems|computers|machines|platforms} does {Ingot|this app} {run|work}
        {what are|tell me|list} the {system requirements|requirements}{ of Ingot|}
        {which|what} {version of macOS|macOS|macOS version} {do I need|is needed|does Ingot need|is required}
        {does|will|can} Ingot {run|work} on {macOS 13|macOS 14|macOS 15|an old Mac|my Mac|Sonoma|Apple Silicon|a
            MacBook Air|a Mac mini|an M1|an M2|an M3|an M4}
        {do I need|is it enough to have} {a Mac|an M1|Apple Silicon|a new Mac}{ for Ingot| to use Ingot|}
        {requirements|platforms|supported systems|macOS version}?
        what do I need to {run|use|install} Ingot
    """), lines("""
        Ingot runs on macOS 14 or later with Apple Silicon. It also runs on Linux, where models compute on the CPU.
        You need a Mac with Apple Silicon and macOS 14 or later. On Linux Ingot works too, computing on the CPU.
        It needs macOS 14 or newer on Apple Silicon, or Linux, where the CPU does the computing.
    """)),
    ("linux", whether("{does Ingot run|can I use Ingot|does Ingot work|can I install Ingot} on {Linux|Debian|Ubuntu}",
                      "Ingot runs on {Linux|Debian}") + lines("""
        {is there|do you have|where is} a {Linux version|version for Linux|Linux build}{ of Ingot|}
        {what about|how about|how is it on} {Linux|Debian|Ubuntu}
        {I have|I use|I only have} {Linux|Debian|a Linux laptop|a PC with Linux}{. Can I use Ingot?|. Does Ingot
            work?|. Does it run there?}
        {Linux|Debian|Ubuntu|Linux support}?
        how {fast|well|slow} is Ingot on Linux
        {what is|what's} different on Linux
        does {Ingot|the app} use {the CPU|the GPU} on Linux
    """), lines("""
        Ingot runs on Linux, such as Debian 12. It opens in a window there and computes on the CPU, so it is slower.
        Ingot works on Linux too, on Debian 12 or a relative. Models compute on the CPU there, which is slower than a
            GPU.
        On Linux Ingot opens in a window and computes on the CPU. It works, but a Mac's GPU is faster.
    """)),
    ("windows_os", whether("{does Ingot run|can I use Ingot|will Ingot run|does Ingot work} on {Windows|an iPhone|an "
                      "iPad|Android|a phone|Windows 11}",
                           "Ingot runs on {Windows|iPhones|Android|iPads}") + lines("""
        {is there|do you have|will there be} {a Windows version|an iPhone app|an Android app|an iPad version}{ of
            Ingot|}
        {I have|I use|I only have} {Windows|a Windows PC|an iPad|an Android phone}. {Can I use Ingot?|Does Ingot
            work?}
        {Windows|Android|iPhone|iPad|Windows support}?
        {what about|how about} {Windows|Android|iPhones|iPads|phones}
        how do I {install|get|run} Ingot on {Windows|an iPad|an iPhone|Android|my phone}
    """), lines("""
        No, Ingot runs only on Macs with Apple Silicon and on Linux.
        There is no version for that: Ingot is made for macOS 14 or later on Apple Silicon, and for Linux.
        Ingot is not made for that. It runs on Macs with Apple Silicon and on Linux.
    """)),
    ("intel_mac",
     whether("{does Ingot run|can I use Ingot|will Ingot work} on {an Intel Mac|an old Intel Mac|a Mac with "
                      "Intel}", "Ingot runs on Intel Macs") + lines("""
        {I have|my Mac is|I use} {an Intel Mac|an old Mac with Intel|a Mac with an Intel chip}. {Can I use Ingot?|Will
            it work?|Does that work?}
        {what about|how about} {Intel|Intel Macs|Macs with Intel|older Macs}
        {Intel|Intel Mac|Intel support}?
        {why|how come} {do I need|is there a need for|does Ingot need} Apple Silicon
        {is Apple Silicon|is an M1|is an M chip} {needed|required|necessary|a must}
        does {MLX|Ingot} {support|like|need} Intel {chips|processors|Macs}
    """), lines("""
        On a Mac Ingot needs Apple Silicon, that is an M1 chip or later, because MLX uses its GPU. Intel Macs will not
            do.
        Intel Macs are not supported. MLX needs Apple Silicon, an M1 or later.
        Ingot needs a Mac with Apple Silicon, an M1 or newer. Intel Macs will not do.
    """)),
    ("python", whether("{does Ingot need|do I need|do I have to install} Python{ for Ingot|}",
                       "{Ingot needs|I need} Python{ for Ingot|}") + lines("""
        {which|what} {language|programming language} is Ingot {written in|made in|made with}
        {what is|how is} Ingot {built|made|written|written with|programmed}
        {is Ingot|is this app|is it} {written in|made in|a} {Rust|Python|Swift|Electron}{ app|}
        {Python|Rust and Tauri|Tauri|Svelte}?
        {tell me|explain} {what Ingot is made of|how Ingot is built|what Ingot is written in}
        what {technology|tools|framework} does Ingot use{ for its window|}
    """), lines("""
        Ingot is written in Rust, with a small web interface in Tauri. It needs no Python to run.
        It is a Rust program with a small interface in a Tauri shell, and needs no Python to run.
        Ingot is a Rust program and needs no Python to run. Its small interface uses Tauri.
    """)),
    ("versus_cloud", lines("""
        {how is Ingot different from|how does Ingot compare with|how does Ingot compare to|how does Ingot differ from}
            {the cloud|ChatGPT|online chatbots|cloud services|online models|a web chatbot}
        {why not just use|why not use|isn't it better to use} {ChatGPT|the cloud|an online service|a website}
        {what is|what's} the {advantage|benefit|point|good} of {running models locally|local models|running a model at
            home|models on my own machine}
        {why would I|why should I} {run|keep|use} {a model|models} {on my own machine|locally|at home}
        {local|a local model|Ingot} {or|versus|vs} {cloud|the cloud|an online service}{, which is better|}?
        {is|are} {a local model|local models|Ingot} {better|worse} than {the cloud|ChatGPT|online models}
        {local models|local inference|running locally}?
        {explain|tell me} why {local models|running locally} {are|is} {good|useful|better}
        {compare|difference between} {Ingot|local models} {and|with} {ChatGPT|cloud services|online services}
        {pros|pros and cons|advantages|drawbacks} of {local models|running models locally}
    """), lines("""
        A local model is private, works offline and costs nothing per message. The largest cloud models know more,
            because they are far bigger.
        With Ingot nothing leaves your machine, and it works offline and for free. Cloud models are larger and often
            cleverer, but your words go to a server.
        Local models keep your words private and work offline. Cloud services run much larger models, which know more.
    """)),
    ("versus_apps", lines("""
        {how is Ingot different from|how does Ingot compare with|how does Ingot compare to|how does Ingot differ from}
            {other apps|LM Studio|Ollama|llama.cpp|mlx-lm|other programs}
        {is Ingot|is it} {better|faster|nicer} than {LM Studio|Ollama|mlx-lm|other apps|llama.cpp}
        {why Ingot|why use Ingot|why should I use Ingot} {and not|instead of|over} {LM Studio|Ollama|another app}
        {LM Studio|Ollama|mlx-lm|llama.cpp} {or|versus|vs} Ingot?
        {compare|difference between} Ingot {and|with} {LM Studio|Ollama|other apps|mlx-lm}
        {I already have|I already use|I use} {LM Studio|Ollama}. {Why should I use Ingot?|What does Ingot do better?}
        {what makes|what is} {Ingot special|special about Ingot|unique about Ingot|Ingot different}
        {what can|what does} Ingot do that {others|other apps|LM Studio|Ollama} {cannot|can't|don't}
        {tell me|explain} what {is special about Ingot|Ingot does better}
        {strengths|strong points|special features|highlights} of Ingot
    """), lines("""
        Ingot converts models itself and measures how good the result is, says beforehand what fits, and shows GPU and
            memory live. I cannot judge other apps fairly.
        I do not know other apps well. Ingot stands out by converting with a measured quality, by refusing what does
            not fit, and by its live monitor.
        Ingot's strengths are conversion with a measured quality figure, clear numbers about what fits, and safe work
            that can stop at any moment. Other apps I cannot judge.
    """)),
    ("start", how("{get started|start with Ingot|begin with Ingot}") + lines("""
        {what do I do|what should I do|what comes} {first|now|to begin}{ in Ingot|}
        {I just installed|I have just installed|I'm new to} Ingot{. What now?|, what next?|. Where do I begin?}
        {first steps|getting started|quick start|beginner's guide|tutorial}{ with Ingot|}
        {I am a|I'm a} {beginner|newcomer|new user}{, where do I start?|. What should I do first?}
        {how does|explain how} {Ingot|this app} {work|works}
        {how do I|how can I} use {Ingot|this app|this program}
    """), lines("""
        Open Models and download a model that fits, then choose it in Chat and type. Convert can make it smaller
            first.
        First get a model under Models. Then choose it in Chat and type your question.
        Go to Models, fetch a good small one, and open it in Chat. If it is large, make it smaller under Convert.
    """)),
    ("install", how("{install Ingot|build Ingot|set up Ingot|install this app}") + lines("""
        {installation|install|setup|build from source}?
        {what do I need|which tools do I need} to {build|compile} Ingot
        {make run|make bundle}, what does that do
        {can I|how do I} {build|compile} {it|Ingot} {myself|from source}
    """), lines("""
        In the source folder, "make run" builds and opens Ingot, and "make bundle" makes an app to install. It needs
            Rust and Node 20, on a Mac also Xcode and CMake.
        Build it from source: "make run" builds and opens it, "make bundle" makes the app that people install.
        Type "make run" in the source folder to build and open it. "make bundle" makes a disk image, or a package on
            Linux.
    """)),
    ("mlx_lm", what("mlx-lm") + whether("{is Ingot|are Ingot's models} compatible with mlx-lm",
                                        "Ingot is compatible with mlx-lm") + lines("""
        {can|does} mlx-lm {load|open|read|use} {models from Ingot|what Ingot converts|Ingot's models|my converted
            models}
        {does Ingot|will Ingot} {give|produce} the same {answers|tokens|results} as mlx-lm
        how {does Ingot relate|is Ingot related} to mlx-lm
    """), lines("""
        mlx-lm is a Python program that runs models with MLX. Ingot needs no Python, gives the same tokens, and
            converts byte for byte as mlx-lm does.
        mlx-lm is the usual Python tool for MLX models. What Ingot converts can be loaded by mlx-lm, and both give the
            same tokens.
        mlx-lm runs language models with MLX in Python. Ingot is compatible with it: same files, same tokens.
    """)),
    ("problem", lines("""
        {something|it|the app|Ingot} {is broken|does not work|doesn't work|went wrong|is not working|failed}
        {I have|there is|I've got} {a problem|an error|an issue|trouble}{ with Ingot| here|}
        {I got|I see|there is|it shows} an error{ message|}{. What now?|, what do I do?|}
        {where is|where do I find|how do I see|how can I read|show me} the {log|log file|error log}
        {how do I|where can I} {report|describe|send} a {bug|problem}
        {what do I do|what should I do|what now} {when|if} {there is an error|something fails|Ingot shows an error}
        {error|bug|log|problem|it crashes|troubleshooting}?
        {help, |}{nothing works|it failed|there was an error|it says something went wrong}
        {I found|there is} a bug{ in Ingot| in this app|}
        why {does it fail|is there an error|does this not work}
    """), lines("""
        Read the error first: it says what went wrong and what to do. "Show the Log" beside it shows more, and you can
            copy that for a bug report.
        Each error says what happened and why. Press "Show the Log" below it to see more and to copy it.
        Look at the message, which says what to do, and press "Show the Log" for details. Retry often helps.
    """)),
    ("ingot_word", lines("""
        {who|why} {named|did somebody name} {the app|this app|it} Ingot
        {why that name|how come the name}, Ingot?
        {why is|why's} {it|this app|the app|this program} called Ingot
        {what does|what's} {the name|the name Ingot} {mean|stand for}
        {where does|where did} the name {Ingot |}come from
        {why did you|why did they|who} {choose|chose|pick|picked} the name Ingot
        {what is|what's} an ingot {really|in real life|of metal|in English}
        {meaning|origin|explanation} of the name{ Ingot|}
        {the name Ingot|Ingot as a name|that name}, {why|where is it from|what does it mean}?
        {is an ingot|is ingot} {a metal bar|a block of metal|made of gold|something made of metal}
        {tell me|explain|I wonder} {why it is called Ingot|what the name means|where the name comes from}
        {funny name|nice name|odd name|strange name}, Ingot{. Why?|. What does it mean?|. Where is it from?|?}
    """), lines("""
        An ingot is a block of metal cast for further use. The name fits an app that works with Metal, Apple's GPU
            interface.
        An ingot is a bar of cast metal. Metal is also the name of Apple's GPU interface, which Ingot uses.
        It means a cast block of metal, and Metal is what Apple calls its GPU interface.
    """)),
]
