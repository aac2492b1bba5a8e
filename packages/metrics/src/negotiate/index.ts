/** What the rest of the package may use of negotiation and names. */
export { type ContentCoding, encodeBody, negotiateEncoding } from './encoding.ts';
export { escapeFamilies, escapeLabelName, escapeMetricName } from './escaping.ts';
export {
  contentTypeOf,
  type ExpositionFormat,
  type NegotiatedFormat,
  negotiateFormat,
} from './formats.ts';
export { scrape, type ScrapeRequest, type ScrapeResponse, type ScrapeSource } from './scrape.ts';
