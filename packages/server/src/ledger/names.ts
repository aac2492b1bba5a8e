/** Names that every statement of the ledger has in it. */

/** The database that holds the ledger, as statements spell it; a remote one may have another name. */
export const LEDGER_DATABASE = 'bellwether';
