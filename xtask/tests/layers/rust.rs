//! What the files of a crate import from each other, by the rules of Rust's paths.
//!
//! A path counts as an import of the file that holds what it names: `crate::json::Value` of the file
//! in which `Value` stands, whatever re-exports it. To name a module counts as an import of its
//! file, unless the module only declares others. Paths in the arguments of macros count; names that
//! a macro makes up do not.

use crate::Sources;
use crate::layers::Imports;
use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, Macro, UseTree};

/// A module's path. It starts with the root's file, since `lib.rs` and `main.rs` are two crates.
type ModulePath = Vec<String>;

#[derive(Default)]
struct Module {
    file: String,
    /// What it defines.
    items: BTreeSet<String>,
    /// What it imports, by the name that it has here.
    aliases: BTreeMap<String, Vec<String>>,
    /// What it imports all names of.
    globs: Vec<Vec<String>>,
}

#[derive(Default)]
struct Crate {
    /// As other crates call it.
    name: String,
    modules: BTreeMap<ModulePath, Module>,
}

/// What a path names.
enum Named {
    Module(ModulePath),
    ItemOf(ModulePath),
}

/// The imports of a crate's files among each other.
pub fn imports(sources: &Sources, name: &str) -> Result<Imports> {
    let mut files = BTreeMap::new();
    for (path, text) in sources {
        let file = syn::parse_file(text).with_context(|| path.clone())?;
        files.insert(path.as_str(), file);
    }
    let mut krate = Crate {
        name: name.to_owned(),
        ..Crate::default()
    };
    for root in ["lib.rs", "main.rs"] {
        if let Some(file) = files.get(root) {
            krate.add(&[root.to_owned()], root, "", &file.items, &files)?;
        }
    }
    let mut imports: Imports = sources
        .keys()
        .map(|file| (file.clone(), [].into()))
        .collect();
    // Inline modules are visited with the file that they stand in.
    for (path, module) in &krate.modules {
        let parent = path.split_last().map(|(_, parent)| parent);
        let parent = parent.and_then(|parent| krate.modules.get(parent));
        if parent.is_some_and(|parent| parent.file == module.file) {
            continue;
        }
        let mut visitor = Visitor {
            krate: &krate,
            module: path.clone(),
            found: BTreeSet::new(),
        };
        visitor.visit_file(&files[module.file.as_str()]);
        visitor.found.remove(&module.file);
        imports
            .entry(module.file.clone())
            .or_default()
            .append(&mut visitor.found);
    }
    Ok(imports)
}

impl Crate {
    /// Adds a module and all within it. Its children's files lie in `folder`.
    fn add(
        &mut self,
        path: &[String],
        file: &str,
        folder: &str,
        items: &[Item],
        files: &BTreeMap<&str, syn::File>,
    ) -> Result<()> {
        let mut module = Module {
            file: file.to_owned(),
            ..Module::default()
        };
        for item in items {
            match item {
                Item::Use(item) => {
                    leaves(&item.tree, &mut Vec::new(), &mut |path, name| match name {
                        Some(name) => drop(module.aliases.insert(name, path)),
                        None => module.globs.push(path),
                    })
                }
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    let child = [path, std::slice::from_ref(&name)].concat();
                    let below = format!("{folder}{name}/");
                    if let Some((_, items)) = &item.content {
                        self.add(&child, file, &below, items, files)?;
                        continue;
                    }
                    let candidates = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
                    let found = candidates
                        .iter()
                        .find_map(|file| files.get_key_value(file.as_str()));
                    let (file, parsed) = found
                        .with_context(|| format!("{file} declares {name}, which has no file"))?;
                    self.add(&child, file, &below, &parsed.items, files)?;
                }
                _ => module.items.extend(name_of(item)),
            }
        }
        self.modules.insert(path.to_vec(), module);
        Ok(())
    }

    /// What a path names, as it stands in a module. None if that is another crate's.
    fn resolve(&self, module: &[String], path: &[String], depth: usize) -> Option<Named> {
        let (first, rest) = path.split_first()?;
        let root = module.first()?;
        match first.as_str() {
            "crate" => self.walk(std::slice::from_ref(root), rest, depth),
            "self" => self.walk(module, rest, depth),
            "super" => self.walk(module.split_last()?.1, rest, depth),
            name if *name == self.name => self.walk(&["lib.rs".to_owned()], rest, depth),
            _ => match self.walk(module, path, depth)? {
                // A name that is neither defined nor imported here is a crate's, or the language's.
                Named::ItemOf(found) if found == module => {
                    let defined = self.modules.get(module)?.items.contains(first);
                    defined.then_some(Named::ItemOf(found))
                }
                named => Some(named),
            },
        }
    }

    /// Follows a path from a module on.
    fn walk(&self, module: &[String], path: &[String], depth: usize) -> Option<Named> {
        let Some((name, rest)) = path.split_first() else {
            return Some(Named::Module(module.to_vec()));
        };
        if name == "super" {
            return self.walk(module.split_last()?.1, rest, depth);
        }
        let child = [module, std::slice::from_ref(name)].concat();
        if self.modules.contains_key(&child) {
            return self.walk(&child, rest, depth);
        }
        let here = self.modules.get(module)?;
        // `use name;`, of a crate, imports itself; others go in a circle.
        let depth = depth.checked_sub(1)?;
        if let Some(alias) = here.aliases.get(name) {
            return match self.resolve(module, alias, depth)? {
                Named::Module(module) => self.walk(&module, rest, depth),
                item => Some(item),
            };
        }
        if !here.items.contains(name) {
            for glob in &here.globs {
                if let Some(Named::Module(from)) = self.resolve(module, glob, depth)
                    && from != module
                    && let Some(named) = self.resolve(&from, path, depth)
                {
                    return Some(named);
                }
            }
        }
        Some(Named::ItemOf(module.to_vec()))
    }

    fn file(&self, module: &ModulePath) -> Option<String> {
        Some(self.modules.get(module)?.file.clone())
    }
}

