/**
 * The colours of the reports. Elements carry the light ones themselves, since mail
 * readers drop style sheets; where a sheet is read it puts the dark ones in their place.
 */

/** Each with its value on light and on dark ground. Text has a contrast of 4.5 to 1 at least. */
export const colours = {
  ground: ['#f6f7f9', '#14171c'],
  card: ['#ffffff', '#1d2129'],
  text: ['#1c2430', '#e8ebf0'],
  faint: ['#5a6575', '#a3adbb'],
  line: ['#dfe3e9', '#353c48'],
  link: ['#1d5fb8', '#83b4f5'],
  better: ['#18703a', '#6fcf93'],
  worse: ['#b3261e', '#ff9a90'],
  first: ['#2563b8', '#6aa5f0'],
  second: ['#b45309', '#f0a44b'],
  third: ['#18703a', '#6fcf93'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

export type Colour = keyof typeof colours;

/** Attributes of an HTML element in a colour. */
export function inColour(colour: Colour, property: 'color' | 'background', style = ''): string {
  return `class="${property[0]}-${colour}" style="${property}:${colours[colour][0]};${style}"`;
}

/** Attributes of an SVG element. */
export function painted(colour: Colour, property: 'fill' | 'stroke'): string {
  return `class="${property[0]}-${colour}" ${property}="${colours[colour][0]}"`;
}

/** The sheet with the dark colours. */
export function darkSheet(): string {
  const rules = Object.entries(colours).map(
    ([name, [, dark]]) =>
      `.c-${name}{color:${dark}!important}.b-${name}{background:${dark}!important}.f-${name}{fill:${dark}}.s-${name}{stroke:${dark}}`,
  );
  const lines = `.card,.cell{border-color:${colours.line[1]}!important}`;
  return `@media (prefers-color-scheme:dark){${rules.join('')}${lines}}`;
}
