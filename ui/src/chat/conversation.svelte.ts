// The conversation that is shown: asking, stopping, asking again. At most one answer runs. What is said is kept by the
// backend; this is a view of the last turns of it.
import { toAppError, type Backend } from '../backend/backend';
import type { ChatView } from '../backend/bindings';
import type { ModelShelf } from '../models/shelf.svelte';
import { words } from '../words';
import { Answer, Question, turnOf, type Turn } from './turns.svelte';

/** How soon an answer that is written for another window is looked at again. */
const LOOK_AGAIN_MILLISECONDS = 1000;

export class Conversation {
  turns = $state<Turn[]>([]);
  systemPrompt = $state('');
  /** What the system prompt of a new conversation is. */
  usualPrompt = '';
  answering = $state(false);
  stopping = $state(false);
  /** Its number where it is kept; null before the first question. */
  id = $state<number | null>(null);
  title = $state('');
  /** Whether there are turns before those shown. */
  hasEarlier = $state(false);
  #backend: Backend;
  #shelf: ModelShelf;
  #run: Promise<void> = Promise.resolve();
  #fetching = false;
  /** Rises with each wish to show something, so that an answer that comes late is not shown. */
  #wanted = 0;

  constructor(backend: Backend, shelf: ModelShelf) {
    this.#backend = backend;
    this.#shelf = shelf;
  }

  get ready(): boolean {
    return !this.busy && this.#shelf.chosen !== null && this.#shelf.phase !== 'loading';
  }

  /** Whether an answer is being written, perhaps for another window. */
  get busy(): boolean {
    return this.answering || this.lastAnswer?.phase === 'elsewhere';
  }

  get lastQuestion(): Question | null {
    return this.turns.findLast((turn) => turn instanceof Question) ?? null;
  }

  get lastAnswer(): Answer | null {
    const last = this.turns.at(-1);
    return last instanceof Answer ? last : null;
  }

  /** Tokens that the model has before it, as far as the last answer tells. */
  get contextTokens(): number | null {
    const usage = this.turns.findLast((turn) => turn instanceof Answer && turn.usage !== null) as Answer | undefined;
    return usage?.usage ? usage.usage.prompt_tokens + usage.usage.generated_tokens : null;
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

  /** Replaces a question and everything after it. */
  edit(question: Question, content: string): Promise<void> {
    if (!this.ready || !content.trim()) return Promise.resolve();
    const replaced = this.turns.splice(this.turns.indexOf(question));
    // One that could not be stored is not there to be replaced; the next that was is.
    const stored = replaced.find((turn) => turn instanceof Question && turn.turn !== null);
    this.turns.push(new Question(content.trim(), null, stored?.turn ?? null));
    return this.#answer();
  }

  async stop(): Promise<void> {
    if (!this.busy) return;
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
    if (!this.answering) this.stopping = false;
    await this.#run;
  }

  /** Begins another conversation. */
  async clear(): Promise<void> {
    if (this.answering) await this.stop();
    this.#wanted += 1;
    this.turns = [];
    this.id = null;
    this.title = '';
    this.hasEarlier = false;
    this.systemPrompt = this.usualPrompt;
  }

  /** Shows a conversation that was kept. */
  async open(id: number): Promise<void> {
    if (this.answering) await this.stop();
    await this.#show(id);
  }

  /** Shows the conversation as it is now: another window may have gone on with it. */
  async refresh(): Promise<void> {
    if (this.id !== null && !this.answering) await this.#show(this.id);
  }

  async #show(id: number): Promise<void> {
    this.#wanted += 1;
    const wanted = this.#wanted;
    try {
      const chat = await this.#backend.openChat(id, null);
      // The reader has chosen or asked something else meanwhile.
      if (wanted !== this.#wanted || this.answering) return;
      if (this.id !== id || this.#differs(chat)) {
        this.turns = chat.turns.map(turnOf);
        this.hasEarlier = chat.has_earlier;
        this.systemPrompt = chat.system;
      }
      this.id = chat.id;
      this.title = chat.title;
      if (this.lastAnswer?.phase === 'elsewhere') setTimeout(() => void this.refresh(), LOOK_AGAIN_MILLISECONDS);
    } catch (cause) {
      if (wanted === this.#wanted) this.#shelf.error = toAppError(cause);
    }
  }

  /** Whether what is shown is not what is kept. */
  #differs(chat: ChatView): boolean {
    const [shown, kept] = [this.turns.at(-1), chat.turns.at(-1)];
    const isUnfinished = kept?.is_running || (shown instanceof Answer && shown.phase === 'elsewhere');
    return isUnfinished || shown?.turn !== kept?.id;
  }

  /** Shows turns before the first that is shown. */
  async earlier(): Promise<void> {
    const first = this.turns[0]?.turn;
    if (this.id === null || !first || !this.hasEarlier || this.#fetching) return;
    this.#fetching = true;
    try {
      const chat = await this.#backend.openChat(this.id, first);
      if (chat.id !== this.id) return;
      this.turns.unshift(...chat.turns.map(turnOf));
      this.hasEarlier = chat.has_earlier;
    } catch (cause) {
      this.#shelf.error = toAppError(cause);
    } finally {
      this.#fetching = false;
    }
  }

  /** The text of an answer, as the model wrote it. */
  textOf(answer: Answer): Promise<string> {
    return answer.turn === null ? Promise.resolve('') : this.#backend.turnText(answer.turn);
  }

  #answer(): Promise<void> {
    this.#run = this.#answerLastQuestion();
    return this.#run;
  }

  async #answerLastQuestion(): Promise<void> {
    const question = this.lastQuestion;
    if (!question) return;
    const answer = new Answer();
    answer.model = this.#shelf.chosen?.name ?? null;
    this.#wanted += 1;
    this.turns.push(answer);
    this.answering = true;
    try {
      await this.#shelf.ensureLoaded();
      if (this.stopping) return answer.cancel();
      const sampling = $state.snapshot(this.#shelf.sampling);
      const turn = question.turn ?? question.replaces;
      const content = question.turn === null ? question.content : null;
      const inquiry = { chat: this.id, turn, question: content, system: this.systemPrompt, sampling };
      await this.#backend.ask(inquiry, (event) => {
        if (event.type === 'begun') {
          this.id = event.chat;
          this.title = event.title;
          question.turn = event.question;
          question.replaces = null;
        }
        answer.receive(event);
      });
      if (!answer.ended) answer.fail({ code: 'internal', message: words.chat.answer.withoutResult });
    } catch (cause) {
      answer.fail(toAppError(cause));
    } finally {
      if (answer.error) this.#shelf.noteFailure(answer.error);
      this.answering = false;
      this.stopping = false;
    }
  }
}
