/** Text in HTML and SVG. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text that means itself, in content and in quoted attributes. Control characters become U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, '\u{FFFD}')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
