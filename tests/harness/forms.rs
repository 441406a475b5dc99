//! The forms of a page, read as a browser reads them: hidden fields, defaults, the button that was pressed.
//! A small reader for our own well-formed pages, no general one.

use anyhow::{Context, Result, bail};

/// A form of a page, with what a browser would send if nothing were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, as written; empty means the page itself.
    pub action: String,
    /// Whether it is sent by POST (else GET).
    pub post: bool,
    /// Whether it is sent as `multipart/form-data`.
    pub multipart: bool,
    /// The fields in their order, hidden ones too. A box or a radio button that is not chosen is not here.
    pub fields: Vec<(String, String)>,
    /// Values that may be chosen for a radio group, a check box or a list: `(name, value)`.
    pub choices: Vec<(String, String)>,
    /// Names of the file inputs.
    pub files: Vec<String>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// A button that sends its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What a person reads on it.
    pub label: String,
    /// The field that it adds, where it has a name.
    pub field: Option<(String, String)>,
    /// Where it sends the form instead of the form's own action.
    pub action: Option<String>,
}

impl Form {
    /// Puts `value` into the field `name`, as a person who types or chooses it.
    ///
    /// # Errors
    /// When the form has no such field, or a list or radio group does not offer the value.
    pub fn fill(&mut self, name: &str, value: &str) -> Result<&mut Self> {
        let offered: Vec<&str> = self
            .choices
            .iter()
            .filter(|(choice, _)| choice == name)
            .map(|(_, value)| value.as_str())
            .collect();
        if !offered.is_empty() && !offered.contains(&value) {
            bail!("{name} offers {offered:?}, not {value}");
        }
        if let Some((_, present)) = self.fields.iter_mut().find(|(field, _)| field == name) {
            value.clone_into(present);
        } else if offered.is_empty() {
            bail!(
                "the form {} has no field {name}; it has {:?}",
                self.action,
                self.names()
            );
        } else {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
        Ok(self)
    }

    /// The button that a person finds by a part of its label, or by the value that it sends.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn button(&self, wanted: &str) -> Result<&Button> {
        let found: Vec<&Button> = self
            .buttons
            .iter()
            .filter(|button| {
                button.label.contains(wanted) || button.field.as_ref().is_some_and(|(_, value)| value == wanted)
            })
            .collect();
        match found.as_slice() {
            [one] => Ok(one),
            _ => bail!("{} buttons like {wanted} among {:?}", found.len(), self.buttons),
        }
    }

    /// Whether it has a field, a choice or a file input of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    fn names(&self) -> Vec<&str> {
        let pairs = self.fields.iter().chain(&self.choices).map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = pairs.chain(self.files.iter().map(String::as_str)).collect();
        names.dedup();
        names
    }
}

/// All forms of `html`, in their order.
///
/// # Errors
/// When a form or a text area does not end.
pub fn forms(html: &str) -> Result<Vec<Form>> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(tag) = next_tag(rest) {
        if tag.name == "form" {
            let (inside, after) = tag.after.split_once("</form>").context("a form does not end")?;
            found.push(form(&tag, inside)?);
            rest = after;
        } else {
            rest = tag.after;
        }
    }
    Ok(found)
}

