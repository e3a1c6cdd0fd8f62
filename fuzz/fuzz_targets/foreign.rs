//! The canonical form of any layout, against a form made from a lenient parser's tree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_metadata::foreign::lay_out;
use sealift_metadata::json::Reader;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let mut out = vec![0; bytes.len()];
    let Ok(laid) = lay_out(bytes, &mut out) else { return };
    assert!(Reader::payload(laid, Reader::skip).is_ok(), "what is laid out is read");
    let tree: Value = serde_json::from_slice(bytes).expect("we are the stricter one");
    let mut expected = Vec::new();
    canonical(&tree, &mut expected);
    assert_eq!(laid, expected);
});

/// OLPC canonical JSON, written from its description.
fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => quote(text, out),
        Value::Array(array) => {
            out.push(b'[');
            for (index, item) in array.iter().enumerate() {
                out.extend((index > 0).then_some(b','));
                canonical(item, out);
            }
            out.push(b']');
        }
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|member| member.0);
            out.push(b'{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                out.extend((index > 0).then_some(b','));
                quote(name, out);
                out.push(b':');
                canonical(value, out);
            }
            out.push(b'}');
        }
        Value::Number(number) if number.is_f64() => unreachable!("integers only"),
        other => out.extend(other.to_string().bytes()),
    }
}

fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        out.extend(matches!(byte, b'"' | b'\\').then_some(b'\\'));
        out.push(byte);
    }
    out.push(b'"');
}
