use std::io::Write;

use super::*;

/// A file with header `json` and `data` zero bytes.
fn check(json: &str, data: u64) -> Result<Header, SafetensorsError> {
    Header::parse(json.as_bytes(), 8 + json.len() as u64 + data)
}

fn refusal(json: &str, data: u64) -> String {
    check(json, data).expect_err(json).to_string()
}

#[test]
fn accepts_what_the_format_allows() {
    let header = check(
        r#"{"__metadata__":{"format":"mlx"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[2,26]},
           "a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}   "#,
        26,
    )
    .expect("sound");
    assert_eq!(header.tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(header.tensors[1].shape, [2, 3]);
    assert_eq!(header.tensors[1].range.end - header.tensors[1].range.start, 24);
    assert_eq!(header.metadata, [("format".to_owned(), "mlx".to_owned())]);
}

#[test]
fn refuses_each_fault_by_name() {
    let cases = [
        ("[]", 0, "JSON object"),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "overlap or leave a gap"),
        (
            r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4,
            "overlap",
        ),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "end at byte 4"),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8 bytes"),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "begins at byte 4"),
        (r#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "unknown dtype \"F31\""),
        (r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "-1"),
        (r#"{"a":{"dtype":"F32","shape":[4.7],"data_offsets":[0,4]}}"#, 4, "4.7"),
        (r#"{"a":{"dtype":"F32","shape":["4"],"data_offsets":[0,4]}}"#, 4, "string"),
        (r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, 0, "dimension of 0"),
        (r#"{"a":{"dtype":"F32","shape":[4294967300],"data_offsets":[0,4]}}"#, 4, "dimension of 4294967300"),
        (r#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4, "more than 8 dimensions"),
        (r#"{"a":{"dtype":"U8","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,0]}}"#, 0, "multiply"),
        (r#"{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}"#, 0, "multiply"),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            2,
            "named twice",
        ),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, 1, "unknown field"),
        (r#"{"../a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "no tensor name"),
        (r#"{"a\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "no tensor name"),
        (r#"{"a\u001b[31m":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, r"\u{1b}[31m"),
        (r#"{"\u202eabc":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, r"\u{202e}abc"),
        (r#"{"__metadata__":{"a":1}}"#, 0, "string"),
    ];
    for (json, data, expected) in cases {
        let refusal = refusal(json, data);
        assert!(refusal.contains(expected), "{json}: {refusal}");
    }
    let long = format!(r#"{{"{}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#, "n".repeat(1 << 20));
    assert!(refusal(&long, 1).len() < 300);
    let many: Vec<String> =
        (0..200_001).map(|i| format!(r#""{i}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1)).collect();
    assert!(refusal(&format!("{{{}}}", many.join(",")), 200_001).contains("more than 200000 tensors"));
}

#[test]
fn decides_on_the_first_eight_bytes() {
    let file = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("written");
        std::io::Seek::rewind(&mut file).expect("rewound");
        Header::read(&file).expect_err("refused").to_string()
    };
    assert!(file(b"1234567").contains("too short"));
    assert!(file(&(1_u64 << 63).to_le_bytes()).contains("9223372036854775808"));
    assert!(file(&100_u64.to_le_bytes()).contains("ends inside its header"));
    assert!(file(&0_u64.to_le_bytes()).contains("does not begin"));
    let mut long = (99_u64 << 20).to_le_bytes().to_vec();
    long.resize(1 << 20, b' ');
    assert!(file(&long).contains("header is"));
}
