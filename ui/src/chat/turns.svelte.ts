// The turns of a conversation as they are shown.
import type { AppError, ChatEvent, Document, FinishReason, Patch, TurnView, Usage } from '../backend/bindings';

let lastId = 0;

export class Question {
  readonly role = 'user';
  readonly id = ++lastId;

  /** `turn` is its number where conversations are kept; null until it is there. */
  constructor(
    readonly content: string,
    public turn: number | null = null,
    /** The turn whose place it takes, until it is there. */
    public replaces: number | null = null,
  ) {}
}

export type AnswerPhase = 'waiting' | 'streaming' | 'finished' | 'failed' | 'interrupted' | 'elsewhere';

export class Answer {
  readonly role = 'assistant';
  readonly id = ++lastId;
  turn: number | null = null;
  /** The name of the model that gave it. */
  model: string | null = null;
  phase = $state<AnswerPhase>('waiting');
  document = $state.raw<Document>({ thinking: [], answer: [] });
  /** Of the model, where it was unloaded to save memory. */
  loading = $state<number | null>(null);
  prefill = $state.raw<{ done: number; total: number } | null>(null);
  reason = $state<FinishReason | null>(null);
  usage = $state.raw<Usage | null>(null);
  error = $state.raw<AppError | null>(null);

  get ended(): boolean {
    return this.phase !== 'waiting' && this.phase !== 'streaming' && this.phase !== 'elsewhere';
  }

  /** Whether the model has thought, and not yet said anything. */
  get thinking(): boolean {
    return !this.ended && this.document.thinking.length > 0 && this.document.answer.length === 0;
  }

  receive(event: ChatEvent): void {
    if (this.ended) return;
    switch (event.type) {
      case 'begun':
        this.turn = event.answer;
        break;
      case 'loading':
        this.loading = event.fraction;
        break;
      case 'prefill':
        this.loading = null;
        this.prefill = { done: event.done, total: event.total };
        break;
      case 'patches':
        this.phase = 'streaming';
        for (const patch of event.patches) this.document = patched(this.document, patch);
        break;
      case 'finished':
        this.reason = event.reason;
        this.usage = event.usage;
        this.phase = 'finished';
        break;
      case 'failed':
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

/** A turn that was kept. */
export function turnOf(view: TurnView): Turn {
  if (view.role === 'user') return new Question(view.text, view.id);
  const answer = new Answer();
  answer.turn = view.id;
  answer.model = view.model;
  answer.document = view.document;
  // Another window asked for it, or this one before it was closed.
  if (view.is_running) answer.phase = 'elsewhere';
  else if (view.ending?.type === 'finished') answer.receive(view.ending);
  else if (view.ending?.type === 'failed') answer.receive(view.ending);
  else answer.phase = 'interrupted';
  return answer;
}

function patched(document: Document, { part, keep, blocks }: Patch): Document {
  return { ...document, [part]: [...document[part].slice(0, keep), ...blocks] };
}
