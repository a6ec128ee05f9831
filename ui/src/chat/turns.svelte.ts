// The turns of a conversation, and the messages that they become.
import type { AppError, ChatEvent, FinishReason, Message, Usage } from '../backend/bindings';
import { TextStream } from './text_stream';

let lastId = 0;

export class Question {
  readonly role = 'user';
  readonly id = ++lastId;

  constructor(readonly content: string) {}
}

export type AnswerPhase = 'waiting' | 'streaming' | 'finished' | 'failed';

export class Answer {
  readonly role = 'assistant';
  readonly id = ++lastId;
  readonly stream = new TextStream();
  phase = $state<AnswerPhase>('waiting');
  /** Of the model, where it was unloaded to save memory. */
  loading = $state<number | null>(null);
  prefill = $state.raw<{ done: number; total: number } | null>(null);
  reason = $state<FinishReason | null>(null);
  usage = $state.raw<Usage | null>(null);
  error = $state.raw<AppError | null>(null);

  get ended(): boolean {
    return this.phase === 'finished' || this.phase === 'failed';
  }

  receive(event: ChatEvent): void {
    if (this.ended) return;
    switch (event.type) {
      case 'loading':
        this.loading = event.fraction;
        break;
      case 'prefill':
        this.loading = null;
        this.prefill = { done: event.done, total: event.total };
        break;
      case 'text':
        this.phase = 'streaming';
        this.stream.append(event.text);
        break;
      case 'finished':
        this.stream.flush();
        this.reason = event.reason;
        this.usage = event.usage;
        this.phase = 'finished';
        break;
      case 'failed':
        this.stream.flush();
        this.error = event.error;
        this.phase = 'failed';
        break;
    }
  }

  fail(error: AppError): void {
    this.receive({ type: 'failed', error });
  }

  /** Ends an answer that was stopped before the backend was asked. */
  cancel(): void {
    this.reason = 'cancelled';
    this.phase = 'finished';
  }
}

export type Turn = Question | Answer;

/**
 * The messages to send for the last question in `turns`. Many chat templates
 * insist that roles alternate, so a question that failed without a word is left
 * out, and one that was stopped without a word joins the next question.
 */
export function messagesOf(turns: Turn[], systemPrompt: string): Message[] {
  const messages: Message[] = [];
  if (systemPrompt.trim()) messages.push({ role: 'system', content: systemPrompt.trim() });
  for (const turn of turns) {
    const last = messages.at(-1);
    if (turn.role === 'assistant') {
      if (turn.stream.text) messages.push({ role: 'assistant', content: turn.stream.text });
      else if (turn.phase === 'failed' && last?.role === 'user') messages.pop();
    } else if (last?.role === 'user') {
      last.content += `\n\n${turn.content}`;
    } else {
      messages.push({ role: 'user', content: turn.content });
    }
  }
  return messages;
}
