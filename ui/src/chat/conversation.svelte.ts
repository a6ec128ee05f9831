// One conversation: asking, stopping, asking again. At most one answer runs.
import { toAppError, type Backend } from '../backend/backend';
import type { ModelShelf } from '../models/shelf.svelte';
import { Answer, messagesOf, Question, type Turn } from './turns.svelte';

export class Conversation {
  turns = $state<Turn[]>([]);
  systemPrompt = $state('');
  answering = $state(false);
  stopping = $state(false);
  #backend: Backend;
  #shelf: ModelShelf;
  #run: Promise<void> = Promise.resolve();

  constructor(backend: Backend, shelf: ModelShelf) {
    this.#backend = backend;
    this.#shelf = shelf;
  }

  get ready(): boolean {
    return !this.answering && this.#shelf.chosen !== null && this.#shelf.phase !== 'loading';
  }

  get lastQuestion(): Question | null {
    return this.turns.findLast((turn) => turn instanceof Question) ?? null;
  }

  get lastAnswer(): Answer | null {
    const last = this.turns.at(-1);
    return last instanceof Answer ? last : null;
  }

  /** Resolves when the answer has ended, however it ended. */
  ask(content: string): Promise<void> {
    if (!this.ready || !content.trim()) return Promise.resolve();
    this.turns.push(new Question(content.trim()));
    return this.#answer();
  }

  /** Replaces the last answer, or gives the one that failed. */
  regenerate(): Promise<void> {
    if (!this.ready || !this.lastQuestion) return Promise.resolve();
    if (this.lastAnswer) this.turns.pop();
    return this.#answer();
  }

  /** Replaces the last question and everything after it. */
  edit(content: string): Promise<void> {
    const question = this.lastQuestion;
    if (!this.ready || !question || !content.trim()) return Promise.resolve();
    this.turns.splice(this.turns.indexOf(question));
    return this.ask(content);
  }

  async stop(): Promise<void> {
    if (!this.answering) return;
    if (!this.stopping) {
      this.stopping = true;
      try {
        await this.#backend.stop();
      } catch (cause) {
        // The answer still runs, so the reader must be able to stop it again.
        this.stopping = false;
        this.#shelf.error = toAppError(cause);
        return;
      }
    }
    await this.#run;
  }

  async clear(): Promise<void> {
    await this.stop();
    this.turns = [];
  }

  #answer(): Promise<void> {
    this.#run = this.#answerLastQuestion();
    return this.#run;
  }

  async #answerLastQuestion(): Promise<void> {
    const messages = messagesOf(this.turns, this.systemPrompt);
    const answer = new Answer();
    this.turns.push(answer);
    this.answering = true;
    try {
      await this.#shelf.ensureLoaded();
      if (this.stopping) return answer.cancel();
      const sampling = $state.snapshot(this.#shelf.sampling);
      await this.#backend.chat(messages, sampling, (event) => answer.receive(event));
      if (!answer.ended) answer.fail({ code: 'internal', message: 'The answer ended without a result. Retry it.' });
    } catch (cause) {
      answer.fail(toAppError(cause));
    } finally {
      if (answer.error) this.#shelf.noteFailure(answer.error);
      this.answering = false;
      this.stopping = false;
    }
  }
}
