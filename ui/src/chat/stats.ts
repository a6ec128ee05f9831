// The line of figures under a finished answer.
import type { Usage } from '../backend/bindings';

/** "42.1 tok/s · 0.12 s to first token · 100 tokens" */
export function statsText(usage: Usage): string {
  const { generated_tokens, decode_tokens_per_second, time_to_first_token_seconds } = usage;
  const parts: string[] = [];
  // Speed needs two tokens, and the first token has to have come.
  if (generated_tokens > 1 && decode_tokens_per_second > 0) {
    const digits = decode_tokens_per_second < 1000 ? 1 : 0;
    parts.push(`${decode_tokens_per_second.toFixed(digits)} tok/s`);
  }
  if (generated_tokens > 0) parts.push(`${secondsText(time_to_first_token_seconds)} to first token`);
  parts.push(`${generated_tokens} ${generated_tokens === 1 ? 'token' : 'tokens'}`);
  return parts.join(' · ');
}

function secondsText(seconds: number): string {
  const digits = seconds < 0.1 ? 3 : seconds < 10 ? 2 : 1;
  return `${seconds.toFixed(digits)} s`;
}

/** "164 of 2,048 tokens" */
export function contextUseText(used: number, length: number): string {
  return `${used.toLocaleString('en')} of ${length.toLocaleString('en')} tokens`;
}

/** "Just now", "5 min ago", "Yesterday", "12 March", "12 March 2025" */
export function agoText(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'Just now';
  if (minutes < 60) return `${minutes} min ago`;
  const [day, today] = [new Date(then), new Date(now)];
  const days = Math.round((midnight(today) - midnight(day)) / 86_400_000);
  if (days === 0) return `${Math.floor(minutes / 60)} h ago`;
  if (days === 1) return 'Yesterday';
  const year = day.getFullYear() === today.getFullYear() ? undefined : 'numeric';
  return day.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year });
}

function midnight(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
