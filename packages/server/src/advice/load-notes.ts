/** What more load does, and of which of it nothing is known, in sentences. */

import { groupDigits, msText, percentText } from '../report/text-table.ts';
import {
  HOURS_MIN,
  type LoadEffects,
  type LoadFigures,
  REQUESTS_MIN,
  type UnknownLoad,
} from './load-effects.ts';

/** Models that are named. */
const NAMED_MAX = 3;

/** The sentences. */
export function loadNotes({ known_ratio: ratio, present, supposed, unknown }: LoadEffects): string[] {
  return [
    ...(present === null || supposed === null
      ? []
      : [
          `${percentText(ratio)} of the requests would come in hours with as many requests of their model as the period has known: latency p95 ${comparison(present, supposed, latency)}, errors ${comparison(present, supposed, errors)}, refused by a rate limit ${comparison(present, supposed, refusals)}.`,
        ]),
    ...(ratio === 1
      ? []
      : [
          `How ${ratio === 0 ? 'requests' : `the other ${percentText(1 - ratio)}`} would fare is not known, since there are fewer than ${HOURS_MIN} hours or ${REQUESTS_MIN} requests like theirs: ${namesOf(unknown)}.`,
        ]),
  ];
}

const latency = ({ latency_p95_ms: value }: LoadFigures): string => msText(value);
const errors = ({ error_ratio: value }: LoadFigures): string => percentText(value, 2);
const refusals = ({ rate_limited_ratio: value }: LoadFigures): string => percentText(value, 2);

function comparison(present: LoadFigures, supposed: LoadFigures, text: (of: LoadFigures) => string): string {
  return `${text(present)} now and ${text(supposed)} then`;
}

function namesOf(unknown: readonly UnknownLoad[]): string {
  const named = unknown.slice(0, NAMED_MAX).map(({ model, requests_ratio: ratio, busiest_hour: hour }) => {
    const [now, then] = [hour.present, hour.supposed].map(groupDigits);
    return `${percentText(ratio)} of those of ${model}, whose busiest hour would have ${then} against ${now}`;
  });
  const more = unknown.length - named.length;
  return [
    ...named,
    ...(more === 0 ? [] : [`${more} more ${more === 1 ? 'model' : 'models'}`]),
    ...(named.length === 0 ? ['models with few requests'] : []),
  ].join('; ');
}
