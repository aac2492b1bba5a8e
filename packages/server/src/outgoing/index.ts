/** The one way out of the server. */
export type { OutgoingConnection, OutgoingRequest, OutgoingResponse, OutgoingTls } from './messages.ts';
export type { Outgoing, OutgoingOptions } from './outgoing.ts';
export { createOutgoing } from './outgoing.ts';
export type { OutgoingErrorCode } from './outgoing-error.ts';
export { OutgoingError } from './outgoing-error.ts';
export { readAllowedPlaces } from './permission.ts';
