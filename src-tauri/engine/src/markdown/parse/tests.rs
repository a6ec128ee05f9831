//! What Markdown becomes, and what becomes of things that are not Markdown.

use std::time::{Duration, Instant};

use super::*;

fn text(text: &str) -> Span {
    Span::Text { text: text.into() }
}

fn paragraph(spans: Vec<Span>) -> Block {
    Block::Paragraph { spans }
}

#[test]
fn markdown_becomes_blocks() {
    let code = |language: &str, text: &str| Block::Code { language: language.into(), text: text.into() };
    assert_eq!(parse("```rust ignore\nfn main() {}\n```"), [code("rust", "fn main() {}")]);
    assert_eq!(parse("```\nnot closed\n\nyet"), [code("", "not closed\n\nyet")]);
    assert_eq!(parse("a\nb"), [paragraph(vec![text("a"), Span::Break, text("b")])]);
    assert_eq!(parse("### Title"), [Block::Heading { level: 3, spans: vec![text("Title")] }]);
    assert_eq!(parse("***"), [Block::Rule]);
    let strong = Span::Strong { spans: vec![Span::Emphasis { spans: vec![text("b")] }] };
    assert_eq!(parse("**_b_** ~~c~~"), [paragraph(vec![strong, text(" "), Span::Struck { spans: vec![text("c")] }])]);
    let item = |checked, words: &str| Item { checked, blocks: vec![paragraph(vec![text(words)])] };
    assert_eq!(parse("3. a\n4. b"), [Block::List { start: Some(3), items: vec![item(None, "a"), item(None, "b")] }]);
    assert_eq!(
        parse("- [x] done\n- [ ] to do"),
        [Block::List { start: None, items: vec![item(Some(true), "done"), item(Some(false), "to do")] }]
    );
    let table = Block::Table {
        aligns: vec![Align::Start, Align::End],
        head: vec![vec![text("a")], vec![text("b")]],
        rows: vec![vec![vec![text("1"), Span::Break, text("2")], vec![]]],
    };
    assert_eq!(parse("|a|b|\n|-|-:|\n|1<br>2|"), [table]);
    assert_eq!(parse("It costs $5 or $6."), [paragraph(vec![text("It costs $5 or $6.")])]);
}

#[test]
fn links_lead_to_the_web_or_are_words() {
    let link = |href: &str, host: &str, spans| Span::Link { href: href.into(), host: host.into(), spans };
    let shown = vec![text("x")];
    let home = link("https://example.com/", "example.com", shown.clone());
    assert_eq!(parse("[x](https://example.com)"), [paragraph(vec![home])]);
    assert_eq!(parse("[x](javascript:alert(1))"), [paragraph(shown.clone())]);
    assert_eq!(parse("[x](data:text/html,hello)"), [paragraph(shown)]);
    let picture = link("https://example.com/p.png", "example.com", vec![text("Image: a cat")]);
    assert_eq!(parse("![a cat](https://example.com/p.png)"), [paragraph(vec![picture])]);
    assert_eq!(parse("![a cat](file:///cat.png)"), [paragraph(vec![text("Image: a cat")])]);
}

#[test]
fn markup_is_text() {
    let html = "<script>alert(1)</script>";
    assert_eq!(parse(html), [paragraph(vec![text(html)])]);
    assert_eq!(parse("a <b onclick=x>b</b>"), [paragraph(vec![text("a <b onclick=x>b</b>")])]);
    assert_eq!(parse("<div>\n<p>a\n"), [paragraph(vec![text("<div>\n<p>a\n")])]);
    let turned = parse("\u{202e}drawkcab\u{0007} \u{e0041}");
    assert_eq!(turned, [paragraph(vec![text("drawkcab ")])]);
}

fn depth(blocks: &[Block]) -> usize {
    let inner = |block: &Block| match block {
        Block::Quote { blocks } => 1 + depth(blocks),
        Block::List { items, .. } => 1 + items.iter().map(|item| depth(&item.blocks)).max().unwrap_or(0),
        Block::Paragraph { spans } => 1 + nested(spans),
        _ => 1,
    };
    blocks.iter().map(inner).max().unwrap_or(0)
}

fn nested(spans: &[Span]) -> usize {
    let inner = |span: &Span| match span {
        Span::Emphasis { spans } | Span::Strong { spans } | Span::Struck { spans } | Span::Link { spans, .. } => {
            1 + nested(spans)
        }
        _ => 1,
    };
    spans.iter().map(inner).max().unwrap_or(0)
}

#[test]
fn no_text_is_too_much() {
    let columns = 3000;
    let wide = format!("{}|\n{}|\n{}", "|a".repeat(columns), "|-".repeat(columns), "|\n".repeat(columns));
    let cases = [
        ">".repeat(50_000),
        "> ".repeat(20_000) + "x",
        "- ".repeat(20_000) + "x",
        (0..300).map(|n| format!("{}- x\n", "  ".repeat(n))).collect(),
        "*a **b ".repeat(20_000) + &"** *".repeat(20_000),
        "[".repeat(50_000),
        "[a](".repeat(20_000),
        "![".repeat(20_000) + &"](https://example.com)".repeat(20_000),
        "`".repeat(50_000) + "x",
        "<a ".repeat(20_000),
        "<!--".repeat(20_000),
        "&amp;".repeat(20_000),
        "~~".repeat(30_000),
        "a\n\n".repeat(100_000),
        "#\n".repeat(100_000),
        "\\".repeat(100_000),
        "_*".repeat(50_000),
        "1. ".repeat(10_000),
        wide,
    ];
    for case in &cases {
        let begin = Instant::now();
        let blocks = parse(case);
        let name: String = case.chars().take(12).collect();
        assert!(depth(&blocks) <= 2 * DEEPEST, "{name}: {} deep", depth(&blocks));
        let bytes = serde_json::to_vec(&blocks).expect("JSON").len();
        assert!(bytes < 64 * case.len() + 1000, "{name}: {bytes} bytes of {}", case.len());
        assert!(begin.elapsed() < Duration::from_secs(10), "{name}: {:?}", begin.elapsed());
    }
}
