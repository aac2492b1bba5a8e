/**
 * Tools that are no npm package and are built by Go from its module proxy: found on
 * the PATH, or built once into the user's cache. Plain JavaScript without dependencies.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The path of a tool.
 *
 * @param {string} name its name once it is built
 * @param {string} module the module to build with its version, e.g. `helm.sh/helm/v3/cmd/helm@v3.22.0`
 */
export function goTool(name, module) {
  if (spawnSync(name, ['version']).status === 0) return name;
  const version = module.slice(module.indexOf('@') + 1);
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'bellwether',
    `${name}-${version}`,
  );
  const built = join(folder, module.slice(module.lastIndexOf('/') + 1, module.indexOf('@')));
  if (existsSync(built)) return built;
  console.log(`Building ${module} (once) …`);
  mkdirSync(folder, { recursive: true });
  execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: 'inherit' });
  return built;
}
