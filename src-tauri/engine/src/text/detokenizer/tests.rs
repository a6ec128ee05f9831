use std::path::Path;

use serde_json::Value;

use super::*;

fn tokenizer(name: &str) -> Tokenizer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tokenizers").join(name);
    Tokenizer::from_file(folder.join("tokenizer.json")).expect("the fixture")
}

fn pieces(tokenizer: &Tokenizer, ids: &[u32]) -> Vec<String> {
    let mut stream = Detokenizer::new(tokenizer);
    let mut pieces: Vec<String> = ids.iter().map(|id| stream.push(*id).expect("decoded")).collect();
    pieces.push(stream.finish().expect("decoded"));
    pieces
}

#[test]
fn pieces_add_up_to_the_whole_and_never_cut_a_character() {
    for name in ["byte-level", "sentencepiece"] {
        let tokenizer = tokenizer(name);
        for text in [
            "Hello, world",
            "日本語のテキスト",
            "👩‍👩‍👧‍👦 family",
            "e\u{301}a",
            " leading and trailing ",
            "a\n\nb\tc",
            "naïve café — “quoted”",
        ] {
            let encoding = tokenizer.encode(text, false).expect("encoded");
            let pieces = pieces(&tokenizer, encoding.get_ids());
            let whole = tokenizer.decode(encoding.get_ids(), true).expect("decoded");
            assert_eq!(pieces.concat(), whole, "{name}: {text:?}");
            assert!(pieces.iter().all(|piece| !piece.contains('\u{fffd}')), "{name}: {pieces:?}");
        }
    }
}

#[test]
fn a_broken_character_at_the_end_is_shown_as_such() {
    let tokenizer = tokenizer("byte-level");
    let encoding = tokenizer.encode("日", false).expect("encoded");
    let ids = encoding.get_ids();
    assert!(ids.len() > 1, "the fixture spells 日 in several tokens");
    assert_eq!(pieces(&tokenizer, &ids[..1]).concat(), "\u{fffd}");
}

/// Cases recorded from mlx-lm, streams of broken bytes among them.
#[test]
fn agrees_with_recorded_streams() {
    for name in ["byte-level", "sentencepiece"] {
        let tokenizer = tokenizer(name);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tokenizers").join(name);
        let expected = std::fs::read_to_string(folder.join("expected.json")).expect("the fixture");
        let expected: Value = serde_json::from_str(&expected).expect("valid JSON");
        for case in expected["streaming"].as_array().expect("cases") {
            let ids: Vec<u32> =
                case["ids"].as_array().expect("ids").iter().map(|id| id.as_u64().expect("an id") as u32).collect();
            let special = tokenizer.get_added_tokens_decoder();
            if ids.iter().any(|id| special.contains_key(id)) {
                continue;
            }
            // Of broken characters only their number of replacements may differ.
            let sound = |text: &str| text.replace('\u{fffd}', "");
            let text = pieces(&tokenizer, &ids).concat();
            let decoded = case["decoded"].as_str().expect("text");
            if decoded.contains('\u{fffd}') {
                assert!(sound(&text).ends_with(decoded.rsplit('\u{fffd}').next().expect("an end")), "{name}: {case}");
            } else {
                assert_eq!(text, decoded, "{name}: {case}");
            }
        }
    }
}
