//! Enough of a page to use it as a person without script would: its forms, links, words and language.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Elements that flow with the words around them.
const INLINE: [&str; 14] =
    ["a", "abbr", "b", "bdi", "cite", "code", "em", "i", "kbd", "mark", "small", "span", "strong", "time"];

/// A page taken apart.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// `lang` of the root element.
    pub lang: Option<String>,
    /// Words of `<title>`.
    pub title: String,
    /// `data-error` of `<main>`: the page tells of an error.
    pub error: Option<String>,
    /// The words a person can read, white space collapsed.
    pub text: String,
    /// Words inside elements with `role="alert"`.
    pub alert: String,
    /// Forms in document order.
    pub forms: Vec<Form>,
    /// Links in document order.
    pub links: Vec<Link>,
    /// The id of every element that has one.
    pub ids: Vec<String>,
    /// Whether the page carries or loads script.
    pub script: bool,
}

/// A form and its controls.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The form's own id.
    pub id: Option<String>,
    /// Where it goes, as written; empty means the page's own address.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Inputs, selects, text areas and buttons, in document order.
    pub controls: Vec<Control>,
}

/// One control of a form.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// The element's id.
    pub id: Option<String>,
    /// The name under which its value is sent.
    pub name: Option<String>,
    /// `type`, lower case: `text`, `hidden`, `password`, `checkbox`, `submit`, `select`, `textarea`, …
    pub kind: String,
    /// The value that would be sent now.
    pub value: String,
    /// Whether a check box or radio button is on.
    pub checked: bool,
    /// Whether the control can be used.
    pub disabled: bool,
    /// `formaction` of a button.
    pub action: Option<String>,
    /// `formmethod` of a button.
    pub method: Option<String>,
    /// `autocomplete`, as written.
    pub autocomplete: Option<String>,
}

/// A link.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// The element's id.
    pub id: Option<String>,
    /// Where it goes, as written.
    pub href: String,
}

impl Document {
    /// The control with this id, else the first with this name, whichever form it belongs to.
    pub fn control(&self, name: &str) -> Option<&Control> {
        let controls = || self.forms.iter().flat_map(|form| &form.controls);
        controls()
            .find(|control| control.id.as_deref() == Some(name))
            .or_else(|| controls().find(|control| control.is_called(name)))
    }

    pub(crate) fn control_mut(&mut self, name: &str) -> Option<&mut Control> {
        let mut controls: Vec<&mut Control> =
            self.forms.iter_mut().flat_map(|form| &mut form.controls).collect();
        let by_id = controls.iter().position(|control| control.id.as_deref() == Some(name));
        let at = by_id.or_else(|| controls.iter().position(|control| control.is_called(name)))?;
        Some(controls.swap_remove(at))
    }
}

impl Control {
    /// Whether pressing this control sends its form.
    pub fn submits(&self) -> bool {
        matches!(self.kind.as_str(), "submit" | "image")
    }

    /// Whether a person calls this control so: by id, or by name.
    pub fn is_called(&self, name: &str) -> bool {
        self.id.as_deref() == Some(name) || self.name.as_deref() == Some(name)
    }
}

impl Form {
    /// The control with this id, else the first with this name.
    pub fn control(&self, name: &str) -> Option<&Control> {
        let by_id = self.controls.iter().find(|control| control.id.as_deref() == Some(name));
        by_id.or_else(|| self.controls.iter().find(|control| control.is_called(name)))
    }

    /// What the form sends when `button` (if any) is pressed.
    pub fn fields(&self, button: Option<&Control>) -> Vec<(String, String)> {
        let pressed = |control: &Control| {
            button.is_some_and(|button| {
                button.id == control.id && button.name == control.name && button.value == control.value
            })
        };
        let sent = |control: &&Control| match control.kind.as_str() {
            _ if control.disabled => false,
            "checkbox" | "radio" => control.checked,
            "submit" | "image" => pressed(control),
            "button" | "reset" | "file" => false,
            _ => true,
        };
        let pair = |control: &Control| Some((control.name.clone()?, control.value.clone()));
        self.controls.iter().filter(sent).filter_map(pair).filter(|(name, _)| !name.is_empty()).collect()
    }
}

