/** The browser in which the dashboard's page is tried, and what keeps pictures of it small. */
import { existsSync } from 'node:fs';
import { installPackages } from './apt.mjs';
import { attempt } from './run.mjs';

export function ensureBrowser() {
  if (!existsSync('/usr/bin/chromium')) installPackages(['chromium'], 'the browser chromium');
}

export function ensurePictures() {
  if (!attempt('pngquant', ['--version']).ok) installPackages(['pngquant'], 'pngquant');
}
