"""The command line: ingot pull, search, convert, generate, chat, models, report, monitor, bench."""

from grammar import how, lines, what, whats


def command(name, does, doing, example, more):
    """What one command does: `does` as in "downloads a model", `doing` as in "download a model"."""
    shown = f"{{ingot {name}|the {name} command|the command ingot {name}}}"
    terminal = "{in a terminal|in the terminal|on the command line|from the shell|with a command}"
    return (f"cli_{name}", what(shown, f"ingot {name}") + lines(f"""
        {{what does|what can}} {shown} do
        how do I {doing} {terminal}
        {{which|what}} command {{do I use to|can|lets me|is there to}} {doing}
        {{command|terminal command|shell command}} {{to|for how to}} {doing}?
        {{show me|give me}} an example of {shown}<please>
        how do I use {shown}
        {{I want to|I'd like to|can I}} {doing} {terminal}
    """), lines(f"""
        "ingot {name}" {does}. For example: {example}
        The command "ingot {name}" {does}{more}. Type {example}
        In a terminal, "ingot {name}" {does}. An example is: {example}
    """))


INTENTS = [
    command("pull", "downloads a model from the Hub", "{download|fetch} a model", "ingot pull Qwen/Qwen3-0.6B.",
            " and goes on after an interruption"),
    command("search", "finds models on the Hub", "{search for|find} models", "ingot search Qwen3 --fits.",
            "; with --fits only those that fit"),
    command("convert", "makes a model smaller with a recipe", "{convert|quantize} a model",
            "ingot convert Qwen3-0.6B --recipe speed-4bit.", " of your choice"),
    command("generate", "answers one prompt", "{answer|complete} {one prompt|a single prompt}",
            "ingot generate --model Qwen3-0.6B --prompt \"Why is the sky blue?\"", " and ends"),
    command("chat", "talks with a model, turn by turn", "{chat|talk} with a model", "ingot chat --model Qwen3-0.6B.",
            ", in the terminal"),
    command("models", "lists the models on this machine", "{list|see} {the models|my models}",
            "ingot models, or ingot models --rm NAME to remove one.", ", also those half fetched"),
    command("report", "makes the hardware report", "{make|write} a {hardware |}report",
            "ingot report --output report.html.",
            " as Markdown, HTML or JSON"),
    command("monitor", "watches GPU and memory, a line for each moment", "{watch|monitor} GPU and memory",
            "ingot monitor.",
            ", once a second"),
    command("bench", "measures how fast a model answers", "{measure|benchmark} {the speed of a model|a model}",
            "ingot bench --model Qwen3-0.6B.", "; with --profile it shows where the time goes"),
    command("token", "keeps the access token for the Hub", "{keep|store} {the|my} access token", "ingot token --set.",
            " and never shows it"),
    ("cli", whats("the {commands|terminal commands|command-line commands}{ of Ingot|}", "the commands") + what(
        "the command line", "command line") + lines("""
        {which|what} commands {are there|does ingot have|can I use}{ in the terminal| on the command line|}
        {does Ingot have|is there} a {command line|CLI|terminal version}
        {CLI|command line|terminal|commands}?
        how do I use Ingot {without the window|from a script|from the shell}
    """), lines("""
        The command ingot has pull, search, convert, generate, chat, demo, models, report, monitor and bench. "ingot
            --help" lists all.
        In a terminal there are ingot pull, search, convert, generate, chat, demo, models, report, monitor, bench and
            token.
        Type "ingot --help" to see them: pull, search, convert, generate, chat, models, report, monitor, bench and
            more.
    """)),
    ("cli_help", how("{get help on a command|see the options of a command|list all options}") + lines("""
        {what does|what is} {--help|the option --help}{ do|}
        {which|what} options does {ingot convert|ingot pull|a command|ingot chat} have
        {command options|--help|help in the terminal}?
    """), lines("""
        Add --help to the command, for example "ingot convert --help". It lists all options.
        Type the command with --help, such as "ingot pull --help".
        --help shows a command's options: try "ingot --help" or "ingot convert --help".
    """)),
    ("cli_json", what("{--json|the option --json}", "--json") + how(
        "{use Ingot in a script|get JSON from ingot|script Ingot|automate Ingot}") + lines("""
        {JSON|scripting|scripts|exit code}?
        {what is|which is} the exit code{ of ingot|}
    """), lines("""
        With --json the commands print one JSON object a line, for scripts. The exit code is 0, or 1 for a failure and
            2 for wrong usage.
        Add --json to get JSON in place of words. That suits scripts.
        --json makes output for scripts, mostly one object a line. The exit code is 0 when all went well.
    """)),
    ("cli_plan", what("{--plan|the option --plan}", "--plan") + how(
        "{see what a conversion would do|preview a conversion|plan a conversion}") + lines("""
        {dry run|preview of a conversion|--plan}?
        can I {try|see} a conversion {without doing it|beforehand|first}
    """), lines("""
        "ingot convert" with --plan shows what would be done, the size and the memory, and does nothing.
        Add --plan to "ingot convert". It shows the bits of each matrix and the size, without converting.
        --plan only shows what a conversion would do. In the window the table under Convert shows it too.
    """)),
    ("home", what("INGOT_HOME", "INGOT_HOME") + how(
        "{move Ingot's folder|keep models on another disk|move the models to an external disk"
        "|change where Ingot keeps its data}")
        + lines("""
        can {models|Ingot's data} be {on an external disk|on another disk|moved}
        {INGOT_HOME|external disk|another disk|move models}?
    """), lines("""
        Set the environment variable INGOT_HOME to another folder. Ingot then keeps all its data there.
        INGOT_HOME names the folder for all of Ingot's data, for example on another disk. What is there already has to
            be moved by hand.
        With the variable INGOT_HOME Ingot keeps its state, models included, in the folder it names.
    """)),
    ("server", lines("""
        {does Ingot have|is there|can I use} {an API|a server|a REST API|an HTTP server|an OpenAI API|a local API}
        {can|how do} {other programs|my scripts|my app} {use|talk to|call} Ingot
        {is Ingot|can Ingot be} {a server|used as a server}
        {API|server|REST|local server|HTTP server|OpenAI API}?
        {I want|I'd like} to {use Ingot from my code|call a model from a program|use an API}
        how do I {start a server|use the API|connect my editor}{ with Ingot|}
        {does Ingot|can Ingot} {offer|provide|open} {an API|a server|a port}
        {where is|what is} the {API|address of the server|port}{ of Ingot|}
        {does Ingot|can Ingot} {listen on a port|answer HTTP requests|work with my editor}
        {connect|use} {my editor|another app|a plugin} with Ingot
        {tell me|do you know} whether Ingot has {an API|a server}
        is it possible to {use Ingot as a server|call Ingot over HTTP}
    """), lines("""
        I know of no server in Ingot. Programs can call the command line, such as "ingot generate" with --json.
        Ingot is an app and a command. From a program, call "ingot generate" with --json.
        For scripts there is the command line: "ingot generate" with --json answers a prompt. I know of no server.
    """)),
]
