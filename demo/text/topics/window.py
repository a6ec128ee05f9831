"""The window's sections, the menu bar, and Settings."""

from grammar import how, lines, what, whats, whether

INTENTS = [
    ("sections", whats("the sections{ of the window|}", "the sections") + lines("""
        {which|what} {sections|parts|pages|tabs} {does the window have|are there|does Ingot have}
        {what is|what do I find} in the {sidebar|side bar|window}
        how is the window {arranged|organized|laid out}
        {sections|sidebar|tabs}?
    """), lines("""
        The window has six sections: Chat, Models, Convert, Monitor, Hardware and Settings.
        There are six: Chat, Models, Convert, Monitor, Hardware and Settings. The sidebar leads to them.
        In the sidebar you find Chat, Models, Convert, Monitor, Hardware and Settings.
    """)),
    ("models_section", what("{the Models section|the section Models}", "the Models section") + lines("""
        {what can I do|what is there|what do I see} {in|under} Models
        {what is|what's} {Models|the Models page} {for|good for}
        {Models section|section Models|Models page}?
    """), lines("""
        Models lists your downloads and the models on this machine, and searches the Hugging Face Hub for more.
        Under Models you search the Hub, download models, see those on your machine and remove them.
        The section Models is for getting models: search, download, chat with them or remove them.
    """)),
    ("convert_section", what("{the Convert section|the section Convert}", "the Convert section") + lines("""
        {what can I do|what is there|what do I see} {in|under} Convert
        {what is|what's} {Convert|the Convert page} {for|good for}
        {Convert section|section Convert|Convert page}?
    """), lines("""
        Convert makes a model smaller with a recipe. It shows what each recipe would give, and how good the result is.
        Under Convert you choose a model and a recipe and make a smaller version of it.
        The section Convert turns a model into a smaller one for MLX, with one of four recipes.
    """)),
    ("monitor_section", what("{the Monitor section|the section Monitor|the Monitor}", "the Monitor") + how(
        "{see|watch} {the GPU|GPU use|memory use|how busy the GPU is|GPU and memory live}") + lines("""
        {what can I do|what is there|what do I see} {in|under} Monitor
        {what are|explain} the {charts|curves|graphs} {in the Monitor|under Monitor}
        {Monitor|monitor section|GPU usage|live charts}?
    """), lines("""
        Monitor shows GPU and memory live, in charts of the last ten minutes, and which models are loaded.
        The section Monitor draws the utilization and the memory of the last ten minutes and lists the loaded models.
        Under Monitor you see how busy the GPU is and what the memory is used for, over the last ten minutes.
    """)),
    ("hardware_section", what("{the Hardware section|the section Hardware}", "the Hardware section") + lines("""
        {what can I do|what is there|what do I see} {in|under} Hardware
        {what is|what's} {Hardware|the Hardware page} {for|good for}
        {Hardware section|section Hardware|Hardware page}?
    """), lines("""
        Hardware makes a report about your machine: what it is, whether its GPU computes correctly, and which models
            fit.
        Under Hardware you press Make Report and learn what your machine is and which models fit it.
        The section Hardware is for the hardware report. Press Make Report there.
    """)),
    ("settings_section", what("{the Settings section|the section Settings|Settings}", "Settings") + how(
        "{open|find|change} {the settings|the preferences|settings}") + lines("""
        {which|what} {settings|options|preferences} {are there|does Ingot have|can I change}
        {do I|must I|how do I} save {the settings|settings|my changes in Settings}
        {settings|preferences|options}?
    """), lines("""
        Settings has appearance, opening at login, a keyboard shortcut, the command in terminals, memory, the system
            prompt, the first recipe and folders. Changes count at once.
        Open Settings in the sidebar. There are general options, memory, chat and conversion, and folders; nothing
            needs to be saved.
        Under Settings you find General, Memory, Chat and conversion, and Folders. Each change takes effect at once.
    """)),
    ("menu_bar", what("the {menu-bar icon|icon in the menu bar|menu bar icon}", "menu-bar icon") + lines("""
        {what are|explain} the {bars|live bars|small bars} in the {icon|menu-bar icon|menu bar}
        {where is|I can't find|where do I find} {Ingot|the app|the icon}{ on my screen| on the Mac| in the menu bar|}
        {why is there|I see} no {Ingot in the Dock|window|icon in the Dock}
        {menu bar|menu-bar icon|Ingot icon}?
        what happens when I click the icon
    """), lines("""
        On a Mac Ingot lives in the menu bar. Its icon has live bars, a click opens the panel, and a right click opens
            the menu.
        The icon in the menu bar shows live bars of what the machine does. Click it for the panel, right-click it for
            the menu.
        Look for Ingot's icon at the top right of the screen, in the menu bar. A click opens a panel.
    """)),
    ("panel", what("{the panel|the menu-bar panel|the small panel}", "panel") + lines("""
        {what does|what is in} the panel{ show|}
        {a small window|something} {opens|appears} {under|below} the {icon|menu-bar icon}{. What is it?|}
        how do I {open|close|hide} the panel
        {panel|menu-bar panel|small window}?
    """), lines("""
        The panel is a small window that hangs below the menu-bar icon. It has all sections and begins with Monitor.
        A click on the menu-bar icon opens the panel, a small window with all sections. It hides when you click
            elsewhere.
        It is the small window under Ingot's icon in the menu bar. Click the icon to show or hide it.
    """)),
    ("menu", what("{the menu|the menu of the icon|Ingot's menu}", "the menu") + lines("""
        {what is|which entries are|what do I find} in the menu{ of the icon| of Ingot|}
        {what can I do|what happens} with a right click on the {icon|menu-bar icon}
        {menu|right click menu|menu entries}?
    """), lines("""
        A right click on the menu-bar icon opens a menu: Open Ingot, the loaded models to unload, Hardware Report,
            Settings and Quit Ingot.
        The menu of the icon opens the window, unloads models, leads to the hardware report, opens Settings and quits
            Ingot.
        In the menu of the icon are Open Ingot, Unload, Hardware Report, Settings and Quit Ingot.
    """)),
    ("open_window",
     how("{open the window|show the window|open Ingot|bring Ingot back|get the window back}") + lines("""
        {I closed|I lost} the window{. How do I get it back?|, where is it?|}
        {where is|where did} the window{ go|}
        {open window|show window|lost window}?
    """), lines("""
        Right-click Ingot's icon in the menu bar and choose Open Ingot.
        Choose Open Ingot in the menu of the menu-bar icon. A right click on the icon shows that menu.
        Use Open Ingot in the menu of the icon in the menu bar.
    """)),
    ("quit", how("{quit Ingot|close Ingot|exit Ingot|end Ingot|shut Ingot down|turn Ingot off}") + lines("""
        {Ingot|the app} {is still running|does not close|keeps running}{ when I close the window|}
        {quit|quit Ingot|exit|close app}?
        {does|will} closing the window quit Ingot
    """), lines("""
        Right-click the menu-bar icon and choose Quit Ingot. Closing the window alone leaves Ingot in the menu bar.
        Choose Quit Ingot in the menu of the menu-bar icon.
        In the menu of Ingot's icon choose Quit Ingot. Loaded models are given back then.
    """)),
    ("appearance",
     how("{change the appearance|switch to dark mode|use dark mode|use light mode|change the theme|change colours}")
        + lines("""
        {does Ingot have|is there|where is} {a dark mode|dark mode|a light mode}
        {it is|the window is|the app is} too {bright|dark}
        {dark mode|light mode|appearance|theme}?
    """), lines("""
        Open Settings and choose Appearance: light, dark, or as the system does.
        Under Settings, Appearance can be light, dark or follow the system.
        In Settings set Appearance to Light, Dark or Follow the system.
    """)),
    ("login",
     how("{open Ingot at login|start Ingot automatically|launch Ingot at login|stop Ingot from opening at login}")
        + lines("""
        {does Ingot|can Ingot} {start|open} {automatically|by itself|at login|with my Mac}
        {open at login|autostart|launch at login|startup}?
        {I don't want|I want} Ingot to {start|open} {at login|with my Mac|by itself}
    """), lines("""
        Open Settings and tick or untick "Open at login".
        In Settings there is "Open at login". With it Ingot starts when you log in.
        Use the box "Open at login" under Settings, General.
    """)),
    ("shortcut",
     how("{set a keyboard shortcut|change the keyboard shortcut|open Ingot with a key|show Ingot with the keyboard}")
        + lines("""
        {which|what} {keys|shortcut|key} {show|opens|shows} Ingot
        {is there|does Ingot have} a {keyboard shortcut|hotkey|shortcut}
        {shortcut|keyboard shortcut|hotkey|Alt+Space}?
    """), lines("""
        Open Settings and type keys such as Alt+Space into "Keys that show Ingot". There is none at first.
        In Settings set "Keys that show Ingot", for example Alt+Space.
        Under Settings you choose the keys that show Ingot, such as Alt+Space.
    """)),
    ("command_setting",
     how("{use Ingot in a terminal|install the ingot command|get the command line|put ingot on the PATH}")
        + lines("""
        {my shell|the terminal|Terminal} {does not find|can't find|says command not found for} {ingot|the ingot
            command}
        {what does|what is} "Command in terminals"{ mean|}
        {command in terminals|ingot command|PATH|command not found}?
    """), lines("""
        Open Settings and tick "Command in terminals". Then type ingot in a terminal; if it is not found, add the
            folder shown there to your PATH.
        In Settings switch on "Command in terminals". If your shell does not find ingot then, add the folder shown
            there to its PATH.
        Tick "Command in terminals" under Settings. It makes a link in .local/bin, which has to be on your PATH.
    """)),
    ("folders_setting", whats("the folders in Settings", "Folders in Settings") + how(
        "{forget a folder|change the folders in Settings|see Ingot's folders}") + lines("""
        where {are my chats stored|does Ingot keep its settings|are the settings kept|is the data folder}
        {folders|Folders in Settings|data folder|where is my data}?
        {in which|what} folder {are|does Ingot keep} {my chats|the chats|the settings}
    """), lines("""
        Settings shows under Folders where Ingot keeps models, chats and settings, and its log. There you also add
            other folders with models.
        Under Settings, Folders tells where models, chats, settings and the log are. Other model folders can be added
            or forgotten there.
        Look at Folders in Settings: it names the folder of models and chats, the log, and other folders with models.
    """)),
    ("notifications", lines("""
        {does Ingot|will Ingot|can Ingot} {tell me|notify me|say} when {it is done|a download is done|a conversion is
            finished}
        {are there|do I get} notifications{ when something is done| in Ingot|}
        {does|will} {my Mac|the machine|the computer} {go to sleep|sleep|stay awake} {during a download|while
            converting|while Ingot works}
        {may|can|should} I {close the lid|leave|walk away} {during a download|while it converts|while Ingot works}
        {what happens|what if} {my Mac sleeps|the Mac falls asleep} {during work|while converting|while a model
            answers}
        {notification|notifications|sleep|stay awake}?
        {I want|I'd like} to {be told|know} when {a download is finished|a conversion is done|it is ready}
        how do I {know|notice|learn} that {a download|a conversion} is {done|finished|ready}
        {keep|does Ingot keep} {my Mac|the machine} awake{ during work|}
        {tell me|notify me|let me know} when {the download|the conversion} is {done|finished}
    """), lines("""
        Ingot keeps the machine awake while it works and tells you when it is done.
        While it downloads or converts, Ingot keeps the machine awake, and says when it is finished.
        You are told when work is done, and the machine stays awake until then.
    """)),
    ("language_ui", whether("{is Ingot|is the window} {available in|in} {German|French|Spanish|other languages}",
                            "Ingot {speaks|is available in} {German|French|Spanish|other languages}") + lines("""
        {which|what} language {is the window in|is Ingot's interface in|does the interface use}
        {can I|how do I} change the language {of the window|of the app|of Ingot|of the interface}
        {interface language|language of the app|language setting}?
    """), lines("""
        Ingot's window is in English. Larger models can answer in many other languages.
        The interface is in English only. A larger model may well chat in your language.
        The window speaks English. Which languages an answer can have depends on the model.
    """)),
]
