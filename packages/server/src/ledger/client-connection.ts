/**
 * A connection to an engine through ClickHouse's client: what is the same for an
 * embedded and for a remote one. What differs is given as `Ways`.
 */

import { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { LedgerConnection, QueryParameters } from './connection.ts';
import { type NativeBlock, writeNativeBlock } from './native-block.ts';
import { AnswerEnd, readToEnd } from './answer-end.ts';
import { RememberedAnswers, type RememberedTable } from './remembered.ts';

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
  const remembered = new RememberedAnswers();
  const { mustAsk, ...questions } = questionsOver(clients, ways, remembered);
  const { asking, inserting, patient } = clients;
  const insert = (
    table: string,
    rest: string,
    data: readonly Uint8Array[],
    attempt?: number,
  ): Promise<void> =>
    remembered.write(table, async () => {
      const values = Readable.from(data, { objectMode: false });
      const query = ways.toText(`INSERT INTO ${table} ${rest}`);
      const told = ways.insert(data, attempt);
      const { stream, response_headers } = await inserting.exec({ query, values, ...told });
      await readToEnd(stream, response_headers);
    });
  return {
    kind: ways.kind,
    cluster: ways.cluster,
    ...questions,
    async command(sql, parameters = {}) {
      for (const statement of ways.toStatements(sql)) {
        mustAsk();
        await remembered.write(statement, async () => {
          const { stream, response_headers } = await patient.exec(toQuestion(ways, statement, parameters));
          await readToEnd(stream, response_headers);
        });
      }
    },
    insertJsonLines: (table, lines, attempt) => insert(table, 'FORMAT JSONEachRow', lines, attempt),
    async insertRows(table, rows, attempt = 0) {
      await this.insertNative(table, await writeNativeBlock(rows), attempt);
    },
    insertNative: (table, { columns, bytes }: NativeBlock, attempt = 0) =>
      insert(table, `(${columns.join(', ')}) FORMAT Native`, [bytes], attempt),
    withParquet: (file, work) => ways.withParquet(file, work),
    async ping() {
      return (await asking.ping()).success;
    },
    async close() {
      await Promise.all([asking.close(), inserting.close(), patient.close()]);
    },
  };
}

/** What only asks. `mustAsk` throws once questions were given up. */
function questionsOver({ asking, inserting, patient }: Clients, ways: Ways, remembered: RememberedAnswers) {
  let givenUp = false;
  const mustAsk = (): void => {
    if (givenUp) throw new Error('The ledger is no longer asked, since the server stops.');
  };
  const query = <Row>(sql: string, parameters: QueryParameters = {}): Promise<Row[]> =>
    ways.ask(async () => {
      mustAsk();
      const result = await asking.query({ ...toQuestion(ways, sql, parameters), format: 'JSONEachRow' });
      return result.json<Row>();
    });
  return {
    mustAsk,
    query,
    queryRemembered: <Row>(tables: readonly RememberedTable[], sql: string) =>
      // Others write to a remote engine as well.
      ways.kind === 'remote' ? query<Row>(sql) : remembered.read(tables, sql, () => query<Row>(sql)),
    queryAfterInserts: <Row>(sql: string, parameters: QueryParameters = {}) =>
      remembered.afterWrites(() =>
        ways.ask(async () => {
          const told = await ways.afterInserts();
          const asked = { ...toQuestion(ways, sql, parameters), ...told };
          const result = await inserting.query({ ...asked, format: 'JSONEachRow' });
          return result.json<Row>();
        }),
      ),
    async *stream<Row>(sql: string, parameters: QueryParameters = {}) {
      mustAsk();
      const result = await asking.query({ ...toQuestion(ways, sql, parameters), format: 'JSONEachRow' });
      for await (const rows of result.stream<Row>()) yield rows.map((row) => row.json<Row>());
    },
    async *bytes(sql: string, parameters: QueryParameters = {}) {
      mustAsk();
      const { stream, response_headers } = await patient.exec(toQuestion(ways, sql, parameters));
      const end = new AnswerEnd(response_headers);
      for await (const chunk of stream) {
        end.see(chunk as Uint8Array);
        yield chunk as Uint8Array;
      }
      end.check();
    },
    async giveUpQuestions() {
      givenUp = true;
      await Promise.all([asking.close(), patient.close()]);
    },
  };
}

function toQuestion(ways: Ways, sql: string, parameters: QueryParameters) {
  return { ...ways.question, query: ways.toText(sql), query_params: { ...parameters } };
}
