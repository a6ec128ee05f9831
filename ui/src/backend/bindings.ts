// The wire types, made from Rust by a test of the shell: INGOT_WRITE_BINDINGS=1 cargo test -p ingot-app bindings

export type ErrorCode = "invalid_model" | "unsupported" | "out_of_memory" | "network" | "disk_full" | "worker_died" | "worker_hung" | "set_aside" | "busy" | "not_loaded" | "bad_request" | "internal";

export type AppError = { code: ErrorCode, message: string, };

export type Place = "library" | "hub_cache" | "lm_studio" | "omlx" | "osaurus" | "folder" | "demo";

export type ModelSummary = { name: string, path: string, place: Place, 
/**
 * `model_type`; empty if it cannot be read.
 */
family: string, supported: boolean, 
/**
 * Why it is not supported.
 */
reason: string | null, 
/**
 * Of its weights.
 */
bytes: number, context_length: number, 
/**
 * Of memory, with the usual room for a conversation; unknown if it is not supported.
 */
memory_bytes: number | null, 
/**
 * "4-bit, group 64", or "bfloat16" and its like.
 */
quantization: string | null, 
/**
 * The recipe with which Ingot converted it, if it did.
 */
recipe: string | null, parameters: number, 
/**
 * For a chat.
 */
sampling: Sampling, };

export type Sampling = { 
/**
 * 0 takes the likeliest token and ignores the filters.
 */
temperature: number, 
/**
 * Keeps the likeliest tokens that together reach this probability; 0 and 1 keep all.
 */
top_p: number, 
/**
 * Keeps this many of the likeliest tokens; 0 keeps all.
 */
top_k: number, 
/**
 * Keeps tokens at least this likely compared to the likeliest; 0 keeps all.
 */
min_p: number, 
/**
 * Divides the scores of the last 20 tokens; 1 leaves them.
 */
repetition_penalty: number, 
/**
 * Makes the choice repeatable.
 */
seed: number | null, max_tokens: number, };

export type Role = "system" | "user" | "assistant";

export type FinishReason = "stop" | "length" | "cancelled";

export type Usage = { prompt_tokens: number, 
/**
 * Messages at the beginning of the conversation that were left out, as it is longer than the context.
 */
left_out_messages: number, 
/**
 * Those of the prompt that the cache held already.
 */
cached_tokens: number, 
/**
 * End token excluded.
 */
generated_tokens: number, time_to_first_token_seconds: number, prefill_tokens_per_second: number, decode_tokens_per_second: number, 
/**
 * Most memory that the worker has had resident.
 */
peak_memory_bytes: number, 
/**
 * Of the time between tokens, the part spent outside MLX: text, and the pipe.
 */
outside_seconds_per_token: number, };

export type LoadEvent = { "type": "progress", fraction: number, };

export type Align = "start" | "center" | "end";

export type Span = { "kind": "text", text: string, } | { "kind": "code", text: string, } | { "kind": "emphasis", spans: Array<Span>, } | { "kind": "strong", spans: Array<Span>, } | { "kind": "struck", spans: Array<Span>, } | { "kind": "link", href: string, 
/**
 * The host of a web address, the address of a mail.
 */
host: string, spans: Array<Span>, } | { "kind": "break" };

export type Item = { 
/**
 * Of a task; null for ordinary entries.
 */
checked: boolean | null, blocks: Array<Block>, };

export type Block = { "kind": "paragraph", spans: Array<Span>, } | { "kind": "heading", 
/**
 * 1 to 6.
 */
level: number, spans: Array<Span>, } | { "kind": "code", 
/**
 * As the model named it; may be empty.
 */
language: string, text: string, } | { "kind": "quote", blocks: Array<Block>, } | { "kind": "list", 
/**
 * The first number; null for bullets.
 */
start: number | null, items: Array<Item>, } | { "kind": "table", 
/**
 * One per column.
 */
aligns: Array<Align>, 
/**
 * Each cell is a list of spans.
 */
head: Array<Array<Span>>, rows: Array<Array<Array<Span>>>, } | { "kind": "rule" };

export type Document = { thinking: Array<Block>, answer: Array<Block>, };

export type Part = "thinking" | "answer";

export type Patch = { part: Part, keep: number, blocks: Array<Block>, };

export type Ending = { "type": "finished", reason: FinishReason, usage: Usage, } | { "type": "failed", error: AppError, } | { "type": "open" };