/// Takes a page apart; like a browser, it makes the best of whatever it is given.
pub fn parse(html: &str) -> Document {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reading = Reading::default();
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        match token {
            Token::StartTag(tag) => reading.open(&tag),
            Token::EndTag(tag) => reading.close(&text_of(&tag.name)),
            Token::String(words) => reading.words(&text_of(&words)),
            _ => {}
        }
    }
    reading.finish()
}

/// The state of a walk over the page.
#[derive(Default)]
struct Reading {
    document: Document,
    form: Option<Form>,
    /// Controls outside of the form they name with `form=`.
    strays: Vec<(String, Control)>,
    /// Inside script, style or template: nothing for a person's eye.
    unseen: Option<String>,
    in_title: bool,
    /// The element that opened an alert and how deep its own kind is nested.
    alert: Option<(String, usize)>,
    /// The select or text area that is open.
    choosing: Option<Control>,
    option_seen: bool,
}

impl Reading {
    fn open(&mut self, tag: &StartTag<()>) {
        let name = text_of(&tag.name);
        let attributes: BTreeMap<String, String> =
            tag.attributes.iter().map(|(name, value)| (text_of(name), text_of(value))).collect();
        let attribute = |name: &str| attributes.get(name).cloned();
        self.document.ids.extend(attribute("id"));
        if let Some((element, depth)) = &mut self.alert {
            *depth += usize::from(*element == name);
        } else if attributes.get("role").is_some_and(|role| role == "alert") {
            self.alert = Some((name.clone(), 1));
        }
        self.part(&name);
        match name.as_str() {
            "html" => self.document.lang = attribute("lang"),
            "main" => self.document.error = attribute("data-error"),
            "title" => self.in_title = true,
            "script" | "style" | "template" => {
                self.document.script |= name == "script";
                self.unseen = Some(name);
            }
            "a" => {
                if let Some(href) = attribute("href") {
                    self.document.links.push(Link { id: attribute("id"), href });
                }
            }
            "form" => {
                self.end_form();
                let method = attribute("method").unwrap_or_default().to_ascii_lowercase();
                self.form = Some(Form {
                    id: attribute("id"),
                    action: attribute("action").unwrap_or_default(),
                    method: if method == "post" { method } else { "get".to_owned() },
                    controls: Vec::new(),
                });
            }
            "input" | "button" => self.control(control(&name, &attributes), attribute("form")),
            "select" | "textarea" => self.choosing = Some(control(&name, &attributes)),
            "option" => self.option(&attributes),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        self.part(name);
        if self.unseen.as_deref() == Some(name) {
            self.unseen = None;
        }
        if let Some((element, depth)) = &mut self.alert
            && element == name
        {
            *depth -= 1;
            if *depth == 0 {
                self.alert = None;
            }
        }
        match name {
            "title" => self.in_title = false,
            "form" => self.end_form(),
            "select" | "textarea" => {
                self.option_seen = false;
                if let Some(control) = self.choosing.take() {
                    self.control(control, None);
                }
            }
            _ => {}
        }
    }

    /// Elements that stand apart from the words around them.
    fn part(&mut self, element: &str) {
        if !INLINE.contains(&element) {
            self.document.text.push(' ');
            if self.alert.is_some() {
                self.document.alert.push(' ');
            }
        }
    }

    fn words(&mut self, words: &str) {
        if self.unseen.is_some() {
            return;
        }
        if let Some(area) = self.choosing.as_mut().filter(|control| control.kind == "textarea") {
            area.value.push_str(words);
        }
        if self.in_title {
            self.document.title.push_str(words);
            return;
        }
        self.document.text.push_str(words);
        if self.alert.is_some() {
            self.document.alert.push_str(words);
        }
    }

    /// The first option counts until one is marked as selected.
    fn option(&mut self, attributes: &BTreeMap<String, String>) {
        let Some(select) = &mut self.choosing else { return };
        if attributes.contains_key("selected") || !self.option_seen {
            select.value = attributes.get("value").cloned().unwrap_or_default();
        }
        self.option_seen = true;
    }

    fn control(&mut self, control: Control, form: Option<String>) {
        match (form, &mut self.form) {
            (Some(form), _) => self.strays.push((form, control)),
            (None, Some(form)) => form.controls.push(control),
            (None, None) => {}
        }
    }

    fn end_form(&mut self) {
        self.document.forms.extend(self.form.take());
    }

    fn finish(mut self) -> Document {
        self.end_form();
        for (id, control) in self.strays {
            if let Some(form) = self.document.forms.iter_mut().find(|form| form.id.as_ref() == Some(&id)) {
                form.controls.push(control);
            }
        }
        for words in [&mut self.document.text, &mut self.document.alert, &mut self.document.title] {
            *words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        self.document
    }
}

fn control(element: &str, attributes: &BTreeMap<String, String>) -> Control {
    let attribute = |name: &str| attributes.get(name).cloned();
    let kind = match element {
        "input" => attribute("type").unwrap_or_else(|| "text".to_owned()),
        "button" => attribute("type").unwrap_or_else(|| "submit".to_owned()),
        other => other.to_owned(),
    }
    .to_ascii_lowercase();
    let default = if kind == "checkbox" || kind == "radio" { "on" } else { "" };
    Control {
        id: attribute("id"),
        name: attribute("name"),
        value: attribute("value").unwrap_or_else(|| default.to_owned()),
        checked: attributes.contains_key("checked"),
        disabled: attributes.contains_key("disabled"),
        action: attribute("formaction"),
        method: attribute("formmethod").map(|method| method.to_ascii_lowercase()),
        autocomplete: attribute("autocomplete"),
        kind,
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><html lang="en"><title>Sign in &middot; Notes</title><style>p{}</style>
        <main data-error="access_denied"><h1>Sign in</h1><div role="alert">No <b>match</b>.<div>Again</div></div><p>after</p>
        <form id=f action="/login?x=1&amp;y=2" method=POST><input type=hidden name=csrf value="a&quot;b">
        <input id=username type=text name=user value=diana><input type=checkbox name=stay><input type=checkbox name=terms checked>
        <input name=off value=1 disabled><select name=lang><option value=en>E<option value=de selected>D</select>
        <textarea name=note>hi</textarea>
        <button id=sign-in name=action value=go>Go</button><button name=action value=other>Other</button></form>
        <button form=f id=deny name=action value=deny>No</button><a id=help href="/help">Help</a></main>"#;

    #[test]
    fn reads_what_a_person_reads() {
        let page = parse(PAGE);
        assert_eq!(page.lang.as_deref(), Some("en"));
        assert_eq!(page.title, "Sign in · Notes");
        assert_eq!(page.error.as_deref(), Some("access_denied"));
        assert_eq!(page.alert, "No match. Again");
        assert!(page.text.starts_with("Sign in No match. Again after"), "{}", page.text);
        assert!(!page.text.contains("p{}"));
        assert_eq!(page.links.first().map(|link| link.href.as_str()), Some("/help"));
        assert!(page.ids.iter().any(|id| id == "username"));
        assert!(!page.script);
    }

    #[test]
    fn sends_what_a_browser_sends() {
        let page = parse(PAGE);
        let form = &page.forms[0];
        assert_eq!((form.action.as_str(), form.method.as_str()), ("/login?x=1&y=2", "post"));
        let sent = |button: &str| -> Vec<String> {
            form.fields(form.control(button))
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        assert_eq!(
            sent("sign-in"),
            ["csrf=a\"b", "user=diana", "terms=on", "lang=de", "note=hi", "action=go"]
        );
        assert_eq!(sent("deny").last().unwrap(), "action=deny");
        assert!(!sent("none of them").iter().any(|field| field.starts_with("action")));
    }

    #[test]
    fn survives_soup() {
        for soup in [
            "",
            "<",
            "<form><form><input",
            "</div></form><p",
            "<select><option><option",
            "\u{0}<main data-error",
        ] {
            let page = parse(soup);
            assert!(page.forms.len() <= 2, "{soup}");
        }
        assert!(parse("<script>if (a < b) { '<form>' }</script>").forms.is_empty());
    }
}
