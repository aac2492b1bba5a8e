/** The server has no programming interface of its own: it is used through HTTP and the CLI. */
export type { Exemplar } from '@bellwether/metrics';
