/**
 * Series from anywhere as one source: measures of requests, metrics among the samples, and
 * the series that the configuration declares, be they PromQL or samples. What is built on
 * it need not know which is which.
 */

import { BellwetherError } from '@bellwether/events';
import type { SeriesDefinition } from '../config/index.ts';
import { dimensionsFor, readMeasureName } from './measure-names.ts';
import type { PromqlSeriesSource } from './promql-series.ts';
import type { Series, SeriesFilter, SeriesQuery, CountingSeriesSource, UnboundedQuery } from './series.ts';

/** What it is made of. */
export interface EverySeriesParts {
  readonly ledger: CountingSeriesSource;
  readonly samples: CountingSeriesSource;
  /** Null where no Prometheus is configured. */
  readonly promql: PromqlSeriesSource | null;
  readonly definitions: readonly SeriesDefinition[];
}

/** All series of a server. */
export class EverySeries implements CountingSeriesSource {
  readonly #parts: EverySeriesParts;
  readonly #definitions: ReadonlyMap<string, SeriesDefinition>;

  constructor(parts: EverySeriesParts) {
    this.#parts = parts;
    this.#definitions = new Map(parts.definitions.map((definition) => [definition.id, definition]));
  }

  async query(query: SeriesQuery): Promise<Series[]> {
    const name = readMeasureName(query.measure);
    if (name.kind === 'ledger') return this.#parts.ledger.query(query);
    if (name.kind === 'sample') return this.#parts.samples.query(query);
    const definition = this.#definitions.get(name.id);
    if (definition === undefined)
      throw new BellwetherError('invalid_parameter', `analysis.series declares no ${name.id}.`, {
        field: 'measure',
      });
    if (dimensionsFor(query.measure, query.by).length > 0)
      throw new BellwetherError(
        'invalid_parameter',
        'What a declared series is told apart by is in its declaration.',
        { field: 'by' },
      );
    const found = await this.#declared(definition, query);
    const labelled = found.map((series) => ({
      ...series,
      labels: { ...series.labels, ...definition.labels },
    }));
    const matching = labelled.filter(({ labels }) => query.where.every((filter) => matches(filter, labels)));
    return matching.slice(0, query.seriesMax ?? definition.seriesMax);
  }

  async count(query: UnboundedQuery): Promise<number> {
    const { kind } = readMeasureName(query.measure);
    if (kind === 'ledger') return this.#parts.ledger.count(query);
    if (kind === 'sample') return this.#parts.samples.count(query);
    // A declaration bounds its series, and without a limit all of them come.
    return (await this.query(query)).length;
  }

  async queryMeasures(query: Omit<SeriesQuery, 'measure'>, measures: readonly string[]): Promise<Series[][]> {
    const { ledger } = this.#parts;
    const ofLedger = measures.filter((name) => readMeasureName(name).kind === 'ledger');
    const together =
      ofLedger.length > 0 && ledger.queryMeasures !== undefined
        ? await ledger.queryMeasures(query, ofLedger)
        : null;
    const answers: Series[][] = [];
    for (const measure of measures) {
      const known = together?.[ofLedger.indexOf(measure)];
      answers.push(known ?? (await this.query({ ...query, measure })));
    }
    return answers;
  }

  #declared(definition: SeriesDefinition, { fromMs, toMs, stepMs }: SeriesQuery): Promise<Series[]> {
    const { from, seriesMax, id } = definition;
    const grid = { fromMs, toMs, stepMs, seriesMax };
    if (from.kind === 'sample') {
      const { name, aggregate, by, where } = from;
      const prefix = aggregate === null ? 'sample' : `sample_${aggregate}`;
      return this.#parts.samples.query({ ...grid, measure: `${prefix}:${name}`, by, where });
    }
    if (this.#parts.promql === null)
      throw new BellwetherError(
        'prometheus_unavailable',
        `The series ${id} asks a Prometheus, and monitoring.prometheus_endpoint names none.`,
      );
    return this.#parts.promql.query({ ...grid, expression: from.expression });
  }
}

function matches({ dimension, operator, values }: SeriesFilter, labels: Series['labels']): boolean {
  return values.includes(labels[dimension] ?? '') === (operator === '=');
}
