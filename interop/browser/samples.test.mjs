// Every state of every page, as its `sample()` and `variants()` render it: the snapshots that `cargo test`
// keeps true.
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { inPage, launch } from "./browser.mjs";
import { look, looking } from "./look.mjs";

const signet = new URL("../../crates/signet/", import.meta.url);
const snapshots = new URL("src/pages/snapshots/", signet);
const pages = readdirSync(snapshots).map((file) => ({
  name: file.replace(/^.*__|\.snap$/g, ""),
  html: readFileSync(new URL(file, snapshots), "utf8").replace(/^---[\s\S]*?\n---\n/, ""),
}));

// An application's logo comes by way of the provider.
const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="teal"/></svg>';
const types = { css: "text/css", svg: "image/svg+xml", js: "text/javascript" };
const server = createServer((request, response) => {
  const [, name, extension] = /^\/assets\/(.+)-HASH\.(\w+)$/.exec(request.url) ?? [];
  if (name === "form-post") return response.setHeader("content-type", types.js).end("");
  if (name) return response.setHeader("content-type", types[extension]).end(readFileSync(new URL(`assets/${name}.${extension}`, signet)));
  const page = pages.find(({ name }) => request.url === `/${name}`);
  response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" }).end(page?.html);
});

let browser;
before(async () => {
  browser = await launch();
  await once(server.listen(0, "127.0.0.1"), "listening");
});
after(async () => {
  server.close();
  await browser?.close();
});

for (const { name } of pages)
  test(name, () =>
    inPage(browser, looking, async (page) => {
      await page.route(({ hostname }) => hostname !== "127.0.0.1", (logo) => logo.fulfill({ contentType: types.svg, body: LOGO }));
      await page.goto(`http://127.0.0.1:${server.address().port}/${name}`);
      await look(page, `sample-${name}`);
    }));
