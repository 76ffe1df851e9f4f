//! The API's document is complete, and is what is committed.

use luot_api::openapi;

#[test]
fn every_operation_is_documented_in_full() {
    let faults = openapi::lint(openapi::document());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
