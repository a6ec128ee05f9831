"""The section Chat: sending, stopping, editing, history, system prompt, figures, thinking, links."""

from grammar import how, lines, what, whats, whether

INTENTS = [
    ("chat_section", what("{the Chat section|the section Chat|Chat}", "Chat") + how(
        "{chat with a model|talk with a model|start chatting|ask a model something}") + lines("""
        what {can I do|is there} {in|under} Chat
        {the section Chat|Chat section|Chat}?
    """), lines("""
        Chat is where you talk with a model. Choose one at the top, type below and press Enter.
        In Chat you choose a model at the top, type a message at the bottom and press Enter to send it.
        The section Chat is for talking with models: pick one at the top and type your message below.
    """)),
    ("send", how("{send a message|send my message|start a new line|write several lines}") + lines("""
        {which key|what key|what} {sends|starts a new line in} a message
        {Enter|Return} or Shift+Enter{, what is the difference|}?
        {what does|what is} Shift+Enter{ do| for|}
        {send|new line|Shift+Enter|Enter key}?
    """), lines("""
        Press Enter to send. Shift and Enter start a new line.
        Enter sends the message, and Shift+Enter begins a new line.
        Type your message and press Enter. For a new line hold Shift and press Enter.
    """)),
    ("stop",
     how("{stop an answer|stop the answer|interrupt an answer|make the model stop|stop generating}") + lines("""
        {it|the model|the answer} {does not stop|doesn't stop|goes on and on|never ends|is talking too much}
        {stop button|stop answering|stop generation|Escape key}?
        {which|what} key {stops|interrupts} {an answer|the model}
        {stop|interrupt} {the answer|answering|an answer}<please>
    """), lines("""
        Press the square stop button or the Escape key. What was written so far stays.
        Press Escape, or the square button beside the message field. The answer ends there and is kept.
        Use the stop button, the square where the send button was, or press Escape.
    """)),
    ("regenerate",
     how("{regenerate an answer|get another answer|get a new answer|ask for another answer|redo the answer}")
        + lines("""
        {I don't like|I'm not happy with|I dislike} {the answer|this answer|its answer}{. Can I get another?|. What
            can I do?|}
        {regenerate|another answer|try again button}?
        what does {Regenerate|the Regenerate button} do
        {answer again|write the answer again|make another answer}<please>
    """), lines("""
        Press Regenerate below the last answer. The model then answers again, in place of the old answer.
        Below the last answer there is Regenerate. It writes a new answer to the same question.
        Use the Regenerate button under the last answer to get another one.
    """)),
    ("edit",
     how("{edit my message|edit a question|change my question|correct a message|edit what I wrote}") + lines("""
        {I made|there is} a {typo|mistake|spelling mistake} in my {message|question}{. Can I change it?|}
        {edit|edit message|correct my question}?
        {I wrote|I asked|I sent} {something wrong|the wrong question|the wrong message}
        can a {sent message|question} be {edited|changed|corrected}
    """), lines("""
        Press the pencil beside your message, change it and press Send. The chat goes on from there.
        Each of your messages has a pencil. Edit the text and press Send; what followed is replaced.
        Click the pencil next to your message, correct it and send it again. It takes the place of what followed.
    """)),
    ("copy", how("{copy an answer|copy the answer|copy the text|copy code|copy a code block}") + lines("""
        {copy|copying|copy button}?
        {I want|I'd like|how do I get} {an answer|the text|this code} {in another app|on the clipboard|in my document}
        where is the copy button
        can {an answer|code|an answer's text} be copied
    """), lines("""
        Press the copy button below the answer. Code blocks have a copy button of their own.
        Below each answer is a button that copies it, and each code block has one too.
        Use the copy button under the answer, or the one on the code block.
    """)),
    ("system_prompt", what("{a|the} system prompt", "system prompt") + how(
        "{set|change|write} {a|the} system prompt{ of a chat|}") + lines("""
        how do I {tell the model how to answer|give the model a role|make answers shorter|make the model answer in a
            style}
        {what do I|what should I} write {as|in} the system prompt
        {is the|what is the difference between} system prompt {the same as the context|and context}?
        {system prompt|system message|role of the model}?
    """), lines("""
        The system prompt tells the model how to answer, for example "Answer briefly." You write it at the top of the
            chat, in the field System.
        It is an instruction that the model reads first, such as "Answer briefly." Type it in the field System above
            the chat.
        A system prompt says how the model should answer. The field is called System, at the top of each chat.
    """)),
    ("default_system", how("{set|change} {the default system prompt|a system prompt for all chats}")
        + lines("""
        {can I|how do I} {use|have} the same system prompt {in every chat|for all chats|always}
        {default system prompt|system prompt of new chats|system prompt for every chat}?
        where is the {default system prompt|system prompt of new chats}
    """), lines("""
        Open Settings and fill in "System prompt of new chats". Every new chat then begins with it.
        In Settings there is "System prompt of new chats". What you write there is used in each new chat.
        Write it under Settings, in "System prompt of new chats".
    """)),
    ("history", what("the chat history", "chat history") + how(
        "{open an old chat|find my old chats|see earlier chats|go back to an earlier chat|read old chats}") + lines("""
        where {are|do I find|can I see} {my old chats|my chats|earlier conversations|the history}
        {are my|are} chats {kept|saved|stored}
        {history|old chats|chat history|earlier chats}?
        {I lost|I can't find|I closed} my {chat|conversation|old chat}
    """), lines("""
        Press the clock button at the top of Chat. It lists your earlier chats, which are kept on this machine only.
        Your chats are kept on your machine. The clock button at the top of Chat opens the list, which you can search.
        Old chats are behind the clock button in Chat. Search the list or click one to open it.
    """)),
    ("search_chats",
     how("{search my chats|find a word in my chats|search in old chats|look for a chat|search the history}")
        + lines("""
        {search chats|chat search|search history|find a chat}?
        {which|in which} chat {was it where I asked about something|did I write about something|has a certain word}
        {can|does} {Ingot|the app} search {my chats|old conversations|the history}
    """), lines("""
        Open the list with the clock button in Chat and type in "Search chats". Any part of a word finds it.
        Press the clock button in Chat and type a word, or a part of one, into the search field.
        The list behind the clock button has a search field. It finds chats by any part of a word.
    """)),
    ("rename_chat",
     how("{rename a chat|rename this chat|change the name of a chat|give a chat a name|change a chat's title}")
        + lines("""
        {rename|rename chat|chat name|chat title}?
        {my chat|this chat|a chat} has {the wrong name|a bad title|a silly name}
        can a chat have {another name|a name|a different title}
    """), lines("""
        Press the clock button in Chat, then the pencil beside the chat. Type the name and press Enter.
        In the list behind the clock button each chat has a pencil. It lets you change the name.
        Open the list of chats with the clock button and use the pencil to rename one.
    """)),
    ("export_chat",
     how("{export a chat|save a chat as a file|export my conversation|share a chat|copy a whole chat|print a chat}")
        + lines("""
        {export|export chat|save chat|chat as Markdown|chat backup}?
        {I want|I'd like} {my chat|a conversation|this chat} {as a file|as Markdown|in a document}
        {in which|which} format are chats {exported|saved}
    """), lines("""
        Press the clock button in Chat. Beside each chat you can copy it as Markdown or save it as a file.
        In the list behind the clock button, use "Save as a file" or "Copy as Markdown" beside the chat.
        Each chat in the list has buttons to save it as a file and to copy it as Markdown.
    """)),
    ("delete_chat",
     how("{delete a chat|remove a chat|erase a conversation|delete my chats|delete this chat|clear my history}")
        + lines("""
        {delete chat|remove chat|erase history|delete conversation}?
        {I want|I'd like} {this chat|a chat|my conversation|my old chats} {gone|deleted|removed}
        can {a chat|chats|conversations} be {deleted|removed|erased}
    """), lines("""
        Press the clock button in Chat, then the trash beside the chat, and confirm with Remove. The model stays.
        In the list behind the clock button each chat has a trash button. Confirm with Remove.
        Open the list of chats with the clock button and press the trash beside the one to remove.
    """)),
    ("new_chat",
     how("{start a new chat|begin a new chat|open a new chat|start a new conversation|start over with a fresh chat}")
        + lines("""
        {new chat|new conversation|fresh start}?
        where is {the new chat button|the button for a new chat}
        when should I {begin|start} a new chat
    """), lines("""
        Press the New chat button at the top right of Chat. The old chat stays in the history.
        At the top of Chat there is a button for a new chat. Your old one is kept.
        Use the New chat button at the top right. A new topic is best asked in a new chat.
    """)),
    ("choose_model",
     how("{switch models|change the model|choose another model|switch to another model|use another model|load a model}")
        + lines("""
        {where is|how do I open} the {model list|list of models|model menu|model button}{ in Chat|}
        {which|what} model {is loaded|am I using|is this chat using}
        {switch model|choose model|change model|model picker}?
    """), lines("""
        Click the model's name at the top of Chat and choose one from the list. It loads with a bar of progress.
        The button with the model's name at the top of Chat opens the list. Click the model that you want.
        At the top of Chat you see the present model. Click it to choose another one.
    """)),
    ("stats", whats("the figures under an answer", "the figures under an answer") + lines("""
        what are the {numbers|figures|values} {below|under} {an answer|each answer}
        {where do I|how do I} see how {fast|quick} {an answer|the model} {was|is}
        {what does|explain} "42.1 tok/s, 0.12 s to first token, 100 tokens"{ mean|}
        {figures|numbers} under {answers|the answer}?
    """), lines("""
        They say how fast the answer came: tokens per second, the time to the first token, and how many tokens it has.
        Under an answer stand its speed in tokens per second, the wait for the first token, and its length in tokens.
        The figures are speed, time to first token and number of tokens of that answer.
    """)),
    ("context_meter", what("the bar below the message field", "context meter") + lines("""
        {where do I|how do I} see how {much context is used|full the context is|many tokens are used}
        {what does|what is} "{164 of 2,048 tokens|of context|512 of 4,096 tokens}"{ mean|}
        {context meter|context use|tokens used}?
    """), lines("""
        Below the message field a bar shows how many tokens of the context are used. When it is full, the
            oldest messages are left out.
        The bar under the message field shows how much of the model's context this chat takes.
        It shows how many tokens of the context your chat uses, and how many there are.
    """)),
    ("thinking", whats("thinking sections", "thinking section") + lines("""
        {what does|what is} "{Thinking|Thought}" {mean|above an answer|}
        {why does|does} {a model|the model|Qwen3} {think|reason} before {it answers|answering}
        {where is|how do I see|how do I open} {the thinking|the model's thoughts|what the model thought}
        {thinking|reasoning|thoughts of a model|Thought}?
    """), lines("""
        Some models think before they answer. Ingot folds that part away; click "Thought" to read it.
        A thinking section is what a model writes to itself before the answer. It is folded, and a click opens it.
        Models such as Qwen3 can think first. Their thinking is folded above the answer and opens with a click.
    """)),
    ("links", whats("links in answers", "links in answers") + lines("""
        {what happens|what if} {I click|I press|one clicks} a link{ in an answer|}
        {are links|is a link} {safe|dangerous}{ in answers| in an answer|}
        {why does|why is there} {Ingot ask|a question} before {opening a link|a link opens}
        {links|link|web address}?
        can I {open|follow|trust} {a link|links} {from a model|in an answer}
    """), lines("""
        Ingot first shows where a link leads and asks. If you agree, it opens in your browser; the model may have
            invented it.
        A click on a link shows its address and asks before it opens in your browser. Be careful, a model wrote it.
        Links open only after you have seen their address and agreed. They open in your browser.
    """)),
    ("markdown", what("Markdown{ in answers|}", "Markdown") + lines("""
        {does|can} {Ingot|the chat} {show|display} {tables|code|lists|Markdown|formatted text}
        {is code|how is code} {shown|displayed|formatted}
        {Markdown|tables|code blocks|formatting}?
        can {a model|an answer} {run code|do harm|start a program}{ on my Mac|}
    """), lines("""
        Answers may contain Markdown: Ingot shows tables, lists and code with a copy button. Nothing in an answer can
            run.
        Ingot shows Markdown as headings, lists, tables and code blocks. Code is only shown and never run.
        Markdown is simple markup for text. Ingot displays it, and nothing that a model writes can run.
    """)),
    ("sampling", what("{sampling|the sampling button}", "sampling") + lines("""
        {where is|what does} the {sliders button|button with the sliders|sampling button}{ do|}
        {which|what} {settings|values} {are there for answers|can I set for a model|are under the sliders}
        how do I {reset|restore} {the sampling values|the model's values|sampling}
        {sampling|sliders|sampling values|answer settings}?
    """), lines("""
        Sampling is how a model chooses its words. The sliders button in Chat has temperature, top-p, seed, the
            longest answer and more.
        The sliders button at the top of Chat opens Sampling: temperature, top-p, seed and others. "Use the Model's
            Values" resets them.
        Under Sampling in Chat you set how freely a model chooses words. A button there restores the model's own
            values.
    """)),
    ("several_models", whether("{can I|does Ingot let me} {load|use|run} {two models|several models} at once",
                               "{two models|several models} can be loaded at once") + lines("""
        how many models can {be loaded|I load|run} {at once|at the same time|together}
        {two models|several models} {at once|at the same time|together}?
        {I want|I'd like} to {compare two models|run two models|use several models}
    """), lines("""
        The window keeps one model loaded at a time; choosing another one unloads the first. All models share one
            memory budget.
        One model is loaded at a time: choosing another in Chat unloads the first. Many can lie on the disk side by
            side.
        Many models can be on the disk, but the window has one loaded at a time. Choose another at the top of Chat to
            switch.
    """)),
]
