//! The one client: encrypted, patient for a few seconds, and going nowhere but where it is
//! sent.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

/// How long the other side may take. A parent waits for it with a phone in the hand.
const PATIENCE: Duration = Duration::from_secs(10);

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("no client for HTTPS can be made here")]
pub struct NoClient;

/// Chooses how encryption is done in this process, before any client is made: the library
/// takes no choice of its own. Who has chosen before keeps their choice.
pub fn choose_encryption() {
    // An error says that somebody has chosen: theirs is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client.
///
/// # Errors
/// When the platform has no store of certificates.
pub fn client() -> Result<Client, NoClient> {
    choose_encryption();
    Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .build()
        .map_err(|_| NoClient)
}
