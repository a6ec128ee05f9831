//! Markdown to blocks: CommonMark with tables, tasks and struck text. Markup in it is text like any other.

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};

use super::document::{Align, Block, Item, Span};
use super::links::Link;

/// Containers within each other; what lies deeper joins the one around it.
const DEEPEST: usize = 16;
/// Columns of a table; the rest of a row is left out.
const WIDEST: usize = 64;
/// Pieces of a document; what follows is shown as it was written.
const MOST: usize = 50_000;

pub fn parse(text: &str) -> Vec<Block> {
    parse_placed(text).into_iter().map(|(_, block)| block).collect()
}

/// The blocks of `text`, each with the byte where its first line begins.
pub fn parse_placed(text: &str) -> Vec<(usize, Block)> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::default();
    let mut pieces = 0;
    for (event, Range { start, .. }) in Parser::new_ext(text, options).into_offset_iter() {
        pieces += 1;
        if builder.open.is_empty() {
            let line = text[..start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
            if pieces > MOST {
                builder.roots.push((line, Block::Code { language: String::new(), text: clean(&text[line..]) }));
                return builder.roots;
            }
            builder.line = line;
        }
        builder.take(event);
        if pieces > 2 * MOST {
            // One block that does not end.
            builder
                .roots
                .push((builder.line, Block::Code { language: String::new(), text: clean(&text[builder.line..]) }));
            return builder.roots;
        }
    }
    builder.roots
}

/// `text` without what would change how the text around it looks.
fn clean(text: &str) -> String {
    let is_shown = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(is_shown).collect()
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Paragraph,
    Heading(u8),
    Code(String),
    Quote,
    List(Option<u64>),
    Item,
    Table(Vec<Align>),
    Head,
    Row,
    Cell,
    Emphasis,
    Strong,
    Struck,
    Link(Link),
    /// What is in it belongs to the one around it.
    Through,
}

/// A container whose end has not come.
#[derive(Debug)]
struct Open {
    kind: Kind,
    blocks: Vec<Block>,
    spans: Vec<Span>,
    items: Vec<Item>,
    /// Cells of a head or a row.
    cells: Vec<Vec<Span>>,
    head: Vec<Vec<Span>>,
    rows: Vec<Vec<Vec<Span>>>,
    checked: Option<bool>,
}

impl Open {
    fn new(kind: Kind) -> Self {
        let (blocks, spans, items) = Default::default();
        Self { kind, blocks, spans, items, cells: Vec::new(), head: Vec::new(), rows: Vec::new(), checked: None }
    }

    /// What has been said outside a paragraph becomes one.
    fn gather(&mut self) {
        if !self.spans.is_empty() {
            self.blocks.push(Block::Paragraph { spans: std::mem::take(&mut self.spans) });
        }
    }
}

