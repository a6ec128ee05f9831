// The engine behind Tauri's IPC. No other file imports `@tauri-apps/*`.
import { Channel, invoke } from '@tauri-apps/api/core';
import { toAppError, type Backend } from './backend';
import type {
  ChatEntry,
  ChatEvent,
  ChatView,
  Conversion,
  Download,
  HardwareReport,
  HubModel,
  HubPreview,
  LoadEvent,
  ModelSummary,
  MonitorEvent,
  Present,
  RecipePlan,
  ReportCharts,
  ReportEvent,
  SettingsView,
} from './bindings';

const LAST_EVENT_GRACE_MILLISECONDS = 2000;

async function call<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (cause) {
    throw toAppError(cause);
  }
}

export const tauri: Backend = {
  models: () => call<ModelSummary[]>('models'),
  chooseFolder: () => call<string | null>('choose_folder'),
  inspectModel: (path) => call<ModelSummary>('inspect_model', { path }),
  loadModel: (path, onEvent) =>
    call<ModelSummary>('load_model', { path, onEvent: new Channel<LoadEvent>(onEvent) }),
  unloadModel: () => call<void>('unload_model'),

  async ask(inquiry, onEvent) {
    // A channel's messages and a command's reply travel apart, so the last
    // event may come after the reply.
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const channel = new Channel<ChatEvent>((event) => {
      onEvent(event);
      if (event.type === 'finished' || event.type === 'failed') end();
    });
    await call<void>('ask', { inquiry, onEvent: channel });
    const grace = setTimeout(end, LAST_EVENT_GRACE_MILLISECONDS);
    await ended;
    clearTimeout(grace);
  },

  listChats: (search) => call<ChatEntry[]>('list_chats', { search }),
  openChat: (chat, before) => call<ChatView>('open_chat', { chat, before }),
  renameChat: (chat, title) => call<void>('rename_chat', { chat, title }),
  deleteChat: (chat) => call<void>('delete_chat', { chat }),
  chatMarkdown: (chat) => call<string>('chat_markdown', { chat }),
  saveChat: (chat) => call<string | null>('save_chat', { chat }),
  turnText: (turn) => call<string>('turn_text', { turn }),
  openLink: (href) => call<void>('open_link', { href }),
  stop: () => call<void>('stop'),
  settings: () => call<SettingsView>('settings'),
  changeSettings: (change) => call<SettingsView>('change_settings', { change }),
  presentModel: () => call<Present | null>('present_model'),
  recentLog: () => call<string>('recent_log'),
  liftSetAside: (path) => call<void>('lift_set_aside', { path }),

  watchMonitor: (turn, theme, width, onEvent) =>
    call<void>('watch_monitor', { turn, theme, width, onEvent: new Channel<MonitorEvent>(onEvent) }),
  unwatchMonitor: (turn) => call<void>('unwatch_monitor', { turn }),
  makeReport: (onEvent) => call<HardwareReport>('make_report', { onEvent: new Channel<ReportEvent>(onEvent) }),
  reportCharts: (theme, width) => call<ReportCharts>('report_charts', { theme, width }),
  saveReport: () => call<string | null>('save_report'),

  recipePlans: (path, groupSize, pad) => call<RecipePlan[]>('recipe_plans', { path, groupSize, pad }),
  startConversion: (path, recipe, groupSize, pad) =>
    call<void>('start_conversion', { path, recipe, groupSize, pad }),
  pauseConversion: () => call<void>('pause_conversion'),
  clearConversion: () => call<void>('clear_conversion'),
  watchConversion: (turn, onEvent) =>
    call<void>('watch_conversion', { turn, onEvent: new Channel<Conversion | null>(onEvent) }),
  unwatchConversion: (turn) => call<void>('unwatch_conversion', { turn }),

  searchHub: (text) => call<HubModel[]>('search_hub', { text }),
  starterModel: () => call<string>('starter_model'),
  previewModel: (repo) => call<HubPreview>('preview_model', { repo }),
  startDownload: (repo) => call<void>('start_download', { repo }),
  pauseDownload: (repo) => call<void>('pause_download', { repo }),
  discardDownload: (repo) => call<void>('discard_download', { repo }),
  watchDownloads: (turn, onEvent) =>
    call<void>('watch_downloads', { turn, onEvent: new Channel<Download[]>(onEvent) }),
  unwatchDownloads: (turn) => call<void>('unwatch_downloads', { turn }),
  tokenPlace: () => call<string | null>('token_place'),
  keepToken: (text) => call<void>('keep_token', { text }),
  forgetToken: () => call<void>('forget_token'),
  removeModel: (name) => call<void>('remove_model', { name }),
};