fn form(tag: &Tag<'_>, inside: &str) -> Result<Form> {
    let mut form = Form {
        action: tag.attribute("action").unwrap_or_default(),
        post: tag
            .attribute("method")
            .is_some_and(|method| method.eq_ignore_ascii_case("post")),
        multipart: tag
            .attribute("enctype")
            .is_some_and(|kind| kind == "multipart/form-data"),
        fields: Vec::new(),
        choices: Vec::new(),
        files: Vec::new(),
        buttons: Vec::new(),
    };
    let mut list: Option<(String, bool)> = None;
    let mut rest = inside;
    while let Some(tag) = next_tag(rest) {
        rest = tag.after;
        let name = tag.attribute("name").filter(|_| tag.attribute("disabled").is_none());
        let value = tag.attribute("value");
        match (tag.name.as_str(), name) {
            ("input", name) => input(&mut form, &tag, name, value),
            ("textarea", name) => {
                let (text, after) = rest.split_once("</textarea>").context("a text area does not end")?;
                form.fields.extend(name.map(|name| (name, decoded(text))));
                rest = after;
            }
            ("select", name) => list = name.map(|name| (name, false)),
            ("/select", _) => list = None,
            ("option", _) => {
                let text = rest.split('<').next().unwrap_or_default();
                let value = value.unwrap_or_else(|| decoded(text.trim()));
                if let Some((name, chosen)) = &mut list {
                    // A browser sends the first option when none is marked, and the marked one else.
                    let marked = tag.attribute("selected").is_some();
                    if marked && *chosen {
                        form.fields.pop();
                    }
                    if marked || !*chosen {
                        form.fields.push((name.clone(), value.clone()));
                        *chosen = true;
                    }
                    form.choices.push((name.clone(), value));
                }
            }
            ("button", name) if tag.attribute("type").is_none_or(|kind| kind == "submit") => {
                let (label, after) = rest.split_once("</button>").context("a button does not end")?;
                let field = name.map(|name| (name, value.unwrap_or_default()));
                form.buttons.push(Button {
                    label: text_of(label),
                    field,
                    action: tag.attribute("formaction"),
                });
                rest = after;
            }
            _ => {}
        }
    }
    Ok(form)
}

fn input(form: &mut Form, tag: &Tag<'_>, name: Option<String>, value: Option<String>) {
    let kind = tag.attribute("type").unwrap_or_else(|| "text".to_owned());
    match (kind.as_str(), name) {
        ("submit", name) => {
            let label = value.unwrap_or_default();
            let field = name.map(|name| (name, label.clone()));
            form.buttons.push(Button {
                label,
                field,
                action: tag.attribute("formaction"),
            });
        }
        ("file", Some(name)) => form.files.push(name),
        ("radio" | "checkbox", Some(name)) => {
            let value = value.unwrap_or_else(|| "on".to_owned());
            if tag.attribute("checked").is_some() {
                form.fields.push((name.clone(), value.clone()));
            }
            form.choices.push((name, value));
        }
        ("button" | "reset" | "image", _) | (_, None) => {}
        (_, Some(name)) => form.fields.push((name, value.unwrap_or_default())),
    }
}

/// The words of a piece of a page, without its tags.
pub(crate) fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    decoded(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Tag<'a> {
    /// In lower case; an end tag begins with `/`.
    name: String,
    attributes: &'a str,
    after: &'a str,
}

impl Tag<'_> {
    /// The value of an attribute, decoded; empty for one that has none.
    fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest
                .find(|letter: char| letter == '=' || letter.is_whitespace())
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let mut value = "";
            rest = after.trim_start();
            if let Some(after) = rest.strip_prefix('=') {
                let after = after.trim_start();
                let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''));
                (value, rest) = match quote {
                    Some(quote) => after
                        .get(1..)
                        .and_then(|quoted| quoted.split_once(quote))
                        .unwrap_or_default(),
                    None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
                };
                rest = rest.trim_start();
            }
            if name.eq_ignore_ascii_case(wanted) {
                return Some(decoded(value));
            }
        }
        None
    }
}

fn next_tag(html: &str) -> Option<Tag<'_>> {
    let mut rest = html;
    loop {
        let (_, inside) = rest.split_once('<')?;
        if let Some(comment) = inside.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        // A `>` inside a quoted attribute does not end the tag.
        let mut quote = None;
        let end = inside.find(|letter| {
            match (quote, letter) {
                (None, '"' | '\'') => quote = Some(letter),
                (Some(open), _) if open == letter => quote = None,
                _ => {}
            }
            quote.is_none() && letter == '>'
        })?;
        let (tag, after) = inside.split_at(end);
        let tag = tag.trim_end_matches('/');
        let length = tag.find(char::is_whitespace).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(length);
        return Some(Tag {
            name: name.to_lowercase(),
            attributes,
            after: after.get(1..).unwrap_or_default(),
        });
    }
}