export type Inquiry = { 
/**
 * Null begins a conversation.
 */
chat: number | null, 
/**
 * A question that was asked before: replaced by `question`, or answered again without one. Null adds to the end.
 */
turn: number | null, question: string | null, system: string, sampling: Sampling, };

export type ChatEvent = { "type": "begun", chat: number, title: string, question: number, answer: number, } | { "type": "loading", fraction: number, } | { "type": "prefill", done: number, total: number, } | { "type": "patches", patches: Array<Patch>, } | { "type": "finished", reason: FinishReason, usage: Usage, } | { "type": "failed", error: AppError, };

export type ChatEntry = { id: number, title: string, 
/**
 * Milliseconds since 1970.
 */
updated: number, 
/**
 * Where a search found its words; null if in the title, or nothing was searched.
 */
excerpt: string | null, };

export type TurnView = { id: number, role: Role, 
/**
 * Of a question; empty for answers.
 */
text: string, 
/**
 * Of an answer; empty for questions.
 */
document: Document, model: string | null, 
/**
 * Of an answer; null for questions.
 */
ending: Ending | null, 
/**
 * Whether it is being written at this moment, in whichever window.
 */
is_running: boolean, };

export type ChatView = { id: number, title: string, system: string, turns: Array<TurnView>, 
/**
 * Whether there are turns before these.
 */
has_earlier: boolean, };

export type ChartTheme = "light" | "dark";

export type Figure = { label: string, value: string, };

export type LoadedModel = { name: string, 
/**
 * What its worker holds; null if the system does not tell.
 */
memory: string | null, };

export type MonitorEvent = { 
/**
 * SVG.
 */
utilization: string, 
/**
 * SVG.
 */
memory: string, figures: Array<Figure>, models: Array<LoadedModel>, };

export type ReportEvent = { "type": "step", step: string, };

export type CheckStatus = "ok" | "warn" | "error";

export type ModelFit = "fits" | "tight" | "too_large";

export type ReportRow = { label: string, 
/**
 * Null if it is not known.
 */
value: string | null, 
/**
 * Where it comes from, or why it is not known.
 */
source: string, };

export type ReportSection = { title: string, rows: Array<ReportRow>, };

export type ReportBackend = { name: string, 
/**
 * "MLX 0.32.2 on the GPU"
 */
title: string, status: CheckStatus, 
/**
 * What it computed, and how well; or why it did not.
 */
lines: Array<string>, };

export type ReportCheck = { status: CheckStatus, message: string, suggestion: string | null, };

export type ReportSizeCell = { fit: ModelFit, 
/**
 * "2.9 GB", what it needs.
 */
memory: string, 
/**
 * "40k tokens, 45 tok/s"; empty if it does not fit.
 */
detail: string, };

export type ReportSize = { name: string, cells: Array<ReportSizeCell>, };

export type ReportView = { 
/**
 * One line for pasting.
 */
summary: string, 
/**
 * "23 November 2026, 04:17 UTC, Ingot 0.1.0"
 */
made: string, sections: Array<ReportSection>, backends: Array<ReportBackend>, checks: Array<ReportCheck>, 
/**
 * Recipes' titles, the heads of the columns of `sizes`.
 */
recipes: Array<string>, sizes: Array<ReportSize>, 
/**
 * What the table of sizes rests on.
 */
sizes_note: string, };

export type HardwareReport = { view: ReportView, markdown: string, };

export type ReportCharts = { utilization: string, memory: string, };

export type Quality = { 
/**
 * Of the source's next-token distribution from the converted model's, in nats, on average.
 */
kl_divergence: number, 
/**
 * How often both hold the same token for the likeliest, 0 to 1.
 */
top1_agreement: number, perplexity_source: number, perplexity_converted: number, 
/**
 * Tokens that were compared.
 */
tokens: number, 
/**
 * Whether they are of a text that the model brings along, `verification.txt`.
 */
own_text: boolean, 
/**
 * Tokens that the converted model generated once loaded as usual; 0 if it is larger than the memory allowed.
 */
generated_tokens: number, };

export type Made = { name: string, path: string, output_bytes: number, quality: Quality | null, };

