// The conversations of before: searched, renamed, removed, given away.
import { toAppError, type Backend } from '../backend/backend';
import type { AppError, ChatEntry } from '../backend/bindings';
import type { Conversation } from './conversation.svelte';

export class ChatHistory {
  search = $state('');
  entries = $state.raw<ChatEntry[]>([]);
  /** Whether `entries` has been asked for. */
  listed = $state(false);
  error = $state.raw<AppError | null>(null);
  /** Where a conversation was saved last. */
  saved = $state<string | null>(null);
  #backend: Backend;
  #conversation: Conversation;
  #turn = 0;

  constructor(backend: Backend, conversation: Conversation) {
    this.#backend = backend;
    this.#conversation = conversation;
  }

  /** Finds again what `search` says. */
  async refresh(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    await this.#attempt(async () => {
      const entries = await this.#backend.listChats(this.search);
      // A later search may have been answered first.
      if (turn !== this.#turn) return;
      this.entries = entries;
      this.listed = true;
    });
  }

  async rename(chat: number, title: string): Promise<void> {
    await this.#attempt(() => this.#backend.renameChat(chat, title));
    await this.#again();
  }

  async remove(chat: number): Promise<void> {
    if (this.#conversation.id === chat) await this.#conversation.clear();
    await this.#attempt(() => this.#backend.deleteChat(chat));
    await this.#again();
  }

  markdown(chat: number): Promise<string> {
    return this.#backend.chatMarkdown(chat);
  }

  async save(chat: number): Promise<void> {
    await this.#attempt(async () => {
      this.saved = (await this.#backend.saveChat(chat)) ?? this.saved;
    });
  }

  /** The list after a change, which may have failed. */
  async #again(): Promise<void> {
    const { error } = this;
    await this.refresh();
    this.error ??= error;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.error = null;
    try {
      await work();
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }
}
