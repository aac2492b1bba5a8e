/**
 * Sloth's service level specifications, `version: prometheus/v1`: https://sloth.dev/specs/default/.
 * Its windows are 30 days and its pairs of burn rates are ours.
 */

import {
  type Fields,
  fieldsOf,
  given,
  idOf,
  labelsOf,
  lineOf,
  listOf,
  numberOf,
  oneLine,
  textOf,
} from './fields.ts';

/** True for a document of Sloth. */
export function isSloth(document: Fields): boolean {
  return document['version'] === 'prometheus/v1';
}

/** The objectives of a document, in our form. */
export function slothItems(document: Fields): Fields[] {
  const service = textOf(document['service'], 'service');
  return listOf(document['slos'], 'slos').map((slo, index) => {
    const where = `slos[${index}]`;
    const name = textOf(slo['name'], `${where}.name`);
    return {
      id: idOf(service, name),
      name,
      ...given('description', lineOf(slo['description'])),
      service,
      kind: 'promql',
      target_percent: numberOf(slo['objective'], `${where}.objective`),
      window: '30d',
      labels: { ...labelsOf(document['labels']), ...labelsOf(slo['labels']) },
      ...queriesOf(fieldsOf(slo['sli'], `${where}.sli`), `${where}.sli`),
    };
  });
}

function queriesOf(sli: Fields, where: string): Fields {
  const query = (value: unknown, name: string): string =>
    oneLine(textOf(value, `${where}.${name}`)).replaceAll(/\{\{\s*\.window\s*\}\}/g, '$window');
  if (sli['events'] !== undefined) {
    const events = fieldsOf(sli['events'], `${where}.events`);
    return {
      bad_query: query(events['error_query'], 'events.error_query'),
      total_query: query(events['total_query'], 'events.total_query'),
    };
  }
  if (sli['raw'] !== undefined) {
    const raw = fieldsOf(sli['raw'], `${where}.raw`);
    return { bad_ratio_query: query(raw['error_ratio_query'], 'raw.error_ratio_query') };
  }
  throw new TypeError(`${where} must have events or raw; plugins are code of Sloth and are not run`);
}
