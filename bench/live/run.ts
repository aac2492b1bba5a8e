/** The benchmarks of the catalogue's recorders, one after the other: `npm run bench -- live`. */

await import('./track-request.ts');
await import('./record-rows.ts');
