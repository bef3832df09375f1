//! Fields that come in pieces: JSON that later JSON adds to.

use std::borrow::Cow;

use super::writer::{CompletionWriter, replace};
use crate::chunk::{ACTION, is_label, is_of_guardrail};
use crate::json::{Kind, Member, Value};
use crate::text;

/// Most choices of a completion, calls of a message, and fields of an object that are kept. The
/// API's own limits for `n` and for tools are 128.
pub const MAX_ITEMS: usize = 128;
/// How far objects and lists within each other are merged; what is further in is replaced.
const DEPTH: u32 = 8;
/// Where a key, or an element of the same index, is looked for: never through all that came.
const NEAR: usize = MAX_ITEMS + 16;

/// Its values that say that the guardrail intervened.
const INTERVENED: [&str; 2] = ["\"INTERVENED\"", "\"GUARDRAIL_INTERVENED\""];

/// What becomes of a value that comes again. A null never takes anything back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The last one counts.
    Last,
    /// It is a piece, as all in a delta: texts are joined but those that name something, elements
    /// are added to lists or to the element that they continue, members to objects.
    Piece,
    /// As a piece, but of texts the last one counts.
    List,
    /// As a list; a list that comes again, be it longer, counts once.
    Report,
}

/// A value so far.
#[derive(Debug)]
pub(super) enum Node {
    /// JSON. Texts and lists of scalars are continued as such.
    Raw(String),
    Object(Object),
    List(List),
}

#[derive(Debug, Default)]
pub(super) struct List {
    items: Vec<Node>,
    /// The last list that came, and how many elements it has, if it may come again.
    last: String,
    length: usize,
}

/// Members of objects, each key once.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) fields: Vec<KeptField>,
}

#[derive(Debug)]
pub(super) struct KeptField {
    /// Escaped body.
    pub(super) name: String,
    /// The same unescaped, where it is another.
    unescaped: Option<String>,
    pub(super) value: Node,
}

impl Node {
    /// With objects taken apart: as elements of a list they are to be found.
    fn element(value: Value<'_>) -> Self {
        let mut node = Node::Raw(value.raw().to_owned());
        if value.kind() == Kind::Object {
            node.object();
        }
        node
    }

    /// JSON of what never was merged; empty for the rest.
    pub(super) fn raw(&self) -> &str {
        match self {
            Node::Raw(raw) => raw,
            _ => "",
        }
    }