/// The paths of a `use`, each with its name, or without for `*`.
fn leaves(
    tree: &UseTree,
    path: &mut Vec<String>,
    found: &mut impl FnMut(Vec<String>, Option<String>),
) {
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            leaves(&tree.tree, path, found);
            path.pop();
        }
        UseTree::Group(tree) => {
            for tree in &tree.items {
                leaves(tree, path, found);
            }
        }
        UseTree::Glob(_) => found(path.clone(), None),
        UseTree::Name(_) | UseTree::Rename(_) => {
            let (name, alias) = match tree {
                UseTree::Rename(tree) => (tree.ident.to_string(), tree.rename.to_string()),
                UseTree::Name(tree) => (tree.ident.to_string(), tree.ident.to_string()),
                _ => return,
            };
            let mut whole = path.clone();
            let mut alias = alias;
            if name != "self" {
                whole.push(name);
            } else if alias == "self" {
                // `use a::b::{self}` names `b`.
                alias = path.last().cloned().unwrap_or_default();
            }
            found(whole, Some(alias));
        }
    }
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Reads the paths of a file.
struct Visitor<'a> {
    krate: &'a Crate,
    module: ModulePath,
    /// Files.
    found: BTreeSet<String>,
}

impl Visitor<'_> {
    /// So many names may stand between a path and what it names.
    const DEPTH: usize = 32;

    fn resolve(&self, path: &[String]) -> Option<Named> {
        self.krate.resolve(&self.module, path, Self::DEPTH)
    }

    /// A path in a type, an expression, an attribute. One of a single name has been imported.
    fn path(&mut self, path: &[String]) {
        if path.len() > 1
            && let Some(Named::ItemOf(module)) = self.resolve(path)
        {
            self.found.extend(self.krate.file(&module));
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path(&std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.path(&std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.path(&path);
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut paths = Vec::new();
        leaves(&item.tree, &mut Vec::new(), &mut |path, _| paths.push(path));
        for path in paths {
            let file = match self.resolve(&path) {
                Some(Named::ItemOf(module)) => self.krate.file(&module),
                Some(Named::Module(path)) => {
                    let module = self.krate.modules.get(&path);
                    let module = module.filter(|module| !module.items.is_empty());
                    module.map(|module| module.file.clone())
                }
                None => None,
            };
            self.found.extend(file);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter();
        let names: Vec<_> = names.map(|segment| segment.ident.to_string()).collect();
        self.path(&names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a.rs: b.rs c.rs`, a line per file that imports something.
    fn graph(files: &[(&str, &str)]) -> Vec<String> {
        let sources = files
            .iter()
            .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
            .collect();
        let imports = imports(&sources, "our_crate").unwrap();
        let lines = imports.into_iter().filter(|(_, files)| !files.is_empty());
        lines
            .map(|(file, files)| {
                let files: Vec<_> = files.into_iter().collect();
                format!("{file}: {}", files.join(" "))
            })
            .collect()
    }

    const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b; mod c;");
    const A: (&str, &str) = ("a.rs", "pub struct A; pub fn f() {}");
    const B: (&str, &str) = ("b.rs", "pub const B: u8 = 1;");

    #[test]
    fn imports_of_all_kinds_are_seen() {
        for c in [
            "use crate::a::A; use super::b::B;",
            "use crate::{a::{self, A as X}, b};",
            "use crate::a; fn x() { use crate::b::B; a::f() }",
            "fn x(_: crate::a::A) -> u8 { super::b::B }",
            "use crate::{a, b}; fn x() { println!(\"{}\", (a::f(), b::B)) }",
            "fn x() { println!(\"{}\", [crate::a::f(), crate::b::B as usize]) }",
            "#[cfg(test)] mod tests { use super::super::a::*; use crate::b::B; }",
            "mod inner { fn x(_: Vec<super::super::a::A>) { crate::b::B } }",
            "use our_crate::a::f; pub(crate) use our_crate::b::B;",
        ] {
            assert_eq!(
                graph(&[ROOT, A, B, ("c.rs", c)]),
                ["c.rs: a.rs b.rs"],
                "{c}"
            );
        }
    }

    #[test]
    fn what_is_no_import_is_not_seen() {
        for c in [
            "// use crate::a::A;\nfn x() -> &'static str { \"crate::a::A\" }",
            "//! [`crate::a::A`]\n/// [a](crate::a)\npub(crate) struct X; pub(super) struct Y;",
            "use std::fmt; fn a() {} fn x(_: fmt::Error) { a(); Self::f(); T::a() }",
            "use self::E::A; enum E { A } fn x() -> E { E::A }",
            "use fmt::A; use other::{a, b}; fn x() { b::B; a::f() }",
        ] {
            assert_eq!(graph(&[ROOT, A, B, ("c.rs", c)]), [""; 0], "{c}");
        }
    }

    #[test]
    fn a_circle_is_seen() {
        let a = ("a.rs", "use crate::c::C; pub struct A;");
        let c = ("c.rs", "pub struct C(crate::b::B, super::a::A);");
        assert_eq!(graph(&[ROOT, a, B, c]), ["a.rs: c.rs", "c.rs: a.rs b.rs"]);
    }

    #[test]
    fn re_exports_count_as_what_they_name() {
        let root = "pub use a::A; pub use self::b::*; mod a; mod b; mod c; pub fn root() {}";
        let root = ("lib.rs", root);
        let graph = |c| graph(&[root, A, B, ("c.rs", c)]);
        let whole = "lib.rs: a.rs b.rs";
        assert_eq!(graph("use crate::A;"), ["c.rs: a.rs", whole]);
        assert_eq!(graph("use super::B;"), ["c.rs: b.rs", whole]);
        assert_eq!(graph("use crate::root;"), ["c.rs: lib.rs", whole]);
        assert_eq!(graph("use our_crate::{A, B};"), ["c.rs: a.rs b.rs", whole]);
    }

    #[test]
    fn folders_and_inline_modules_are_walked() {
        let files = [
            (
                "lib.rs",
                "pub mod net { pub mod body; pub mod wire; } mod json; mod js;",
            ),
            ("net/body.rs", "pub struct Body;"),
            (
                "net/wire.rs",
                "use super::body::Body; use crate::json::{Reader, Value};",
            ),
            (
                "json.rs",
                "pub use self::reader::Reader; mod reader; pub struct Value;",
            ),
            ("json/reader.rs", "pub struct Reader(super::Value);"),
            ("js/mod.rs", "mod call; mod log;"),
            (
                "js/call.rs",
                "use super::log; use crate::net; fn x() { log::l(net::body::Body) }",
            ),
            ("js/log.rs", "pub fn l() {}"),
        ];
        assert_eq!(
            graph(&files),
            [
                "js/call.rs: js/log.rs net/body.rs",
                "json.rs: json/reader.rs",
                "json/reader.rs: json.rs",
                "net/wire.rs: json.rs json/reader.rs net/body.rs",
            ]
        );
    }

    #[test]
    fn a_program_beside_a_library_is_its_user() {
        let main = ("main.rs", "mod c; use our_crate::f; fn main() { c::g() }");
        let library = ("lib.rs", "mod a; pub use a::f;");
        let c = ("c.rs", "pub fn g() {}");
        assert_eq!(
            graph(&[main, library, A, c]),
            ["lib.rs: a.rs", "main.rs: a.rs c.rs"]
        );
    }

    #[test]
    fn a_module_without_a_file_is_an_error() {
        let sources = [("lib.rs".to_owned(), "mod gone;".to_owned())].into();
        assert!(imports(&sources, "our_crate").is_err());
    }
}
