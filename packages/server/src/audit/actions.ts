/**
 * What the audit log records, as a closed catalogue: whoever adds something that
 * must be accounted for adds its action here and records it there. Actions are
 * never renamed, since entries that carry them are never changed.
 */

/** Every action, and what an entry of it says. */
export const auditActions = {
  'server.started': 'The server started: its version and address.',
  'server.stopped': 'The server was stopped in an orderly way.',
  'config.loaded': 'A configuration took effect: its file and the keys that are not at their default.',
  'config.changed':
    'A reload gave a key another value: the former one, the new one, and whether it took effect at once.',
  'config.refused': 'A configuration was not reloaded since something is wrong with it: what.',
  'token.created': 'A token was made: its name, roles, tenant and expiry.',
  'token.revoked': 'A token was revoked.',
  'export.made': 'Rows were exported: what was asked, of which tenant, and how many events they are of.',
  'budget.defined': 'A budget is new, has changed or is gone: how, and its definition as it is now.',
  'objective.defined': 'An objective is new, has changed or is gone: how, and its definition as it is now.',
  'deployment.added': 'A deployment was marked: its service, version, environment and time.',
  'regression.found':
    'Something is worse since a deployment or a change of model: which measures, and by how much.',
  'retention.ran': 'Events or charges past their retention were removed: how many, by table.',
  'archive.written': 'Events were archived: the directory, days, rows and bytes.',
  'archive.restored': 'Events were brought back from an archive: the directory, days and rows.',
  'archive.encrypted':
    'Files of an archive are brought under the newest key: the directory, how many, the fingerprints of the keys before (`none` for plain files) and of the newest. Recorded before the first is written.',
  'encryption.key_rewrapped':
    'The key of the data was encrypted with another key of the operator: the fingerprints of the former one and of the new one.',
  'backup.made': 'A backup was made: where, of how many events, and how large it is.',
  'backup.restored': 'The data directory was put back to a backup: which, and of when.',
  'user.erased':
    'A user was erased, or erased again from older data: how many rows and files. It does not say who.',
  'baseline.moved': 'What is usual has moved since it was last told: of which series, from what to what.',
  'baseline.learnt':
    'What is usual was learnt from history: why, from when, and for how many groups of series.',
  'rerate.applied': 'Past events were given other charges: which, under what plan, and what it came to.',
  'rerate.undone': 'The events of a re-rating were given their former charges.',
  'alert.acknowledged': 'Somebody has an alert in hand: its name and the note.',
  'alert.resolved': 'Somebody resolved an alert: its name and the note.',
  'alert.snoozed': 'Somebody put an alert off: its name, until when, and the note.',
  'silence.created': 'A silence: its matchers, its times and the comment.',
  'silence.ended': 'A silence was ended before its time.',
  'notification.retried': 'A message that had been put aside is sent again.',
  'notification.tested': 'A test message was sent: the channel, and whether it arrived.',
} as const satisfies Record<string, string>;

/** The name of an action. */
export type AuditAction = keyof typeof auditActions;

/** True for the name of an action of the catalogue. */
export function isAuditAction(name: string): name is AuditAction {
  return Object.hasOwn(auditActions, name);
}
