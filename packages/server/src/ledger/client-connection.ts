/**
 * A connection to an engine through ClickHouse's client: what is the same for an
 * embedded and for a remote one. What differs is given as `Ways`.
 */

import { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { LedgerConnection, QueryParameters } from './connection.ts';
import { type NativeBlock, writeNativeBlock } from './native-block.ts';
import { AnswerEnd, readToEnd } from './answer-end.ts';

/** Clients with sockets of their own, so that none waits for another's. */
export interface Clients {
  readonly asking: ClickHouseClient;
  readonly inserting: ClickHouseClient;
  /** For what may take long. */
  readonly patient: ClickHouseClient;
}

/** What the client is told beside the statement. */
export interface Told {
  readonly session_id?: string;
  readonly query_id?: string;
  readonly clickhouse_settings?: ClickHouseSettings;
}

/** How a connection differs from others. */
export interface Ways {
  readonly kind: LedgerConnection['kind'];
  readonly cluster: string | null;
  /** The statements that stand for one that gives nothing back. */
  readonly toStatements: (sql: string) => readonly string[];
  /** The text of a statement as this engine has to get it. */
  readonly toText: (sql: string) => string;
  /** For every statement but the insert of data. */
  readonly question: Told;
  /** For an insert of data; `attempt` is undefined where the engine must take it however often it comes. */
  readonly insert: (data: readonly Uint8Array[], attempt: number | undefined) => Told;
  /** For a question that has to see every insert that was sent before; rejects while one of them is under way. */
  readonly afterInserts: () => Promise<Told>;
  /** Asks, and again where that is due. */
  readonly ask: <R>(question: () => Promise<R>) => Promise<R>;
  readonly withParquet: LedgerConnection['withParquet'];
}

/** Makes a connection. */
export function connectionOver(clients: Clients, ways: Ways): LedgerConnection {
  const { asking, inserting, patient } = clients;
  let givenUp = false;
  const mustAsk = (): void => {
    if (givenUp) throw new Error('The ledger is no longer asked, since the server stops.');
  };
  const question = (sql: string, parameters: QueryParameters) => ({
    ...ways.question,
    query: ways.toText(sql),
    query_params: { ...parameters },
  });
  const insert = async (sql: string, data: readonly Uint8Array[], attempt?: number): Promise<void> => {
    const values = Readable.from(data, { objectMode: false });
    const query = ways.toText(sql);
    const { stream, response_headers } = await inserting.exec({
      query,
      values,
      ...ways.insert(data, attempt),
    });
    await readToEnd(stream, response_headers);
  };
  return {
    kind: ways.kind,
    cluster: ways.cluster,
    query: <Row>(sql: string, parameters: QueryParameters = {}) =>
      ways.ask(async () => {
        mustAsk();
        const result = await asking.query({ ...question(sql, parameters), format: 'JSONEachRow' });
        return result.json<Row>();
      }),
    queryAfterInserts: <Row>(sql: string, parameters: QueryParameters = {}) =>
      ways.ask(async () => {
        const told = await ways.afterInserts();
        const result = await inserting.query({
          ...question(sql, parameters),
          ...told,
          format: 'JSONEachRow',
        });
        return result.json<Row>();
      }),
    async *stream<Row>(sql: string, parameters: QueryParameters = {}) {
      mustAsk();
      const result = await asking.query({ ...question(sql, parameters), format: 'JSONEachRow' });
      for await (const rows of result.stream<Row>()) yield rows.map((row) => row.json<Row>());
    },
    async *bytes(sql, parameters = {}) {
      mustAsk();
      const { stream, response_headers } = await patient.exec(question(sql, parameters));
      const end = new AnswerEnd(response_headers);
      for await (const chunk of stream) {
        end.see(chunk as Uint8Array);
        yield chunk as Uint8Array;
      }
      end.check();
    },
    async command(sql, parameters = {}) {
      for (const statement of ways.toStatements(sql)) {
        mustAsk();
        const { stream, response_headers } = await patient.exec(question(statement, parameters));
        await readToEnd(stream, response_headers);
      }
    },
    insertJsonLines: (table, lines, attempt) =>
      insert(`INSERT INTO ${table} FORMAT JSONEachRow`, lines, attempt),
    async insertRows(table, rows, attempt = 0) {
      await this.insertNative(table, await writeNativeBlock(rows), attempt);
    },
    insertNative: (table, { columns, bytes }: NativeBlock, attempt = 0) =>
      insert(`INSERT INTO ${table} (${columns.join(', ')}) FORMAT Native`, [bytes], attempt),
    withParquet: (file, work) => ways.withParquet(file, work),
    async ping() {
      return (await asking.ping()).success;
    },
    async giveUpQuestions() {
      givenUp = true;
      await Promise.all([asking.close(), patient.close()]);
    },
    async close() {
      await Promise.all([asking.close(), inserting.close(), patient.close()]);
    },
  };
}
