//! The outside: messages to people, by text message or Zalo, and Zalo's word on who somebody
//! is. One trait for what is sent ([`Delivery`]).
//!
//! The hazard: phones, codes and tokens pass through here. None of them is ever in an error
//! or a log; an address of a request is not told either, since tokens can stand in it.

mod http;
mod send;
mod zalo;

pub use http::{NoClient, choose_encryption, client};
pub use send::{Delivery, Message, NotSent, Nowhere, SmsGateway, ToConsole, What, ZaloMessage};
pub use zalo::{Zalo, ZaloError, ZaloUser};
