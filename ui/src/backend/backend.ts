// The one interface between the UI and the engine. It is implemented by
// `tauri.ts` in the app and by `fake.ts` in a plain browser and in tests.
import type {
  AppError,
  ChartTheme,
  ChatEntry,
  ChatEvent,
  ChatView,
  Conversion,
  Download,
  HardwareReport,
  HubModel,
  HubPreview,
  Inquiry,
  LoadEvent,
  ModelSummary,
  MonitorEvent,
  Present,
  ReportCharts,
  RecipePlan,
  ReportEvent,
  SettingsChange,
  SettingsView,
} from './bindings';

/** Every method rejects with an `AppError`. */
export interface Backend {
  /** The models of the library and those opened recently. */
  models(): Promise<ModelSummary[]>;
  /** Asks for a folder with the system's dialog; null if none was chosen. */
  chooseFolder(): Promise<string | null>;
  inspectModel(path: string): Promise<ModelSummary>;
  /** Replaces the loaded model. */
  loadModel(path: string, onEvent: (event: LoadEvent) => void): Promise<ModelSummary>;
  unloadModel(): Promise<void>;
  /** Resolves after the stream's one `finished` or `failed` event was delivered. */
  ask(inquiry: Inquiry, onEvent: (event: ChatEvent) => void): Promise<void>;
  /** Conversations with `search` in them, the latest first. */
  listChats(search: string): Promise<ChatEntry[]>;
  /** The last turns of a conversation, of those before `before`. */
  openChat(chat: number, before: number | null): Promise<ChatView>;
  renameChat(chat: number, title: string): Promise<void>;
  deleteChat(chat: number): Promise<void>;
  /** A whole conversation, to be copied. */
  chatMarkdown(chat: number): Promise<string>;
  /** Asks where to with the system's dialog; the path, or null if none was chosen. */
  saveChat(chat: number): Promise<string | null>;
  /** One turn as it was written. */
  turnText(turn: number): Promise<string>;
  /** Opens a web or mail address outside; others are refused. */
  openLink(href: string): Promise<void>;
  /** Ends the running answer, which then finishes as `cancelled`. */
  stop(): Promise<void>;
  settings(): Promise<SettingsView>;
  /** Makes one change; the settings after it. */
  changeSettings(change: SettingsChange): Promise<SettingsView>;
  /** The model in use, or else the one used last; null if there is none. */
  presentModel(): Promise<Present | null>;
  /** What went wrong lately, one line each. */
  recentLog(): Promise<string>;
  /** Allows a model to load again that was set aside after repeated crashes. */
  liftSetAside(path: string): Promise<void>;
  /**
   * Charts of `width` CSS pixels, at once and about every second, until `unwatchMonitor` or a call with a higher
   * `turn`. Calls may overtake each other; the numbers tell which is the latest.
   */
  watchMonitor(
    turn: number,
    theme: ChartTheme,
    width: number,
    onEvent: (event: MonitorEvent) => void,
  ): Promise<void>;
  unwatchMonitor(turn: number): Promise<void>;
  makeReport(onEvent: (event: ReportEvent) => void): Promise<HardwareReport>;
  /** Of the report that was made last. */
  reportCharts(theme: ChartTheme, width: number): Promise<ReportCharts>;
  /** What each recipe would make of the model in the folder, and has made of it. */
  recipePlans(path: string, groupSize: number, pad: boolean): Promise<RecipePlan[]>;
  /** Begins or resumes a conversion; it goes on after this has resolved. */
  startConversion(path: string, recipe: string, groupSize: number, pad: boolean): Promise<void>;
  /** What is done is kept. */
  pauseConversion(): Promise<void>;
  /** Forgets the last conversion, unless it runs. */
  clearConversion(): Promise<void>;
  /** The conversion that runs or was the last, at once and with each change; for `turn` see `watchMonitor`. */
  watchConversion(turn: number, onEvent: (conversion: Conversion | null) => void): Promise<void>;
  unwatchConversion(turn: number): Promise<void>;
  /** Models on the Hub that fit the words; what Ingot runs comes first. */
  searchHub(text: string): Promise<HubModel[]>;
  /** The model for somebody who has none, as `owner/name`. */
  starterModel(): Promise<string>;
  previewModel(repo: string): Promise<HubPreview>;
  /** Begins or resumes a download; it goes on after this has resolved. */
  startDownload(repo: string): Promise<void>;
  pauseDownload(repo: string): Promise<void>;
  /** Forgets a download, with what came of it if it is not done. */
  discardDownload(repo: string): Promise<void>;
  /** All downloads, at once and with each change, until `unwatchDownloads` or a call with a higher `turn`. */
  watchDownloads(turn: number, onEvent: (downloads: Download[]) => void): Promise<void>;
  unwatchDownloads(turn: number): Promise<void>;
  /** Removes a model of Ingot's own folder. */
  removeModel(name: string): Promise<void>;
  /** Where the Hub's token is kept, in words; null if there is none. The token itself is never told. */
  tokenPlace(): Promise<string | null>;
  keepToken(text: string): Promise<void>;
  forgetToken(): Promise<void>;
  /** Asks where to with the system's dialog; the path, or null if none was chosen. */
  saveReport(): Promise<string | null>;
}

/** Whatever was thrown, as an `AppError`: the shell itself may reject with a plain string. */
export function toAppError(cause: unknown): AppError {
  if (typeof cause === 'object' && cause !== null) {
    const { code, message } = cause as Partial<AppError>;
    if (typeof code === 'string' && typeof message === 'string') return { code, message };
    if (typeof message === 'string') return { code: 'internal', message };
  }
  return { code: 'internal', message: String(cause) };
}
