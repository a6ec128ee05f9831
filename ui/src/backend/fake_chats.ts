// The conversations of the fake backend: kept as long as the page is.
import { answerTo } from './fake_answers';
import { fakeDocument } from './fake_documents';
import type { ChatEntry, ChatEvent, ChatView, Ending, Inquiry } from './bindings';

const PAGE = 40;
const TOPICS = ['What is an ingot?', 'Why is bronze harder than copper?', 'Write a haiku about rust', 'Plan a week in Lisbon'];

interface FakeTurn {
  id: number;
  role: 'user' | 'assistant';
  text: string;
  model: string | null;
  ending: Ending | null;
}

interface FakeChat {
  id: number;
  title: string;
  system: string;
  updated: number;
  turns: FakeTurn[];
}

export class FakeChats {
  #all: FakeChat[] = [];
  #last = 0;

  constructor(count: number) {
    for (let number = 0; number < count; number += 1) {
      const title = TOPICS[number % TOPICS.length]!;
      const chat = this.#add(title, Date.now() - number * number * 20 * 60_000 * 7);
      this.#turn(chat, 'user', title);
      this.#turn(chat, 'assistant', answerTo(title));
    }
  }

  begin(inquiry: Inquiry, model: string): { begun: ChatEvent; question: string; answer: FakeTurn } {
    const chat = this.#all.find(({ id }) => id === inquiry.chat) ?? this.#add(inquiry.question ?? '', Date.now());
    const { turn } = inquiry;
    if (turn !== null) chat.turns = chat.turns.filter(({ id }) => (inquiry.question === null ? id <= turn : id < turn));
    chat.system = inquiry.system;
    chat.updated = Date.now();
    const last = chat.turns.findLast(({ role }) => role === 'user');
    const question = inquiry.question === null ? last! : this.#turn(chat, 'user', inquiry.question);
    const answer = this.#turn(chat, 'assistant', '');
    answer.model = model;
    const begun: ChatEvent = { type: 'begun', chat: chat.id, title: chat.title, question: question.id, answer: answer.id };
    return { begun, question: question.text, answer };
  }

  list(search: string): ChatEntry[] {
    const words = search.trim().toLowerCase();
    const has = (text: string) => text.toLowerCase().includes(words);
    return this.#all
      .map((chat) => ({ chat, found: words ? chat.turns.find(({ text }) => has(text)) : undefined }))
      .filter(({ chat, found }) => has(chat.title) || found)
      .map(({ chat: { id, title, updated }, found }) => ({ id, title, updated, excerpt: found?.text.slice(0, 80) ?? null }))
      .sort((one, other) => other.updated - one.updated || other.id - one.id);
  }

  open(id: number, before: number | null): ChatView {
    const { title, system, turns } = this.#find(id);
    const earlier = turns.filter((turn) => before === null || turn.id < before);
    const shown = earlier.slice(-PAGE).map((turn) => ({
      ...turn,
      is_running: false,
      text: turn.role === 'user' ? turn.text : '',
      document: fakeDocument(turn.role === 'user' ? '' : turn.text),
    }));
    return { id, title, system, turns: shown, has_earlier: earlier.length > PAGE };
  }

  rename(id: number, title: string): void {
    this.#find(id).title = title;
  }

  remove(id: number): void {
    this.#all = this.#all.filter((chat) => chat.id !== id);
  }

  markdown(id: number): string {
    const { title, turns } = this.#find(id);
    return `# ${title}\n\n${turns.map(({ text }) => text).join('\n\n')}\n`;
  }

  text(turn: number): string {
    return this.#all.flatMap(({ turns }) => turns).find(({ id }) => id === turn)?.text ?? '';
  }

  #find(id: number): FakeChat {
    const chat = this.#all.find((chat) => chat.id === id);
    if (!chat) throw { code: 'bad_request', message: 'This chat does not exist any more; begin a new one.' };
    return chat;
  }

  #add(title: string, updated: number): FakeChat {
    this.#last += 1;
    const chat: FakeChat = { id: this.#last, title, system: '', updated, turns: [] };
    this.#all.push(chat);
    return chat;
  }

  #turn(chat: FakeChat, role: 'user' | 'assistant', text: string): FakeTurn {
    this.#last += 1;
    const turn: FakeTurn = { id: this.#last, role, text, model: null, ending: null };
    chat.turns.push(turn);
    return turn;
  }
}
