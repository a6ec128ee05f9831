// A backend without an engine: the same scenario always gives the same answers,
// figures and failures. `pace` scales every delay; 0 suits tests.
import type { Backend } from './backend';
import type {
  AppError,
  ChartTheme,
  ChatEntry,
  ChatEvent,
  ChatView,
  Conversion,
  Document,
  Download,
  FinishReason,
  HardwareReport,
  HubModel,
  HubPreview,
  Inquiry,
  LoadEvent,
  ModelSummary,
  MonitorEvent,
  Present,
  RecipePlan,
  ReportCharts,
  ReportEvent,
  SettingsChange,
  SettingsView,
  Usage,
} from './bindings';
import { answerTo } from './fake_answers';
import { FakeChats } from './fake_chats';
import { fakeConversion, fakePlans } from './fake_convert';
import { fakeCharts, fakeMonitor, fakeReport } from './fake_hardware';
import { fakeDocument, patchesBetween } from './fake_documents';
import { fakeHub, fakePreview, newDownload } from './fake_hub';
import { fakeModels, fakePlain } from './fake_models';
import { changed, fakeSettings } from './fake_settings';
import { scenarioNamed, type Scenario } from './scenarios';

const PREFILL_STEPS = 4;

export class FakeBackend implements Backend {
  readonly scenario: Scenario;
  readonly calls: string[] = [];
  /** What was asked, oldest first. */
  readonly requests: Inquiry[] = [];
  readonly chats: FakeChats;
  #pace: number;
  #loaded: ModelSummary | null = null;
  #loadError: AppError | null;
  #cancelled = false;
  #wake = () => {};
  #chats = 0;
  #hasToken = false;
  #settings = fakeSettings;
  #removed = new Set<string>();
  #downloads: Download[];
  #conversion: Conversion | null;
  #onConversion: (conversion: Conversion | null) => void = () => {};
  #onDownloads: (downloads: Download[]) => void = () => {};

  constructor(scenario: Scenario = scenarioNamed(null), pace = 1) {
    this.scenario = scenario;
    this.#pace = pace;
    this.chats = new FakeChats(scenario.chats);
    this.#downloads = scenario.downloads;
    this.#conversion = scenario.conversion;
    this.#loadError = scenario.loadError;
  }

