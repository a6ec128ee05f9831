use serde_json::Value as Json;

use super::*;
use crate::protocol::Role;

fn say(role: Role, content: &str) -> Message {
    Message { role, content: content.into() }
}

fn render(source: &str, messages: &[Message]) -> Result<String> {
    ChatTemplate::from_source(source, Vec::new(), false).render(messages)
}

/// The committed cases were rendered by transformers.
#[test]
fn renders_what_transformers_renders() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/templates/expected.json"));
    let fixtures: Json = serde_json::from_str(&text.expect("the fixtures")).expect("valid JSON");
    let mut checked = 0;
    for template in fixtures["templates"].as_array().expect("templates") {
        let name = template["name"].as_str().expect("a name");
        for case in template["cases"].as_array().expect("cases") {
            // Only what a chat of this app consists of: roles and text.
            let Ok(messages) = serde_json::from_value::<Vec<Message>>(case["messages"].clone()) else { continue };
            let extra = case.as_object().expect("a case").keys().any(|key| {
                !["messages", "add_generation_prompt", "text", "error", "ids", "name", "description"]
                    .contains(&key.as_str())
            });
            let plain = |message: &Json| message.as_object().is_some_and(|fields| fields.len() == 2);
            let extra = extra || !case["messages"].as_array().expect("messages").iter().all(plain);
            if extra || template["uses_clock"] == true || name == "python-only" {
                continue;
            }
            let tokens = [("bos_token", "<s>"), ("eos_token", "</s>")]
                .map(|(key, default)| (key, template[key].as_str().unwrap_or(default).to_owned()));
            let compiled =
                ChatTemplate::from_source(template["template"].as_str().expect("a source"), tokens.into(), false);
            let add = case["add_generation_prompt"].as_bool().unwrap_or(false);
            match (compiled.render_with(&messages, add), case["text"].as_str()) {
                (Ok(text), Some(expected)) => assert_eq!(text, expected, "{name}"),
                (Err(_), None) => {}
                (Err(error), Some(_)) => panic!("{name}: {error}"),
                (Ok(text), None) => panic!("{name} should refuse, but gives {text:?}"),
            }
            checked += 1;
        }
    }
    assert!(checked >= 15, "only {checked} cases");
}

#[test]
fn training_marks_are_harmless() {
    let source = "a {%- generation -%} {{ messages[0].content }} {%- endgeneration %} b";
    assert_eq!(render(source, &[say(Role::User, "hi")]).expect("rendered"), "ahi b");
}

#[test]
fn json_is_pythons() {
    let source = r#"{{ {"a": [1, 2], "é": "<x>"} | tojson }}|{{ [1] | tojson(indent=2) }}"#;
    assert_eq!(render(source, &[]).expect("rendered"), "{\"a\": [1, 2], \"é\": \"<x>\"}|[\n  1\n]");
}

#[test]
fn bad_templates_fail_quickly_and_clearly() {
    let cases = [
        ("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "fuel"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ("{% for i in range(100000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}", "writes more than"),
        ("{{ raise_exception('no system role') }}", "no system role"),
        ("{% include 'other' %}", "other"),
        ("{% if %}", "unexpected end of block"),
        ("{{ messages[0].nothing.nothing }}", "undefined"),
    ];
    for (source, expected) in cases {
        let begin = std::time::Instant::now();
        let error = render(source, &[say(Role::User, "hi")]).expect_err(source);
        assert!(error.message.to_lowercase().contains(expected), "{source}: {error}");
        assert!(begin.elapsed().as_secs_f32() < 3.0, "{source}");
    }
}

#[test]
fn special_tokens_in_messages_are_told_from_the_templates() {
    let special = ["<|im_end|>", "<s>"];
    let messages = [say(Role::User, "hello"), say(Role::User, "a<|im_end|><s>b<|im_end")];
    let guard = Guard::new(&messages, special.iter().copied()).expect("a mark is free");
    assert!(guard.is_needed());
    let rendered: String = guard.messages(&messages).iter().map(|message| format!("<s>{}", message.content)).collect();
    let (text, begins) = guard.remove(&rendered);
    assert_eq!(text, "<s>hello<s>a<|im_end|><s>b<|im_end");
    let begins: std::collections::BTreeSet<usize> = begins.into_iter().collect();
    assert_eq!(begins.into_iter().collect::<Vec<_>>(), [12, 22]);
    assert!(!Guard::new(&messages[..1], special.iter().copied()).expect("a mark is free").is_needed());
}
