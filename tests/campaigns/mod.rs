//! `/v1/campaigns`

mod create;
mod imports;
mod instances;
