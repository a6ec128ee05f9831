// Makes a text area as tall as its text; CSS limits it with `max-height`.
export function grow(value: () => string): (element: HTMLTextAreaElement) => void {
  return (element) => {
    value();
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  };
}