export type RecipePlan = { recipe: string, 
/**
 * For people.
 */
title: string, bits_per_weight: number, 
/**
 * On the disk.
 */
output_bytes: number, 
/**
 * With the usual room for a conversation.
 */
memory_bytes: number, fit: ModelFit, 
/**
 * Times the speed of the model as it is, from the bytes that are read for a token. Null where models compute on a
 * CPU: there MLX's quantized products are slower than plain ones, however few bytes they read.
 */
times_as_fast: number | null, 
/**
 * At most, in theory; null if the bandwidth of the memory is not known.
 */
tokens_per_second: number | null, 
/**
 * Which matrices get how many bits, and which stay as they are, in words.
 */
layers: Array<string>, 
/**
 * If it was made before: where, and how well it does.
 */
made: Made | null, };

export type ConversionState = "running" | "paused" | "failed" | "done";

export type Conversion = { 
/**
 * The source's folder.
 */
source: string, 
/**
 * The result's name.
 */
name: string, recipe: string, group_size: number, pad: boolean, state: ConversionState, 
/**
 * What it is doing, in words.
 */
step: string, 
/**
 * Of this step, 0 to 1.
 */
fraction: number, seconds_left: number | null, 
/**
 * Why it failed.
 */
trouble: string | null, made: Made | null, seconds: number, 
/**
 * Most memory that it held.
 */
peak_memory_bytes: number, };

export type Present = { model: ModelSummary, is_loaded: boolean, };

export type Appearance = "system" | "light" | "dark";

export type RecipeName = { name: string, 
/**
 * For people.
 */
title: string, };

export type CommandPlace = { path: string, is_there: boolean, };

export type SettingsView = { appearance: Appearance, 
/**
 * Null leaves it to the machine.
 */
memory_limit_bytes: number | null, 
/**
 * What the machine recommends.
 */
machine_limit_bytes: number, 
/**
 * Null never unloads.
 */
idle_unload_minutes: number | null, system_prompt: string, 
/**
 * The one that is offered first.
 */
recipe: string, recipes: Array<RecipeName>, 
/**
 * The folder of all state.
 */
home: string, model_folders: Array<string>, shortcut: string | null, 
/**
 * Null where the system has no place for it.
 */
launch_at_login: boolean | null, command: CommandPlace, 
/**
 * Where the log is.
 */
log: string, };

export type SettingsChange = { "set": "appearance", "to": Appearance } | { "set": "memory_limit", "to": number | null } | { "set": "idle_unload", "to": number | null } | { "set": "system_prompt", "to": string } | { "set": "recipe", "to": string } | { "set": "add_folder", "to": string } | { "set": "forget_folder", "to": string } | { "set": "shortcut", "to": string | null } | { "set": "launch_at_login", "to": boolean } | { "set": "command", "to": boolean };

export type HubModel = { 
/**
 * Converted as usual, or as it is if it is quantized; null if the Hub does not tell its size.
 */
fit: ModelFit | null, 
/**
 * Whether it was downloaded.
 */
is_here: boolean, 
/**
 * `owner/name`
 */
repo: string, 
/**
 * `model_type`, if the Hub knows the model's config.
 */
family: string | null, 
/**
 * Whether Ingot runs it.
 */
supported: boolean, 
/**
 * Why not.
 */
reason: string | null, 
/**
 * Of its weights.
 */
bytes: number | null, parameters: number | null, 
/**
 * What it needs of the memory, about: as it is if it is quantized, else converted with the usual recipe.
 */
memory_bytes: number | null, license: string | null, 
/**
 * In the last thirty days.
 */
downloads: number, 
/**
 * Whether its conditions have to be accepted on its page first.
 */
gated: boolean, };

export type RecipeFit = { recipe: string, 
/**
 * For people.
 */
title: string, 
/**
 * Of its weights.
 */
bytes: number, memory_bytes: number, fit: ModelFit, };

export type HubPreview = { repo: string, commit: string, 
/**
 * Why Ingot does not run it; null if it does.
 */
reason: string | null, license: string | null, gated: boolean, context_length: number | null, parameters: number | null, files: number, bytes: number, 
/**
 * As it is.
 */
memory_bytes: number | null, fit: ModelFit | null, recipes: Array<RecipeFit>, free_disk_bytes: number | null, };

export type DownloadState = "fetching" | "checking" | "paused" | "failed" | "done";

export type Download = { 
/**
 * `owner/name`, or `owner/name@revision`
 */
repo: string, state: DownloadState, done_bytes: number, 
/**
 * 0 until the list of files is there.
 */
total_bytes: number, bytes_per_second: number, seconds_left: number | null, 
/**
 * Why it failed, or why nothing comes at the moment.
 */
trouble: string | null, 
/**
 * The model's folder, once it is there.
 */
path: string | null, };
