/**
 * A document as a server may answer with it. Documents carry their styles in
 * attributes, since readers of mail drop style sheets; a content security policy that
 * permits those would permit them to whoever found a way to put an element in. So the
 * attributes become rules of the one sheet, which the policy names by its hash.
 */

import { createHash } from 'node:crypto';

/** A page, and the policy under which it looks as it should and nothing else is loaded or run. */
export interface StrictHtml {
  readonly html: string;
  readonly policy: string;
}

/**
 * Makes the page of a document.
 *
 * @param html as `documentHtml` writes it: one `<style>`, and quotes escaped wherever a value of somebody's stands.
 */
export function strictHtml(html: string): StrictHtml {
  const rules = new Map<string, number>();
  const numbered = html.replaceAll(/ style="([^"]*)"/g, (_attribute, style: string) => {
    const number = rules.get(style) ?? rules.size;
    rules.set(style, number);
    return ` data-style="${number}"`;
  });
  const ofAttributes = [...rules].map(([style, number]) => `[data-style="${number}"]{${style}}`).join('\n');
  let sheet = '';
  const page = numbered.replace(/<style>([^<]*)<\/style>/, (_element, own: string) => {
    sheet = `${ofAttributes}\n${own}`;
    return `<style>${sheet}</style>`;
  });
  const hash = createHash('sha256').update(sheet, 'utf8').digest('base64');
  return {
    html: page,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}