#[derive(Debug, Default)]
struct Builder {
    roots: Vec<(usize, Block)>,
    open: Vec<Open>,
    /// Where the outermost open container begins.
    line: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.span(Span::Code { text: clean(&text) });
            }
            Event::InlineHtml(text) if is_line_break(&text) => self.span(Span::Break),
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.span(Span::Break),
            Event::Rule => self.block(Block::Rule),
            Event::TaskListMarker(checked) => {
                if let Some(open) = self.open.last_mut() {
                    open.checked = Some(checked);
                }
            }
            Event::FootnoteReference(name) => self.text(&name),
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        let too_deep = self.open.len() >= DEEPEST;
        let kind = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Kind::Paragraph,
            Tag::Heading { level, .. } => Kind::Heading(number(level)),
            Tag::CodeBlock(CodeBlockKind::Indented) => Kind::Code(String::new()),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                let language = info.split([' ', ',', '\t']).next().unwrap_or_default();
                Kind::Code(clean(language).chars().take(40).collect())
            }
            Tag::Table(columns) => Kind::Table(columns.iter().take(WIDEST).map(|&column| align(column)).collect()),
            Tag::TableHead => Kind::Head,
            Tag::TableRow => Kind::Row,
            Tag::TableCell => Kind::Cell,
            _ if too_deep => Kind::Through,
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::List(start) => Kind::List(start),
            // An entry of a list that is not one any more.
            Tag::Item if !self.open.last().is_some_and(|open| matches!(open.kind, Kind::List(_))) => Kind::Through,
            Tag::Item => Kind::Item,
            Tag::Emphasis => Kind::Emphasis,
            Tag::Strong => Kind::Strong,
            Tag::Strikethrough => Kind::Struck,
            Tag::Link { dest_url, .. } => Link::parse(&dest_url).map_or(Kind::Through, Kind::Link),
            // A picture is named, and where it is on the web led to, but never fetched.
            Tag::Image { dest_url, .. } => {
                self.open.push(Open::new(Link::parse(&dest_url).map_or(Kind::Through, Kind::Link)));
                return self.text("Image: ");
            }
            _ => Kind::Through,
        };
        if matches!(
            kind,
            Kind::Paragraph | Kind::Heading(_) | Kind::Code(_) | Kind::Quote | Kind::List(_) | Kind::Table(_)
        ) && let Some(open) = self.open.last_mut()
        {
            open.gather();
        }
        self.open.push(Open::new(kind));
    }

    fn end(&mut self) {
        let Some(mut open) = self.open.pop() else { return };
        match open.kind {
            Kind::Paragraph => self.block(Block::Paragraph { spans: open.spans }),
            Kind::Heading(level) => self.block(Block::Heading { level, spans: open.spans }),
            Kind::Code(language) => {
                let mut text: String = open.spans.into_iter().map(written).collect();
                text.truncate(text.trim_end_matches('\n').len());
                self.block(Block::Code { language, text });
            }
            Kind::Quote => {
                open.gather();
                self.block(Block::Quote { blocks: open.blocks });
            }
            Kind::List(start) => self.block(Block::List { start, items: open.items }),
            Kind::Item => {
                open.gather();
                if let Some(list) = self.open.last_mut() {
                    list.items.push(Item { checked: open.checked, blocks: open.blocks });
                }
            }
            Kind::Table(aligns) => self.block(Block::Table { aligns, head: open.head, rows: open.rows }),
            Kind::Head => self.within(|table| table.head = open.cells),
            Kind::Row => self.within(|table| table.rows.push(open.cells)),
            Kind::Cell => self.within(|row| {
                if row.cells.len() < WIDEST {
                    row.cells.push(open.spans);
                }
            }),
            Kind::Emphasis => self.span(Span::Emphasis { spans: open.spans }),
            Kind::Strong => self.span(Span::Strong { spans: open.spans }),
            Kind::Struck => self.span(Span::Struck { spans: open.spans }),
            Kind::Link(Link { href, host }) => self.span(Span::Link { href, host, spans: open.spans }),
            Kind::Through => {
                for block in open.blocks {
                    self.block(block);
                }
                for span in open.spans {
                    self.span(span);
                }
            }
        }
    }

    fn within(&mut self, change: impl FnOnce(&mut Open)) {
        if let Some(open) = self.open.last_mut() {
            change(open);
        }
    }

    fn block(&mut self, block: Block) {
        match self.open.last_mut() {
            None => self.roots.push((self.line, block)),
            Some(open) => {
                open.gather();
                open.blocks.push(block);
            }
        }
    }

    fn text(&mut self, text: &str) {
        let text = clean(text);
        match self.open.last_mut().and_then(|open| open.spans.last_mut()) {
            Some(Span::Text { text: before }) => before.push_str(&text),
            _ => self.span(Span::Text { text }),
        }
    }

    fn span(&mut self, span: Span) {
        match self.open.last_mut() {
            None => self.roots.push((self.line, Block::Paragraph { spans: vec![span] })),
            Some(open) => open.spans.push(span),
        }
    }
}

/// A span of a code block as text.
fn written(span: Span) -> String {
    match span {
        Span::Text { text } | Span::Code { text } => text,
        _ => "\n".into(),
    }
}

/// The one tag that models use within tables, where a line cannot be broken otherwise.
fn is_line_break(html: &str) -> bool {
    matches!(html.to_ascii_lowercase().as_str(), "<br>" | "<br/>" | "<br />")
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}

fn align(column: Alignment) -> Align {
    match column {
        Alignment::None | Alignment::Left => Align::Start,
        Alignment::Center => Align::Center,
        Alignment::Right => Align::End,
    }
}

#[cfg(test)]
mod tests;