/// `text` with its character references replaced, as far as askama writes them.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let letter = reference.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            _ => {
                let digits = name.strip_prefix('#')?;
                let hex = digits.strip_prefix(['x', 'X']);
                let number = hex
                    .map_or_else(|| digits.parse(), |hex| u32::from_str_radix(hex, 16))
                    .ok()?;
                char::from_u32(number)
            }
        });
        match (letter, reference) {
            (Some(letter), Some((_, after))) => {
                out.push(letter);
                rest = after;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{decoded, forms, text_of};

    const PAGE: &str = r#"<!doctype html><html><body><!-- <form action="/hidden"></form> -->
      <form action="/officer/files/1?a=1&amp;b=2" method="post" enctype="multipart/form-data">
        <input type="hidden" name="version" value="7"><input name="remarks" value="&quot;ठीक&quot;">
        <input type=checkbox name="seen"><input type="radio" name="way" value="post" checked>
        <input type="radio" name="way" value="van"> <input name="off" value="x" disabled>
        <input type="file" name="paper" accept=".pdf,.jpg" />
        <textarea name="note" title="a > b">पहली &lt;पंक्ति&gt;</textarea>
        <select name="reason"><option value="">choose</option><option value="late" selected>Late</option><option>Other</option></select>
        <button name="act" value="approve"><span>Approve</span> <small lang="hi">स्वीकृत करें</small></button>
        <button name="act" value="refuse" formaction="/refuse">Refuse</button><button type="button">Not sent</button>
      </form><form><input type="submit" value="Find"></form></body></html>"#;

    #[test]
    fn a_form_is_read_as_a_browser_reads_it() {
        let found = forms(PAGE).unwrap();
        assert_eq!(found.len(), 2, "a form in a comment is none");
        let form = &found[0];
        assert_eq!(form.action, "/officer/files/1?a=1&b=2");
        assert!(form.post && form.multipart);
        let fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("version", "7"),
            ("remarks", "\"ठीक\""),
            ("way", "post"),
            ("note", "पहली <पंक्ति>"),
            ("reason", "late"),
        ];
        assert_eq!(fields, expected);
        assert_eq!(form.files, ["paper"]);
        assert_eq!(form.buttons.len(), 2);
        assert_eq!(
            form.button("स्वीकृत").unwrap().field,
            Some(("act".to_owned(), "approve".to_owned()))
        );
        assert_eq!(form.button("refuse").unwrap().action.as_deref(), Some("/refuse"));
        assert!(form.button("Forward").is_err());
        assert_eq!(found[1].button("Find").unwrap().field, None);
    }

    #[test]
    fn only_what_the_form_offers_can_be_filled_in() {
        let mut form = forms(PAGE).unwrap().remove(0);
        form.fill("reason", "Other")
            .unwrap()
            .fill("seen", "on")
            .unwrap()
            .fill("remarks", "देखा")
            .unwrap();
        assert!(form.fill("reason", "invented").is_err());
        assert!(form.fill("salary", "1").is_err());
        assert!(form.fields.contains(&("reason".to_owned(), "Other".to_owned())));
        assert!(form.fields.contains(&("seen".to_owned(), "on".to_owned())));
        assert!(form.fields.contains(&("remarks".to_owned(), "देखा".to_owned())));
    }

    #[test]
    fn a_form_that_does_not_end_is_an_error() {
        assert!(forms("<form><input name=a>").is_err());
        assert!(forms("no form & no tag <").unwrap().is_empty());
    }

    #[test]
    fn references_are_decoded_once() {
        assert_eq!(
            decoded("&amp;lt; &#39;&#x927; a & b &unknown; &"),
            "&lt; 'ध a & b &unknown; &"
        );
        assert_eq!(text_of("<h1>One <b>two</b></h1>\n<p>three"), "One two three");
    }
}
