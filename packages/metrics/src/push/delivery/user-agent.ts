/** How this package names itself to receivers. A test holds the version against the package's own. */
export const USER_AGENT = 'bellwether-metrics/0.1.0';
