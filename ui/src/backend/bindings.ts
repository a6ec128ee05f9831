// Wire types shared with the Rust side.

export type ErrorCode = "invalid_model" | "unsupported" | "out_of_memory" | "worker_died" | "worker_hung" | "set_aside" | "busy" | "not_loaded" | "bad_request" | "internal";
export type AppError = { code: ErrorCode, message: string };
export type ModelSummary = { name: string, path: string, family: string, supported: boolean, reason: string | null, bytes: number, context_length: number, quantization: string | null, parameters: number, sampling: Sampling };
export type Sampling = { temperature: number, top_p: number, top_k: number, min_p: number, repetition_penalty: number, seed: number | null, max_tokens: number };
export type Role = "system" | "user" | "assistant";
export type Message = { role: Role, content: string };
export type FinishReason = "stop" | "length" | "cancelled";
export type Usage = { prompt_tokens: number, cached_tokens: number, generated_tokens: number, time_to_first_token_seconds: number, prefill_tokens_per_second: number, decode_tokens_per_second: number };
export type LoadEvent = { type: "progress", fraction: number } ;
export type ChatEvent = { type: "prefill", done: number, total: number } | { type: "text", text: string } | { type: "finished", reason: FinishReason, usage: Usage } | { type: "failed", error: AppError };
