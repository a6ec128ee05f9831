"""Getting models: the Hub, search, download, pause, access tokens, disk, files, families, removing."""

from grammar import how, lines, what, whats, whether

INTENTS = [
    ("hub", what("the {Hugging Face|} Hub", "Hugging Face Hub") + what("Hugging Face") + lines("""
        {where do|from where do} {models|the models} come{ from|}
        {who makes|who publishes} the models
        {Hugging Face|the Hub|HF}?
        do I need {an account|a login|to sign up} {for|at|on} {the Hub|Hugging Face}
    """), lines("""
        The Hugging Face Hub is a website where people publish models. Ingot searches it and downloads from it; public
            models need no account.
        The Hub is Hugging Face's large public library of models. In Ingot you search it under Models.
        Hugging Face runs the Hub, a public website full of models. Ingot finds and fetches models there, and most need
            no account.
    """)),
    ("download", how("{download|get|fetch|pull|add} {a model|a new model|models|another model}") + lines("""
        {I have no|there is no|I need a} model{ yet| here| on my machine|}
        {I want|I'd like|give me|get me} {a new model|another model|a better model|more models}
        {download|downloads|get a model|new model}?
        where {do I|can I} find {models|more models|a model to download}
    """), lines("""
        Open Models, type a name such as Qwen3 and press Search. Click a model to see what it needs, then press
            Download.
        Go to Models and search the Hub. Choose a model that fits your machine and press Download.
        Under Models, search by name, open one that is marked as fitting, and press Download.
    """)),
    ("search_hub", how("{search|look for|find} {a model|models} {on the Hub|by name|by its name}") + lines("""
        {search|find} {Qwen3|Llama|Mistral|SmolLM2|a Qwen model|a Llama model} {on the Hub|for me|}
        {the search|my search} {finds nothing|found nothing|has no results}
        {what does|what is} "Nothing found"{ mean|}
        {model search|search the Hub|finding models}?
    """), lines("""
        Under Models, type part of the name in the search field and press Search. Fewer or other words help if nothing
            is found.
        Type a name such as Qwen3 in the search field under Models. Each result says whether it fits your machine.
        Models has a search field for the Hub. The results say whether Ingot runs a model and whether it fits.
    """)),
    ("which_model", lines("""
        {which|what} model {should I|do I|would you|can I} {get|download|use|choose|take|try|start with|recommend}
        {what is|what's|which is} {a good|the best|the right|a good small|a good first} model{ for me| for my Mac|}
        {recommend|suggest|name} {me |}{a|a good|some|a small} model{ to download| for beginners|}
        {I don't know|I can't decide|I'm not sure} which model to {get|download|use|try}
        {best model|good model|first model|small model|model recommendation}?
        {help me|I need help to} {choose|pick|find} a {good |}model
        {is there|do you know} a {good|better|small|fast} model{ for me| I could try|}
        {which models|what models} are {good|popular|small|worth trying}
        {I want|I need} a {good|small|fast|clever} model{. Which one?|, which?|}
        what {would|do} you {use|recommend|suggest} {as a model|as a first model|instead of you}
        {how do I|how can I} {choose|pick|select} {a|the right} model{ to download|}
    """), lines("""
        Start with a small one such as Qwen3-0.6B, then try larger ones. Take the largest that fits and is still fast
            enough.
        A small Qwen3 model is a good start. Larger ones answer better, as long as Models marks them as fitting.
        Try a small model first, such as Qwen3-0.6B. After that take the largest one that fits your memory.
    """)),
    ("pause_download", how("{pause|stop|interrupt|halt} {a|the|my} download") + lines("""
        {downloading|the download} takes {too long|ages}, can I pause{ it|}
        {pause|stop|interrupt} {the download|a download|downloading}<please>
        {pausing a download|pause download|stop downloading}?
        what happens if I {pause|stop|interrupt} a download
    """), lines("""
        Press Pause beside the download, under Models. Resume goes on later from the same place.
        Beside each download under Models there is Pause. What is fetched is kept, and Resume goes on.
        In Models, press Pause next to the download. Press Resume to go on; nothing is lost.
    """)),
    ("resume_download",
     how("{resume|continue|restart|go on with} {a|the|my|a paused|an interrupted} download") + lines("""
        {my|the} download {was interrupted|stopped|broke off|failed|is stuck|did not finish}
        {what if|what happens if} {the connection breaks|the internet fails|my Mac sleeps|I quit} {during|while I run}
            a download
        {must|do} I {start over|begin again|download everything again} {after an interruption|if a download stops}
        {resume|interrupted download|failed download|broken download}?
    """), lines("""
        Press Resume beside the download under Models. It goes on where it stopped and loses at most 16 MiB.
        A download survives any interruption. Press Resume or Try Again under Models, and it goes on where it was.
        Under Models press Resume, or Try Again if it failed. What is fetched is kept, so you do not start over.
    """)),
    ("cancel_download", how("{cancel|abort|give up|discard} {a|the|my} download") + lines("""
        {I don't want|I do not want} {this download|the download|to download this} {any more|anymore}
        {I downloaded|I started to download|I'm downloading} the wrong model
        {cancel download|abort download|discard download|wrong download}?
    """), lines("""
        Press Cancel beside the download under Models. What was fetched of it is thrown away.
        Under Models press Cancel next to the download. That removes what was fetched so far.
        Use Cancel beside the download. Pause would keep what is there; Cancel gives it up.
    """)),
    ("slow_download", lines("""
        {why is|why's} {the|my} download {so slow|slow|taking so long}
        {the|my} download is {very slow|slow|so slow|taking forever}
        how {long|much time} {does|will|should} {a download|downloading|downloading a model|it} {take|need}{ to
            download|}
        {how fast|how quick} {is a download|are downloads|is downloading}
        {can I|how do I|is there a way to} {speed up|make faster} {a|the} download
        {slow download|download speed|download time}?
        {where do I see|how do I see} {the speed of a download|how long a download takes|how much is left of a
            download}
        {when will|how soon will|at what time will} {my download|the download} {be done|finish|be ready}
        {does it take|will it take} {long|hours|minutes} to download a model
        {downloading|the download} takes {forever|very long|hours}
    """), lines("""
        It depends on your connection and the model's size. The line below the download shows the speed and the time
            left.
        A download is as fast as your connection and the Hub allow. Speed and time left stand beside it under Models.
        That depends on the size and your connection. Models shows the speed and how long it will still take.
    """)),
    ("gated", whats("gated models", "gated models") + what("{a|} gated model", "gated model") + lines("""
        {why can't I|I can't|I cannot} download {Llama|this model|a model that asks for consent}
        {it says|the model says|it tells me} {its makers ask for consent|I need a token|access is refused}
        how do I {get|download|use} a gated model
        {gated|gated model|restricted model|model needs consent}?
        {access to|permission for} {a gated model|a restricted model|Llama models}
    """), lines("""
        A gated model asks you to accept its terms on its page at the Hub. After that, give Ingot an access token
            under Models.
        The makers of a gated model ask for consent: accept the terms on the model's page at the Hub, and keep an
            access token under Models.
        Gated models are not open to everybody. Agree on their page at the Hub, then add an access token under Models.
    """)),
    ("access_token",
     what("{an access token|a Hugging Face token|an API token|the Hub's token}", "access token") + how(
        "{add|enter|set|make} {an|my} access token") + lines("""
        {where do I|how do I} {get|create|put|paste|find} {a Hugging Face token|my Hub token|an hf_ token}
        {tell me|explain|I want to know} {about access tokens|what an access token does|what the Hub's token does}
        {what is|what's} {an access token|a Hugging Face token} {good for|needed for|for}
        {access token|Hugging Face token|hf_ token|API key|HF_TOKEN}?
        is {an access token|a Hub token} the same as a token of text
    """), lines("""
        An access token lets Ingot fetch models that are not for everybody. Make one in your account at the Hub and
            paste it under Models; on a Mac it is kept in the Keychain.
        It is a kind of password for the Hub, needed for gated models only. Make one in the settings of your Hub
            account, and paste it under Models.
        You make an access token in the settings of your Hub account and paste it under Models. Public models need
            none.
    """)),
    ("forget_token",
     how("{forget|remove|delete|change|replace} my {access token|Hugging Face token|Hub token}") + lines("""
        {my|the} access token {is wrong|is old|has expired|must go}
        {forget token|delete token|remove my token|wrong access token}?
        can I {take back|remove} {a|my|the} {Hub|Hugging Face} token{ again|}
    """), lines("""
        Open Models and look at the access token at the bottom. Press Forget to remove it; then you can paste another.
        Press Forget beside the access token, at the bottom of Models. After that a new one can be kept.
        At the bottom of Models the access token has a button Forget. It removes the token from this machine.
    """)),
    ("sha256", what("{SHA-256|a checksum|a SHA-256 sum}", "SHA-256") + lines("""
        {how does|does|can} Ingot {check|verify|test} {a download|downloads|downloaded files|files|what it downloads}
        {is a|how do I know that a} download {is correct|is complete|is not damaged|is safe|is undamaged}
        {what does|what is} {"checked"|"Checking"|verifying} {mean|}{ after a download|}
        {verification|checksum|SHA-256|verify a download}?
        {what happens|what if} {a file is damaged|a downloaded file is corrupt|a sum is wrong}
    """), lines("""
        SHA-256 is a fingerprint of a file. Ingot compares it for each large downloaded file with what the Hub lists,
            so a damaged file is noticed.
        Ingot checks every downloaded file against the sum that the Hub lists, such as SHA-256. A wrong file is
            fetched again and then refused.
        Downloaded files are compared with the sums that the Hub lists, such as SHA-256, a kind of fingerprint. So
            damage is noticed.
    """)),
    ("safetensors",
     what("safetensors") + whether("{does Ingot support|can Ingot load|can I use} {pickle|PyTorch|ONNX} files",
                                                  "Ingot supports {pickle|PyTorch|ONNX} files") + lines("""
        {which|what} {file format|format|formats|files} {does Ingot need|does Ingot read|can Ingot load|do models
            have}
        {what about|can I use} {pickle files|.bin files|.pt files|ONNX}
        {safetensors|file format|model format|formats}?
        are {model files|safetensors files} safe
    """), lines("""
        safetensors is a safe file format for a model's weights: only numbers, no code. Ingot loads weights in that
            format alone.
        Ingot reads weights as safetensors only, a format that holds numbers and no code. GGUF and pickle are not
            supported.
        The weights must be safetensors, which cannot contain code. Other formats, such as GGUF, are not loaded.
    """)),
    ("families", whats("{the supported models|model families|the supported families}", "model families") + lines("""
        {which|what} {models|model families|kinds of models|architectures} {does Ingot|can Ingot}
            {support|run|load|work with}
        {does Ingot|can Ingot|will Ingot} {support|run|load} {Llama|Mistral|Qwen|Qwen2|Qwen3|SmolLM2|DeepSeek}{
            models|}
        {supported models|model families|Llama|Mistral|Qwen3|Qwen2}?
        {which|what} models {work|run|can I use}{ here| in Ingot|}
    """), lines("""
        Ingot runs the families Llama, Mistral, Qwen2 and Qwen3, and models that share their design, such as SmolLM2.
        The families are Llama, Mistral, Qwen2 and Qwen3, with their relatives.
        It supports Llama, Mistral, Qwen2 and Qwen3 models, and others of the same architecture.
    """)),
    ("unsupported", lines("""
        {why is|it says} {my model|this model|a model} {is |}not supported
        {what does|what is} "Not supported"{ mean|}
        {does Ingot|can Ingot|will Ingot} {support|run|load} {Gemma|Phi|Mixtral|mixtures of
            experts|Falcon|other families}
        {I want|can I use|how about|is there} {Gemma|Phi|a mixture of experts|Mixtral|Falcon}{ here| in Ingot|}{?|}
        {Gemma|Phi|Mixtral|mixture of experts|MoE|unsupported model}?
        {Gemma|Phi|Mixtral|Falcon|Grok} {does not run|is greyed out|isn't listed|is marked as not supported}{. Why?|}
        {why can't I|why can I not|I cannot} {run|use|choose} {Gemma|Phi|Mixtral|Falcon|this model}
        {this|my|the} model {is not supported|is refused|cannot be run}{. Why?|}
        {why does Ingot|why did Ingot} {refuse|reject} {my model|this model|Gemma|Phi}
        {which|what} models {are not supported|don't work|does Ingot refuse|cannot run}
    """), lines("""
        Ingot runs models of the Llama, Mistral, Qwen2 and Qwen3 families. Gemma, Phi and mixtures of experts such as
            Mixtral are not supported.
        No other families are supported than Llama, Mistral, Qwen2, Qwen3 and their relatives: no Gemma, no Phi, no
            mixtures of experts.
        Only models of four families run: Llama, Mistral, Qwen2 and Qwen3. Others, such as Gemma, Phi and Mixtral, are
            refused by name.
    """)),
    ("remove_model",
     how("{remove|delete|uninstall|get rid of} {a model|an old model|a downloaded model|models}") + lines("""
        {I don't need|I no longer need} {a model|this model|my old model}{ any more|}
        {remove|delete|erase} {a model|the model|this model|all models} from {my disk|my Mac|the disk|Ingot}<please>
        {delete model|remove model|model removal}?
    """), lines("""
        Under Models, press Remove beside the model and confirm. That deletes its files from the disk.
        Open Models and press Remove next to the model. Ingot asks once, and then its files are gone.
        Press Remove beside it under Models. Only models in Ingot's own folder can be removed there.
    """)),
    ("disk_space", what("disk space{ of a model|}", "disk space") + lines("""
        how {much disk space|much room on the disk|many gigabytes on the disk} {does a model|do models|does Ingot}
            {take|need|use}
        {my disk|the disk|my SSD} is {full|nearly full|too small}
        how {do|can} I {free|save|get} {disk space|room on the disk|some disk space}
        {disk space|disk full|free space|storage}?
        {there is|I have} {no room|not enough room|little space} {left |}on {my|the} disk
        {what happens|what if} {the|my} disk {is full|gets full|runs full}
    """), lines("""
        Models shows how much room each takes on the disk. To free some, remove models you do not need there.
        A model takes about two bytes a parameter as published, and about half a byte after speed-4bit. Remove unused
            ones under Models.
        Each model's size on the disk stands beside it under Models. Remove what you do not need to get room.
    """)),
    ("models_folder", lines("""
        where {are|does Ingot keep|does Ingot store|do I find} {the models|my models|downloaded models|model files}
        {in which|which|what} folder {are|holds|has} {the models|my models|models}{ in|}
        {what is|where is} the {models folder|folder of models|models directory|path of my models}
        {show me|tell me|I need} {where models are stored|the folder of the models|the models folder}
        {models folder|model path|where are models stored}?
        {can I|how do I} {find|open|see} the {model files|models folder}{ on disk| in Finder|}
        {where on my disk|where on my Mac} {are|is} {my models|the models|a model}
        {I'm looking for|I can't find} {my model files|the models folder|my models on the disk}
        {where did|where does} {my download|the model} {go|end up|get saved}
        does Ingot {store|keep|save} models {in my home folder|in the library folder|on my disk}
    """), lines("""
        Ingot keeps its models in Library/Application Support/Ingot/models in your home folder, on Linux in
            .local/share/ingot/models.
        They are in Library/Application Support/Ingot/models in your home folder, on Linux in
            .local/share/ingot/models. Settings shows the place under Folders.
        On a Mac in Library/Application Support/Ingot/models, on Linux in .local/share/ingot/models. Settings shows
            it.
    """)),
    ("other_apps_models", lines("""
        {can Ingot|does Ingot|will Ingot} {use|see|find|open|run} {models of LM Studio|models from other apps|my LM
            Studio models|models I already have}
        {I have|I already have} {models in LM Studio|models from another app|models on my disk|models in the Hub's
            cache}
        {do I have to|must I} download {models|a model} again that {LM Studio has|I already have|is on my disk}
        {use|open|add} {models of other apps|LM Studio's models|a folder of models|my own model folder}<please>
        {LM Studio models|models of other programs|existing models|own model folder}?
        how do I {use|open|add|import} {a model from a folder|my own model|a local folder|models from LM Studio}
        {where do|how do} I add {another folder|a folder with models|my own folder}
        {can I|how can I} {open|load|use} a {model in a folder|local model folder|folder with a model}
        {import|importing} {a model|models|from LM Studio}
        does Ingot {share|reuse|find} models {with LM Studio|of other programs|that are on my Mac already}
    """), lines("""
        Ingot lists models of LM Studio and of the Hub's cache, and uses them in place. Other folders can be added in
            Settings.
        Models of LM Studio and other tools are listed too and are never changed. Add more folders under Settings.
        Models of LM Studio and of the Hub's cache are used where they are, and never changed. Any other folder
            opens with Choose Folder in the model list.
    """)),
    ("details_model", lines("""
        {how do I|where do I|can I} see {how big a model is|what a model needs|details of a model|the size of a model}
            before {I download it|downloading|fetching it}
        {what does|what is shown} {a model show|when I click a model|in the details of a model}
        {does it|does Ingot} {tell|show} me {the size|what a model needs|if it fits} {before downloading|beforehand|in
            advance}
        {model details|model size|size before download}?
        how {big|large} {is a model|are models|is a download}
        how many gigabytes {is|has} {a model|a download}
        {what does|what is} {"Fits"|"Too large"|"Tight"|the badge} {beside a model|in the search results}{ mean|}
        {what do|explain} the {badges|labels|marks} {in the search results|beside the models|under Models}
        {I want to know|tell me} {the size of a model|if a model fits} before I {download|fetch} it
        {is there|where is} a {preview|summary} of a model{ before downloading|}
    """), lines("""
        Click a result under Models: it shows size, memory at each recipe and whether it fits, before anything large
            is fetched.
        In the search results each model is marked as fitting, tight or too large. Click it to see sizes and memory.
        Open a result under Models. You see its size on the disk and the memory it needs with each recipe.
    """)),
    ("update_model", how("{update|refresh|renew|repair} {a model|my model|a damaged model}") + lines("""
        {is there|how do I get} a {newer|new} version of {a model|my model}
        {my model|a model|the model} is {damaged|corrupt|broken|out of date}
        {update a model|damaged model|repair a model}?
    """), lines("""
        Fetch it again with "ingot pull" and its full name, such as Qwen/Qwen3-0.6B. Only what has changed is
            downloaded.
        The command "ingot pull" with owner and name brings a model up to date and mends what is damaged.
        Download it again with "ingot pull" and its full name. What has not changed is taken over.
    """)),
]
