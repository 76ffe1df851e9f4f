//! `/v1/campaigns/{id}/plans` and `/v1/plans`

mod create;
mod disruptions;
mod left_over;
mod midshift;
mod publish;
mod today;
