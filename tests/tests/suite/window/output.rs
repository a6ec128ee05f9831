//! What hostile models write stays words: nothing runs, loads, or leads anywhere.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ingot_engine::chats::{Ask, Ending};
use ingot_engine::protocol::{FinishReason, Usage};
use serde_json::json;

use super::{App, block_on, desktop};

/// Counts those who connect.
fn sink() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut guest in listener.incoming().flatten() {
            seen.fetch_add(1, Ordering::SeqCst);
            let _ = guest.read(&mut [0; 100]);
        }
    });
    (port, count)
}

/// Texts that try to run a script, to load something from `port`, to call a command, or to break the window.
fn hostile(port: u16) -> Vec<String> {
    let there = format!("http://127.0.0.1:{port}/x");
    let script = "window.ran=1;fetch(\"THERE\")".replace("THERE", &there);
    let invoke = "window.ran=1;window.__TAURI_INTERNALS__.invoke(\"unload_model\")";
    let mut texts = Vec::new();
    for code in [script.as_str(), invoke] {
        for tag in [
            "<script>CODE</script>",
            "<SCRIPT SRC=THERE></SCRIPT>",
            "<img src=x onerror='CODE'>",
            "<svg onload='CODE'>",
            "<svg><script>CODE</script></svg>",
            "<body onload='CODE'>",
            "<iframe srcdoc=\"<script>parent.CODE</script>\"></iframe>",
            "<iframe src='javascript:CODE'></iframe>",
            "<details open ontoggle='CODE'>x</details>",
            "<input autofocus onfocus='CODE'>",
            "<video><source onerror='CODE'></video>",
            "<marquee onstart='CODE'>x</marquee>",
            "<math><mtext><img src=x onerror='CODE'></mtext></math>",
            "<a href='javascript:CODE'>click</a>",
            "<form action='javascript:CODE'><button>x</button></form>",
            "<object data='javascript:CODE'></object>",
            "<embed src='javascript:CODE'>",
            "<template><script>CODE</script></template>",
            "<noscript><p title=\"</noscript><img src=x onerror='CODE'>\">",
            "<!--><img src=x onerror='CODE'>-->",
            "<style>@import 'THERE';</style>",
            "<x onclick='CODE' style='position:fixed;inset:0'>x</x>",
            "[x](javascript:CODE)",
            "[x](<javascript:CODE>)",
            "[x](JAVASCRIPT&colon;CODE)",
            "[x](&#106;avascript:CODE)",
            "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
            "[x]: javascript:CODE\n\n[x]",
            "<javascript:CODE>",
            "![x](javascript:CODE)",
            "![x](x\"onerror=\"CODE)",
            "[x](https://example.com \"\\\" onclick=\\\"CODE\")",
            "```html\n<script>CODE</script>\n```",
            "```\"><script>CODE</script>\nx\n```",
            "`<script>CODE</script>`",
            "| <script>CODE</script> |\n|--|\n| <img src=x onerror='CODE'> |",
            "# <script>CODE</script>",
            "- <script>CODE</script>\n  - <img src=x onerror='CODE'>",
            "> <script>CODE</script>",
            "<think><script>CODE</script></think><script>CODE</script>",
            "</think><script>CODE</script>",
            "{@html `<script>CODE</script>`}",
            "{{constructor.constructor('CODE')()}}",
            "${CODE}",
        ] {
            texts.push(tag.replace("CODE", code).replace("THERE", &there));
        }
    }
    for load in [
        "![x](THERE)",
        "![x][1]\n\n[1]: THERE",
        "<img src=THERE>",
        "<img srcset='THERE 2x'>",
        "<picture><source srcset=THERE><img></picture>",
        "<link rel=stylesheet href=THERE>",
        "<link rel=preload as=image href=THERE>",
        "<link rel=dns-prefetch href=THERE>",
        "<meta http-equiv=refresh content='0;url=THERE'>",
        "<base href=THERE><img src=y>",
        "<video src=THERE autoplay></video>",
        "<audio src=THERE autoplay></audio>",
        "<iframe src=THERE></iframe>",
        "<object data=THERE></object>",
        "<embed src=THERE>",
        "<input type=image src=THERE>",
        "<body background=THERE>",
        "<table background=THERE><tr><td>x</td></tr></table>",
        "<div style='background:url(THERE)'>x</div>",
        "<style>*{background:url(THERE)}</style>",
        "<style>@font-face{font-family:x;src:url(THERE)}*{font-family:x}</style>",
        "<svg><image href=THERE /></svg>",
        "<svg><use href='THERE#x'/></svg>",
        "<svg style='filter:url(THERE)'></svg>",
        "<a ping=THERE href=x>x</a>",
        "[![x](THERE)](THERE)",
        "<form action=THERE><input type=submit></form><script>document.forms[0].submit()</script>",
        "<portal src=THERE></portal>",
        "<track src=THERE>",
        "![x](THERE \"t\")",
        "![x](//127.0.0.1:PORT/x)",
        "<img src=`THERE`>",
        "<img\nsrc\n=\nTHERE>",
        "&lt;img src=THERE&gt;",
        "\\<img src=THERE>",
        "<IMG SRC=&#104;ttp://127.0.0.1:PORT/x>",
        "* ![x](THERE)\n* ![x](THERE)",
        "|![x](THERE)|\n|--|\n|![x](THERE)|",
        "<think>![x](THERE)</think>",
        "```mermaid\ngraph TD; A[<img src=THERE>]\n```",
        "```svg\n<svg><image href=THERE /></svg>\n```",
        "$$\\href{javascript:alert(1)}{x}$$ $\\includegraphics{THERE}$",
    ] {
        texts.push(load.replace("THERE", &there).replace("PORT", &port.to_string()));
    }
    let deep: [(&str, &str, usize); 12] = [
        ("> ", "x", 2000),
        ("- ", "x", 2000),
        ("1. ", "x", 2000),
        ("*a **b ", "x", 1000),
        ("[", "](https://example.com)", 1000),
        ("![", "](https://example.com)", 500),
        ("`", "x", 1001),
        ("<div>", "x", 2000),
        ("<b", ">", 2000),
        ("~~", "x", 2001),
        ("|", "\n|--|", 500),
        ("#", " x", 500),
    ];
    texts.extend(deep.map(|(open, end, times)| format!("{}{end}", open.repeat(times))));
    for odd in [
        "\u{202e}gnp.exe",
        "\u{2066}\u{2069}x\u{200f}",
        "a\u{0000}b\u{0007}c\u{001b}[31m",
        "Z\u{0300}\u{0301}\u{0302}",
        "\u{e0001}\u{e0041}\u{e007f}",
        "\u{fffd}\u{feff}x",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "```",
        "~~~~\nnever closed",
        "<think>",
        "</think></think>",
        "[",
        "](",
        "![](",
        "[]()",
        "<",
        "<!--",
        "<![CDATA[",
        "<?php",
        "&",
        "&#x;",
        "&#0;",
        "\\",
        "***",
        "___\n===",
        "|",
        "|--|",
        "- [ ]",
        "- [x] <img src=x>",
        "[^1]\n\n[^1]: note",
        "https://user:word@example.com",
        "<https://example.com\u{202e}>",
        "[https://bank.example](https://evil.example)",
        "[x](https://a:b@example.com)",
        "[x](file:///etc/passwd)",
        "[x](tauri://localhost)",
        "[x](ipc://localhost/unload_model)",
        "[x](smb://example.com/x)",
        "[x](https://аpple.com)",
        "[x](\u{0001}javascript:window.ran=1)",
        "[x](java\nscript:window.ran=1)",
        "[x](vbscript:x)",
        "[x](blob:https://example.com/x)",
        "<style>body{display:none}</style>",
        "<x style='display:none'>hidden</x>",
        "</div></article></main></body></html>x",
        "<textarea>",
        "<plaintext>",
        "<xmp>",
        "<title>x</title>",
        "\n\n\n\n\n",
        "\t\t\tx",
        "%00%0a<x>",
        "'\"`--><x>",
        "__proto__",
        "{\"type\":\"finished\"}",
        "data: [DONE]",
        "<|im_end|><|im_start|>system",
        "[INST] x [/INST]",
        "constructor",
        "toString",
    ] {
        texts.push(odd.to_owned());
    }
    texts.push(format!("[x](https://example.com/{})", "x".repeat(5000)));
    texts.push("word".repeat(20_000));
    texts.push("x\n".repeat(5_000));
    texts.push(format!("|{}\n|{}\n{}", "a|".repeat(200), "-|".repeat(200), "|b\n".repeat(200)));
    texts
}

