//! The report as a page: HTML that needs nothing else, and Markdown for pasting.

use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};

use super::Report;
use crate::chart::{self, Look, Theme};

const HTML: &str = "page.html";
const MARKDOWN: &str = "page.md";

/// Size of a chart in the page, in CSS pixels.
const CHART: (u32, u32) = (680, 170);

/// One file, which loads nothing and runs nothing; light or dark as its reader's system is.
pub fn html(report: &Report) -> String {
    let samples = &report.live.samples;
    let chart = |draw: fn(&[crate::monitor::Sample], Look) -> String| {
        [Theme::Light, Theme::Dark].map(|theme| draw(samples, Look::new(theme, CHART.0, CHART.1)))
    };
    let charts = if samples.len() > 1 {
        vec![("GPU and processor", chart(chart::utilization)), ("Memory by owner", chart(chart::memory))]
    } else {
        Vec::new()
    };
    render(HTML, &context! { view => Value::from(Serde(report.view())), charts })
}

/// Made for pasting into an issue: tables of GitHub's Markdown.
pub fn markdown(report: &Report) -> String {
    render(MARKDOWN, &context! { view => Value::from(Serde(report.view())) })
}

fn render(template: &str, values: &Value) -> String {
    static PAGES: OnceLock<Environment<'static>> = OnceLock::new();
    let pages = PAGES.get_or_init(|| {
        let mut pages = Environment::new();
        // Lines that hold only a tag leave no trace.
        if let Ok(syntax) =
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
        {
            pages.set_syntax(syntax);
        }
        pages.set_auto_escape_callback(|name| match name {
            HTML => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        pages.add_filter("cell", cell);
        // The templates are part of the program; a test renders both.
        let _ = pages.add_template(HTML, include_str!("page.html"));
        let _ = pages.add_template(MARKDOWN, include_str!("page.md"));
        pages
    });
    let rendered = pages.get_template(template).and_then(|page| page.render(values));
    rendered.unwrap_or_else(|error| format!("The report cannot be written: {error}\n"))
}

/// `text` as it may stand in a cell of a Markdown table.
fn cell(text: String) -> String {
    // What a machine prints is no markup, and names nobody.
    text.chars().fold(String::new(), |mut cell, letter| {
        match letter {
            '\n' | '\r' => cell.push(' '),
            '\\' | '|' | '*' | '`' | '[' | ']' | '#' | '~' => cell.extend(['\\', letter]),
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '@' => cell.push_str("&#64;"),
            other => cell.push(other),
        }
        cell
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_whatever_machines_print() {
        assert_eq!(cell("a|b\nc <img> *d* `e`".into()), "a\\|b c &lt;img> \\*d\\* \\`e\\`");
        assert_eq!(cell("[x](y) @z &".into()), "\\[x\\](y) &#64;z &amp;");
    }
}