    pub(super) fn json(&self) -> Cow<'_, str> {
        if let Node::Raw(raw) = self {
            return Cow::Borrowed(raw);
        }
        let mut out = CompletionWriter::new(256);
        self.write(&mut out);
        Cow::Owned(out.out)
    }

    pub(super) fn write(&self, out: &mut CompletionWriter) {
        match self {
            Node::Raw(raw) => {
                out.out.push_str(raw);
                out.comma = true;
            }
            Node::Object(object) => {
                out.open('{');
                out.fields(object);
                out.close('}');
            }
            Node::List(list) => {
                out.open('[');
                list.write(out);
                out.close(']');
            }
        }
    }

    fn merge(&mut self, name: &str, value: Value<'_>, rule: Rule, depth: u32) {
        let kind = value.kind();
        let same = match self {
            Node::Raw(raw) => raw.as_bytes().first() == value.raw().as_bytes().first(),
            Node::Object(_) => kind == Kind::Object,
            Node::List(_) => kind == Kind::Array,
        };
        match kind {
            Kind::Null => {}
            _ if rule == Rule::Last || !same || depth == 0 => self.set(value),
            Kind::Object => {
                if let Some(object) = self.object() {
                    object.merge(value, rule, depth - 1);
                }
            }
            Kind::Array => self.extend(value, rule, depth - 1),
            Kind::String if rule == Rule::Piece => self.join(name, value),
            _ => self.set(value),
        }
    }

    fn set(&mut self, value: Value<'_>) {
        match self {
            Node::Raw(raw) => replace(raw, value.raw()),
            _ => *self = Node::Raw(value.raw().to_owned()),
        }
    }

    fn join(&mut self, name: &str, text: Value<'_>) {
        let body = text.string_body().unwrap_or_default();
        match self {
            Node::Raw(raw) if !is_label(name) => {
                raw.pop();
                text::append(raw, body);
                raw.push('"');
            }
            _ if !body.is_empty() => self.set(text),
            _ => {}
        }
    }

    fn extend(&mut self, list: Value<'_>, rule: Rule, depth: u32) {
        let Some(first) = list.elements().next() else {
            return;
        };
        match self {
            Node::Raw(raw) if rule != Rule::Report && first.kind() != Kind::Object => {
                raw.pop();
                if raw.trim_ascii_end().len() > 1 {
                    raw.push(',');
                }
                text::append(raw, list.raw().get(1..).unwrap_or_default());
            }
            _ => {
                if let Node::Raw(raw) = self {
                    let mut items = List::default();
                    if let Ok(value) = Value::parse_str(raw) {
                        items.extend(value, rule, depth);
                    }
                    *self = Node::List(items);
                }
                if let Node::List(items) = self {
                    items.extend(list, rule, depth);
                }
            }
        }
    }

    fn object(&mut self) -> Option<&mut Object> {
        if let Node::Raw(raw) = self {
            let mut object = Object::default();
            if let Ok(value) = Value::parse_str(raw) {
                object.merge(value, Rule::Last, 0);
            }
            *self = Node::Object(object);
        }
        match self {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl List {
    fn extend(&mut self, list: Value<'_>, rule: Rule, depth: u32) {
        let known = self.known(list, rule);
        for element in list.elements().skip(known) {
            self.put(element, rule, depth);
        }
    }

    /// Adds a piece, or what it continues.
    pub(super) fn add(&mut self, element: Value<'_>) {
        self.put(element, Rule::Piece, DEPTH);
    }

    fn put(&mut self, element: Value<'_>, rule: Rule, depth: u32) {
        let at = match rule {
            Rule::Piece => self.place_of(element),
            _ => self.items.len(),
        };
        match self.items.get_mut(at) {
            Some(item) => item.merge("", element, rule, depth),
            None => self.items.push(Node::element(element)),
        }
    }

    /// Writes the elements.
    pub(super) fn write(&self, out: &mut CompletionWriter) {
        for item in &self.items {
            out.comma();
            item.write(out);
        }
    }

    /// How many elements of a list came with the one before: some servers send all so far each
    /// time. Scalars and pieces may well be the same twice.
    fn known(&mut self, list: Value<'_>, rule: Rule) -> usize {
        let first = list.elements().next();
        let once = |first: Value<'_>| {
            first.kind() == Kind::Object && given(first, "index").is_none() && !is_text(first)
        };
        if rule != Rule::Report && !first.is_some_and(once) {
            self.last.clear();
            return 0;
        }
        let before = self.last.strip_suffix("]");
        let rest = before.and_then(|before| list.raw().strip_prefix(before));
        let again = rest.is_some_and(|rest| matches!(rest.as_bytes().first(), Some(b',' | b']')));
        let known = if again { self.length } else { 0 };
        replace(&mut self.last, list.raw());
        self.length = list.elements().count();
        known
    }

    /// Where the element is that this one continues: one of the same index, or a text right
    /// before a text. The end of the list if it is a new one.
    fn place_of(&self, element: Value<'_>) -> usize {
        let index = given(element, "index");
        let labels = ["type", "id"].map(|name| (name, given(element, name)));
        let continues = |item: &Node| {
            let Node::Object(object) = item else {
                return false;
            };
            let same = |name, value: Value<'_>| Some(object.get(name)?.raw() == value.raw());
            labels
                .iter()
                .all(|(name, label)| label.is_none_or(|label| same(name, label) != Some(false)))
                && index.is_none_or(|index| same("index", index) == Some(true))
        };
        let near = match index {
            Some(_) => NEAR,
            None => usize::from(is_text(element)),
        };
        let newest = self.items.iter().rev().take(near).position(continues);
        newest.map_or(self.items.len(), |newest| self.items.len() - 1 - newest)
    }
}

impl Object {
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let field = self.fields.iter().find(|field| field.is_named(name))?;
        Some(&field.value)
    }

    /// Adds members of an object of a chunk.
    pub(super) fn add(&mut self, members: &[Member<'_>], rule: Rule) {
        for (at, member) in members.iter().enumerate() {
            self.add_near(at, member, rule);
        }
    }

    /// Adds a member, if there are not [`MAX_ITEMS`] others, and says where it is. Chunks repeat
    /// their fields in the same order, so that it is looked for first where it may have been the
    /// last time.
    pub(super) fn add_near(&mut self, near: usize, member: &Member<'_>, rule: Rule) -> usize {
        self.put(near, member, rule, DEPTH, MAX_ITEMS)
    }

    fn merge(&mut self, object: Value<'_>, rule: Rule, depth: u32) {
        for (at, member) in object.members().enumerate() {
            self.put(at, &member, rule, depth, usize::MAX);
        }
    }

    fn put(
        &mut self,
        near: usize,
        member: &Member<'_>,
        rule: Rule,
        depth: u32,
        most: usize,
    ) -> usize {
        let Member { key, value } = member;
        let unescaped = key.is_escaped().then(|| key.to_text());
        let name = unescaped.as_deref().unwrap_or(key.body());
        let named = |field: &KeptField| field.is_named(name);
        let at = if self.fields.get(near).is_some_and(named) {
            near
        } else {
            let found = self.fields.iter().take(NEAR).position(named);
            found.unwrap_or(self.fields.len())
        };
        if let Some(field) = self.fields.get_mut(at) {
            // An intervention stays one, whatever later chunks say.
            if name != ACTION || !INTERVENED.contains(&field.value.raw()) {
                field.value.merge(name, *value, rule, depth);
            }
        } else if at < most || is_of_guardrail(*key) {
            self.fields.push(KeptField {
                name: key.body().to_owned(),
                unescaped,
                value: Node::Raw(value.raw().to_owned()),
            });
        }
        at
    }
}

impl KeptField {
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.unescaped.as_ref().unwrap_or(&self.name) == name
    }
}

/// Whether an element of a list is a part of a text.
fn is_text(element: Value<'_>) -> bool {
    let kind = given(element, "type").and_then(|kind| kind.string_body());
    kind.is_some_and(|kind| {
        let ends = |with: &str| kind.as_bytes().ends_with(with.as_bytes());
        ends("text") || ends("summary") || ["thinking", "reasoning", "refusal"].contains(&kind)
    })
}

/// A member that is there, and neither null nor empty.
fn given<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
    let value = object.get(name)?;
    Some(value).filter(|value| !matches!(value.raw(), "null" | "\"\""))
}

impl CompletionWriter {
    pub(super) fn field(&mut self, field: &KeptField) {
        self.key(&field.name);
        field.value.write(self);
    }

    pub(super) fn fields(&mut self, object: &Object) {
        for field in &object.fields {
            self.field(field);
        }
    }
}
