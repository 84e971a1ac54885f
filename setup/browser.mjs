/** The browser in which the dashboard's page is tried. */
import { existsSync } from 'node:fs';
import { installPackages } from './apt.mjs';

export function ensureBrowser() {
  if (!existsSync('/usr/bin/chromium')) installPackages(['chromium'], 'the browser chromium');
}
