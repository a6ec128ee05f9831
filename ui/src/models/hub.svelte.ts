// Models on the Hub: what was searched for and found, what is looked at, and the downloads.
import { toAppError, type Backend } from '../backend/backend';
import type { AppError, Download, HubModel, HubPreview } from '../backend/bindings';
import { nextTurn } from '../backend/turns';

export class HubDesk {
  /** What is typed. */
  text = $state('');
  /** What was found for it; null before the first search. */
  found = $state.raw<HubModel[] | null>(null);
  searching = $state(false);
  /** The model that is looked at, by its repository. */
  looked = $state<string | null>(null);
  preview = $state.raw<HubPreview | null>(null);
  downloads = $state.raw<Download[]>([]);
  /** Where the access token is; null if there is none. */
  token = $state<string | null>(null);
  error = $state.raw<AppError | null>(null);
  #backend: Backend;
  #searches = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Hears of all downloads until the returned function is called; `ondone` when one of them has ended well. */
  watch(ondone: () => void): () => void {
    const turn = nextTurn();
    let watching = true;
    void this.#try(() =>
      this.#backend.watchDownloads(turn, (downloads) => {
        if (!watching) return;
        const before = new Set(this.downloads.filter(isDone).map((download) => download.repo));
        this.downloads = downloads;
        const fresh = downloads.filter((download) => isDone(download) && !before.has(download.repo));
        if (fresh.length === 0) return;
        const repos = new Set(fresh.map((download) => download.repo));
        this.found = this.found?.map((model) => (repos.has(model.repo) ? { ...model, is_here: true } : model)) ?? null;
        ondone();
      }),
    );
    return () => {
      watching = false;
      void this.#backend.unwatchDownloads(turn).catch(() => {});
    };
  }

  async search(): Promise<void> {
    const text = this.text.trim();
    if (!text) return;
    // The last one asked for counts, whichever comes last.
    const search = (this.#searches += 1);
    this.searching = true;
    this.looked = null;
    const isLast = () => search === this.#searches;
    await this.#try(async () => {
      const found = await this.#backend.searchHub(text);
      if (isLast()) this.found = found;
    }, isLast);
    if (isLast()) this.searching = false;
  }

  /** Opens or closes the details of a model. */
  async look(repo: string): Promise<void> {
    this.looked = this.looked === repo ? null : repo;
    this.preview = null;
    if (this.looked === null) return;
    const isLooked = () => this.looked === repo;
    await this.#try(async () => {
      const preview = await this.#backend.previewModel(repo);
      if (isLooked()) this.preview = preview;
    }, isLooked);
  }

  /** Searches for the model that a newcomer is offered, and opens it. */
  async offer(): Promise<void> {
    await this.#try(async () => {
      const repo = await this.#backend.starterModel();
      this.text = repo;
      await this.search();
      if (this.text === repo && this.error === null) await this.look(repo);
    });
  }

  start(repo: string): Promise<void> {
    return this.#try(() => this.#backend.startDownload(repo));
  }

  pause(repo: string): Promise<void> {
    return this.#try(() => this.#backend.pauseDownload(repo));
  }

  discard(repo: string): Promise<void> {
    return this.#try(() => this.#backend.discardDownload(repo));
  }

  remove(name: string): Promise<void> {
    return this.#try(() => this.#backend.removeModel(name));
  }

  lookForToken(): Promise<void> {
    return this.#try(async () => {
      this.token = await this.#backend.tokenPlace();
    });
  }

  /** Whether it was one. */
  async keepToken(text: string): Promise<boolean> {
    await this.#try(() => this.#backend.keepToken(text));
    if (this.error) return false;
    await this.lookForToken();
    return true;
  }

  async forgetToken(): Promise<void> {
    await this.#try(() => this.#backend.forgetToken());
    if (!this.error) await this.lookForToken();
  }

  /** Does `work`; its failure is shown if it is still awaited then. */
  async #try(work: () => Promise<void>, isAwaited: () => boolean = () => true): Promise<void> {
    this.error = null;
    try {
      await work();
    } catch (cause) {
      if (isAwaited()) this.error = toAppError(cause);
    }
  }
}

export function isDone(download: Download): boolean {
  return download.state === 'done';
}

export function isRunning(download: Download): boolean {
  return download.state === 'fetching' || download.state === 'checking';
}
