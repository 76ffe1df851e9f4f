//! Parents sign in by Zalo: the mini-app hands two tokens over, the server asks Zalo.

use luot_domain::phone::Mobile;
use luot_notify::ZaloError;

use super::SignedIn;
use crate::App;
use crate::authz::Actor;
use crate::error::{Error, Refused, Result};

impl App {
    /// Signs a parent in by Zalo's word.
    ///
    /// # Errors
    /// [`Error::SignIn`] when Zalo says no or must not say, [`Error::Outside`] when it does
    /// not answer, [`Error::NotFound`] when it is not set up here.
    pub async fn sign_in_by_zalo(&self, access_token: &str, phone_token: &str) -> Result<SignedIn> {
        // Trying again would not help: it is no outage.
        let zalo = self.outside.zalo.as_ref();
        let zalo = zalo.ok_or(Error::NotFound("way to sign in"))?;
        let user = zalo
            .exchange(access_token, phone_token)
            .await
            .map_err(|why| match why {
                ZaloError::Refused(_) => Error::SignIn(Refused::Wrong),
                ZaloError::Abroad => Error::SignIn(Refused::Abroad),
                ZaloError::Unreachable => Error::Outside,
            })?;
        let mobile = Mobile::read(&user.phone).map_err(|_| Error::SignIn(Refused::Wrong))?;
        self.store
            .write(async |tx| {
                let parent = self.parent_of(tx, &mobile, Some(&user.id)).await?;
                self.open(tx, Actor::Parent { id: parent }, "zalo").await
            })
            .await
    }
}
