//! The pull parser: what it accepts, a lenient parser accepts too, and reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealift_metadata::json::Reader;
use sealift_metadata::write::Value;

fuzz_target!(|bytes: &[u8]| {
    if Reader::document(bytes, Reader::skip).is_err() {
        return;
    }
    let lenient: serde_json::Value = serde_json::from_slice(bytes).expect("we are the stricter one");
    // Negative numbers are read over, but never written.
    if let Ok(value) = Value::decode(bytes) {
        assert_eq!(value.encode(), bytes, "canonical bytes are the only ones there are");
        let again: serde_json::Value = serde_json::from_slice(&value.encode()).expect("is JSON");
        assert_eq!(again, lenient);
    }
});
