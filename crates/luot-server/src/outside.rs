//! The way to the outside, as configured.

use std::sync::Arc;

use luot_app::Outside;
use luot_app::notify::{Delivery, Nowhere, SmsGateway, ToConsole, Zalo, ZaloMessage, client};

use crate::config::OutsideArgs;

/// Where Zalo's Graph answers.
const ZALO_GRAPH: &str = "https://graph.zalo.me";
/// Where messages by template go.
const ZALO_MESSAGES: &str = "https://business.openapi.zalo.me";

type Failure = Box<dyn std::error::Error>;

/// Who brings messages, and who vouches for parents.
///
/// # Errors
/// When no client can be made.
pub fn of(args: &OutsideArgs) -> Result<Outside, Failure> {
    let delivery: Arc<dyn Delivery> = match (&args.sms_url, &args.zalo_oa_token) {
        _ if args.messages_to_console => Arc::new(ToConsole),
        (_, Some(token)) => Arc::new(ZaloMessage {
            client: client()?,
            base: ZALO_MESSAGES.into(),
            access_token: token.clone(),
            template: args.zalo_template.clone().unwrap_or_default(),
        }),
        (Some(url), None) => Arc::new(SmsGateway {
            client: client()?,
            url: url.clone(),
            token: args.sms_token.clone(),
        }),
        (None, None) => Arc::new(Nowhere),
    };
    let zalo = match &args.zalo_secret {
        Some(secret) => Some(Zalo {
            client: client()?,
            base: ZALO_GRAPH.into(),
            app_secret: secret.clone(),
        }),
        None => None,
    };
    Ok(Outside { delivery, zalo })
}
