/**
 * The audit log of a server that must start whatever state its disk is in. The
 * log is opened when it is first needed; where that fails, the call fails and the
 * next one tries again, so that recording resumes by itself once there is room.
 */

import type { AuditLog } from './log.ts';
import { openAuditLog } from './log.ts';

/** An audit log that may not be open. */
export type ResilientAuditLog = Omit<AuditLog, 'quarantined'>;

/**
 * Makes the log of a data directory without touching the directory yet. Every
 * method fails with the `StateError` of `openAuditLog` for as long as that does.
 *
 * @param onQuarantined hears of a damaged database that was set aside, with its new name.
 */
export function createAuditLog(
  options: Parameters<typeof openAuditLog>[0] & { readonly onQuarantined?: (file: string) => void },
): ResilientAuditLog {
  let opening: Promise<AuditLog> | null = null;
  const open = async (): Promise<AuditLog> => {
    const log = await openAuditLog(options);
    if (log.quarantined !== null) options.onQuarantined?.(log.quarantined);
    return log;
  };
  const opened = async (): Promise<AuditLog> => {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = null;
      throw error;
    }
  };
  return {
    append: async (record) => (await opened()).append(record),
    list: async (query) => (await opened()).list(query),
    verify: async (anchor) => (await opened()).verify(anchor),
    close: async () => {
      const log = await opening?.catch(() => null);
      opening = null;
      await log?.close();
    },
  };
}
