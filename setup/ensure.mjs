/**
 * Brings a checkout to where its commands can run: `node setup/ensure.mjs [--lab] [--bench] [--faults] [--browser] [--pictures]`. Does only what is not done
 * yet. Plain JavaScript without dependencies, because it runs before they are installed.
 */
import { ensureBench } from './bench.mjs';
import { ensureBrowser, ensurePictures } from './browser.mjs';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureFaults } from './faults.mjs';
import { ensureLab } from './lab.mjs';
import { SetupError } from './run.mjs';

try {
  ensureDependencies();
  if (process.argv.includes('--lab')) ensureLab();
  if (process.argv.includes('--bench')) ensureBench();
  if (process.argv.includes('--faults')) ensureFaults();
  if (process.argv.includes('--browser')) ensureBrowser();
  if (process.argv.includes('--pictures')) ensurePictures();
  ensureBuild();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`setup: ${error.message}\n`);
  process.exitCode = 1;
}
