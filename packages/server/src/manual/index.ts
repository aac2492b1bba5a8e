/** The documentation, for a browser. */
export { manualFolder } from './folder.ts';
export { Manual } from './manual.ts';
export { style as manualStyle } from './page.ts';
