//! Nothing to see here: the tests are in `main.rs`. A package needs a library or a binary.