/// The elements that documents may become.
const ELEMENTS: &str = "p div ul ol li input blockquote table thead tbody tr th td hr figure figcaption span button svg path \
                        pre code strong em s br details summary";

#[test]
fn two_hundred_hostile_answers_stay_words() {
    if !desktop::is_possible() {
        return;
    }
    block_on(async {
        let (port, guests) = sink();
        let texts = hostile(port);
        assert!(texts.len() >= 200, "{}", texts.len());
        // All of them as conversations that were kept, and some as they are written.
        let written: Vec<String> = texts.iter().step_by(8).map(|text| text.chars().take(3000).collect()).collect();
        let mut app = App::open_reciting(false, &written, 20_000).await;
        let chats = app.chats();
        for texts in texts.chunks(20) {
            let mut chat = None;
            for text in texts {
                let ask = Ask { chat, turn: None, question: Some(text), system: "", model: text };
                let asked = chats.ask(&ask).expect("asked");
                let usage = Usage { generated_tokens: 1, ..Usage::default() };
                chats.keep(asked.answer, text, &Ending::Finished { reason: FinishReason::Stop, usage }).expect("kept");
                chat = Some(asked.chat);
            }
        }
        app.reopen().await;
        app.click("model-button").await;
        app.open_model().await;
        let look = format!(
            "const allowed = new Set('{ELEMENTS}'.split(/\\s+/)), strange = [];
             for (const element of document.querySelectorAll('[data-testid=message-assistant] *, [data-testid=thinking] *')) {{
                 if (!allowed.has(element.localName)) strange.push(element.localName);
                 for (const {{ name }} of element.attributes) if (/^on|^style$|^src|^href$/.test(name)) strange.push(name);
             }}
             return {{ strange, ran: window.ran ?? null, url: location.href, answers: document.querySelectorAll('[data-testid=message-assistant]').length }}"
        );
        let mut seen = 0;
        for entry in chats.list("").expect("listed") {
            app.client.execute("document.querySelector('[data-testid=new-chat]')?.click()", vec![]).await.expect("ran");
            app.click("history-button").await;
            app.wait_for("history-item", texts.len().div_ceil(20)).await;
            let place = chats.list("").expect("listed").iter().position(|other| other.id == entry.id).expect("there");
            app.script(
                "document.querySelectorAll('[data-testid=history-open]')[arguments[0]].click()",
                vec![json!(place)],
            )
            .await;
            let shown = chats.open(entry.id, None, 1000).expect("opened").turns.len() / 2;
            app.wait_for("message-assistant", shown).await;
            let found = app.script(&look, vec![]).await;
            assert_eq!(found["strange"], json!([]), "{found}");
            assert_eq!(found["ran"], json!(null), "{found}");
            assert!(found["url"].as_str().is_some_and(|url| url.starts_with("tauri://localhost")), "{found}");
            seen += shown;
        }
        assert_eq!(seen, texts.len());
        app.screenshot("27-hostile").await;

        app.click("new-chat").await;
        for number in 0..written.len() {
            app.ask(&format!("Say {number}")).await;
        }
        let found = app.script(&look, vec![]).await;
        assert_eq!((&found["strange"], &found["ran"]), (&json!([]), &json!(null)), "{found}");
        app.screenshot("28-hostile-written").await;
        // No command was called: the model is still there, and answers.
        assert_eq!(app.desktop.processes("ingot-mlx").len(), 1);
        assert_eq!(guests.load(Ordering::SeqCst), 0, "somebody left the window");
        app.client.close().await.expect("closed");
    });
}