  async models(): Promise<ModelSummary[]> {
    return this.scenario.models.filter((model) => !this.#removed.has(model.name));
  }

  async chooseFolder(): Promise<string | null> {
    this.calls.push('chooseFolder');
    return fakeModels[1]!.path;
  }

  async inspectModel(path: string): Promise<ModelSummary> {
    this.calls.push(`inspectModel ${path}`);
    const model = [...this.scenario.models, ...fakeModels, fakePlain].find((known) => known.path === path);
    if (model) return model;
    throw appError('invalid_model', `${path} has no config.json. Choose the folder that holds the model’s files.`);
  }

  async loadModel(path: string, onEvent: (event: LoadEvent) => void): Promise<ModelSummary> {
    this.calls.push(`loadModel ${path}`);
    this.#loaded = null;
    if (this.#loadError) throw this.#loadError;
    for (let step = 0; step <= 10; step += 1) {
      onEvent({ type: 'progress', fraction: step / 10 });
      if (this.scenario.loadHolds && step === 4) await new Promise(() => {});
      await this.#sleep(60);
    }
    this.#loaded = await this.inspectModel(path);
    return this.#loaded;
  }

  async unloadModel(): Promise<void> {
    this.calls.push('unloadModel');
    this.#loaded = null;
  }

  async ask(inquiry: Inquiry, onEvent: (event: ChatEvent) => void): Promise<void> {
    this.requests.push(inquiry);
    const { sampling } = inquiry;
    if (!this.#loaded) throw appError('not_loaded', 'No model is loaded.');
    const { begun, question, answer } = this.chats.begin(inquiry, this.#loaded.name);
    onEvent(begun);
    this.#cancelled = false;
    this.#chats += 1;
    const fate = this.#chats === this.scenario.asks.length ? this.scenario.lastAnswer : 'finishes';

    if (fate === 'holds_in_loading') {
      onEvent({ type: 'loading', fraction: 0.4 });
      await this.#interrupted(Infinity);
    }
    const total = fate === 'holds_in_prefill' ? 6144 : 64;
    for (let step = 1; step <= PREFILL_STEPS; step += 1) {
      if (await this.#interrupted(40)) return onEvent(finished('cancelled', 0));
      onEvent({ type: 'prefill', done: (total * step) / PREFILL_STEPS, total });
      if (fate === 'holds_in_prefill' && step === 2) await this.#interrupted(Infinity);
    }

    const pieces = piecesOf(answerTo(question));
    let shown: Document = { thinking: [], answer: [] };
    const fateful = Math.floor(pieces.length * 0.7);
    for (const [index, piece] of pieces.slice(0, sampling.max_tokens).entries()) {
      if (fate === 'holds' && index === fateful) await this.#interrupted(Infinity);
      if (fate === 'crashes' && index === fateful) {
        this.#loaded = null;
        const error = appError('worker_died', 'The process that runs it ended unexpectedly. Retry loads the model again.');
        return onEvent({ type: 'failed', error });
      }
      if (await this.#interrupted(50)) return onEvent(finished('cancelled', index));
      answer.text += piece;
      const next = fakeDocument(answer.text);
      onEvent({ type: 'patches', patches: patchesBetween(shown, next) });
      shown = next;
    }
    const reason = pieces.length > sampling.max_tokens ? 'length' : 'stop';
    const last = finished(reason, Math.min(pieces.length, sampling.max_tokens));
    answer.ending = last;
    onEvent(last);
  }

  async listChats(search: string): Promise<ChatEntry[]> {
    return this.chats.list(search);
  }

  async openChat(chat: number, before: number | null): Promise<ChatView> {
    return this.chats.open(chat, before);
  }

  async renameChat(chat: number, title: string): Promise<void> {
    this.calls.push(`renameChat ${chat} ${title}`);
    this.chats.rename(chat, title);
  }

  async deleteChat(chat: number): Promise<void> {
    this.calls.push(`deleteChat ${chat}`);
    this.chats.remove(chat);
  }

  async chatMarkdown(chat: number): Promise<string> {
    return this.chats.markdown(chat);
  }

  async saveChat(chat: number): Promise<string | null> {
    this.calls.push(`saveChat ${chat}`);
    return '/Users/you/Chat.md';
  }

  async turnText(turn: number): Promise<string> {
    return this.chats.text(turn);
  }

  async openLink(href: string): Promise<void> {
    this.calls.push(`openLink ${href}`);
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    this.#cancelled = true;
    this.#wake();
  }

  async settings(): Promise<SettingsView> {
    return this.#settings;
  }

  async changeSettings(change: SettingsChange): Promise<SettingsView> {
    this.calls.push(`changeSettings ${JSON.stringify(change)}`);
    this.#settings = changed(this.#settings, change);
    return this.#settings;
  }

  async presentModel(): Promise<Present | null> {
    return this.#loaded && { model: this.#loaded, is_loaded: true };
  }

  async recentLog(): Promise<string> {
    return '2026-11-22 10:31:07 load_model: WorkerDied: The process that runs it ended unexpectedly.';
  }

  async liftSetAside(path: string): Promise<void> {
    this.calls.push(`liftSetAside ${path}`);
    this.#loadError = null;
  }

  async watchMonitor(
    _turn: number,
    theme: ChartTheme,
    width: number,
    onEvent: (event: MonitorEvent) => void,
  ): Promise<void> {
    this.calls.push(`watchMonitor ${theme} ${width}`);
    onEvent(fakeMonitor(theme, width));
  }

  async unwatchMonitor(): Promise<void> {
    this.calls.push('unwatchMonitor');
  }

  async makeReport(onEvent: (event: ReportEvent) => void): Promise<HardwareReport> {
    this.calls.push('makeReport');
    onEvent({ type: 'step', step: 'Asking the machine' });
    await this.#sleep(600);
    if (this.scenario.reportError) throw this.scenario.reportError;
    return fakeReport;
  }

  async reportCharts(theme: ChartTheme, width: number): Promise<ReportCharts> {
    return fakeCharts(theme, width);
  }

  async saveReport(): Promise<string | null> {
    this.calls.push('saveReport');
    return '/Users/you/Hardware report.html';
  }

  async recipePlans(path: string, groupSize: number, pad: boolean): Promise<RecipePlan[]> {
    this.calls.push(`recipePlans ${path} ${groupSize} ${pad}`);
    if (groupSize === 128) throw appError('bad_request', 'No row of this model is a multiple of 128; choose 64 or 32.');
    return fakePlans;
  }

  async startConversion(path: string, recipe: string, groupSize: number, pad: boolean): Promise<void> {
    this.calls.push(`startConversion ${path} ${recipe} ${groupSize} ${pad}`);
    this.tellConversion({ ...fakeConversion, source: path, recipe, name: `${path.split('/').pop()}-${recipe}-g${groupSize}` });
  }

  async pauseConversion(): Promise<void> {
    this.calls.push('pauseConversion');
    if (this.#conversion) this.tellConversion({ ...this.#conversion, state: 'paused' });
  }

  async clearConversion(): Promise<void> {
    this.calls.push('clearConversion');
    this.tellConversion(null);
  }

  async watchConversion(_turn: number, onEvent: (conversion: Conversion | null) => void): Promise<void> {
    this.#onConversion = onEvent;
    onEvent(this.#conversion);
  }

  async unwatchConversion(): Promise<void> {
    this.calls.push('unwatchConversion');
  }

  /** Plays what the engine would tell. */
  tellConversion(conversion: Conversion | null): void {
    this.#conversion = conversion;
    this.#onConversion(conversion);
  }

  async searchHub(text: string): Promise<HubModel[]> {
    this.calls.push(`searchHub ${text}`);
    await this.#sleep(300);
    return fakeHub.filter((model) => model.repo.toLowerCase().includes(text.toLowerCase()));
  }

  async starterModel(): Promise<string> {
    return fakeHub[1]!.repo;
  }

  async previewModel(repo: string): Promise<HubPreview> {
    this.calls.push(`previewModel ${repo}`);
    await this.#sleep(300);
    return { ...fakePreview, repo };
  }

  async startDownload(repo: string): Promise<void> {
    this.calls.push(`startDownload ${repo}`);
    const others = this.#downloads.filter((download) => download.repo !== repo);
    const old = this.#downloads.find((download) => download.repo === repo) ?? { ...newDownload, repo };
    this.tellDownloads([{ ...old, state: 'fetching', trouble: null }, ...others]);
  }

  async pauseDownload(repo: string): Promise<void> {
    this.calls.push(`pauseDownload ${repo}`);
    this.tellDownloads(this.#downloads.map((download) => (download.repo === repo ? { ...download, state: 'paused' } : download)));
  }

  async discardDownload(repo: string): Promise<void> {
    this.calls.push(`discardDownload ${repo}`);
    this.tellDownloads(this.#downloads.filter((download) => download.repo !== repo));
  }

  async watchDownloads(_turn: number, onEvent: (downloads: Download[]) => void): Promise<void> {
    this.#onDownloads = onEvent;
    onEvent(this.#downloads);
  }

  async unwatchDownloads(): Promise<void> {
    this.calls.push('unwatchDownloads');
  }

  async removeModel(name: string): Promise<void> {
    this.calls.push(`removeModel ${name}`);
    if (name === fakeModels[2]!.name) throw appError('bad_request', `${name} is in use; unload it first`);
    this.#removed.add(name);
  }

  async tokenPlace(): Promise<string | null> {
    return this.#hasToken ? 'the Keychain' : null;
  }

  async keepToken(text: string): Promise<void> {
    this.calls.push('keepToken');
    if (text.includes(' ')) throw appError('bad_request', 'that is no token; copy one from the Hub’s settings');
    this.#hasToken = true;
  }

  async forgetToken(): Promise<void> {
    this.calls.push('forgetToken');
    this.#hasToken = false;
  }

  /** Plays what the engine would tell. */
  tellDownloads(downloads: Download[]): void {
    this.#downloads = downloads;
    this.#onDownloads(downloads);
  }

  async #interrupted(milliseconds: number): Promise<boolean> {
    if (!this.#cancelled) await this.#sleep(milliseconds);
    return this.#cancelled;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (milliseconds !== Infinity) setTimeout(resolve, milliseconds * this.#pace);
    });
  }
}

function appError(code: AppError['code'], message: string): AppError {
  return { code, message };
}

function finished(reason: FinishReason, tokens: number): ChatEvent & { type: 'finished' } {
  const usage: Usage = {
    prompt_tokens: 64,
    left_out_messages: 0,
    cached_tokens: 0,
    generated_tokens: tokens,
    time_to_first_token_seconds: 0.12,
    prefill_tokens_per_second: 533.3,
    decode_tokens_per_second: 42.1,
    peak_memory_bytes: 21_000_000,
    outside_seconds_per_token: 0.00003,
  };
  return { type: 'finished', reason, usage };
}

function piecesOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}
