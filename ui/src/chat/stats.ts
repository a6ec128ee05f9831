// The line of figures under a finished answer.
import type { Usage } from '../backend/bindings';
import { words } from '../words';

/** "42.1 tok/s · 0.12 s to first token · 100 tokens" */
export function statsText(usage: Usage): string {
  const { generated_tokens, left_out_messages, decode_tokens_per_second, time_to_first_token_seconds } = usage;
  const parts: string[] = [];
  // Speed needs two tokens, and the first token has to have come.
  if (generated_tokens > 1 && decode_tokens_per_second > 0) {
    const digits = decode_tokens_per_second < 1000 ? 1 : 0;
    parts.push(words.units.tokensPerSecond(decode_tokens_per_second, digits));
  }
  if (generated_tokens > 0) parts.push(words.chat.answer.toFirstToken(secondsText(time_to_first_token_seconds)));
  parts.push(words.chat.answer.tokens(generated_tokens));
  if (left_out_messages > 0) parts.push(words.chat.answer.leftOut(left_out_messages));
  return parts.join(' · ');
}

function secondsText(seconds: number): string {
  const digits = seconds < 0.1 ? 3 : seconds < 10 ? 2 : 1;
  return words.units.seconds(seconds, digits);
}

/** "Just now", "5 min ago", "Yesterday", "12 March", "12 March 2025" */
export function agoText(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return words.chat.history.justNow;
  if (minutes < 60) return words.chat.history.minutesAgo(minutes);
  const [day, today] = [new Date(then), new Date(now)];
  const days = Math.round((midnight(today) - midnight(day)) / 86_400_000);
  if (days === 0) return words.chat.history.hoursAgo(Math.floor(minutes / 60));
  if (days === 1) return words.chat.history.yesterday;
  return words.chat.history.day(day, day.getFullYear() !== today.getFullYear());
}

function midnight(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
