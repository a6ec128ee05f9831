// Whether the system is light or dark, for what is not drawn by CSS.
import type { ChartTheme } from '../backend/bindings';

export class SystemTheme {
  name = $state<ChartTheme>('light');

  constructor() {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const read = (): void => {
      this.name = dark.matches ? 'dark' : 'light';
    };
    read();
    $effect(() => {
      dark.addEventListener('change', read);
      return () => dark.removeEventListener('change', read);
    });
  }
}
