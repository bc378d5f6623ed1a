import { existsSync } from "node:fs";

import { chromium, type Browser } from "playwright-core";

/** Where Debian and others put a browser. */
const PLACES = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** The browser of the system; undefined where there is none. */
export const browserPath = (): string | undefined => PLACES.find((place) => existsSync(place));

/** Says once why the tests of the page are left out. */
export function requireBrowser(context: Mocha.Context): string {
  const found = browserPath();
  if (found !== undefined) return found;
  console.log("      No Chromium was found: the page is not tried. Debian has it as chromium-headless-shell.");
  context.skip();
}

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
