/** Text in HTML and SVG: in documentation, reports and mails. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text that means itself, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** The same, of a text from somebody else: control characters become U+FFFD. */
export function printableHtml(text: string): string {
  return escapeHtml(text.replaceAll(/\p{Cc}/gu, '\u{FFFD}'));
}
