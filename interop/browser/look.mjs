// How a page looks and whether everybody can use it: screenshots for the eye, axe for the rest.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const screens = fileURLToPath(new URL("../../test-output/screens/", import.meta.url));
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Options of a context in which `look` works: axe is a script, and the pages allow none. */
export const looking = { bypassCSP: true, locale: "en-GB" };

/** Words over a line's end without a hyphen, but for addresses and, outside the labels, long words. */
function broken() {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const most = node.parentElement.closest(".see dt") ? 16 : 11;
    const words = new RegExp(`(?<=^|[\\s(“„«])\\p{L}{2,${most}}(?=$|[\\s.,:;?!)”“»])`, "gu");
    for (const { 0: word, index } of node.data.matchAll(words)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const seen = [...range.getClientRects()].filter(({ width }) => width > 1);
      if (new Set(seen.map(({ top }) => Math.round(top))).size > 1) found.push(word);
    }
  }
  return found;
}

/**
 * Takes the page's picture on phones and a desk, light and dark, and fails where it does not fit, where words
 * break, and on any fault that axe finds.
 */
export async function look(page, name) {
  await mkdir(screens, { recursive: true });
  await page.addScriptTag({ path: axe });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [width, height] of [[1280, 800], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${screens}${name}-${width}-${colorScheme}.png`, fullPage: true });
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(sideways <= 0, `${name} scrolls sideways at ${width} pixels`);
      assert.deepEqual(await page.evaluate(broken), [], `${name} breaks words at ${width} pixels`);
    }
    const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values } }), rules);
    const faults = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" | ")}`);
    assert.deepEqual(faults, [], `${name}, ${colorScheme}`);
  }
}
