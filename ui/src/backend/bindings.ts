// The wire types, made from Rust by a test of the shell: INGOT_WRITE_BINDINGS=1 cargo test -p ingot-app bindings

export type ErrorCode = "invalid_model" | "unsupported" | "out_of_memory" | "disk_full" | "worker_died" | "worker_hung" | "set_aside" | "busy" | "not_loaded" | "bad_request" | "internal";

export type AppError = { code: ErrorCode, message: string, };

export type ModelSummary = { name: string, path: string, 
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

export type Message = { role: Role, content: string, };

export type FinishReason = "stop" | "length" | "cancelled";

export type Usage = { prompt_tokens: number, 
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

export type ChatEvent = { "type": "loading", fraction: number, } | { "type": "prefill", done: number, total: number, } | { "type": "text", text: string, } | { "type": "finished", reason: FinishReason, usage: Usage, } | { "type": "failed", error: AppError, };
