/** The platform pack, in the order in which it is shown. */

import { auditPack, configPack, rbacPack } from './configuration.ts';
import { cachePack, cryptoPack, httpPack, storagePack, systemPack } from './services.ts';

/** All groups of the platform pack. */
export const platformPack = [
  configPack,
  cachePack,
  rbacPack,
  auditPack,
  storagePack,
  cryptoPack,
  systemPack,
  httpPack,
] as const;
