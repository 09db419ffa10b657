// A person with a browser that knows no script: follows redirects, fills in forms, keeps cookies.

const attributes = (tag) =>
  Object.fromEntries(
    [...tag.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)]
      .slice(1)
      .map(([, name, a, b, c]) => [name.toLowerCase(), unescape(a ?? b ?? c ?? "")]),
  );

const unescape = (text) =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

const tags = (html, name) => [...html.matchAll(new RegExp(`<${name}\\b[^>]*>`, "gi"))].map(([tag]) => attributes(tag));

/** The form that holds the control with this id, with the control itself. */
function formWith(html, id) {
  for (const [whole, start] of html.matchAll(/(<form\b[^>]*>)[\s\S]*?<\/form>/gi)) {
    const controls = [...tags(whole, "input"), ...tags(whole, "button")];
    const control = controls.find((one) => one.id === id);
    if (control) return { ...attributes(start), controls, control };
  }
}

export class Person {
  cookies = new Map();

  constructor({ username = "diana", password = "krall" } = {}) {
    Object.assign(this, { username, password });
  }

  /**
   * Opens an address at the provider and does what its pages ask, until an address elsewhere: returned, not
   * fetched.
   */
  async visit(address, answer = "allow") {
    const home = new URL(address).origin;
    let url = new URL(address);
    let page = await this.fetch(url);
    let tried = false;
    for (let step = 0; step < 20; step++) {
      const location = page.headers.get("location");
      if (location) {
        url = new URL(location, url);
        if (url.origin !== home) return url.href;
        page = await this.fetch(url);
        continue;
      }
      const html = await page.text();
      const form = formWith(html, "sign-in") ?? formWith(html, `consent-${answer}`) ?? formWith(html, "sign-out-confirm");
      if (!form) throw new Error(`${page.status} at ${url}, and nothing to press:\n${html}`);
      if (form.control.id === "sign-in") {
        if (tried) throw new Error(`the sign-in was refused:\n${html}`);
        tried = true;
      }
      const body = new URLSearchParams();
      for (const { name, value = "", id, type, checked } of form.controls) {
        if (id === "username") body.append(name, this.username);
        else if (id === "password") body.append(name, this.password);
        else if (name && (type === "hidden" || checked !== undefined || id === form.control.id)) body.append(name, value);
      }
      const target = form.control.formaction ?? form.action;
      const submitted = new URL(target || url, url);
      page = await this.fetch(submitted, { method: "POST", body, headers: { origin: home, referer: url.href } });
      url = submitted;
    }
    throw new Error(`no end to it at ${url}`);
  }

  async fetch(url, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const page = await fetch(url, { ...options, redirect: "manual", headers: { ...options.headers, cookie } });
    for (const line of page.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return page;
  }
}
