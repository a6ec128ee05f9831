// The settings of the fake backend.
import { fakePlans } from './fake_convert';
import type { SettingsChange, SettingsView } from './bindings';

export const fakeSettings: SettingsView = {
  appearance: 'system',
  memory_limit_bytes: null,
  machine_limit_bytes: 12 * 1024 ** 3,
  idle_unload_minutes: 15,
  system_prompt: '',
  recipe: 'balanced-5bit',
  recipes: fakePlans.map(({ recipe, title }) => ({ name: recipe, title })),
  home: '/Users/you/Library/Application Support/Ingot',
  model_folders: ['/Volumes/Work/models'],
  shortcut: null,
  launch_at_login: false,
  command: { path: '/Users/you/.local/bin/ingot', is_there: false },
  log: '/Users/you/Library/Application Support/Ingot/ingot.log',
};

export function changed(settings: SettingsView, change: SettingsChange): SettingsView {
  const folders = settings.model_folders;
  switch (change.set) {
    case 'appearance':
      return { ...settings, appearance: change.to };
    case 'memory_limit':
      if (change.to !== null && change.to < 2 ** 28) throw { code: 'bad_request', message: 'models need at least 0.25 GB; allow more' };
      return { ...settings, memory_limit_bytes: change.to };
    case 'idle_unload':
      return { ...settings, idle_unload_minutes: change.to };
    case 'system_prompt':
      return { ...settings, system_prompt: change.to };
    case 'recipe':
      return { ...settings, recipe: change.to };
    case 'add_folder':
      return { ...settings, model_folders: [...folders, change.to] };
    case 'forget_folder':
      return { ...settings, model_folders: folders.filter((folder) => folder !== change.to) };
    case 'shortcut':
      return { ...settings, shortcut: change.to };
    case 'launch_at_login':
      return { ...settings, launch_at_login: change.to };
    case 'command':
      return { ...settings, command: { ...settings.command, is_there: change.to } };
  }
}
