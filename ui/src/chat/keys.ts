// Whether a key press means "send": Enter without Shift, and not the Enter that
// ends a composition (WebKit reports that one as key code 229).
export function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}
